// Dialogs, on the browser's own element: it keeps the focus, makes the rest inert, and needs no style that the policy forbids.
import { type MouseEvent, type ReactNode, useCallback, useEffect, useId, useState } from "react";
import { CloseIcon } from "../icons";
import { t } from "../i18n";
import { Button } from "./button";
import { Layer } from "./layer";

interface DialogProps {
  title: string;
  /** A sentence below the title. */
  description?: ReactNode;
  /** `null`: it cannot be closed without an answer. */
  onClose: (() => void) | null;
  size?: "small" | "normal" | "wide";
  role?: "dialog" | "alertdialog";
  children: ReactNode;
  /** Buttons at the end. */
  footer?: ReactNode;
}

/** Is there as long as it is rendered. */
export function Dialog({ title, description, onClose, size = "normal", role = "dialog", children, footer }: DialogProps) {
  const [element, setElement] = useState<HTMLDialogElement | null>(null);
  const id = useId();

  useEffect(() => {
    if (!element || element.open) return;
    const before = document.activeElement;
    element.showModal();
    return () => {
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [element]);

  // A press that began inside and ended outside is a selection, not a wish to close.
  const [pressedOutside, setPressedOutside] = useState(false);
  const outside = useCallback((event: MouseEvent) => event.target === event.currentTarget, []);

  return (
    <dialog
      ref={setElement}
      className="dialog"
      data-size={size}
      role={role}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-text` : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onKeyDown={(event) => {
        // Not for the page beneath.
        if (event.key === "Escape") event.stopPropagation();
      }}
      onMouseDown={(event) => setPressedOutside(outside(event))}
      onClick={(event) => {
        if (role === "dialog" && pressedOutside && outside(event)) onClose?.();
      }}
    >
      <Layer value={element}>
        <div className="dialog-body">
          <header className="dialog-head">
            <h2 id={`${id}-title`}>{title}</h2>
            {role === "dialog" && onClose && (
              // It has the focus first: a tooltip on it would take the first Esc for itself.
              <button type="button" className="icon-button small" aria-label={t("common.close")} onClick={onClose}>
                <CloseIcon />
              </button>
            )}
          </header>
          {description && (
            <p id={`${id}-text`} className="dialog-text">
              {description}
            </p>
          )}
          {children}
          {footer && <footer className="dialog-foot">{footer}</footer>}
        </div>
      </Layer>
    </dialog>
  );
}

interface AlertProps {
  title: string;
  text: ReactNode;
  /** The verb of what is destroyed. */
  action: string;
  onYes: () => void;
  onNo: () => void;
  busy?: boolean;
  error?: string | null;
  /** More to fill in, such as a password. */
  children?: ReactNode;
  testId?: string;
}

/** Asks before something is destroyed for good, and for nothing else. */
export function AlertDialog({ title, text, action, onYes, onNo, busy = false, error = null, children, testId }: AlertProps) {
  return (
    <Dialog title={title} description={text} onClose={onNo} size="small" role="alertdialog">
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) onYes();
        }}
      >
        {children}
        {error && (
          <p className="form-error" role="alert">
            {error}
          </p>
        )}
        <div className="dialog-foot">
          <Button autoFocus={!children} onClick={onNo}>
            {t("common.cancel")}
          </Button>
          <Button kind="danger" type="submit" busy={busy} data-testid={testId}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
