// The files of a message: images are shown, others are cards to download.
import { t } from "../i18n";
import { FileIcon } from "../icons";
import type { FilePart } from "./rows";
import { addressOfFile } from "./upload-sending";
import { isImage, sizeOf } from "./uploads";

export function Files({ files }: { files: readonly FilePart[] }) {
  if (!files.length) return null;
  return (
    <ul className="files">
      {files.map(({ id, filename, mediaType, size }) => (
        <li key={id}>
          {isImage(mediaType) ? (
            <a className="picture" href={addressOfFile(id)} target="_blank" rel="noopener" aria-label={t("chat.showImage", { name: filename })}>
              <img src={addressOfFile(id)} alt={filename} loading="lazy" />
            </a>
          ) : (
            <a className="file" href={addressOfFile(id)} download={filename} title={t("chat.download", { name: filename })}>
              <FileIcon />
              <span>
                <strong>{filename}</strong>
                <small>{sizeOf(size)}</small>
              </span>
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}
