// Where the reader writes: grows with the text, takes files, keeps a draft per chat, sends or stops.
import { type ClipboardEvent, lazy, Suspense, type KeyboardEvent, type ReactNode, type Ref, useImperativeHandle, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import { keepTask } from "../agents/task";
import type { Prompt } from "../api/schema";
import { t } from "../i18n";
import { ClipIcon, SendIcon, StopIcon } from "../icons";
import { keep, storage } from "../storage";
import { Chips } from "./chips";
import { askedAt, replaced } from "./completion";
import { Completions, type CompletionsHandle } from "./completions";
import { Dictate, type DictateHandle } from "./dictation";
import { ENTER_SETTING, enterSends, LONG_PASTE_CHARS, sends } from "./keys";
import { ModelPicker } from "./model-picker";
import type { FilePart } from "./rows";
import { isUnderWay, moveUploads, uploadsOf } from "./uploads";

const PromptDialog = lazy(() => import("./prompt-dialog"));

const DRAFT = "edgewise.draft.";

const loadDraft = (key: string): string => storage.getItem(DRAFT + key) ?? "";
export const saveDraft = (key: string, text: string): void => keep(DRAFT + key, text);

/** A planned chat became a conversation: what was being written goes along. */
export function moveDraft(from: string, to: string): void {
  saveDraft(to, loadDraft(from));
  saveDraft(from, "");
  moveUploads(from, to);
}

export interface ComposerHandle {
  focus: () => void;
  /** Puts a text before what is written already, and files before those that are there. */
  fill: (text: string, files?: readonly FilePart[]) => void;
  attach: (files: readonly File[]) => void;
  openModels: () => void;
}

interface Props {
  draftKey: string;
  running: boolean;
  disabled: boolean;
  model: string | null;
  onModel: (name: string) => void;
  onSend: (text: string, files: readonly FilePart[]) => void;
  onStop: () => void;
  /** What stands beside the button for files, and beside the choice of the model. */
  tools?: ReactNode;
  extras?: ReactNode;
  /** Files that were said in this chat already. */
  shared: () => readonly FilePart[];
  /** ↑ in an empty box. */
  onEditLast: () => void;
  ref: Ref<ComposerHandle>;
}

export function Composer({ draftKey, running, disabled, model, onModel, onSend, onStop, onEditLast, shared, tools, extras, ref }: Props) {
  const [draft, setDraft] = useState(() => ({ key: draftKey, text: loadDraft(draftKey) }));
  const [pasted, setPasted] = useState<string | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const [models, setModels] = useState(false);
  const [caret, setCaret] = useState(0);
  /** The text for which the list was closed. */
  const [closed, setClosed] = useState<string | null>(null);
  const [active, setActive] = useState<string | undefined>();
  const [prompt, setPrompt] = useState<Prompt | null>(null);
  const [, navigate] = useLocation();
  const dictation = useRef<DictateHandle>(null);
  const completions = useRef<CompletionsHandle>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const plain = useRef(false);
  if (draft.key !== draftKey) {
    setDraft({ key: draftKey, text: loadDraft(draftKey) });
    setPasted(null);
    setNotice(null);
  }
  const { text } = draft;
  const uploads = uploadsOf(draftKey);
  const files = useSyncExternalStore(uploads.subscribe, uploads.get);

  const write = (next: string) => {
    saveDraft(draftKey, next);
    setDraft({ key: draftKey, text: next });
    if (pasted && !next.includes(pasted)) setPasted(null);
  };
  const attach = (added: readonly File[]) => {
    if (added.length) setNotice(uploads.add(added));
    area.current?.focus({ preventScroll: true });
  };

  useImperativeHandle(ref, () => ({
    focus: () => area.current?.focus({ preventScroll: true }),
    fill: (added, given = []) => {
      write([added, text].filter((part) => part.trim()).join("\n\n"));
      if (given.length) uploads.give(given);
      area.current?.focus();
    },
    attach,
    openModels: () => setModels(true),
  }));

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const asked = closed === text ? null : askedAt(text, caret);
  /** Puts something in the place of what was asked for, and the caret behind it. */
  const complete = (by: string) => {
    setPrompt(null);
    const at = askedAt(text, caret);
    if (!at) return;
    const next = replaced(text, at, by);
    write(next.text);
    setClosed(next.text);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(next.caret, next.caret);
    });
  };

  const waiting = files.some(isUnderWay);
  const broken = files.some(({ status }) => status === "failed");
  const ready = (text.trim() !== "" || files.length > 0) && !disabled && !waiting && !broken;
  const send = () => {
    if (!ready) return;
    dictation.current?.stop();
    const words = text.trim();
    write("");
    setPasted(null);
    setNotice(null);
    onSend(words, uploads.take());
    area.current?.focus({ preventScroll: true });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (completions.current?.take(event)) return;
    plain.current = event.code === "KeyV" && event.shiftKey && (event.ctrlKey || event.metaKey);
    if (sends(event.nativeEvent, enterSends(storage.getItem(ENTER_SETTING)))) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && text === "" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      onEditLast();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const given = [...event.clipboardData.files];
    const words = event.clipboardData.getData("text/plain");
    if (given.length && !words) {
      event.preventDefault();
      attach(given);
    } else if (words.length > LONG_PASTE_CHARS && !plain.current) {
      // Text areas keep line ends in one form.
      setPasted(words.replace(/\r\n?/g, "\n"));
    }
    plain.current = false;
  };
  const pasteAsFile = () => {
    if (!pasted) return;
    write(text.replace(pasted, "").trim());
    setPasted(null);
    attach([new File([pasted], `${t("box.pastedText")}.txt`, { type: "text/plain" })]);
  };

  const why = waiting ? t("box.waitFiles") : broken ? t("box.failedFile") : `${t("box.send")} (Enter)`;
  return (
    <>
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
        onPointerDown={(event) => {
          if (event.target instanceof Element && !event.target.closest("button, input, textarea, li, [role=dialog]")) {
            event.preventDefault();
            area.current?.focus();
          }
        }}
      >
        <Chips files={files} onRemove={(key) => uploads.remove(key)} onRetry={(key) => uploads.retry(key)} />
        {pasted && (
          <p className="composer-offer" role="status">
            <span>{t("box.longPaste")}</span>
            <button type="button" className="link" onClick={pasteAsFile}>
              {t("box.pasteAsFile")}
            </button>
            <button type="button" className="link quiet" onClick={() => setPasted(null)}>
              {t("box.keepPaste")}
            </button>
          </p>
        )}
        {asked && (
          <Completions
            ref={completions}
            asked={asked}
            onPrompt={(picked) => (picked.variables.length ? setPrompt(picked) : complete(picked.text))}
            shared={shared}
            onFile={(file) => {
              setNotice(uploads.borrow(file));
              complete("");
            }}
            onModel={(name) => {
              onModel(name);
              complete("");
            }}
            onAgent={({ id }) => {
              const task = replaced(text, asked, "").text.trim();
              if (task) keepTask(id, task);
              write("");
              navigate(`/agents/${id}`);
            }}
            onClose={() => setClosed(text)}
            onActive={setActive}
          />
        )}
        {notice && (
          <p className="composer-offer failed" role="alert">
            {notice}
          </p>
        )}
        <textarea
          ref={area}
          data-testid="composer"
          id="composer"
          aria-label={t("box.message")}
          placeholder={running ? t("box.ahead") : t("box.ask")}
          rows={1}
          dir="auto"
          value={text}
          disabled={disabled}
          enterKeyHint="send"
          // On a phone it would raise the keyboard.
          autoFocus={!matchMedia("(pointer: coarse)").matches}
          aria-autocomplete="list"
          aria-controls={active ? "completions" : undefined}
          aria-activedescendant={active}
          onChange={(event) => {
            write(event.target.value);
            setCaret(event.target.selectionStart);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <div className="composer-bar">
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            data-testid="file-input"
            onChange={(event) => {
              attach([...(event.target.files ?? [])]);
              event.target.value = "";
            }}
          />
          <button type="button" className="icon-button" aria-label={t("box.attach")} title={t("box.attach")} disabled={disabled} onClick={() => picker.current?.click()}>
            <ClipIcon />
          </button>
          <Dictate key={draftKey} ref={dictation} text={text} disabled={disabled} onWords={write} onTrouble={setNotice} />
          {tools}
          <span className="composer-space" />
          {extras}
          <ModelPicker value={model} open={models} onOpen={setModels} onPick={onModel} onClosed={() => area.current?.focus({ preventScroll: true })} />
          {running && (
            <button type="button" className="round stop" data-testid="stop" aria-label={t("box.stop")} title={`${t("box.stop")} (Esc)`} onClick={onStop}>
              <StopIcon />
            </button>
          )}
          {(!running || ready) && (
            <button type="submit" className="round" data-testid="send" aria-label={running ? t("box.sendNext") : t("box.send")} title={why} disabled={!ready}>
              <SendIcon />
            </button>
          )}
        </div>
      </form>
      {prompt && (
        <Suspense>
          <PromptDialog prompt={prompt} onInsert={complete} onClose={() => setPrompt(null)} />
        </Suspense>
      )}
    </>
  );
}
