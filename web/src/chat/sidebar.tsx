// The list of conversations: open, rename in place, delete after a question, begin a new one.
import { type KeyboardEvent, memo, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link } from "wouter";
import { AccountMenu } from "../account/account-menu";
import { grouped, list } from "./conversations";
import { CloseIcon, LogoIcon, NewChatIcon, PencilIcon, SidebarIcon, TrashIcon } from "../icons";
import type { Conversation } from "../protocol";

interface Props {
  current: string | null;
  open: boolean;
  /** Whether it lies over the chat instead of beside it. */
  drawer: boolean;
  onClose: () => void;
  onNew: () => void;
  onPick: () => void;
  onDeleted: (id: string) => void;
}

export const Sidebar = memo(function Sidebar({ current, open, drawer, onClose, onNew, onPick, onDeleted }: Props) {
  const { items, more, error } = useSyncExternalStore(list.subscribe, list.get);
  const [renaming, setRenaming] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<Conversation | null>(null);
  const end = useRef<HTMLDivElement>(null);
  const closer = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (drawer && open) closer.current?.focus({ preventScroll: true });
  }, [drawer, open]);

  useEffect(() => {
    if (!end.current || !more) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) void list.more();
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [more, items]);

  const remove = async () => {
    const gone = deleting;
    setDeleting(null);
    if (gone && (await list.remove(gone.id))) onDeleted(gone.id);
  };

  return (
    <>
      {drawer && open && <div className="backdrop" onClick={onClose} aria-hidden="true" />}
      <aside className="sidebar" data-open={open} data-drawer={drawer} inert={!open} aria-label="Sidebar">
        <div className="sidebar-head">
          <span className="brand">
            <LogoIcon className="logo" />
            Edgewise
          </span>
          <button ref={closer} type="button" className="icon-button" aria-label="Close sidebar" title="Close sidebar (Ctrl+Shift+S)" onClick={onClose}>
            {drawer ? <CloseIcon /> : <SidebarIcon />}
          </button>
        </div>
        <button type="button" className="new-chat" data-testid="new-chat" onClick={onNew} title="New chat (Ctrl+Shift+O)">
          <NewChatIcon />
          New chat
        </button>
        <nav className="conversations" aria-label="Conversations" data-testid="conversation-list">
          {error && (
            <p className="note failed" role="alert">
              {error}
            </p>
          )}
          {items === null && !error && <ListSkeleton />}
          {items?.length === 0 && <p className="empty-list">Your conversations will be listed here.</p>}
          {items &&
            grouped(items).map(([group, members]) => (
              <section key={group} aria-label={group}>
                <h2>{group}</h2>
                <ul>
                  {members.map((item) => (
                    <Item
                      key={item.id}
                      item={item}
                      title={list.titleOf(item)}
                      current={item.id === current}
                      renaming={item.id === renaming}
                      onPick={onPick}
                      onRename={() => setRenaming(item.id)}
                      onRenamed={(title) => {
                        setRenaming(null);
                        if (title && title !== list.titleOf(item)) void list.rename(item.id, title);
                      }}
                      onDelete={() => setDeleting(item)}
                    />
                  ))}
                </ul>
              </section>
            ))}
          <div ref={end} className="list-end" />
        </nav>
        <AccountMenu onPick={onPick} />
      </aside>
      {deleting && <Confirm title={list.titleOf(deleting)} onYes={() => void remove()} onNo={() => setDeleting(null)} />}
    </>
  );
});

interface ItemProps {
  item: Conversation;
  title: string;
  current: boolean;
  renaming: boolean;
  onPick: () => void;
  onRename: () => void;
  onRenamed: (title: string | null) => void;
  onDelete: () => void;
}

function Item({ item, title, current, renaming, onPick, onRename, onRenamed, onDelete }: ItemProps) {
  const link = useRef<HTMLLIElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "F2" && !renaming) {
      event.preventDefault();
      onRename();
    }
  };
  const renamed = (next: string | null) => {
    onRenamed(next);
    // The keyboard stays where it was.
    requestAnimationFrame(() => link.current?.querySelector("a")?.focus());
  };
  return (
    <li ref={link} className="conversation" data-testid="conversation-item" data-id={item.id} data-current={current} onKeyDown={onKeyDown}>
      {renaming ? (
        <Rename title={title} onDone={renamed} />
      ) : (
        <>
          <Link href={`/c/${item.id}`} aria-current={current ? "page" : undefined} title={title} onClick={onPick} onDoubleClick={onRename}>
            {title}
          </Link>
          <span className="conversation-actions">
            <button type="button" className="icon-button small" aria-label={`Rename ${title}`} title="Rename (F2)" onClick={onRename}>
              <PencilIcon />
            </button>
            <button type="button" className="icon-button small" aria-label={`Delete ${title}`} title="Delete" onClick={onDelete}>
              <TrashIcon />
            </button>
          </span>
        </>
      )}
    </li>
  );
}

function Rename({ title, onDone }: { title: string; onDone: (title: string | null) => void }) {
  const [text, setText] = useState(title);
  const done = useRef(false);
  const finish = (next: string | null) => {
    if (done.current) return;
    done.current = true;
    onDone(next?.trim() || null);
  };
  return (
    <input
      className="rename"
      aria-label="Title"
      value={text}
      maxLength={200}
      autoFocus
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => finish(text)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") finish(text);
        if (event.key !== "Escape") return;
        // Not for the answer under way.
        event.stopPropagation();
        finish(null);
      }}
    />
  );
}

function Confirm({ title, onYes, onNo }: { title: string; onYes: () => void; onNo: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="confirm"
      aria-labelledby="confirm-title"
      onClose={onNo}
      onClick={(event) => {
        if (event.target === event.currentTarget) onNo();
      }}
    >
      <div className="confirm-body">
        <h2 id="confirm-title">Delete this conversation?</h2>
        <p>“{title}” and its messages will be deleted for good.</p>
        <div className="confirm-actions">
          <button type="button" className="button" onClick={onNo} autoFocus>
            Cancel
          </button>
          <button type="button" className="button danger" data-testid="confirm-delete" onClick={onYes}>
            Delete
          </button>
        </div>
      </div>
    </dialog>
  );
}

function ListSkeleton() {
  return (
    <div className="list-skeleton" role="status" aria-label="Loading conversations">
      <i />
      <i />
      <i />
    </div>
  );
}
