// Asks before one thing is deleted, deletes it, and closes when it is gone.
import { t } from "../i18n";
import { useAction } from "./action";
import { AlertDialog } from "./dialog";

interface Props {
  title: string;
  text: string;
  /** Deletes it, and has the list read anew. */
  remove: () => Promise<unknown>;
  onClose: () => void;
}

export function DeleteDialog({ title, text, remove, onClose }: Props) {
  const action = useAction(async () => {
    await remove();
    onClose();
  });
  return <AlertDialog title={title} text={text} action={t("common.delete")} busy={action.busy} error={action.problem()} onYes={() => void action.run()} onNo={onClose} />;
}
