// The title of the tab: the conversation's, and word that an answer is there for whoever looks elsewhere.
import { useEffect, useRef, useState } from "react";
import { t } from "../i18n";
import { notifyReady } from "./notify";

export function useTabTitle(chat: string, title: string | null, runningId: string | null): void {
  const [ready, setReady] = useState(false);
  const before = useRef<{ chat: string; runningId: string | null } | null>(null);
  useEffect(() => {
    if (before.current?.chat === chat && before.current.runningId !== null && runningId === null && document.hidden) {
      setReady(true);
      notifyReady(chat, title);
    }
    before.current = { chat, runningId };
  }, [chat, runningId, title]);
  useEffect(() => {
    const back = () => !document.hidden && setReady(false);
    document.addEventListener("visibilitychange", back);
    return () => document.removeEventListener("visibilitychange", back);
  }, []);
  useEffect(() => {
    const plain = title ? `${title} · Edgewise` : "Edgewise";
    document.title = ready ? `● ${t("chat.ready")} · ${plain}` : plain;
  }, [title, ready]);
}
