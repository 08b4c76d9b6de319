// What people keep to use again, as the chat needs it: prompts, presets of new chats, and agents.
import { Once } from "./api/once";
import { call } from "./api/session";

export const prompts = new Once(() => call("GET /api/prompts"));
export const agents = new Once(() => call("GET /api/agents", { query: { limit: 100 } }));
export const presets = new Once(() => call("GET /api/presets"));

/** The prompt's text with what was written for its variables; one that was left empty stays to be filled in. */
export const filled = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (hole, name: string) => values[name]?.trim() || hole);
