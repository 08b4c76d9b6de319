// Dictation: what is spoken is written into the message box, where the browser can hear. Elsewhere nothing is offered.
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { locale, t } from "../i18n";
import { MicIcon } from "../icons";

/** The part of `SpeechRecognition` that is used; browsers write it in their own ways. */
interface Recognition {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  onresult: ((event: { resultIndex: number; results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  onend: (() => void) | null;
  start: () => void;
  abort: () => void;
}
type Named = Partial<Record<"SpeechRecognition" | "webkitSpeechRecognition", new () => Recognition>>;

const recognition = (): (new () => Recognition) | undefined => (globalThis as Named).SpeechRecognition ?? (globalThis as Named).webkitSpeechRecognition;

/** The text with what was spoken behind it. What somebody changes by hand meanwhile stays as they have it. */
export class Spoken {
  private written: string;
  private from = 0;

  constructor(private before: string) {
    this.written = before;
  }

  /** `results` are all pieces since the beginning, those from `changed` on otherwise than the last time. */
  heard(text: string, results: readonly string[], changed: number): string {
    if (text !== this.written) {
      this.before = text;
      this.from = changed;
    }
    const words = results.slice(this.from).join("").trim();
    this.written = this.before + (words && /\S$/.test(this.before) ? " " : "") + words;
    return this.written;
  }
}

export interface DictateHandle {
  /** Hears no more: what was said is on its way. */
  stop: () => void;
}

interface Props {
  text: string;
  disabled: boolean;
  onWords: (text: string) => void;
  onTrouble: (sentence: string) => void;
  ref: Ref<DictateHandle>;
}

export function Dictate({ text, disabled, onWords, onTrouble, ref }: Props) {
  const [listening, setListening] = useState<Recognition | null>(null);
  const now = useRef({ text, onWords });
  useEffect(() => {
    now.current = { text, onWords };
  });
  useEffect(() => {
    if (!listening) return;
    return () => {
      // What is heard until it has stopped is of no use.
      listening.onresult = listening.onerror = listening.onend = null;
      listening.abort();
    };
  }, [listening]);

  const stop = () => setListening(null);
  useImperativeHandle(ref, () => ({ stop }));

  const start = () => {
    const Maker = recognition();
    if (!Maker) return;
    const heard = new Maker();
    const spoken = new Spoken(text);
    const [own = ""] = navigator.languages.filter((language) => language.startsWith(locale()));
    Object.assign(heard, { lang: own || locale(), continuous: true, interimResults: true });
    heard.onresult = ({ results, resultIndex }) =>
      now.current.onWords(spoken.heard(now.current.text, Array.from(results, (result) => result[0]?.transcript ?? ""), resultIndex));
    heard.onerror = ({ error }) => {
      if (error === "not-allowed" || error === "service-not-allowed") onTrouble(t("box.micRefused"));
      else if (error !== "no-speech" && error !== "aborted") onTrouble(t("box.notHeard"));
    };
    heard.onend = () => setListening((current) => (current === heard ? null : current));
    heard.start();
    setListening(heard);
  };

  if (!recognition()) return null;
  const label = listening ? t("box.dictateStop") : t("box.dictate");
  return (
    <button type="button" className="icon-button dictate" data-testid="dictate" aria-pressed={listening !== null} aria-label={label} title={label} disabled={disabled} onClick={listening ? stop : start}>
      <MicIcon />
    </button>
  );
}
