// The chat screen: sidebar and chat. The address is the state: `/` is a new chat, `/c/:id` a conversation.
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import { useOpened } from "../artifacts/open";
import { t } from "../i18n";
import { AgentIcon, GearIcon, KeyboardIcon, MoonIcon, NewChatIcon, PlayIcon, SidebarIcon, SparkIcon, TrashIcon } from "../icons";
import { keep, storage } from "../storage";
import { toggleTheme } from "../theme";
import { createdFor, open as openChat, plan } from "./chat";
import { type ComposerHandle, moveDraft } from "./composer";
import { copyLast } from "./copy-last";
import { DropZone } from "./drop";
import { outbox } from "./outbox";
import { type Action, Palette } from "./palette";
import { deleteWithUndo } from "./put-away";
import { keysOf, type Shortcut, shortcutOf } from "./shortcuts";
import { Sidebar } from "./sidebar";
import { press } from "./tools";
import { ChatView, NEW } from "./view";

const ArtifactsPane = lazy(() => import("../artifacts/pane"));
const ShortcutsDialog = lazy(() => import("./shortcuts-dialog"));

const PLANNED = "edgewise.planned";
const SIDEBAR = "edgewise.sidebar";

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
  const [dialog, setDialog] = useState<"palette" | "help" | null>(null);
  const open = drawer ? drawerOpen : shown;
  const opened = useOpened();

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
      if (location.pathname === `/c/${gone}`) newChat();
    },
    [newChat],
  );
  const search = useCallback(() => setDialog("palette"), []);
  const closeDialog = useCallback(() => setDialog(null), []);

  const commands = useMemo<Partial<Record<Shortcut, () => void>>>(
    () => ({
      new: newChat,
      palette: () => setDialog("palette"),
      sidebar: () => setOpen(!open),
      focus: () => composer.current?.focus(),
      model: () => composer.current?.openModels(),
      copyAnswer: () => void copyLast(chat.get().rows, "answer"),
      allow: () => press("allow"),
      deny: () => press("deny"),
      copyCode: () => void copyLast(chat.get().rows, "code"),
      ...(id === null
        ? {}
        : {
            delete: () => {
              deleteWithUndo([id]);
              newChat();
            },
          }),
      help: () => setDialog("help"),
      stop: () => {
        const { runningId } = chat.get();
        if (drawer && open) setOpen(false);
        else if (runningId) void chat.stop(runningId);
      },
    }),
    [chat, drawer, id, newChat, open, setOpen],
  );

  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      const name = shortcutOf(event);
      const command = name && commands[name];
      if (!command) return;
      // Esc closes what floats first, and keeps its meaning to the browser.
      if (name === "stop") {
        if (document.querySelector('[data-radix-popper-content-wrapper]')) return;
      } else {
        event.preventDefault();
      }
      command();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [commands]);

  const actions = useMemo<Action[]>(
    () => [
      { id: "new", label: t("shortcut.new"), keys: keysOf("new"), icon: <NewChatIcon />, run: newChat },
      { id: "model", label: t("shortcut.model"), keys: keysOf("model"), icon: <SparkIcon />, run: () => composer.current?.openModels() },
      { id: "theme", label: t("shortcut.theme"), icon: <MoonIcon />, run: toggleTheme },
      { id: "sidebar", label: t("shortcut.sidebar"), keys: keysOf("sidebar"), icon: <SidebarIcon />, run: () => setOpen(!open) },
      { id: "agents", label: t("shortcut.agents"), keys: keysOf("agents"), icon: <AgentIcon />, run: () => navigate("/agents") },
      { id: "runs", label: t("runs.title"), icon: <PlayIcon />, run: () => navigate("/runs") },
      { id: "settings", label: t("shortcut.settings"), keys: keysOf("settings"), icon: <GearIcon />, run: () => navigate("/settings") },
      { id: "help", label: t("shortcut.help"), keys: keysOf("help"), icon: <KeyboardIcon />, run: () => setDialog("help") },
      ...(commands.delete ? [{ id: "delete", label: t("shortcut.delete"), keys: keysOf("delete"), icon: <TrashIcon />, run: commands.delete }] : []),
    ],
    [commands, navigate, newChat, open, setOpen],
  );
  const openPath = useCallback(
    (to: string) => {
      setDrawerOpen(false);
      navigate(to);
    },
    [navigate],
  );

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
        {t("chat.skip")}
      </a>
      <Sidebar current={id} open={open} drawer={drawer} onClose={close} onNew={newChat} onSearch={search} onPick={pick} onDeleted={deleted} />
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
      {opened && opened.conversationId === id && (
        <Suspense>
          <ArtifactsPane opened={opened} />
        </Suspense>
      )}
      <Suspense>
        {dialog === "palette" && <Palette actions={actions} onOpen={openPath} onClose={closeDialog} />}
        {dialog === "help" && <ShortcutsDialog onClose={closeDialog} />}
      </Suspense>
    </div>
  );
}
