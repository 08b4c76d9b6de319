// One chat: its messages, what goes wrong, and the message box.
import { lazy, type RefObject, Suspense, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useLocation, useSearch } from "wouter";
import { call } from "../api/session";
import { sentence } from "../api";
import { dateTime, t } from "../i18n";
import { FileIcon, MoonIcon, NewChatIcon, SidebarIcon, SlidersIcon, SunIcon, TemporaryIcon } from "../icons";
import { openArtifact } from "../artifacts/open";
import { useArtifacts } from "../artifacts/use-artifacts";
import { ShareButton } from "../share/share-button";
import { toggleTheme, useTheme } from "../theme";
import { AlertDialog, IconButton, toast } from "../ui";
import type { Actions } from "./actions";
import { beginningOf, setBeginning } from "./beginning";
import type { Chat } from "./chat";
import { Composer, type ComposerHandle } from "./composer";
import { ContextMeter } from "./context-meter";
import { list } from "./conversations";
import { ConnectionBanner, Messages, MessagesSkeleton } from "./messages";
import { chooseModel, chosenModel } from "./models";
import { PresetPicker } from "./preset-picker";
import { keysOf } from "./shortcuts";
import { useTabTitle } from "./tab-title";
import { ToolsMenu } from "./tools-menu";
import { Hero, Suggestions } from "./welcome";

const ConversationSettings = lazy(() => import("./settings-dialog"));

/** The draft of a chat that is not begun. */
export const NEW = "new";

interface Props {
  chat: Chat;
  id: string | null;
  composer: RefObject<ComposerHandle | null>;
  sidebarOpen: boolean;
  onOpenSidebar: () => void;
  onNew: () => void;
  onCreated: (planned: string, id: string) => void;
}

