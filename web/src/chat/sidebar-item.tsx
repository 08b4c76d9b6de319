// One conversation in the list: a link, a title that can be changed in place, and a menu of what can be done with it.
import { type KeyboardEvent, memo, useRef, useState } from "react";
import { Link } from "wouter";
import { t } from "../i18n";
import { ArchiveIcon, CheckIcon, FolderIcon, MoreIcon, PencilIcon, PinIcon, SlidersIcon, TrashIcon } from "../icons";
import { Menu, MenuItem, MenuLine } from "../ui";

export type ItemAction = "rename" | "pin" | "unpin" | "organise" | "settings" | "archive" | "unarchive" | "choose" | "delete";

interface Props {
  id: string;
  title: string;
  pinned: boolean;
  archived: boolean;
  /** Its folder and its tags. */
  labels: string;
  current: boolean;
  unread: boolean;
  renaming: boolean;
  /** Whether it is one of several that are chosen; `null` while none are. */
  chosen: boolean | null;
  onPick: () => void;
  onRenamed: (id: string, title: string | null) => void;
  onAction: (id: string, action: ItemAction) => void;
}

export const SidebarItem = memo(function SidebarItem({ id, title, pinned, archived, labels, current, unread, renaming, chosen, onPick, onRenamed, onAction }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "F2" && !renaming) {
      event.preventDefault();
      onAction(id, "rename");
    }
  };
  // What it opens takes the focus, once the menu has given it back.
  const later = (action: ItemAction) => () => setTimeout(() => onAction(id, action));
  const renamed = (next: string | null) => {
    onRenamed(id, next);
    // The keyboard stays where it was.
    requestAnimationFrame(() => place.current?.querySelector("a")?.focus());
  };
  return (
    <div ref={place} className="conversation" data-testid="conversation-item" data-id={id} data-current={current} onKeyDown={onKeyDown}>
      {renaming ? (
        <Rename title={title} onDone={renamed} />
      ) : chosen !== null ? (
        <label className="choice">
          <input type="checkbox" checked={chosen} onChange={() => onAction(id, "choose")} />
          <span dir="auto">{title}</span>
        </label>
      ) : (
        <>
          <Link dir="auto" href={`/c/${id}`} aria-current={current ? "page" : undefined} title={title} onClick={onPick} onDoubleClick={() => onAction(id, "rename")}>
            {title}
            {labels && <small data-testid="labels">{labels}</small>}
            {unread && (
              <span className="unread" data-testid="unread">
                <span className="sr-only">{t("side.unread")}</span>
              </span>
            )}
          </Link>
          <span className="conversation-actions">
            <Menu
              trigger={
                <button type="button" className="icon-button small" aria-label={t("side.menuOf", { title })} title={t("side.menu")}>
                  <MoreIcon />
                </button>
              }
            >
              <MenuItem icon={<PinIcon />} onSelect={() => onAction(id, pinned ? "unpin" : "pin")}>
                {pinned ? t("side.unpin") : t("side.pin")}
              </MenuItem>
              <MenuItem icon={<PencilIcon />} shortcut="F2" onSelect={later("rename")}>
                {t("side.rename")}
              </MenuItem>
              <MenuItem icon={<FolderIcon />} onSelect={later("organise")}>
                {t("side.organise")}
              </MenuItem>
              <MenuItem icon={<SlidersIcon />} onSelect={later("settings")}>
                {t("conversation.settings")}
              </MenuItem>
              <MenuItem icon={<ArchiveIcon />} onSelect={() => onAction(id, archived ? "unarchive" : "archive")}>
                {archived ? t("side.unarchive") : t("side.archive")}
              </MenuItem>
              <MenuItem icon={<CheckIcon />} onSelect={later("choose")}>
                {t("side.choose")}
              </MenuItem>
              <MenuLine />
              <MenuItem icon={<TrashIcon />} danger testId="delete-conversation" onSelect={() => onAction(id, "delete")}>
                {t("side.delete")}
              </MenuItem>
            </Menu>
          </span>
        </>
      )}
    </div>
  );
});

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
      data-testid="rename"
      aria-label={t("side.title")}
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
