// How many conversations are chosen, and what becomes of them.
import { t } from "../i18n";
import { ArchiveIcon, CloseIcon, TrashIcon } from "../icons";
import { IconButton } from "../ui";

/** So many are chosen at a time. */
export const MOST_CHOSEN = 50;

interface Props {
  count: number;
  /** Whether the list is that of the archive. */
  archived: boolean;
  onArchive: () => void;
  onDelete: () => void;
  onClose: () => void;
}

export function ChooseBar({ count, archived, onArchive, onDelete, onClose }: Props) {
  return (
    <div className="filter-bar choose-bar" role="group" aria-label={t("side.choose")} data-testid="choose-bar">
      <span role="status">{t("side.chosen", { count })}</span>
      <IconButton label={archived ? t("side.unarchive") : t("side.archive")} size="small" disabled={!count} onClick={onArchive}>
        <ArchiveIcon />
      </IconButton>
      <IconButton label={t("side.delete")} size="small" disabled={!count} onClick={onDelete}>
        <TrashIcon />
      </IconButton>
      <IconButton label={t("common.close")} shortcut="Esc" size="small" onClick={onClose}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}
