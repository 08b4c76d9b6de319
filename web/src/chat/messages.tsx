// The messages of a conversation: only those near the view are drawn, and the end stays in view while the reader is there.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type CustomContainerComponentProps, Virtualizer, type VirtualizerHandle } from "virtua";
import { t } from "../i18n";
import { DownIcon, RetryIcon } from "../icons";
import type { Actions } from "./actions";
import { Answer } from "./answer";
import { useAnnouncement } from "./announce";
import { Compacted } from "./compacted";
import type { Row } from "./rows";
import { UserMessage } from "./user-message";

interface Props {
  chatKey: string;
  rows: readonly Row[];
  /** Changes when something new is in the log. */
  last: number;
  editing: string | null;
  /** A message to show first, such as one that a search has found. */
  target: string | null;
  /** Whether there are older messages to read. */
  more: boolean;
  onOlder: () => void;
  actions: Actions;
}

/** So near to the beginning older messages are read. */
const OLDER_PX = 2_000;
const NEAR = 48;
/** Short conversations are drawn whole, so that the browser's own search finds everything. */
const WHOLE = 80;
const MARK_MS = 2_500;
/** A move of the page itself lets nothing go; one of the reader's follows their hand closely. */
const HAND_MS = 600;

export function Messages({ chatKey, rows, last, editing, target, more, onOlder, actions }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const stuck = useRef(true);
  const top = useRef(0);
  const hand = useRef(0);
  const [away, setAway] = useState(false);
  const [seen, setSeen] = useState(last);
  const [marked, setMarked] = useState<string | null>(null);
  const [printing, setPrinting] = useState(false);
  const { said, state } = useAnnouncement(rows, content);

  const toBottom = useCallback((smooth = false) => {
    const element = scroller.current;
    if (!element) return;
    stuck.current = true;
    const { scrollHeight, scrollTop, clientHeight } = element;
    if (scrollHeight - clientHeight - scrollTop < 1) return;
    const moves = smooth && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollTo({ top: scrollHeight, behavior: moves ? "smooth" : "instant" });
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

  // A message that was asked for: into the middle of the view, and marked for a moment.
  const at = target === null ? -1 : rows.findIndex(({ id }) => id === target);
  const found = at >= 0;
  const place = useRef(at);
  place.current = at;
  useEffect(() => {
    if (!found) return;
    stuck.current = false;
    list.current?.scrollToIndex(place.current, { align: "center" });
    setMarked(target);
    const timer = setTimeout(() => setMarked(null), MARK_MS);
    return () => clearTimeout(timer);
  }, [found, target]);

  useEffect(() => {
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, []);

  const touched = () => {
    hand.current = performance.now();
  };
  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    // Only a move upwards, by the reader, lets go: growing text and measured messages alone change the distance too.
    if (distance < NEAR && element.scrollTop >= top.current) stuck.current = true;
    else if (element.scrollTop < top.current - 1 && distance > 4 && performance.now() - hand.current < HAND_MS) stuck.current = false;
    top.current = element.scrollTop;
    setAway(!stuck.current && distance > NEAR);
    if (more && element.scrollTop < OLDER_PX) onOlder();
  };

  // What is put before the first message must not move what is in view.
  const first = rows[0]?.key;
  const before = useRef(first);
  const shifts = before.current !== first && before.current !== undefined && rows.some(({ key }) => key === before.current);
  useLayoutEffect(() => {
    before.current = first;
  });

  const count = rows.length;
  const mounted = useMemo(() => (count <= WHOLE || printing ? Array.from({ length: count }, (_, index) => index) : [count - 1]), [count, printing]);

  return (
    <div className="messages-frame">
      <div
        className="messages"
        ref={scroller}
        onScroll={onScroll}
        onWheel={touched}
        onTouchMove={touched}
        onPointerDown={touched}
        onPointerMove={(event) => event.buttons && touched()}
        onKeyDown={touched}
        tabIndex={0}
        role="region"
        aria-label={t("chat.messages")}
      >
        <div className="messages-inner" ref={content}>
          <Virtualizer ref={list} as={Held} scrollRef={scroller} data={rows} bufferSize={900} keepMounted={mounted} startMargin={16} shift={shifts}>
            {(row) => (
              <div key={row.key} className="message-place" data-marked={row.id === marked || undefined} data-last={row === rows[count - 1] || undefined}>
                {row.role === "user" ? <UserMessage row={row} editing={row.id === editing} actions={actions} /> : <Answer row={row} actions={actions} />}
                {row.compaction && <Compacted of={row.compaction} />}
              </div>
            )}
          </Virtualizer>
        </div>
      </div>
      {away && (
        <button
          type="button"
          className={last > seen ? "pill" : "pill bare"}
          aria-label={last > seen ? t("chat.newMessages") : t("chat.toEnd")}
          onClick={() => toBottom(count <= WHOLE)}
        >
          <DownIcon />
          {last > seen && <span>{t("chat.newMessages")}</span>}
        </button>
      )}
      <div role="log" aria-live="polite" aria-label={t("chat.finished")} className="sr-only">
        {said}
      </div>
      <div role="status" className="sr-only">
        {state}
      </div>
    </div>
  );
}

/** What virtua sets while it scrolls (`pointer-events`) everything below inherits: each move would style every element anew. */
function Held({ style: { pointerEvents: _, ...style }, ref, children }: CustomContainerComponentProps) {
  return (
    <div ref={ref} style={style}>
      {children}
    </div>
  );
}

/** Stands in while a conversation's log is on its way. */
export function MessagesSkeleton() {
  return (
    <div className="messages-frame">
      <div className="messages-inner skeleton" aria-busy="true" aria-label={t("chat.loading")} role="status">
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
      <span>{offline ? t("chat.offline") : t("chat.lost")}</span>
      <button type="button" className="link" onClick={onRetry}>
        <RetryIcon />
        {t("chat.retryNow")}
      </button>
    </div>
  );
}
