// What a reader can do with a message, and the small controls for it.
import { useEffect, useRef, useState } from "react";
import { dateTime, t } from "../i18n";
import { CheckIcon, CopyIcon, LeftIcon, RightIcon } from "../icons";
import { IconButton, toast } from "../ui";
import { htmlOf } from "./markdown";
import type { VoteValue } from "../protocol";
import type { Row } from "./rows";

/** The object stays the same while the chat does. */
export interface Actions {
  resend: (id: string) => void;
  /** Takes a message that was refused back into the message box. */
  edit: (id: string) => void;
  cancel: (turnId: string) => void;
  /** Opens a message for another version; `null` closes it. */
  startEdit: (id: string | null) => void;
  replace: (id: string, text: string) => void;
  choose: (id: string) => void;
  again: (id: string, model: string | null) => void;
  /** Goes on with an answer that ended before its end. */
  goOn: (id: string) => void;
  /** Says what one thinks of an answer, and why; `null` takes it back. Gives whether it was heard. */
  vote: (id: string, value: VoteValue | null, reason?: string) => Promise<boolean>;
  /** Begins a conversation with what was said up to a message. */
  fork: (id: string) => void;
  /** Asks, then deletes a message and all that follow it. */
  remove: (id: string) => void;
  /** Says whether a call of a tool may run. */
  decide: (callId: string, approved: boolean) => Promise<void>;
  openArtifact: (artifactId: string) => void;
  /** Sends a question that was suggested. */
  ask: (text: string) => void;
}

export const timeOf = (createdAt: string): string | undefined =>
  Number.isNaN(Date.parse(createdAt)) ? undefined : dateTime(createdAt);

/** Leads through the versions of a message. */
export function Versions({ row: { id, versions }, onChoose }: { row: Row; onChoose: (id: string) => void }) {
  if (versions.length < 2) return null;
  const at = versions.indexOf(id);
  const before = versions[at - 1];
  const after = versions[at + 1];
  return (
    <span className="versions" data-testid="versions">
      <IconButton label={t("chat.previous")} size="small" disabled={!before} onClick={() => before && onChoose(before)}>
        <LeftIcon />
      </IconButton>
      <span>
        <span aria-hidden="true">
          {at + 1}/{versions.length}
        </span>
        <span className="sr-only">{t("chat.version", { at: at + 1, count: versions.length })}</span>
      </span>
      <IconButton label={t("chat.next")} size="small" disabled={!after} onClick={() => after && onChoose(after)}>
        <RightIcon />
      </IconButton>
    </span>
  );
}

/** Puts Markdown, and beside it what it looks like, on the clipboard. */
export async function copyRich(text: string, html: string | null): Promise<boolean> {
  try {
    if (html !== null && typeof ClipboardItem === "function") {
      const item = (words: string, type: string) => new Blob([words], { type });
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": item(text, "text/plain"), "text/html": item(html, "text/html") })]);
    } else {
      await navigator.clipboard.writeText(text);
    }
    return true;
  } catch {
    toast(t("chat.copyFailed"), { tone: "bad" });
    return false;
  }
}

const SHOWN_MS = 2_000;

export function CopyMessage({ text, label, rich = false }: { text: string; label: string; rich?: boolean }) {
  const [done, setDone] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    if (!(await copyRich(text, rich ? htmlOf(text) : null))) return;
    setDone(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDone(false), SHOWN_MS);
  };
  return (
    <>
      <IconButton label={label} size="small" onClick={() => void copy()}>
        {done ? <CheckIcon /> : <CopyIcon />}
      </IconButton>
      <span role="status" className="sr-only">
        {done ? t("chat.copied") : ""}
      </span>
    </>
  );
}