export function ChatView({ chat, id, composer, sidebarOpen, onOpenSidebar, onNew, onCreated }: Props) {
  const { rows, title, connection, runningId, last, more, createdId, notice, model: base, modelAt, temporaryUntil } = useSyncExternalStore(chat.subscribe, chat.get);

  // What the reader picked here, else who answered last, else the conversation's own; whichever was said last.
  const [picked, setPicked] = useState<{ key: string; name: string; at: number } | null>(null);
  const answered = rows.findLast(({ role, seq }) => role === "assistant" && (seq ?? 0) > modelAt)?.model;
  const pick = picked?.key === chat.key && picked.at >= modelAt ? picked.name : null;
  const model = pick ?? answered ?? base ?? chosenModel();
  const chosen = useRef(pick);
  const next = useRef(model);
  useEffect(() => {
    chosen.current = pick;
    next.current = model;
  });
  const [editing, setEditing] = useState<string | null>(null);
  const pickModel = (name: string) => setPicked({ key: chat.key, name, at: last });
  const setModel = (name: string) => {
    pickModel(name);
    if (id === null) chooseModel(name);
  };

  useLayoutEffect(() => {
    if (id === null && createdId) onCreated(chat.key, createdId);
  }, [id, createdId, chat, onCreated]);

  useTabTitle(chat.key, title, runningId);

  // What is in view is no news.
  useEffect(() => {
    if (id === null || last === 0) return;
    const look = () => !document.hidden && list.look(id, last);
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [id, last]);

  const [, navigate] = useLocation();
  const [doomed, setDoomed] = useState<string | null>(null);
  const [settings, setSettings] = useState(false);
  const conversation = id ?? createdId;
  const actions = useMemo<Actions>(() => {
    /** Does something with a message of this conversation; what goes wrong is said. */
    const act = async <T,>(work: (id: string) => Promise<T>): Promise<T | null> => {
      if (conversation === null) return null;
      try {
        return await work(conversation);
      } catch (error) {
        toast(sentence(error), { tone: "bad" });
        return null;
      }
    };
    return {
      resend: (unsent) => chat.resend(unsent),
      edit: (unsent) => {
        const taken = chat.takeBack(unsent);
        composer.current?.fill(taken?.text ?? "", taken?.files);
      },
      cancel: (turnId) => void chat.stop(turnId),
      startEdit: (message) => {
        setEditing(message);
        if (message === null) composer.current?.focus();
      },
      replace: (message, text) => {
        setEditing(null);
        chat.edit(message, text, chosen.current);
        composer.current?.focus();
      },
      choose: (message) => chat.choose(message),
      again: (message, other) => chat.regenerate(message, other),
      goOn: (message) => void act((id) => call("POST /api/chat/conversations/{id}/messages/{message}/continue", { path: { id, message } })),
      vote: async (message, value, reason) =>
        (await act((id) => call("PUT /api/chat/conversations/{id}/messages/{message}/vote", { path: { id, message }, body: { value, ...(reason ? { reason } : {}) } }))) !== null,
      fork: (message) =>
        void act((id) => call("POST /api/chat/conversations/{id}/fork", { path: { id }, body: { messageId: message } })).then((made) => {
          if (made) navigate(`/c/${made.id}`);
        }),
      remove: setDoomed,
      decide: async (call_, approved) => {
        await act((id) => call("POST /api/chat/conversations/{id}/approvals/{call}", { path: { id, call: call_ }, body: { approved } }));
      },
      ask: (text) => chat.send(text, { model: next.current }),
      openArtifact: (artifactId) => conversation !== null && openArtifact({ conversationId: conversation, artifactId, focus: true }),
    };
  }, [chat, composer, conversation, navigate]);
  const remove = async (message: string) => {
    setDoomed(null);
    if (conversation === null) return;
    await call("DELETE /api/chat/conversations/{id}/messages/{message}", { path: { id: conversation, message } }).catch((error: unknown) =>
      toast(sentence(error), { tone: "bad" }),
    );
  };

  // A link to a message shows the branch that holds it.
  const target = new URLSearchParams(useSearch()).get("m");
  const known = target !== null && last > 0 && chat.has(target);
  useEffect(() => {
    if (target === null || last === 0) return;
    if (known) chat.choose(target);
    else if (more) void chat.older(target);
  }, [chat, target, known, last, more]);

  const [temporary, setTemporaryShown] = useState(false);
  useLayoutEffect(() => setTemporaryShown(beginningOf(chat.key).temporary ?? false), [chat]);
  const setTemporary = (next: boolean) => {
    setBeginning(chat.key, { ...beginningOf(chat.key), temporary: next });
    setTemporaryShown(next);
  };
  const end = rows.findLast(({ role, seq, status }) => role === "assistant" && seq !== null && status !== "running")?.id;

  const shared = () => [...new Map(rows.flatMap((row) => (row.seq === null ? [] : row.files)).map((file) => [file.id, file])).values()];
  const artifacts = useArtifacts(rows, conversation, runningId !== null);

  const lost = connection.phase !== "open" && connection.attempt > 0;
  const blocked = connection.phase === "gone" || connection.phase === "forbidden";
  const missing = blocked && last === 0;
  const banner = useLater(lost && !blocked, 500);
  const fresh = id === null && rows.length === 0;
  const loading = id !== null && rows.length === 0 && last === 0 && !blocked;

  const elsewhere = () => {
    const unsent = rows.filter((row) => row.seq === null);
    for (const row of unsent) chat.takeBack(row.id);
    onNew();
    const words = unsent.map((row) => row.text).join("\n\n");
    requestAnimationFrame(() => composer.current?.fill(words, unsent.flatMap((row) => row.files)));
  };

  return (
    <>
      <header className="topbar">
        {!sidebarOpen && (
          <>
            <IconButton label={t("side.open")} shortcut={keysOf("sidebar")} onClick={onOpenSidebar}>
              <SidebarIcon />
            </IconButton>
            <IconButton label={t("side.new")} shortcut={keysOf("new")} onClick={onNew}>
              <NewChatIcon />
            </IconButton>
          </>
        )}
        <h1 className="chat-title" dir="auto">{title ?? (fresh ? <span className="sr-only">{t("side.new")}</span> : t("side.conversation"))}</h1>
        {id !== null && !missing && (
          <>
            {artifacts > 0 && (
              <IconButton label={t("artifacts.title")} data-testid="open-artifacts" onClick={() => openArtifact({ conversationId: id, artifactId: "list", focus: true })}>
                <FileIcon />
              </IconButton>
            )}
            <IconButton label={t("conversation.settings")} data-testid="conversation-settings" onClick={() => setSettings(true)}>
              <SlidersIcon />
            </IconButton>
            {temporaryUntil === null && <ShareButton key={id} conversationId={id} />}
          </>
        )}
        {fresh && (
          <IconButton label={t("temporary.title")} data-testid="temporary" aria-pressed={temporary} onClick={() => setTemporary(!temporary)}>
            <TemporaryIcon />
          </IconButton>
        )}
        <ThemeToggle />
      </header>
      <div className={fresh ? "chat fresh" : "chat"}>
        {fresh ? (
          <Hero model={model} temporary={temporary} preset={<PresetPicker key={chat.key} planned={chat.key} onModel={pickModel} />} />
        ) : missing ? (
          <Gone onNew={elsewhere} unsent={rows.some((row) => row.seq === null)} />
        ) : loading ? (
          <MessagesSkeleton />
        ) : (
          <Messages chatKey={id ?? chat.key} rows={rows} last={last} editing={editing} target={target} more={more} onOlder={() => void chat.older()} actions={actions} />
        )}
        <div className="dock">
          {banner && <ConnectionBanner offline={!navigator.onLine} onRetry={chat.retry} />}
          {blocked && last > 0 && (
            <div className="banner" role="status">
              <span>
                {connection.phase === "forbidden" ? t("chat.forbidden") : t("chat.gone")}
              </span>
              <button type="button" className="link" onClick={elsewhere}>
                {t("side.new")}
              </button>
            </div>
          )}
          {notice && (
            <p className="note failed" role="alert">
              {notice}
            </p>
          )}
          {!missing && (
            <Composer
              ref={composer}
              draftKey={id ?? NEW}
              running={runningId !== null}
              disabled={blocked}
              model={model}
              onModel={setModel}
              onSend={(text, files) => chat.send(text, { model, files })}
              shared={shared}
              onEditLast={() => setEditing(rows.findLast((row) => row.role === "user" && row.seq !== null)?.id ?? null)}
              tools={<ToolsMenu key={chat.key} id={conversation} planned={chat.key} model={model} />}
              extras={<ContextMeter rows={rows} model={model} />}
              onStop={() => runningId && void chat.stop(runningId)}
            />
          )}
          {!fresh && !missing && temporaryUntil === null && <p className="fine-print">{t("chat.fallible")}</p>}
          {!missing && temporaryUntil !== null && (
            <p className="fine-print" data-testid="temporary-until">
              {t("temporary.until", { time: dateTime(temporaryUntil) })}{" "}
              {end && (
                <button type="button" className="link" onClick={() => actions.fork(end)}>
                  {t("temporary.keep")}
                </button>
              )}
            </p>
          )}
        </div>
        {fresh && !temporary && <Suggestions onPick={(text) => chat.send(text, { model })} />}
        {settings && id !== null && (
          <Suspense>
            <ConversationSettings id={id} onClose={() => setSettings(false)} />
          </Suspense>
        )}
        {doomed && (
          <AlertDialog
            title={t("chat.deleteTitle")}
            text={t("chat.deleteText")}
            action={t("chat.delete")}
            testId="delete-message-yes"
            onYes={() => void remove(doomed)}
            onNo={() => setDoomed(null)}
          />
        )}
      </div>
    </>
  );
}

function Gone({ onNew, unsent }: { onNew: () => void; unsent: boolean }) {
  return (
    <div className="gone" role="alert">
      <h2>{t("chat.missing")}</h2>
      <p>{t("chat.missingText")}</p>
      <button type="button" className="button" onClick={onNew}>
        {unsent ? t("chat.takeAlong") : t("chat.startNew")}
      </button>
    </div>
  );
}

function ThemeToggle() {
  const theme = useTheme();
  return (
    <IconButton label={theme === "dark" ? t("chat.useLight") : t("chat.useDark")} data-testid="theme-toggle" onClick={toggleTheme}>
      {theme === "dark" ? <SunIcon /> : <MoonIcon />}
    </IconButton>
  );
}

/** `true` once `value` has been true for a while: short troubles are not shown. */
function useLater(value: boolean, ms: number): boolean {
  const [later, setLater] = useState(false);
  useEffect(() => {
    if (!value) {
      setLater(false);
      return;
    }
    const timer = setTimeout(() => setLater(true), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return later && value;
}
