// Whether a newer page has been deployed than this one: the old one keeps working, and offers to be loaded anew.
import { t } from "../i18n";
import { toast } from "../ui";

const EVERY_MS = 10 * 60_000;
const scriptIn = (html: string): string | null => /\bsrc="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? null;

/** Whether that page starts another script than this one. */
export const isNewer = (html: string, own: string | null): boolean => {
  const script = scriptIn(html);
  return script !== null && own !== null && script !== own;
};

/** Looks now and then, and when the reader comes back. */
export function watchVersion(): void {
  const own = scriptIn(document.documentElement.outerHTML);
  let told = false;
  let last = Date.now();
  const look = async () => {
    if (told || own === null || document.hidden) return;
    last = Date.now();
    const answer = await fetch("/", { cache: "no-cache", headers: { accept: "text/html" } }).catch(() => null);
    if (!answer?.ok || told || !isNewer(await answer.text(), own)) return;
    told = true;
    toast(t("chat.newVersion"), { ms: 60_000, action: { label: t("chat.reload"), run: () => location.reload() } });
  };
  setInterval(() => void look(), EVERY_MS);
  addEventListener("edgewise:reconnected", () => void look());
  document.addEventListener("visibilitychange", () => {
    if (Date.now() - last > EVERY_MS / 10) void look();
  });
}
