// The files of a message that is being written: how far each has come, what went wrong, and away with it.
import { number, t } from "../i18n";
import { CloseIcon, FileIcon, RetryIcon } from "../icons";
import { isUnderWay, sizeOf, type Upload } from "./uploads";

interface Props {
  files: readonly Upload[];
  onRemove: (key: string) => void;
  onRetry: (key: string) => void;
}

export function Chips({ files, onRemove, onRetry }: Props) {
  if (!files.length) return null;
  return (
    <ul className="chips" aria-label={t("box.files")}>
      {files.map((file) => (
        <Chip key={file.key} file={file} onRemove={onRemove} onRetry={onRetry} />
      ))}
    </ul>
  );
}

function Chip({ file, onRemove, onRetry }: { file: Upload } & Omit<Props, "files">) {
  const { key, name, size, status, progress, error, thumbnail } = file;
  const underWay = isUnderWay(file);
  const state = status === "waiting" ? t("box.waiting") : number(progress, { style: "percent" });
  return (
    <li className="chip" data-testid="chip" data-status={status}>
      {thumbnail ? <img src={thumbnail} alt="" /> : <FileIcon className="chip-icon" />}
      <span className="chip-text">
        <strong title={name}>{name}</strong>
        <small role={error ? "alert" : undefined}>{error ?? (underWay ? state : sizeOf(size))}</small>
      </span>
      {status === "failed" && (
        <button type="button" className="icon-button small" aria-label={t("box.retryFile", { name })} title={t("chat.retry")} onClick={() => onRetry(key)}>
          <RetryIcon />
        </button>
      )}
      <button
        type="button"
        className="icon-button small"
        aria-label={t(underWay ? "box.cancelFile" : "box.removeFile", { name })}
        title={t(underWay ? "chat.cancel" : "organizations.remove")}
        onClick={() => onRemove(key)}
      >
        <CloseIcon />
      </button>
      {underWay && <progress className="chip-progress" max={1} value={progress} aria-label={t("box.uploading", { name })} />}
    </li>
  );
}
