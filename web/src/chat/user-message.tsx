// A message of the reader's: its words and files, where it stands on its way, and another version in its place.
import { memo, useLayoutEffect, useRef, useState } from "react";
import { t } from "../i18n";
import { AlertIcon, PencilIcon, TrashIcon } from "../icons";
import { storage } from "../storage";
import { IconButton } from "../ui";
import type { Actions } from "./actions";
import { CopyMessage, timeOf, Versions } from "./actions";
import { Files } from "./files";
import { ENTER_SETTING, enterSends, sends } from "./keys";
import { type Row, sameRow } from "./rows";
import { useSecondsUntil } from "./seconds";

const LONG_CHARS = 1_800;

interface Props {
  row: Row;
  editing: boolean;
  actions: Actions;
}

export const UserMessage = memo(function UserMessage({ row, editing, actions }: Props) {
  const { id, text, status, seq, createdAt, queuedTurn, files } = row;
  const [whole, setWhole] = useState(false);
  const long = text.length > LONG_CHARS;
  return (
    <article className="message user" data-testid="message" data-role="user" data-status={status} data-seq={seq ?? undefined} data-id={id}>
      <h2 className="sr-only">{t("chat.you")}</h2>
      <Files files={files} />
      {editing ? (
        <Editor row={row} actions={actions} />
      ) : (
        <div className={long && !whole ? "bubble clamped" : "bubble"} data-testid="message-text" dir="auto" hidden={!text}>
          {text}
        </div>
      )}
      {long && !editing && (
        <button type="button" className="link" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? t("chat.showLess") : t("chat.showAll")}
        </button>
      )}
      {status === "sending" && <p className="note late">{t("chat.sending")}</p>}
      {queuedTurn && (
        <p className="note">
          <span>{t("chat.queued")}</span>
          <button type="button" className="link" onClick={() => actions.cancel(queuedTurn)}>
            {t("chat.cancel")}
          </button>
        </p>
      )}
      {status === "failed" && <Refused row={row} actions={actions} />}
      {seq !== null && !editing && !queuedTurn && (
        <div className="message-actions">
          <span className="message-meta">{timeOf(createdAt)}</span>
          <CopyMessage text={text} label={t("chat.copyMessage")} />
          <IconButton label={t("chat.editMessage")} size="small" onClick={() => actions.startEdit(id)}>
            <PencilIcon />
          </IconButton>
          <IconButton label={t("chat.delete")} size="small" data-testid="delete-message" onClick={() => actions.remove(id)}>
            <TrashIcon />
          </IconButton>
          <Versions row={row} onChoose={actions.choose} />
        </div>
      )}
    </article>
  );
}, same);

function same(a: Props, b: Props): boolean {
  return a.actions === b.actions && a.editing === b.editing && sameRow(a.row, b.row);
}

function Refused({ row: { id, error, retryAt }, actions }: { row: Row; actions: Actions }) {
  const seconds = useSecondsUntil(retryAt);
  return (
    <p className="note failed" role="alert">
      <AlertIcon />
      <span>{t("chat.notSent", { error: error ?? "" })}</span>
      <button type="button" className="link" disabled={seconds > 0} onClick={() => actions.resend(id)}>
        {seconds > 0 ? t("chat.retryIn", { seconds }) : t("chat.retry")}
      </button>
      <button type="button" className="link" onClick={() => actions.edit(id)}>
        {t("chat.edit")}
      </button>
    </p>
  );
}

function Editor({ row: { id, text, files, parentId }, actions }: { row: Row; actions: Actions }) {
  const [words, setWords] = useState(text);
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [words]);
  useLayoutEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(text.length, text.length);
  }, [text]);
  const changed = words.trim() !== "" && words.trim() !== text;
  const send = () => changed && actions.replace(id, words.trim());
  return (
    <form
      className="editor"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={area}
        aria-label={t("chat.editMessage")}
        data-testid="editor"
        value={words}
        rows={1}
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && !event.nativeEvent.isComposing) {
            // Not for the answer under way.
            event.stopPropagation();
            event.nativeEvent.stopImmediatePropagation();
            actions.startEdit(null);
          } else if (sends(event.nativeEvent, enterSends(storage.getItem(ENTER_SETTING)))) {
            event.preventDefault();
            send();
          }
        }}
      />
      {files.length > 0 && parentId === null && <p className="note">{t("chat.editFiles")}</p>}
      <div className="editor-actions">
        <button type="button" className="button" data-size="small" data-kind="quiet" onClick={() => actions.startEdit(null)}>
          {t("chat.cancel")}
        </button>
        <button type="submit" className="button" data-size="small" data-kind="primary" disabled={!changed}>
          {t("chat.editSend")}
        </button>
      </div>
    </form>
  );
}
