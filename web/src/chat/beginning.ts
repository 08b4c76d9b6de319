// What a planned chat shall be begun with. It is kept by the chat's key: whichever page of this browser is first creates it.
import { keep, storage } from "../storage";

export interface Beginning {
  temporary?: boolean;
  presetId?: string;
  /** Tools that are wanted or not, other than the deployment has it. */
  tools?: Record<string, boolean>;
}

const BEGINNING = "edgewise.beginning.";
const KEPT_MS = 7 * 86_400_000;

export function beginningOf(key: string): Beginning {
  try {
    const { at: _, ...beginning } = JSON.parse(storage.getItem(BEGINNING + key) ?? "{}") as Beginning & { at?: number };
    return beginning;
  } catch {
    return {};
  }
}

export const setBeginning = (key: string, beginning: Beginning): void => keep(BEGINNING + key, JSON.stringify({ ...beginning, at: Date.now() }));

/** It has begun. */
export const forgetBeginning = (key: string): void => keep(BEGINNING + key, null);

/** Forgets what was planned long ago and never begun. */
export function forgetOldBeginnings(now = Date.now()): void {
  for (let at = storage.length - 1; at >= 0; at--) {
    const key = storage.key(at);
    if (!key?.startsWith(BEGINNING)) continue;
    const made = (JSON.parse(storage.getItem(key) ?? "{}") as { at?: number }).at ?? 0;
    if (now - made > KEPT_MS) storage.removeItem(key);
  }
}
