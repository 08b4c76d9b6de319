// The list of conversations that the sidebar shows, kept fresh across pages.
import { ApiError, api, sentence } from "../api";
import { t } from "../i18n";
import type { Conversation } from "../protocol";
import { keep, storage } from "../storage";
import { type Change, corrected, type Filter, marked, type Marks, matches, names } from "./groups";
import { isUntitled, shorten } from "./log";

const TITLES = "edgewise.titles";
const KEPT_TITLES = 300;
const SEEN = "edgewise.seen";
/** What was looked at is kept so long after. */
const SAVE_MS = 1_000;
const KEPT_SEEN = 1_000;
const FOLDERS = "edgewise.folders";
const TAGS = "edgewise.tags";
const KEPT_NAMES = 100;
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
  filter: Filter;
}

const kept = <T>(key: string, otherwise: T): T => {
  try {
    return (JSON.parse(storage.getItem(key) ?? "null") as T | null) ?? otherwise;
  } catch {
    // What cannot be read is made anew.
    return otherwise;
  }
};

class ConversationList {
  private state: ListState = { items: null, more: false, error: null, filter: {} };
  /** What is pinned, when that may be older than what is listed. */
  private pinned: readonly Conversation[] = [];
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
  private saving: ReturnType<typeof setTimeout> | undefined;
  private readonly doomed = new Map<string, ReturnType<typeof setTimeout>>();
  private shown: ListState | null = null;
  private readonly changes = new Map<string, Change>();
  /** Names that this browser has met: there is no list of them to ask for. */
  private folders: readonly string[] = kept(FOLDERS, []);
  private tags: readonly string[] = kept(TAGS, []);

