// The chat screen: sidebar and chat. The address is the state: `/` is a new chat, `/c/:id` a conversation.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useLocation, useSearch } from "wouter";
import { type Chat, createdFor, open as openChat, plan } from "./chat";
import { Composer, type ComposerHandle, moveDraft, saveDraft } from "./composer";
import { CalendarIcon, LogoIcon, MoonIcon, NewChatIcon, SidebarIcon, SparkIcon, SumIcon, SunIcon, TextIcon } from "../icons";
import type { Actions } from "./actions";
import { ConnectionBanner, Messages, MessagesSkeleton } from "./messages";
import { keep, storage } from "../storage";
import { chooseModel, chosenModel } from "./models";
import { DropZone } from "./drop";
import { outbox } from "./outbox";
import { Sidebar } from "./sidebar";
import { ShareButton } from "../share/share-button";
import { toggleTheme, useTheme } from "../theme";

const NEW = "new";
const PLANNED = "edgewise.planned";
const SIDEBAR = "edgewise.sidebar";

const SUGGESTIONS = [
  { icon: SparkIcon, title: "Look around", text: "What can you do?" },
  { icon: SumIcon, title: "Work out a sum", text: "What is 17.5 * 240 + 96 / 4?" },
  { icon: CalendarIcon, title: "Ask about a date", text: "What day of the week is 2027-01-01?" },
  {
    icon: TextIcon,
    title: "Summarise a text",
    text: "Summarise this text: The first lighthouses were open fires on hilltops. Later, towers lifted the flame so that ships could see it from further away. Lenses invented in the nineteenth century gathered the light into a beam that reached the horizon. Today most lighthouses run by themselves, and many sailors steer by satellite, yet the towers still stand and still shine.",
  },
];

const narrow = matchMedia("(max-width: 767px)");
const useNarrow = () =>
  useSyncExternalStore(
    (changed) => {
      narrow.addEventListener("change", changed);
      return () => narrow.removeEventListener("change", changed);
    },
    () => narrow.matches,
  );

/** The planned chat of this tab: it survives a reload while its first message is on its way. */
function currentPlan(): string {
  const kept = sessionStorage.getItem(PLANNED);
  if (kept && (createdFor(kept) || outbox.of(kept).length)) return kept;
  return freshPlan();
}

function freshPlan(): string {
  const key = plan();
  try {
    sessionStorage.setItem(PLANNED, key);
  } catch {
    // Then a reload begins a new chat.
  }
  return key;
}

export function ChatScreen() {
  const [path, navigate] = useLocation();
  const id = /^\/c\/([^/]+)\/?$/.exec(path)?.[1] ?? null;
  const [planned, setPlanned] = useState(currentPlan);
  const key = id ?? planned;
  const chat = useMemo(() => openChat(key), [key]);
  const composer = useRef<ComposerHandle>(null);
  const drawer = useNarrow();
  const [shown, setShown] = useState(() => storage.getItem(SIDEBAR) !== "closed");
  const [drawerOpen, setDrawerOpen] = useState(false);
  const open = drawer ? drawerOpen : shown;

  const setOpen = useCallback(
    (next: boolean) => {
      if (drawer) {
        setDrawerOpen(next);
        return;
      }
      setShown(next);
      keep(SIDEBAR, next ? null : "closed");
    },
    [drawer],
  );
  const close = useCallback(() => setOpen(false), [setOpen]);
  const attach = useCallback((files: readonly File[]) => composer.current?.attach(files), []);
  const pick = useCallback(() => setDrawerOpen(false), []);
  const newChat = useCallback(() => {
    setPlanned(freshPlan());
    setDrawerOpen(false);
    navigate("/");
    requestAnimationFrame(() => composer.current?.focus());
  }, [navigate]);
  const deleted = useCallback(
    (gone: string) => {
      saveDraft(gone, "");
      for (const entry of outbox.of(gone)) outbox.remove(entry.clientMessageId);
      if (location.pathname === `/c/${gone}`) newChat();
    },
    [newChat],
  );

  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.isComposing) return;
      const command = (event.ctrlKey || event.metaKey) && event.shiftKey && !event.altKey;
      if (command && event.code === "KeyO") {
        event.preventDefault();
        newChat();
      } else if (command && event.code === "KeyM") {
        event.preventDefault();
        composer.current?.openModels();
      } else if (command && event.code === "KeyS") {
        event.preventDefault();
        setOpen(!open);
      } else if (event.key === "Escape" && event.shiftKey) {
        composer.current?.focus();
      } else if (event.key === "Escape" && drawer && open) {
        setOpen(false);
      } else if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
        const { runningId } = chat.get();
        if (runningId) void chat.stop(runningId);
      }
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [chat, drawer, newChat, open, setOpen]);

  const created = useCallback(
    (from: string, to: string) => {
      moveDraft(NEW, to);
      navigate(`/c/${to}`, { replace: true });
      setPlanned((now) => (now === from ? freshPlan() : now));
    },
    [navigate],
  );

  return (
    <div className="app">
      <a className="skip" href="#composer">
        Skip to the message box
      </a>
      <Sidebar current={id} open={open} drawer={drawer} onClose={close} onNew={newChat} onPick={pick} onDeleted={deleted} />
      <DropZone onFiles={attach} />
      <main className="main" inert={drawer && open}>
        <ChatView
          chat={chat}
          id={id}
          composer={composer}
          sidebarOpen={open}
          onOpenSidebar={() => setOpen(true)}
          onNew={newChat}
          onCreated={created}
        />
      </main>
    </div>
  );
}

