// How the list of conversations is narrowed, corrected and grouped: pure decisions about what the sidebar shows.
import { locale, t } from "../i18n";
import type { Conversation } from "../protocol";

/** What the list is narrowed to; `{}` is everything but the archive. */
export interface Filter {
  archived?: true;
  folder?: string;
  tag?: string;
}

/** Whether a conversation is in the list. */
export const matches = (item: Conversation, { archived, folder, tag }: Filter): boolean =>
  (item.archived ?? false) === (archived ?? false) && (folder === undefined || item.folder === folder) && (tag === undefined || (item.tags ?? []).includes(tag));

/** What people change of a conversation beside its words. */
export interface Marks {
  title?: string;
  pinned?: boolean;
  archived?: boolean;
  tags?: string[];
  /** `""`: none. */
  folder?: string;
}

/** The conversation with these changes. */
export function marked(item: Conversation, { title, pinned, archived, tags, folder }: Marks): Conversation {
  const { folder: inFolder, ...rest } = item;
  const now = folder ?? inFolder;
  return {
    ...rest,
    ...(title === undefined ? {} : { title }),
    ...(pinned === undefined ? {} : { pinned }),
    ...(archived === undefined ? {} : { archived }),
    ...(tags === undefined ? {} : { tags }),
    ...(now ? { folder: now } : {}),
  };
}

const same = (a: Conversation, b: Conversation): boolean =>
  a.title === b.title &&
  (a.pinned ?? false) === (b.pinned ?? false) &&
  (a.archived ?? false) === (b.archived ?? false) &&
  (a.folder ?? "") === (b.folder ?? "") &&
  (a.tags ?? []).join("\n") === (b.tags ?? []).join("\n");

/** A change that the server's list may not show yet: it follows a little behind. */
export interface Change {
  item: Conversation;
  marks: Marks;
  until: number;
}

/** Corrects what the server lists by what was changed here, and forgets changes that it knows. */
export function corrected(items: readonly Conversation[], changes: Map<string, Change>, filter: Filter, whole: boolean, now: number): Conversation[] {
  const shown: Conversation[] = [];
  for (const item of items) {
    const change = changes.get(item.id);
    const next = change ? marked(item, change.marks) : item;
    if (change && same(next, item)) changes.delete(item.id);
    if (matches(next, filter)) shown.push(next);
  }
  const oldest = items.at(-1)?.updatedAt ?? "";
  for (const [id, { item, marks, until }] of changes) {
    const next = marked(item, marks);
    if (until < now) changes.delete(id);
    else if (matches(next, filter) && !shown.some((other) => other.id === id) && (whole || item.updatedAt >= oldest)) shown.push(next);
  }
  return shown.sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : a.updatedAt > b.updatedAt ? -1 : 0));
}

/** The heading under which something of that day is listed. */
export function groupOf(updatedAt: string, now: Date): string {
  const day = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const then = new Date(updatedAt);
  const days = Math.round((day(now) - day(then)) / 86_400_000);
  if (!(days > 0)) return t("side.today");
  if (days === 1) return t("side.yesterday");
  if (days <= 7) return t("side.week");
  if (days <= 30) return t("side.month");
  return then.toLocaleDateString(locale(), { month: "long", year: "numeric" });
}

/** The list in groups: what is pinned, then the newest first. */
export function grouped(items: readonly Conversation[], now = new Date()): [string, Conversation[]][] {
  const groups = new Map<string, Conversation[]>();
  const pinned = items.filter((item) => item.pinned);
  if (pinned.length) groups.set(t("side.pinned"), pinned);
  for (const item of items) {
    if (item.pinned) continue;
    const group = groupOf(item.updatedAt, now);
    const members = groups.get(group);
    if (members) members.push(item);
    else groups.set(group, [item]);
  }
  return [...groups];
}

/** Names of folders or tags, each once, in the order of the alphabet. */
export const names = (given: Iterable<string>): string[] => [...new Set([...given].filter(Boolean))].sort((a, b) => a.localeCompare(b, locale()));

const MOST_TAGS = 20;

/** The tags that somebody has written, with commas between them. */
export const tagsOf = (text: string): string[] => [...new Set(text.split(/[,、،;\n]/).map((tag) => tag.trim()).filter(Boolean))].slice(0, MOST_TAGS);
