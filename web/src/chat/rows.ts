// What the page shows of a conversation: one branch of its tree, then what is still on its way to it.
import type { Part, Status, ToolPart, Usage, VoteValue } from "../protocol";
import type { Compaction, LogMessage, LogState, Seam } from "./log";

export type FilePart = Extract<Part, { type: "file" }>;

/** The message that an edit stands in the place of. */
export interface Replaced {
  id: string;
  parentId: string | null;
  /** The newest event when the edit was made: the replacement is newer. */
  after: number;
}

/** A message of which the log does not know yet. */
export interface Unsent {
  clientMessageId: string;
  text: string;
  /** Why the server refused it; `null` while it is on its way. */
  error: string | null;
  /** When the server takes messages again, milliseconds since 1970. */
  retryAt?: number;
  files?: readonly FilePart[];
  /** The message that this one replaces, on a branch of its own. */
  replaces?: Replaced;
}

/** A message as it is shown. */
export interface Row {
  /** Stays the same when an optimistic message becomes a real one. */
  key: string;
  id: string;
  role: "user" | "assistant";
  text: string;
  status: Status | "sending";
  /** `null` while the message is not in the log. */
  seq: number | null;
  error: string | null;
  retryAt: number | null;
  createdAt: string;
  /** The turn that waits to answer this message. */
  queuedTurn: string | null;
  parentId: string | null;
  /** Every version of this message, itself included, oldest first. */
  versions: readonly string[];
  files: readonly FilePart[];
  model: string | null;
  usage: Usage | null;
  finishReason: string | null;
  reasoning: string;
  /** How long the model thought, as far as this page saw it. */
  thoughtMs: number | null;
  seams: readonly Seam[];
  tools: readonly ToolPart[];
  vote: VoteValue | null;
  compaction: Compaction | null;
  /** Questions to go on with: of the last row alone. */
  suggestions: readonly string[];
}

/** Which version of the messages after a parent the reader chose; by default the newest one's branch is shown. */
export type Choices = ReadonlyMap<string | null, string>;

/** An answer that had not begun when it was replaced is nothing to look at. */
const isVoid = ({ role, status, content }: LogMessage): boolean =>
  role === "assistant" && status === "superseded" && content === "";

function children(messages: readonly LogMessage[]): Map<string | null, LogMessage[]> {
  const tree = new Map<string | null, LogMessage[]>();
  for (const message of messages) {
    if (isVoid(message)) continue;
    const siblings = tree.get(message.parentId);
    if (siblings) siblings.push(message);
    else tree.set(message.parentId, [message]);
  }
  return tree;
}

/** The messages of the branch that is shown, each with its versions. */
export function branch(messages: readonly LogMessage[], choices: Choices): { message: LogMessage; versions: string[] }[] {
  const tree = children(messages);
  const byId = new Map(messages.map((message) => [message.id, message]));
  // The way down to the newest message.
  const newest = new Set<string>();
  for (let at = messages.at(-1); at && !newest.has(at.id); at = at.parentId === null ? undefined : byId.get(at.parentId)) {
    newest.add(at.id);
  }
  // Of a conversation that is not read whole, the first message has a parent that is not there.
  let top = messages.at(-1);
  for (const seen = new Set<string>(); top?.parentId && byId.has(top.parentId) && !seen.has(top.id); top = byId.get(top.parentId)) seen.add(top.id);
  const shown: { message: LogMessage; versions: string[] }[] = [];
  let siblings = tree.get(top?.parentId && !byId.has(top.parentId) ? top.parentId : null);
  while (siblings) {
    const chosen = choices.get(siblings[0]?.parentId ?? null);
    const message =
      siblings.find(({ id }) => id === chosen) ?? siblings.findLast(({ id }) => newest.has(id)) ?? siblings.at(-1);
    // A parent that follows itself would never end.
    if (!message || shown.length > messages.length) break;
    shown.push({ message, versions: siblings.map(({ id }) => id) });
    siblings = tree.get(message.id);
  }
  return shown;
}