interface ChatViewProps {
  chat: Chat;
  id: string | null;
  composer: React.RefObject<ComposerHandle | null>;
  sidebarOpen: boolean;
  onOpenSidebar: () => void;
  onNew: () => void;
  onCreated: (planned: string, id: string) => void;
}

function ChatView({ chat, id, composer, sidebarOpen, onOpenSidebar, onNew, onCreated }: ChatViewProps) {
  const { rows, title, connection, runningId, last, more, createdId, notice, model: base } = useSyncExternalStore(chat.subscribe, chat.get);

  // What the reader picked here, else who answered last, else what the conversation was begun with.
  const [picked, setPicked] = useState<{ key: string; name: string } | null>(null);
  const answered = rows.findLast(({ role }) => role === "assistant")?.model;
  const model = picked?.key === chat.key ? picked.name : (answered ?? base ?? chosenModel());
  const chosen = useRef(model);
  useEffect(() => {
    chosen.current = picked?.key === chat.key ? picked.name : null;
  });
  const [editing, setEditing] = useState<string | null>(null);
  const setModel = (name: string) => {
    setPicked({ key: chat.key, name });
    if (id === null) chooseModel(name);
  };

  useLayoutEffect(() => {
    if (id === null && createdId) onCreated(chat.key, createdId);
  }, [id, createdId, chat, onCreated]);

  useEffect(() => {
    document.title = title ? `${title} · Edgewise` : "Edgewise";
  }, [title]);

  const actions = useMemo<Actions>(
    () => ({
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
    }),
    [chat, composer],
  );

  // A link to a message shows the branch that holds it.
  const target = new URLSearchParams(useSearch()).get("m");
  const known = target !== null && last > 0 && chat.has(target);
  useEffect(() => {
    if (target === null || last === 0) return;
    if (known) chat.choose(target);
    else if (more) void chat.older(target);
  }, [chat, target, known, last, more]);

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
            <button type="button" className="icon-button" aria-label="Open sidebar" title="Open sidebar (Ctrl+Shift+S)" onClick={onOpenSidebar}>
              <SidebarIcon />
            </button>
            <button type="button" className="icon-button" aria-label="New chat" title="New chat (Ctrl+Shift+O)" onClick={onNew}>
              <NewChatIcon />
            </button>
          </>
        )}
        <h1 className="chat-title">{title ?? (fresh ? <span className="sr-only">New chat</span> : "Conversation")}</h1>
        {id !== null && !missing && <ShareButton key={id} conversationId={id} />}
        <ThemeToggle />
      </header>
      <div className={fresh ? "chat fresh" : "chat"}>
        {fresh ? (
          <div className="hero">
            <LogoIcon className="hero-logo" />
            <h2>What is on your mind?</h2>
          </div>
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
                {connection.phase === "forbidden"
                  ? "You may no longer see this conversation."
                  : "This conversation was deleted."}
              </span>
              <button type="button" className="link" onClick={elsewhere}>
                New chat
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
              onEditLast={() => setEditing(rows.findLast((row) => row.role === "user" && row.seq !== null)?.id ?? null)}
              onStop={() => runningId && void chat.stop(runningId)}
            />
          )}
          {!fresh && !missing && <p className="fine-print">Answers can be wrong. Check what matters.</p>}
        </div>
        {fresh && <Suggestions onPick={(text) => chat.send(text, { model })} />}
      </div>
    </>
  );
}

function Suggestions({ onPick }: { onPick: (text: string) => void }) {
  return (
    <ul className="suggestions" aria-label="Suggestions">
      {SUGGESTIONS.map(({ icon: Icon, title, text }) => (
        <li key={title}>
          <button type="button" data-testid="suggestion" onClick={() => onPick(text)}>
            <Icon />
            <span>
              <strong>{title}</strong>
              <small>{text}</small>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Gone({ onNew, unsent }: { onNew: () => void; unsent: boolean }) {
  return (
    <div className="gone" role="alert">
      <h2>This conversation is not here</h2>
      <p>It was deleted, or it belongs to somebody else.</p>
      <button type="button" className="button" onClick={onNew}>
        {unsent ? "Take my message to a new chat" : "Start a new chat"}
      </button>
    </div>
  );
}

function ThemeToggle() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button type="button" className="icon-button" data-testid="theme-toggle" aria-label={`Use the ${other} theme`} title={`Use the ${other} theme`} onClick={toggleTheme}>
      {theme === "dark" ? <SunIcon /> : <MoonIcon />}
    </button>
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
