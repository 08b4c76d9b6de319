// The list of conversations that the sidebar shows, kept fresh across pages.
import { api, sentence } from "../api";
import { isUntitled, shorten } from "./log";
import { keep, storage } from "../storage";
import type { Conversation } from "../protocol";

const TITLES = "edgewise.titles";
const KEPT_TITLES = 300;

export interface ListState {
  /** `null` until the first answer. */
  items: readonly Conversation[] | null;
  more: boolean;
  error: string | null;
}

/** The heading under which something of that day is listed. */
export function groupOf(updatedAt: string, now: Date): string {
  const day = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const then = new Date(updatedAt);
  const days = Math.round((day(now) - day(then)) / 86_400_000);
  if (!(days > 0)) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Previous 7 days";
  if (days <= 30) return "Previous 30 days";
  return then.toLocaleDateString(undefined, { month: "long", year: "numeric" });
}

/** The list in groups, newest first. */
export function grouped(items: readonly Conversation[], now = new Date()): [string, Conversation[]][] {
  const groups = new Map<string, Conversation[]>();
  for (const item of items) {
    const group = groupOf(item.updatedAt, now);
    const members = groups.get(group);
    if (members) members.push(item);
    else groups.set(group, [item]);
  }
  return [...groups];
}

class ConversationList {
  private state: ListState = { items: null, more: false, error: null };
  private cursor: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private loading = false;
  private readonly listeners = new Set<() => void>();
  private readonly channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("edgewise.list") : null;
  private readonly known = new Map<string, number>();
  /** What untitled conversations begin with, as far as this browser saw them. */
  private titles: Record<string, string> = {};

  constructor() {
    this.readTitles();
    addEventListener("storage", ({ key }) => {
      if (key !== TITLES) return;
      this.readTitles();
      this.set({});
    });
    this.channel?.addEventListener("message", () => this.soon());
    addEventListener("focus", () => this.soon());
    addEventListener("online", () => this.soon());
  }

  readonly get = (): ListState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (!this.state.items) void this.load();
    return () => this.listeners.delete(listener);
  };

  /** Something changed here: ask again, and tell the other pages to. */
  refresh(): void {
    this.soon();
    this.channel?.postMessage("changed");
  }

  /** A log was heard up to `seq`. */
  heard(id: string, seq: number, title: string | null): void {
    if (title && this.titles[id] !== title) {
      // Another page may have added some.
      this.readTitles();
      const kept = Object.entries(this.titles).filter(([other]) => other !== id);
      this.titles = Object.fromEntries([...kept.slice(-KEPT_TITLES), [id, title]]);
      keep(TITLES, JSON.stringify(this.titles));
      this.set({});
    }
    const item = this.state.items?.find((other) => other.id === id);
    if ((item?.lastSeq ?? 0) < seq && (this.known.get(id) ?? 0) < seq) {
      this.known.set(id, seq);
      this.refresh();
    }
  }

  /** How many messages it has, as far as the list knows. */
  countOf(id: string): number | null {
    return this.state.items?.find((item) => item.id === id)?.messageCount ?? null;
  }

  titleOf({ id, title, preview }: Conversation): string {
    return isUntitled(title) ? (this.titles[id] ?? (shorten(preview) || "New chat")) : title;
  }

  readonly more = async (): Promise<void> => {
    if (this.loading || !this.cursor) return;
    this.loading = true;
    try {
      const page = await api.list(this.cursor);
      this.cursor = page.nextCursor;
      const items = this.state.items ?? [];
      const fresh = page.conversations.filter(({ id }) => !items.some((item) => item.id === id));
      this.set({ items: [...items, ...fresh], more: this.cursor !== null, error: null });
    } catch (error) {
      this.set({ error: sentence(error) });
    }
    this.loading = false;
  };

  async rename(id: string, title: string): Promise<void> {
    const before = this.state.items;
    this.set({ items: before?.map((item) => (item.id === id ? { ...item, title } : item)) ?? null, error: null });
    try {
      await api.rename(id, title);
    } catch (error) {
      this.set({ items: before, error: `Could not rename: ${sentence(error)}` });
    }
    this.refresh();
  }

  async remove(id: string): Promise<boolean> {
    const before = this.state.items;
    this.set({ items: before?.filter((item) => item.id !== id) ?? null, error: null });
    try {
      await api.remove(id);
      this.refresh();
      return true;
    } catch (error) {
      this.set({ items: before, error: `Could not delete: ${sentence(error)}` });
      return false;
    }
  }

  private readTitles(): void {
    try {
      this.titles = JSON.parse(storage.getItem(TITLES) ?? "{}") as Record<string, string>;
    } catch {
      // Forgotten titles are made anew.
    }
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.load(), 150);
  }

  // The first page anew; what was loaded beyond it stays below.
  private async load(): Promise<void> {
    if (this.loading) return this.soon();
    this.loading = true;
    try {
      const { conversations, nextCursor } = await api.list(null);
      const oldest = conversations.at(-1)?.updatedAt ?? "";
      const rest = nextCursor ? (this.state.items ?? []).filter((item) => item.updatedAt < oldest) : [];
      const below = rest.filter(({ id }) => !conversations.some((item) => item.id === id));
      if (!below.length) this.cursor = nextCursor;
      this.set({ items: [...conversations, ...below], more: this.cursor !== null, error: null });
    } catch (error) {
      this.set({ error: sentence(error) });
      setTimeout(() => this.soon(), 5_000);
    }
    this.loading = false;
  }

  private set(changes: Partial<ListState>): void {
    this.state = { ...this.state, ...changes };
    for (const listener of this.listeners) listener();
  }
}

export const list = new ConversationList();
