// The title of the tab: the conversation's, and word that an answer is there for whoever looks elsewhere.
import { useEffect, useRef, useState } from "react";
import { t } from "../i18n";

export function useTabTitle(title: string | null, runningId: string | null): void {
  const [ready, setReady] = useState(false);
  const before = useRef(runningId);
  useEffect(() => {
    if (before.current !== null && runningId === null && document.hidden) setReady(true);
    before.current = runningId;
  }, [runningId]);
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
