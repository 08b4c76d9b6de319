// The list of conversations: open, search, rename in place, delete with a way back, begin a new one.
import { memo, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Virtualizer } from "virtua";
import { AccountMenu } from "../account/account-menu";
import { t } from "../i18n";
import { CloseIcon, LogoIcon, NewChatIcon, SearchIcon, SidebarIcon } from "../icons";
import type { Conversation } from "../protocol";
import { toast } from "../ui";
import { grouped, list } from "./conversations";
import { keysOf } from "./shortcuts";
import { SidebarItem } from "./sidebar-item";

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
  const { items, more, error } = useSyncExternalStore(list.subscribe, list.get);
  const [renaming, setRenaming] = useState<string | null>(null);
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
    if (title && item && title !== list.titleOf(item)) void list.rename(id, title);
  }, []);
  const remove = useCallback(
    (id: string) => {
      deleteWithUndo(id);
      onDeleted(id);
    },
    [onDeleted],
  );

  return (
    <>
      {drawer && open && <div className="backdrop" onClick={onClose} aria-hidden="true" />}
      <aside className="sidebar" data-open={open} data-drawer={drawer} inert={!open} aria-label={t("side.sidebar")}>
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
        <nav ref={scroller} className="conversations" aria-label={t("side.conversations")} data-testid="conversation-list" onScroll={onScroll}>
          {error && (
            <p className="note failed" role="alert">
              {error}
            </p>
          )}
          {items === null && !error && <ListSkeleton />}
          {items?.length === 0 && <p className="empty-list">{t("side.empty")}</p>}
          <Virtualizer as="ul" item="li" scrollRef={scroller} data={lines} bufferSize={600}>
            {(line) =>
              "group" in line ? (
                <h2 key={line.group}>{line.group}</h2>
              ) : (
                <SidebarItem
                  key={line.item.id}
                  id={line.item.id}
                  title={list.titleOf(line.item)}
                  current={line.item.id === current}
                  unread={line.item.id !== current && list.isUnread(line.item)}
                  renaming={line.item.id === renaming}
                  onPick={onPick}
                  onRename={setRenaming}
                  onRenamed={renamed}
                  onDelete={remove}
                />
              )
            }
          </Virtualizer>
        </nav>
        <AccountMenu onPick={onPick} />
      </aside>
    </>
  );
});

/** Deletes after a while in which it can be taken back. */
export function deleteWithUndo(id: string): void {
  const item = list.get().items?.find((other) => other.id === id);
  list.removeSoon(id);
  toast(t("side.deleted", { title: item ? list.titleOf(item) : t("side.conversation") }), { action: { label: t("side.undo"), run: () => list.keep(id) } });
}

function ListSkeleton() {
  return (
    <div className="list-skeleton" role="status" aria-label={t("side.loading")}>
      <i />
      <i />
      <i />
    </div>
  );
}
