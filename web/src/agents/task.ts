// A task on its way to an agent: it rests in this browser, with the name of its start, until it is sent.
import { keep } from "../storage";

export interface Task {
  input: string;
  /** Names the start: the same text again under it starts no second run. */
  key: string;
}

export const taskOf = (input: string): Task => ({ input, key: crypto.randomUUID() });
export const taskKey = (agentId: string): string => `edgewise.task.${agentId}`;

/** Puts a task into the box of an agent whose page is not shown. */
export const keepTask = (agentId: string, input: string): void => keep(taskKey(agentId), JSON.stringify(taskOf(input)));