  constructor() {
    this.readTitles();
    this.seen = kept(SEEN, {});
    // Whoever leaves has not taken it back.
    addEventListener("pagehide", () => {
      for (const id of this.doomed.keys()) void this.remove(id, true);
      if (this.saving !== undefined) this.saveSeen();
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
    this.shown ??= { ...this.state, items: this.corrected() };
    return this.shown;
  };

  private corrected(): Conversation[] | null {
    const { items, more, filter } = this.state;
    if (!items) return null;
    const shown = corrected(items, this.changes, filter, !more, Date.now());
    const older = this.pinned.map((item) => marked(item, this.changes.get(item.id)?.marks ?? {})).filter((item) => item.pinned && matches(item, filter) && !shown.some(({ id }) => id === item.id));
    return [...shown, ...older].filter(({ id }) => !this.doomed.has(id));
  }

  /** Narrows the list, or shows everything again. */
  narrow(filter: Filter): void {
    this.cursor = null;
    this.pinned = [];
    this.set({ items: null, more: false, error: null, filter });
    void this.load();
  }

  /** The folders and tags that there are, as far as this browser has met them. */
  labels(): { folders: readonly string[]; tags: readonly string[] } {
    return { folders: this.folders, tags: this.tags };
  }

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

  titleOf({ id, title, preview, lastSeq }: Conversation): string {
    // The log is ahead of the list, and may have named the conversation since.
    const isBehind = (lastSeq ?? 0) < (this.known.get(id) ?? 0);
    return isUntitled(title) || (isBehind && this.titles[id]) ? (this.titles[id] ?? (shorten(preview) || t("side.new"))) : title;
  }

  readonly more = async (): Promise<void> => {
    if (this.loading || !this.cursor) return;
    this.loading = true;
    try {
      const { filter } = this.state;
      const page = await api.list(this.cursor, filter);
      if (filter !== this.state.filter) return;
      this.cursor = page.nextCursor;
      this.meet(page.conversations);
      const items = this.state.items ?? [];
      const fresh = page.conversations.filter(({ id }) => !items.some((item) => item.id === id));
      this.set({ items: [...items, ...fresh], more: this.cursor !== null, error: null });
    } catch (error) {
      this.set({ error: sentence(error) });
    } finally {
      this.loading = false;
    }
  };

  /** Changes something of a conversation: shown at once, and taken back when the server refuses it. */
  async change(id: string, marks: Marks): Promise<boolean> {
    const item = [...(this.state.items ?? []), ...this.pinned].find((other) => other.id === id) ?? this.changes.get(id)?.item;
    const before = this.changes.get(id);
    if (item) this.changes.set(id, { item, marks: { ...before?.marks, ...marks }, until: Date.now() + BEHIND_MS });
    if (item) this.learn([marked(item, marks)]);
    this.set({ error: null });
    try {
      await api.change(id, marks);
      // What lies below the first page is not asked for again.
      this.state = { ...this.state, items: this.state.items?.map((other) => (other.id === id ? marked(other, marks) : other)) ?? null };
      return true;
    } catch (error) {
      if (before) this.changes.set(id, before);
      else this.changes.delete(id);
      this.set({ error: t(marks.title === undefined ? "side.notChanged" : "side.notRenamed", { error: sentence(error) }) });
      return false;
    } finally {
      this.refresh();
    }
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
    const forget = (): void => {
      this.changes.delete(id);
      this.pinned = this.pinned.filter((item) => item.id !== id);
      this.state = { ...this.state, items: this.state.items?.filter((item) => item.id !== id) ?? null };
    };
    try {
      if (keepalive) void fetch(`/api/chat/conversations/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true });
      else await api.remove(id);
      forget();
      this.doomed.delete(id);
      this.refresh();
    } catch (error) {
      const gone = error instanceof ApiError && error.status === 404;
      if (gone) forget();
      this.keep(id);
      if (!gone) this.set({ error: t("side.notDeleted", { error: sentence(error) }) });
    }
  }

  /** Whether something was said there that nobody here has looked at. */
  isUnread({ id, lastSeq }: Conversation): boolean {
    return lastSeq > (this.seen[id] ?? Number.POSITIVE_INFINITY);
  }

  /** A reader has looked at it up to `seq`. */
  look(id: string, seq: number): void {
    if ((this.seen[id] ?? 0) >= seq) return;
    const wasUnread = this.state.items?.some((item) => item.id === id && this.isUnread(item)) ?? false;
    this.seen[id] = seq;
    // An answer that grows is looked at in every frame.
    this.saving ??= setTimeout(() => this.saveSeen(), SAVE_MS);
    if (wasUnread) this.set({});
  }

  private learn(items: readonly Conversation[]): void {
    const folders = names([...this.folders, ...items.map(({ folder }) => folder ?? "")]);
    const tags = names([...this.tags, ...items.flatMap((item) => item.tags ?? [])]);
    if (folders.length !== this.folders.length) keep(FOLDERS, JSON.stringify(folders.slice(-KEPT_NAMES)));
    if (tags.length !== this.tags.length) keep(TAGS, JSON.stringify(tags.slice(-KEPT_NAMES)));
    Object.assign(this, { folders, tags });
  }

  // What is met for the first time is not news.
  private meet(items: readonly Conversation[]): void {
    this.learn(items);
    const fresh = items.filter(({ id }) => this.seen[id] === undefined);
    if (!fresh.length) return;
    for (const { id, lastSeq } of fresh) this.seen[id] = lastSeq;
    this.saveSeen();
  }

  private saveSeen(): void {
    clearTimeout(this.saving);
    this.saving = undefined;
    keep(SEEN, JSON.stringify(Object.fromEntries(Object.entries(this.seen).slice(-KEPT_SEEN))));
  }

  private readTitles(): void {
    this.titles = kept(TITLES, {});
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
    const { filter } = this.state;
    try {
      const { conversations, nextCursor } = await api.list(null, filter);
      // What is pinned stands first, however old it is.
      const pinned = nextCursor ? (await api.list(null, { ...filter, pinned: true })).conversations : [];
      if (filter !== this.state.filter) {
        this.soon();
        return;
      }
      this.pinned = pinned;
      this.meet([...conversations, ...pinned]);
      const oldest = conversations.at(-1)?.updatedAt ?? "";
      const rest = nextCursor ? (this.state.items ?? []).filter((item) => item.updatedAt < oldest) : [];
      const below = rest.filter(({ id }) => !conversations.some((item) => item.id === id));
      if (!below.length) this.cursor = nextCursor;
      this.set({ items: [...conversations, ...below], more: this.cursor !== null, error: null });
    } catch (error) {
      this.set({ error: sentence(error) });
      setTimeout(() => this.soon(), 5_000);
    } finally {
      this.loading = false;
    }
  }

  private set(changes: Partial<ListState>): void {
    this.state = { ...this.state, ...changes };
    this.shown = null;
    for (const listener of this.listeners) listener();
  }
}

export const list = new ConversationList();
