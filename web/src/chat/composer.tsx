// Where the reader writes: grows with the text, keeps a draft per chat, sends or stops.
import { type KeyboardEvent, type Ref, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import { SendIcon, StopIcon } from "../icons";
import { keep, storage } from "../storage";

const DRAFT = "edgewise.draft.";

const loadDraft = (key: string): string => storage.getItem(DRAFT + key) ?? "";
export const saveDraft = (key: string, text: string): void => keep(DRAFT + key, text);

/** A planned chat became a conversation: what was being written goes along. */
export function moveDraft(from: string, to: string): void {
  saveDraft(to, loadDraft(from));
  saveDraft(from, "");
}

export interface ComposerHandle {
  focus: () => void;
  /** Puts a text before what is written already. */
  fill: (text: string) => void;
}

interface Props {
  draftKey: string;
  running: boolean;
  disabled: boolean;
  onSend: (text: string) => void;
  onStop: () => void;
  ref: Ref<ComposerHandle>;
}

export function Composer({ draftKey, running, disabled, onSend, onStop, ref }: Props) {
  const [draft, setDraft] = useState(() => ({ key: draftKey, text: loadDraft(draftKey) }));
  const area = useRef<HTMLTextAreaElement>(null);
  if (draft.key !== draftKey) setDraft({ key: draftKey, text: loadDraft(draftKey) });
  const { text } = draft;

  const write = (next: string) => {
    saveDraft(draftKey, next);
    setDraft({ key: draftKey, text: next });
  };

  useImperativeHandle(ref, () => ({
    focus: () => area.current?.focus({ preventScroll: true }),
    fill: (added) => {
      write(text.trim() ? `${added}\n\n${text}` : added);
      area.current?.focus();
    },
  }));

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const send = () => {
    const words = text.trim();
    if (!words || disabled) return;
    write("");
    onSend(words);
    area.current?.focus({ preventScroll: true });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // 229: an input method is at work, in browsers that end the composition before the key.
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return;
    event.preventDefault();
    send();
  };

  const ready = text.trim() !== "" && !disabled;
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) {
          event.preventDefault();
          area.current?.focus();
        }
      }}
    >
      <textarea
        ref={area}
        data-testid="composer"
        id="composer"
        aria-label="Message"
        placeholder={running ? "Write ahead: it is answered next" : "Ask anything"}
        rows={1}
        value={text}
        disabled={disabled}
        enterKeyHint="send"
        // On a phone it would raise the keyboard.
        autoFocus={!matchMedia("(pointer: coarse)").matches}
        onChange={(event) => write(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="composer-actions">
        {running && (
          <button type="button" className="round stop" data-testid="stop" aria-label="Stop answering" title="Stop (Esc)" onClick={onStop}>
            <StopIcon />
          </button>
        )}
        {(!running || ready) && (
          <button type="submit" className="round" data-testid="send" aria-label={running ? "Send next" : "Send"} title="Send (Enter)" disabled={!ready}>
            <SendIcon />
          </button>
        )}
      </div>
    </form>
  );
}
