// The palette: everything that can be done, every conversation, and every message, by typing.
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { sentence } from "../api";
import { call } from "../api/session";
import { ago, t } from "../i18n";
import { SearchIcon, TextIcon } from "../icons";
import type { SearchHit } from "../protocol";
import { list } from "./conversations";
import { best } from "./fuzzy";

export interface Action {
  id: string;
  label: string;
  keys?: string;
  icon: ReactNode;
  run: () => void;
}

interface Props {
  actions: readonly Action[];
  onOpen: (path: string) => void;
  onClose: () => void;
}

interface Entry {
  id: string;
  group: string;
  content: ReactNode;
  run: () => void;
}

const WAIT_MS = 180;
const MOST_CHATS = 8;

/** Messages that hold the words, once nothing more is typed. */
function useHits(query: string): { hits: readonly SearchHit[]; busy: boolean; error: string | null } {
  const [found, setFound] = useState<{ query: string; hits: readonly SearchHit[]; error: string | null }>({ query: "", hits: [], error: null });
  const wanted = query.trim();
  const searchable = /[\p{L}\p{N}]{2}|[\p{Lo}]/u.test(wanted);
  useEffect(() => {
    if (!searchable) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      // The last word may not be whole yet.
      const words = /[\p{L}\p{N}]$/u.test(wanted) ? `${wanted}*` : wanted;
      call("GET /api/search", { query: { q: words.slice(0, 80), limit: 12 }, signal: abort.signal }).then(
        ({ hits }) => setFound({ query: wanted, hits: hits as readonly SearchHit[], error: null }),
        (error: unknown) => !abort.signal.aborted && setFound({ query: wanted, hits: [], error: sentence(error) }),
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [wanted, searchable]);
  return searchable ? { hits: found.hits, busy: found.query !== wanted, error: found.error } : { hits: [], busy: false, error: null };
}

export function Palette({ actions, onOpen, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const options = useRef<HTMLDivElement>(null);
  const id = useId();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const { hits, busy, error } = useHits(query);

  useEffect(() => {
    const before = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  const entries = useMemo<Entry[]>(() => {
    const chats = best(list.get().items ?? [], query, (item) => list.titleOf(item)).slice(0, MOST_CHATS);
    const done = best(actions, query, ({ label }) => label);
    const actionEntries = done.map(({ id: key, label, keys, icon, run }): Entry => ({
      id: key,
      group: t("palette.actions"),
      run,
      content: (
        <>
          {icon}
          <span className="palette-text">{label}</span>
          {keys && <kbd>{keys}</kbd>}
        </>
      ),
    }));
    const chatEntries = chats.map((item): Entry => ({
      id: `chat-${item.id}`,
      group: query.trim() ? t("palette.chats") : t("palette.recent"),
      run: () => onOpen(`/c/${item.id}`),
      content: (
        <>
          <TextIcon />
          <span className="palette-text">{list.titleOf(item)}</span>
          <small>{ago(item.updatedAt)}</small>
        </>
      ),
    }));
    const hitEntries = hits.map((hit): Entry => ({
      id: `hit-${hit.messageId}`,
      group: t("palette.messages"),
      run: () => onOpen(`/c/${hit.conversationId}?m=${hit.messageId}`),
      content: (
        <>
          <SearchIcon />
          <span className="palette-text">
            {hit.snippet.map(({ text, hit: isHit }, key) => (isHit ? <mark key={key}>{text}</mark> : text))}
            <small>{hit.title}</small>
          </span>
        </>
      ),
    }));
    // With nothing typed, what one comes back to; with words, what fits them.
    return query.trim() ? [...chatEntries, ...actionEntries, ...hitEntries] : [...chatEntries, ...actionEntries];
  }, [actions, hits, onOpen, query]);

  const active = entries[Math.min(at, entries.length - 1)];
  useEffect(() => {
    options.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, query]);

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    // The page is there again when it runs, and may take the focus.
    setTimeout(entry.run);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      // Not for the answer under way.
      event.stopPropagation();
    } else if (step && entries.length) {
      event.preventDefault();
      setAt((Math.min(at, entries.length - 1) + step + entries.length) % entries.length);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      run(active);
    }
  };

  const groups = [...new Set(entries.map(({ group }) => group))];
  return (
    <dialog
      ref={dialog}
      className="palette"
      data-testid="palette"
      aria-label={t("palette.title")}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      onKeyDown={onKeyDown}
    >
      <div className="palette-body">
        <div className="palette-head">
          <SearchIcon />
          <input
            role="combobox"
            aria-expanded="true"
            aria-controls={id}
            aria-activedescendant={active ? `${id}-${active.id}` : undefined}
            aria-label={t("palette.title")}
            placeholder={t("palette.hint")}
            value={query}
            autoFocus
            onChange={(event) => {
              setQuery(event.target.value);
              setAt(0);
            }}
          />
        </div>
        <div ref={options} id={id} className="palette-list" role="listbox" aria-label={t("palette.found")} aria-busy={busy}>
          {groups.map((group) => (
            <div key={group} role="group" aria-label={group}>
              <h3 role="presentation">{group}</h3>
              {entries
                .filter((entry) => entry.group === group)
                .map((entry) => (
                  <div
                    key={entry.id}
                    id={`${id}-${entry.id}`}
                    className="palette-entry"
                    data-testid="palette-entry"
                    role="option"
                    aria-selected={entry === active}
                    data-active={entry === active}
                    onClick={() => run(entry)}
                    onPointerMove={() => setAt(entries.indexOf(entry))}
                  >
                    {entry.content}
                  </div>
                ))}
            </div>
          ))}
        </div>
        {!entries.length && <p className="palette-none">{error ?? (busy ? t("palette.searching") : t("palette.none"))}</p>}
      </div>
    </dialog>
  );
}
