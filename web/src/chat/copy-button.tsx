// A button with a word that copies something and says so.
import { useEffect, useRef, useState } from "react";
import { t } from "../i18n";
import { CheckIcon, CopyIcon } from "../icons";

const SHOWN_MS = 2_000;

export function CopyButton({ label, word = t("chat.copy"), copy }: { label: string; word?: string; copy: () => Promise<boolean> }) {
  const [done, setDone] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const press = async () => {
    if (!(await copy())) return;
    setDone(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDone(false), SHOWN_MS);
  };
  return (
    <button type="button" className="copy" aria-label={label} onClick={() => void press()}>
      {done ? <CheckIcon /> : <CopyIcon />}
      <span aria-hidden="true">{done ? t("chat.copied") : word}</span>
      <span role="status" className="sr-only">
        {done ? t("chat.copied") : ""}
      </span>
    </button>
  );
}
