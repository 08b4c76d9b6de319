// Where a conversation is kept: its folder and its tags.
import { useId, useState } from "react";
import { t } from "../i18n";
import { Button, Dialog, Input } from "../ui";
import { list } from "./conversations";
import { tagsOf } from "./groups";

export default function OrganiseDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const item = list.get().items?.find((other) => other.id === id);
  const [folder, setFolder] = useState(item?.folder ?? "");
  const [tags, setTags] = useState((item?.tags ?? []).join(", "));
  const { folders, tags: known } = list.labels();
  const names = useId();
  const given = tagsOf(tags);
  return (
    <Dialog title={t("side.organise")} size="small" onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void list.change(id, { folder: folder.trim(), tags: given });
          onClose();
        }}
      >
        <Input label={t("side.folder")} optional autoFocus maxLength={100} list={names} hint={t("side.folderHint")} value={folder} onChange={({ target }) => setFolder(target.value)} />
        <datalist id={names}>
          {folders.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Input label={t("side.tags")} optional maxLength={1_000} hint={t("side.tagsHint")} value={tags} onChange={({ target }) => setTags(target.value)} />
        {known.length > 0 && (
          <div className="tag-choices" role="group" aria-label={t("side.tagsKnown")}>
            {known.slice(0, 20).map((tag) => (
              <button
                key={tag}
                type="button"
                className="badge"
                aria-pressed={given.includes(tag)}
                onClick={() => setTags((given.includes(tag) ? given.filter((other) => other !== tag) : [...given, tag]).join(", "))}
              >
                #{tag}
              </button>
            ))}
          </div>
        )}
        <Button type="submit" kind="primary">
          {t("common.save")}
        </Button>
      </form>
    </Dialog>
  );
}
