// Copies a text, and says whether the browser allowed it.
import { useEffect, useState } from "react";
import { CheckIcon, CopyIcon } from "../icons";
import { t } from "../i18n";
import { Button } from "./button";

const SHOWN_MS = 2_000;

export function CopyButton({ text, label = t("common.copy"), size = "small" }: { text: string; label?: string; size?: "normal" | "small" }) {
  const [state, setState] = useState<"idle" | "done" | "failed">("idle");

  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("done");
    } catch {
      setState("failed");
    }
  };

  return (
    <>
      <Button size={size} onClick={() => void copy()}>
        {state === "done" ? <CheckIcon /> : <CopyIcon />}
        {label}
      </Button>
      <span role="status" className={state === "failed" ? "form-error" : "sr-only"}>
        {state === "done" ? t("common.copied") : state === "failed" ? t("common.copyFailed") : ""}
      </span>
    </>
  );
}
