// What is being written and not saved yet: it rests in this browser until it is saved or thrown away.
import { useState } from "react";
import { ApiError } from "../api/problem";
import type { AgentDefinition, SetAgent, Workflow } from "../api/schema";
import { t } from "../i18n";
import { keep, storage } from "../storage";
import { budgetOf, type Written, writtenOf } from "./budget";

export interface Draft {
  name: string;
  description: string;
  instructions: string;
  model: string;
  tools: readonly string[];
  workflow: Workflow;
  starters: readonly string[];
  budget: Written;
}

export const MOST_STARTERS = 10;
const MOST_INSTRUCTION_BYTES = 32_768;

export const EMPTY: AgentDefinition = { name: "", description: "", instructions: "", model: null, tools: [], workflow: "loop", budget: {}, starters: [] };

export const draftOf = ({ name, description, instructions, model, tools, workflow, starters, budget }: AgentDefinition): Draft => ({
  name,
  description,
  instructions,
  model: model ?? "",
  tools,
  workflow,
  starters,
  budget: writtenOf(budget),
});

/** As the server takes it. What it would refuse without naming a field is refused here, by the field. */
export function definitionOf(draft: Draft): SetAgent {
  const instructions = draft.instructions.trim();
  if (new TextEncoder().encode(instructions).length > MOST_INSTRUCTION_BYTES) {
    const detail = t("agents.tooLong", { limit: MOST_INSTRUCTION_BYTES });
    throw new ApiError(detail, 422, { fields: [{ pointer: "/instructions", detail }] });
  }
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    instructions,
    model: draft.model || null,
    tools: draft.tools as NonNullable<SetAgent["tools"]>,
    workflow: draft.workflow,
    starters: draft.starters.map((starter) => starter.trim()).filter(Boolean),
    budget: budgetOf(draft.budget),
  };
}

/** The order of what was chosen says nothing. */
const plain = (draft: Draft): string => JSON.stringify({ ...draft, tools: [...draft.tools].sort() });
export const same = (a: Draft, b: Draft): boolean => plain(a) === plain(b);

/** Where the draft of an agent rests; of a new one by the template that it begins with. */
export const draftKey = (id: string | null, from: string | null): string => `edgewise.agent.${id ?? `new-${from ?? ""}`}`;

function read<T extends object>(key: string): Partial<T> | null {
  try {
    const kept: unknown = JSON.parse(storage.getItem(key) ?? "null");
    return typeof kept === "object" ? (kept as Partial<T> | null) : null;
  } catch {
    return null;
  }
}

/** A state that survives the page. One that is not `kept` is what the server has anyway. */
export function useKept<T extends object>(key: string, initial: () => T): [T, (value: T, kept?: boolean) => void] {
  const [value, setValue] = useState<T>(() => ({ ...initial(), ...read<T>(key) }));
  const set = (next: T, kept = true) => {
    keep(key, kept ? JSON.stringify(next) : null);
    setValue(next);
  };
  return [value, set];
}