/** The choices that bring a message into view. */
export function choicesFor(messages: readonly LogMessage[], id: string, before: Choices): Choices {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const choices = new Map(before);
  const seen = new Set<string>();
  for (let at = byId.get(id); at && !seen.has(at.id); at = at.parentId === null ? undefined : byId.get(at.parentId)) {
    seen.add(at.id);
    choices.set(at.parentId, at.id);
  }
  return choices;
}

/** Whether the log has this message. A replacement is known by its place and its words: it has no key. */
export const arrived = (messages: readonly LogMessage[], { clientMessageId, replaces, text }: Unsent): boolean =>
  messages.some((message) =>
    replaces && message.role === "user"
      ? message.seq > replaces.after && message.parentId === replaces.parentId && message.content === text
      : message.clientMessageId === clientMessageId,
  );

const files = (parts: readonly Part[]): FilePart[] => parts.filter((part) => part.type === "file");
const NO_FILES: readonly FilePart[] = [];
const NO_SEAMS: readonly Seam[] = [];
const NO_TOOLS: readonly ToolPart[] = [];
const NO_SUGGESTIONS: readonly string[] = [];

/** What the page shows: the branch, then what is still on its way to it. */
export function rows(
  state: LogState,
  outbox: readonly Unsent[],
  choices: Choices = new Map(),
  thoughts: ReadonlyMap<string, number> = new Map(),
): Row[] {
  const path = branch(state.messages, choices);
  const queued = new Map<string, string>();
  for (const { message } of path) {
    if (message.role === "assistant" && message.status === "queued" && message.parentId) queued.set(message.parentId, message.id);
  }
  const shown: Row[] = [];
  for (const { message, versions } of path) {
    if (message.role === "assistant" && message.status === "queued") continue;
    const queuedTurn = queued.get(message.id) ?? null;
    shown.push({
      key: message.clientMessageId ?? message.id,
      id: message.id,
      role: message.role,
      text: message.content,
      status: queuedTurn ? "queued" : message.status,
      seq: message.seq,
      error: message.error,
      retryAt: null,
      createdAt: message.createdAt,
      queuedTurn,
      parentId: message.parentId,
      versions,
      files: message.parts.some((part) => part.type === "file") ? files(message.parts) : NO_FILES,
      model: message.model,
      usage: message.usage,
      finishReason: message.finishReason,
      reasoning: message.reasoning,
      thoughtMs: thoughts.get(message.id) ?? null,
      seams: message.seams,
      tools: message.tools,
      vote: message.vote?.value ?? null,
      compaction: message.compaction ?? null,
      suggestions: (message === path.at(-1)?.message && !outbox.length && message.suggestions) || NO_SUGGESTIONS,
    });
  }
  for (const unsent of outbox) {
    const { clientMessageId, text, error, replaces } = unsent;
    if (arrived(state.messages, unsent)) continue;
    if (replaces) {
      // It stands where the old one did; what followed that one is of another branch.
      const at = shown.findIndex(({ parentId, role }) => role === "user" && parentId === replaces.parentId);
      if (at >= 0) shown.length = at;
    }
    shown.push({
      key: clientMessageId,
      id: clientMessageId,
      role: "user",
      text,
      status: error === null ? "sending" : "failed",
      seq: null,
      error,
      retryAt: unsent.retryAt ?? null,
      createdAt: "",
      queuedTurn: null,
      parentId: null,
      versions: [],
      files: unsent.files ?? NO_FILES,
      model: null,
      usage: null,
      finishReason: null,
      reasoning: "",
      thoughtMs: null,
      seams: NO_SEAMS,
      tools: NO_TOOLS,
      vote: null,
      compaction: null,
      suggestions: NO_SUGGESTIONS,
    });
  }
  return shown;
}

/** Whether two rows look the same: rows are made anew for each frame, and only those that differ are drawn. */
export function sameRow(a: Row, b: Row): boolean {
  return (Object.keys(a) as (keyof Row)[]).every((field) => {
    if (a[field] === b[field]) return true;
    if (field === "versions") return a.versions.length === b.versions.length && a.versions.every((id, at) => id === b.versions[at]);
    return field === "files" && a.files.length === b.files.length && a.files.every(({ id }, at) => id === b.files[at]?.id);
  });
}
