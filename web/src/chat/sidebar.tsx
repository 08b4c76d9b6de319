// The list of conversations: open, search, narrow, rename in place, put in order, choose several, delete with a way back, begin a new one.
import { type KeyboardEvent, lazy, memo, Suspense, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Virtualizer } from "virtua";
import { Link } from "wouter";
import { AccountMenu } from "../account/account-menu";
import { t } from "../i18n";
import { AgentIcon, CloseIcon, LogoIcon, NewChatIcon, SearchIcon, SidebarIcon } from "../icons";
import type { Conversation } from "../protocol";
import { ChooseBar, MOST_CHOSEN } from "./choose-bar";
import { list } from "./conversations";
import { FilterBar } from "./filter-bar";
import { grouped } from "./groups";
import { archive, deleteWithUndo } from "./put-away";
import { keysOf } from "./shortcuts";
import { type ItemAction, SidebarItem } from "./sidebar-item";

const OrganiseDialog = lazy(() => import("./organise-dialog"));
const ConversationSettings = lazy(() => import("./settings-dialog"));

interface Props {
  current: string | null;
  open: boolean;
  /** Whether it lies over the chat instead of beside it. */
  drawer: boolean;
  onClose: () => void;
  onNew: () => void;
  onSearch: () => void;
  onPick: () => void;
  onDeleted: (id: string) => void;
}

type Line = { group: string } | { item: Conversation };

export const Sidebar = memo(function Sidebar({ current, open, drawer, onClose, onNew, onSearch, onPick, onDeleted }: Props) {
  const { items, more, error, filter } = useSyncExternalStore(list.subscribe, list.get);
  const [renaming, setRenaming] = useState<string | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const [dialog, setDialog] = useState<{ id: string; about: "organise" | "settings" } | null>(null);
  const closeDialog = useCallback(() => setDialog(null), []);
  const scroller = useRef<HTMLElement>(null);
  const closer = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (drawer && open) closer.current?.focus({ preventScroll: true });
  }, [drawer, open]);

  const newest = useMemo(() => grouped(items ?? []).flatMap(([group, members]): Line[] => [{ group }, ...members.map((item) => ({ item }))]), [items]);
  // A list that moves would take the focus from a title that is being written.
  const settled = useRef(newest);
  if (renaming === null) settled.current = newest;
  const lines = settled.current;

  // The list goes on before its end is seen; a short one is filled up at once.
  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (element && more && element.scrollHeight - element.scrollTop - element.clientHeight < 600) void list.more();
  }, [more]);
  useEffect(onScroll, [onScroll, lines]);

  const renamed = useCallback((id: string, title: string | null) => {
    setRenaming(null);
    const item = list.get().items?.find((other) => other.id === id);
    if (title && item && title !== list.titleOf(item)) void list.change(id, { title });
  }, []);
  const choosing = chosen !== null;
  useEffect(() => {
    // The keyboard goes along from the menu to the box that takes its place.
    if (choosing) scroller.current?.querySelector<HTMLElement>(".choice input:checked")?.focus();
  }, [choosing]);
  const choose = useCallback((id: string) => {
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id) && next.size < MOST_CHOSEN) next.add(id);
      return next;
    });
  }, []);
  const act = useCallback(
    (id: string, action: ItemAction) => {
      if (action === "rename") setRenaming(id);
      else if (action === "pin" || action === "unpin") void list.change(id, { pinned: action === "pin" });
      else if (action === "archive" || action === "unarchive") void archive([id], action === "archive");
      else if (action === "choose") choose(id);
      else if (action === "delete") {
        deleteWithUndo([id]);
        onDeleted(id);
      } else setDialog({ id, about: action });
    },
    [choose, onDeleted],
  );
  const endChoice = (does?: (ids: readonly string[]) => void) => {
    if (chosen?.size) does?.([...chosen]);
    setChosen(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !chosen || event.defaultPrevented) return;
    // Not for the answer under way.
    event.preventDefault();
    setChosen(null);
  };
  const narrowed = Object.keys(filter).length > 0;

  return (
    <>
      {drawer && open && <div className="backdrop" onClick={onClose} aria-hidden="true" />}
      <aside className="sidebar" data-open={open} data-drawer={drawer} inert={!open} aria-label={t("side.sidebar")} onKeyDown={onKeyDown}>
        <div className="sidebar-head">
          <span className="brand">
            <LogoIcon className="logo" />
            Edgewise
          </span>
          <button ref={closer} type="button" className="icon-button" aria-label={t("side.close")} title={`${t("side.close")} (${keysOf("sidebar")})`} onClick={onClose}>
            {drawer ? <CloseIcon /> : <SidebarIcon />}
          </button>
        </div>
        <button type="button" className="new-chat" data-testid="new-chat" onClick={onNew} title={`${t("side.new")} (${keysOf("new")})`}>
          <NewChatIcon />
          {t("side.new")}
        </button>
        <button type="button" className="new-chat quiet" data-testid="search" onClick={onSearch}>
          <SearchIcon />
          {t("side.search")}
          <kbd>{keysOf("palette")}</kbd>
        </button>
        <Link className="new-chat quiet" data-testid="agents-link" href="/agents" onClick={onPick}>
          <AgentIcon />
          {t("agents.title")}
          <kbd>{keysOf("agents")}</kbd>
        </Link>
        {chosen ? (
          <ChooseBar
            count={chosen.size}
            archived={filter.archived ?? false}
            onArchive={() => endChoice((ids) => void archive(ids, !filter.archived))}
            onDelete={() =>
              endChoice((ids) => {
                deleteWithUndo(ids);
                ids.forEach(onDeleted);
              })
            }
            onClose={() => endChoice()}
          />
        ) : (
          <FilterBar filter={filter} />
        )}
        <nav ref={scroller} className="conversations" aria-label={t("side.conversations")} data-testid="conversation-list" onScroll={onScroll}>
          {error && (
            <p className="note failed" role="alert">
              {error}
            </p>
          )}
          {items === null && !error && <ListSkeleton />}
          {items?.length === 0 && <p className="empty-list">{narrowed ? t("side.emptyNarrowed") : t("side.empty")}</p>}
          <Virtualizer as="ul" item="li" scrollRef={scroller} data={lines} bufferSize={600}>
            {(line) =>
              "group" in line ? (
                <h2 key={line.group}>{line.group}</h2>
              ) : (
                <SidebarItem
                  key={line.item.id}
                  id={line.item.id}
                  title={list.titleOf(line.item)}
                  pinned={line.item.pinned ?? false}
                  archived={line.item.archived ?? false}
                  labels={labelsOf(line.item)}
                  current={line.item.id === current}
                  unread={line.item.id !== current && list.isUnread(line.item)}
                  renaming={line.item.id === renaming}
                  chosen={chosen && chosen.has(line.item.id)}
                  onPick={onPick}
                  onRenamed={renamed}
                  onAction={act}
                />
              )
            }
          </Virtualizer>
        </nav>
        <AccountMenu onPick={onPick} />
      </aside>
      {dialog && (
        <Suspense>
          {dialog.about === "organise" ? <OrganiseDialog id={dialog.id} onClose={closeDialog} /> : <ConversationSettings id={dialog.id} onClose={closeDialog} />}
        </Suspense>
      )}
    </>
  );
});

const labelsOf = ({ folder, tags }: Conversation): string => [folder, ...(tags ?? []).map((tag) => `#${tag}`)].filter(Boolean).join(" ");

function ListSkeleton() {
  return (
    <div className="list-skeleton" role="status" aria-label={t("side.loading")}>
      <i />
      <i />
      <i />
    </div>
  );
}
