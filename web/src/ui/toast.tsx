// Short notices that come and go: they wait while they are pointed at or focused, and are read aloud.
import { Toast as Radix } from "radix-ui";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { CloseIcon } from "../icons";
import { t } from "../i18n";

interface Toast {
  id: number;
  text: string;
  tone: "plain" | "good" | "bad";
  /** Something that can be done about it, such as taking it back. */
  action: { label: string; run: () => void } | null;
  ms: number;
}

type Options = Partial<Pick<Toast, "tone" | "action" | "ms">>;

const MOST = 4;
let toasts: readonly Toast[] = [];
let made = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export const dismiss = (id: number): void => set(toasts.filter((toast) => toast.id !== id));

/** Shows a notice; gives its id. What can be undone stays ten seconds. */
export function toast(text: string, { tone = "plain", action = null, ms = action ? 10_000 : 5_000 }: Options = {}): number {
  made += 1;
  set([...toasts.slice(1 - MOST), { id: made, text, tone, action, ms }]);
  return made;
}

/** Stands once in the page. */
export function Toaster() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  const place = useRef<HTMLDivElement>(null);
  const newest = shown.at(-1)?.id ?? 0;

  // Over any dialog that was opened since.
  useEffect(() => {
    const element = place.current;
    if (!element?.showPopover) return;
    if (element.matches(":popover-open")) element.hidePopover();
    if (newest > 0) element.showPopover();
  }, [newest]);

  return (
    <Radix.Provider label={t("common.notifications")} swipeDirection="down">
      {shown.map(({ id, text, tone, action, ms }) => (
        <Radix.Root key={id} className="toast" data-tone={tone} data-testid="toast" duration={ms} type={tone === "bad" ? "foreground" : "background"} onOpenChange={(open) => !open && dismiss(id)}>
          <Radix.Title className="toast-text">{text}</Radix.Title>
          {action && (
            <Radix.Action className="link" altText={action.label} onClick={action.run}>
              {action.label}
            </Radix.Action>
          )}
          <Radix.Close className="icon-button small" aria-label={t("common.close")}>
            <CloseIcon />
          </Radix.Close>
        </Radix.Root>
      ))}
      <div ref={place} className="toasts" popover="manual">
        <Radix.Viewport className="toast-list" />
      </div>
    </Radix.Provider>
  );
}
