// What a screen reader is told of answers: that one has begun, that it still goes on, and then all of it at once.
import { type RefObject, useEffect, useRef, useState } from "react";
import { t } from "../i18n";
import type { Row } from "./rows";

const STILL_MS = 15_000;

/** The words of an answer as they are shown, without marks and buttons. */
function wordsOf(content: HTMLElement | null, seq: number | null): string {
  const blocks = content?.querySelector(`[data-seq="${seq}"] [data-testid="message-text"]`)?.children ?? [];
  return [...blocks].map((block) => (block.querySelector("pre") ?? block).textContent).join("\n");
}

export function useAnnouncement(rows: readonly Row[], content: RefObject<HTMLElement | null>): { said: string; state: string } {
  const [said, say] = useState("");
  const [state, setState] = useState("");
  const before = useRef<string | null>(null);
  const opened = useRef(0);
  const live = useRef(false);
  const running = rows.findLast((row) => row.role === "assistant" && row.status === "running")?.id ?? null;
  useEffect(() => {
    // What ends in the first second is history, unless the reader has just asked for it.
    opened.current ||= Date.now();
    live.current ||= Date.now() - opened.current > 1000 || rows.some((row) => row.status === "sending");
    const ended = before.current === null ? undefined : rows.find((row) => row.id === before.current);
    if (live.current && ended && ended.status !== "running") {
      const end = ended.status === "stopped" ? ` ${t("chat.stopped")}.` : ended.status === "failed" ? ` ${t("chat.failed", { error: ended.error ?? "" })}` : "";
      say(wordsOf(content.current, ended.seq) + end);
    }
    before.current = running;
  }, [rows, content, running]);
  useEffect(() => {
    if (running === null) {
      setState((was) => (was ? t("chat.ended") : ""));
      return;
    }
    setState(t("chat.started"));
    const timer = setInterval(() => setState(t("chat.going")), STILL_MS);
    return () => clearInterval(timer);
  }, [running]);
  return { said, state };
}
