// Tells by a notification of the system that an answer is there, to whoever has asked for that and looks elsewhere.
import { t } from "../i18n";
import { keep, storage } from "../storage";

const SETTING = "edgewise.notify";

export const canNotify = (): boolean => typeof Notification === "function";
export const notifies = (): boolean => canNotify() && storage.getItem(SETTING) === "on" && Notification.permission === "granted";

/** Turns it on or off; the browser may ask, and refuse. */
export async function setNotifies(on: boolean): Promise<boolean> {
  const granted = on && canNotify() && (Notification.permission === "granted" || (await Notification.requestPermission()) === "granted");
  keep(SETTING, granted ? "on" : null);
  return granted;
}

/** The answer in the chat of that title is there. One notification for each chat: a newer one takes its place. */
export function notifyReady(chat: string, title: string | null): void {
  if (!notifies()) return;
  try {
    const notice = new Notification(t("chat.ready"), { body: title ?? t("side.conversation"), tag: chat, icon: "/icon-192.png" });
    notice.onclick = () => {
      window.focus();
      notice.close();
    };
  } catch {
    // Some browsers let only workers notify.
  }
}
