// The messages of a conversation: bubbles, streaming answers, and staying at the bottom while the reader is there.
import { memo, type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { AlertIcon, DownIcon, RetryIcon } from "../icons";
import type { Row } from "./rows";
import { CopyButton, Markdown } from "./markdown";

/** What a reader can do with a message. The object stays the same while the chat does. */
export interface Actions {
  resend: (id: string) => void;
  edit: (id: string) => void;
  cancel: (turnId: string) => void;
}

const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const timeOf = (createdAt: string): string | undefined =>
  Number.isNaN(Date.parse(createdAt)) ? undefined : time.format(new Date(createdAt));

const UserMessage = memo(function UserMessage({ row, actions }: { row: Row; actions: Actions }) {
  const { id, text, status, seq, error, createdAt, queuedTurn } = row;
  return (
    <article className="message user" data-testid="message" data-role="user" data-status={status} data-seq={seq ?? undefined}>
      <h2 className="sr-only">You</h2>
      <div className="bubble" data-testid="message-text" title={timeOf(createdAt)}>
        {text}
      </div>
      {status === "sending" && <p className="note late">Sending…</p>}
      {queuedTurn && (
        <p className="note">
          <span>Queued</span>
          <button type="button" className="link" onClick={() => actions.cancel(queuedTurn)}>
            Cancel
          </button>
        </p>
      )}
      {status === "failed" && (
        <p className="note failed" role="alert">
          <AlertIcon />
          <span>Not sent: {error}</span>
          <button type="button" className="link" onClick={() => actions.resend(id)}>
            Retry
          </button>
          <button type="button" className="link" onClick={() => actions.edit(id)}>
            Edit
          </button>
        </p>
      )}
    </article>
  );
}, sameRow);

const Answer = memo(function Answer({ row }: { row: Row; actions: Actions }) {
  const { text, status, seq, error } = row;
  const growing = status === "running";
  return (
    <article
      className="message answer"
      data-testid="message"
      data-role="assistant"
      data-status={status}
      data-seq={seq ?? undefined}
      aria-busy={growing}
    >
      <h2 className="sr-only">Assistant</h2>
      {growing && !text && <p className="thinking">Thinking…</p>}
      <div className={growing ? "md growing" : "md"} data-testid="message-text" hidden={!text}>
        <Markdown text={text} partial={status !== "completed"} />
      </div>
      {status === "stopped" && <p className="note">Stopped</p>}
      {status === "failed" && (
        <p className="note failed">
          <AlertIcon />
          <span>Failed: {error || "the answer could not be finished."}</span>
        </p>
      )}
      {!growing && text && (
        <div className="message-actions">
          <CopyButton text={text} label="Copy answer" bare />
        </div>
      )}
    </article>
  );
}, sameRow);

interface RowProps {
  row: Row;
  actions: Actions;
}

// Rows are made anew for each frame; only those that differ are drawn.
function sameRow(a: RowProps, b: RowProps): boolean {
  return (
    a.actions === b.actions && (Object.keys(a.row) as (keyof Row)[]).every((field) => a.row[field] === b.row[field])
  );
}

/** The words of an answer as they are shown, without marks and buttons. */
function wordsOf(content: HTMLElement | null, seq: number | null): string {
  const blocks = content?.querySelector(`[data-seq="${seq}"] .md`)?.children ?? [];
  return [...blocks].map((block) => (block.querySelector("pre") ?? block).textContent).join("\n");
}

/** What a screen reader is told: answers that end while it listens, whole. */
function useAnnouncement(rows: readonly Row[], content: RefObject<HTMLElement | null>): string {
  const [said, say] = useState("");
  const before = useRef<string | null>(null);
  const opened = useRef(0);
  const live = useRef(false);
  useEffect(() => {
    // What ends in the first second is history, unless the reader has just asked for it.
    opened.current ||= Date.now();
    live.current ||= Date.now() - opened.current > 1000 || rows.some((row) => row.status === "sending");
    const last = rows.findLast((row) => row.role === "assistant" && row.status === "running");
    const ended = before.current === null ? undefined : rows.find((row) => row.id === before.current);
    if (live.current && ended && ended.status !== "running") {
      const end = ended.status === "stopped" ? " Stopped." : ended.status === "failed" ? ` Failed: ${ended.error}` : "";
      say(wordsOf(content.current, ended.seq) + end);
    }
    before.current = last?.id ?? null;
  }, [rows, content]);
  return said;
}

interface Props {
  chatKey: string;
  rows: readonly Row[];
  /** Changes when something new is in the log. */
  last: number;
  actions: Actions;
}

const NEAR = 48;

export function Messages({ chatKey, rows, last, actions }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const top = useRef(0);
  const [away, setAway] = useState(false);
  const [seen, setSeen] = useState(last);
  const announcement = useAnnouncement(rows, content);

  const toBottom = useCallback((smooth = false) => {
    const element = scroller.current;
    if (!element) return;
    stuck.current = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollTo({ top: element.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
  }, []);

  // Another chat, or a message of one's own: go to the end.
  const own = rows.findLast((row) => row.role === "user" && row.seq === null)?.key ?? null;
  useLayoutEffect(() => {
    stuck.current = true;
    setAway(false);
    toBottom();
  }, [chatKey, toBottom]);
  useLayoutEffect(() => {
    if (own) toBottom();
  }, [own, toBottom]);

  // Whatever grows (text, fonts, the window), the end stays in view while the reader is there.
  useLayoutEffect(() => {
    if (!content.current || !scroller.current) return;
    const observer = new ResizeObserver(() => {
      if (stuck.current) toBottom();
    });
    observer.observe(content.current);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [toBottom]);
  useLayoutEffect(() => {
    if (stuck.current) toBottom();
  }, [rows, toBottom]);

  useEffect(() => {
    if (!away) setSeen(last);
  }, [away, last]);

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    // Only a move upwards lets go: growing text alone changes the distance too.
    if (distance < NEAR && element.scrollTop >= top.current) stuck.current = true;
    else if (element.scrollTop < top.current - 1 && distance > 4) stuck.current = false;
    top.current = element.scrollTop;
    setAway(!stuck.current && distance > NEAR);
  };

  return (
    <div className="messages-frame">
      <div className="messages" ref={scroller} onScroll={onScroll} tabIndex={0} role="region" aria-label="Messages">
        <div className="messages-inner" ref={content}>
          {rows.map((row) =>
            row.role === "user" ? (
              <UserMessage key={row.key} row={row} actions={actions} />
            ) : (
              <Answer key={row.key} row={row} actions={actions} />
            ),
          )}
        </div>
      </div>
      {away && (
        <button type="button" className={last > seen ? "pill" : "pill bare"} aria-label={last > seen ? "New messages" : "To the end"} onClick={() => toBottom(true)}>
          <DownIcon />
          {last > seen && <span>New messages</span>}
        </button>
      )}
      <div role="log" aria-live="polite" aria-label="Finished answers" className="sr-only">
        {announcement}
      </div>
    </div>
  );
}

/** Stands in while a conversation's log is on its way. */
export function MessagesSkeleton() {
  return (
    <div className="messages-frame">
      <div className="messages-inner skeleton" aria-busy="true" aria-label="Loading the conversation" role="status">
        <i className="ask" />
        <i />
        <i />
        <i className="short" />
      </div>
    </div>
  );
}

export function ConnectionBanner({ offline, onRetry }: { offline: boolean; onRetry: () => void }) {
  return (
    <div className="banner" role="status" data-testid="reconnect-banner">
      <span className="dot" />
      <span>{offline ? "You are offline. What you send is kept." : "Connection lost. Reconnecting…"}</span>
      <button type="button" className="link" onClick={onRetry}>
        <RetryIcon />
        Retry now
      </button>
    </div>
  );
}
