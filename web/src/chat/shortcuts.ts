// The shortcuts of the chat screen: which keys do what.
import type { Key } from "../i18n";

export type Shortcut = "new" | "palette" | "sidebar" | "focus" | "copyAnswer" | "copyCode" | "delete" | "settings" | "model" | "help" | "stop";

interface Combo {
  /** `KeyboardEvent.code`, which is the same on every keyboard layout; of signs, `key`. */
  code: string;
  command?: boolean;
  shift?: boolean;
  alt?: boolean;
  /** As it is written. */
  keys: string;
  label: Key;
}

export const SHORTCUTS: Record<Shortcut, Combo> = {
  new: { code: "KeyO", command: true, shift: true, keys: "Ctrl+Shift+O", label: "shortcut.new" },
  palette: { code: "KeyK", command: true, keys: "Ctrl+K", label: "shortcut.palette" },
  sidebar: { code: "KeyS", command: true, shift: true, keys: "Ctrl+Shift+S", label: "shortcut.sidebar" },
  focus: { code: "Escape", shift: true, keys: "Shift+Esc", label: "shortcut.focus" },
  model: { code: "KeyM", command: true, shift: true, keys: "Ctrl+Shift+M", label: "shortcut.model" },
  copyAnswer: { code: "KeyC", command: true, shift: true, keys: "Ctrl+Shift+C", label: "shortcut.copyAnswer" },
  copyCode: { code: "Semicolon", command: true, shift: true, keys: "Ctrl+Shift+;", label: "shortcut.copyCode" },
  stop: { code: "Escape", keys: "Esc", label: "shortcut.stop" },
  delete: { code: "Backspace", command: true, shift: true, keys: "Ctrl+Shift+Backspace", label: "shortcut.delete" },
  settings: { code: "Period", command: true, keys: "Ctrl+.", label: "shortcut.settings" },
  help: { code: "Slash", command: true, keys: "Ctrl+/", label: "shortcut.help" },
};

const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** The keys as this machine writes them. */
export function keysOf(name: Shortcut, mac = isMac): string {
  const { keys } = SHORTCUTS[name];
  return mac ? keys.replace("Ctrl+", "⌘").replace("Shift+", "⇧").replace("Alt+", "⌥") : keys;
}

type Pressed = Pick<KeyboardEvent, "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** What was asked for by these keys, if anything. */
export function shortcutOf({ code, ctrlKey, metaKey, shiftKey, altKey }: Pressed): Shortcut | null {
  for (const [name, combo] of Object.entries(SHORTCUTS)) {
    if (combo.code !== code) continue;
    if ((combo.command ?? false) === (ctrlKey || metaKey) && (combo.shift ?? false) === shiftKey && (combo.alt ?? false) === altKey) return name as Shortcut;
  }
  return null;
}
