// What an agent can be begun with. Nothing of it is made before somebody saves it.
import type { AgentDefinition } from "../api/schema";
import { t } from "../i18n";
import { EMPTY } from "./draft";

const TEMPLATES = [
  { id: "researcher", workflow: "research", tools: ["web_fetch", "search_conversations", "artifact_create"] },
  { id: "reader", workflow: "loop", tools: ["web_fetch"] },
  { id: "planner", workflow: "loop", tools: ["clock", "calculator", "artifact_create"] },
] as const;

export type Template = (typeof TEMPLATES)[number]["id"];
export const TEMPLATE_IDS: readonly Template[] = TEMPLATES.map(({ id }) => id);

/** In the language of the page; `null` of a name that none has. */
export function templateOf(wanted: string | null): AgentDefinition | null {
  const found = TEMPLATES.find(({ id }) => id === wanted);
  if (!found) return null;
  const { id, workflow, tools } = found;
  return {
    ...EMPTY,
    workflow,
    tools: [...tools],
    name: t(`agents.${id}.name`),
    description: t(`agents.${id}.description`),
    instructions: t(`agents.${id}.instructions`),
    starters: [t(`agents.${id}.starter`)],
  };
}
