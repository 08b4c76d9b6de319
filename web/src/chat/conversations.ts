// The list of conversations that the sidebar shows, kept fresh across pages.
import { ApiError, api, sentence } from "../api";
import { t } from "../i18n";
import { isUntitled, shorten } from "./log";
import { keep, storage } from "../storage";
import type { Conversation } from "../protocol";

const TITLES = "edgewise.titles";
const KEPT_TITLES = 300;
const SEEN = "edgewise.seen";
const KEPT_SEEN = 1_000;
/** How long a deletion can be taken back. */
const UNDO_MS = 10_000;
/** How often an open page asks for news of other devices. */
const NEWS_MS = 60_000;
/** How far the list may be behind a change. */
const BEHIND_MS = 30_000;

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
  /** The newest event of each conversation that was looked at here. */
  private seen: Record<string, number> = {};
  private readonly doomed = new Map<string, ReturnType<typeof setTimeout>>();
  private shown: ListState | null = null;
  /** New titles that the list may not have yet: it follows a little behind. */
  private readonly titled = new Map<string, { title: string; until: number }>();

  constructor() {
    this.readTitles();
    try {
      this.seen = JSON.parse(storage.getItem(SEEN) ?? "{}") as Record<string, number>;
    } catch {
      // Then nothing is news.
    }
    // Whoever leaves has not taken it back.
    addEventListener("pagehide", () => {
      for (const id of this.doomed.keys()) void this.remove(id, true);
    });
    setInterval(() => !document.hidden && this.listeners.size && this.soon(), NEWS_MS);
    addEventListener("storage", ({ key }) => {
      if (key !== TITLES) return;
      this.readTitles();
      this.set({});
    });
    this.channel?.addEventListener("message", () => this.soon());
    addEventListener("focus", () => this.soon());
    addEventListener("online", () => this.soon());
  }

  readonly get = (): ListState => {
    this.shown ??= this.doomed.size ? { ...this.state, items: this.state.items?.filter(({ id }) => !this.doomed.has(id)) ?? null } : this.state;
    return this.shown;
  };

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
      this.meet(page.conversations);
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
      this.titled.set(id, { title, until: Date.now() + BEHIND_MS });
      await api.rename(id, title);
    } catch (error) {
      this.titled.delete(id);
      this.set({ items: before, error: t("side.notRenamed", { error: sentence(error) }) });
    }
    this.refresh();
  }

  /** Takes a conversation out of the list at once, and deletes it when nobody has taken that back for a while. */
  removeSoon(id: string): void {
    this.doomed.set(id, setTimeout(() => void this.remove(id), UNDO_MS));
    this.set({});
  }

  /** Takes a deletion back. */
  keep(id: string): void {
    clearTimeout(this.doomed.get(id));
    this.doomed.delete(id);
    this.set({});
  }

  private async remove(id: string, keepalive = false): Promise<void> {
    try {
      if (keepalive) void fetch(`/api/chat/conversations/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true });
      else await api.remove(id);
      this.state = { ...this.state, items: this.state.items?.filter((item) => item.id !== id) ?? null };
      this.doomed.delete(id);
      this.refresh();
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        this.state = { ...this.state, items: this.state.items?.filter((item) => item.id !== id) ?? null };
      }
      this.keep(id);
      if (!(error instanceof ApiError && error.status === 404)) this.set({ error: t("side.notDeleted", { error: sentence(error) }) });
    }
  }

  /** Whether something was said there that nobody here has looked at. */
  isUnread({ id, lastSeq }: Conversation): boolean {
    return lastSeq > (this.seen[id] ?? Number.POSITIVE_INFINITY);
  }

  /** A reader has looked at it up to `seq`. */
  look(id: string, seq: number): void {
    if ((this.seen[id] ?? 0) >= seq) return;
    this.seen[id] = seq;
    this.saveSeen();
    this.set({});
  }

  // What is met for the first time is not news.
  private meet(items: readonly Conversation[]): void {
    const fresh = items.filter(({ id }) => this.seen[id] === undefined);
    if (!fresh.length) return;
    for (const { id, lastSeq } of fresh) this.seen[id] = lastSeq;
    this.saveSeen();
  }

  private retitle(items: Conversation[]): void {
    for (const [at, item] of items.entries()) {
      const known = this.titled.get(item.id);
      if (!known) continue;
      if (known.title === item.title || known.until < Date.now()) this.titled.delete(item.id);
      else items[at] = { ...item, title: known.title };
    }
  }

  private saveSeen(): void {
    keep(SEEN, JSON.stringify(Object.fromEntries(Object.entries(this.seen).slice(-KEPT_SEEN))));
  }

  private readTitles(): void {
    try {
      this.titles = JSON.parse(storage.getItem(TITLES) ?? "{}") as Record<string, string>;
    } catch {
      // Forgotten titles are made anew.
    }
  }

  private soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.load();
    }, 150);
  }

  // The first page anew; what was loaded beyond it stays below.
  private async load(): Promise<void> {
    if (this.loading) return this.soon();
    this.loading = true;
    try {
      const { conversations, nextCursor } = await api.list(null);
      this.meet(conversations);
      this.retitle(conversations);
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
    this.shown = null;
    for (const listener of this.listeners) listener();
  }
}

export const list = new ConversationList();
