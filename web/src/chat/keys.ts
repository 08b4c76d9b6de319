// What a key means in the message box.

const ENTER = "edgewise.enterKey";

/** Whether Enter sends (else it begins a line, and Ctrl+Enter sends); the reader's setting. */
export const enterSends = (setting: string | null): boolean => setting !== "newline";
export const ENTER_SETTING = ENTER;

interface Key {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
  keyCode: number;
}

/** Whether this key sends what is written. An Enter that ends the work of an input method never does. */
export function sends(event: Key, onEnter: boolean): boolean {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false;
  // 229: an input method is at work, in browsers that end the composition before the key.
  if (event.isComposing || event.keyCode === 229) return false;
  return onEnter || event.ctrlKey || event.metaKey;
}

/** Pastes that are longer are offered to go as a file. */
export const LONG_PASTE_CHARS = 4_000;
