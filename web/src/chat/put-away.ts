// Conversations are put into the archive or deleted, one or several, with a way back.
import { Places } from "../api/places";
import { t } from "../i18n";
import { toast } from "../ui";
import { list } from "./conversations";

/** So many changes are asked for at a time. */
const places = new Places(3);
const never = new AbortController().signal;

function titleOf(id: string | undefined): string {
  const item = list.get().items?.find((other) => other.id === id);
  return item ? list.titleOf(item) : t("side.conversation");
}

/** Gives those of them whose change was heard. */
async function archiveAll(ids: readonly string[], archived: boolean): Promise<string[]> {
  const heard = await Promise.all(ids.map((id) => places.hold(() => list.change(id, { archived }), never)));
  return ids.filter((_, at) => heard[at]);
}

/** Puts conversations into the archive, or takes them out. */
export async function archive(ids: readonly string[], archived: boolean): Promise<void> {
  const title = titleOf(ids[0]);
  const done = await archiveAll(ids, archived);
  if (!done.length) return;
  const one = t(archived ? "side.archived" : "side.unarchived", { title });
  const text = ids.length === 1 ? one : t(archived ? "side.archivedMany" : "side.unarchivedMany", { count: done.length });
  toast(text, { action: { label: t("side.undo"), run: () => void archiveAll(done, !archived) } });
}

/** Deletes after a while in which it can be taken back. */
export function deleteWithUndo(ids: readonly string[]): void {
  const text = ids.length === 1 ? t("side.deleted", { title: titleOf(ids[0]) }) : t("side.deletedMany", { count: ids.length });
  for (const id of ids) list.removeSoon(id);
  toast(text, {
    action: {
      label: t("side.undo"),
      run: () => {
        for (const id of ids) list.keep(id);
      },
    },
  });
}
