// Buttons: plain, primary, quiet and dangerous ones, and icons with a tooltip that says what they do.
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Tooltip } from "./tooltip";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "plain" | "primary" | "quiet" | "danger";
  size?: "normal" | "small";
  /** Something it began is under way: it cannot be pressed again, and keeps the focus. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ kind = "plain", size = "normal", busy = false, className = "", type = "button", onClick, children, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={`button ${className}`}
      data-kind={kind}
      data-size={size}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "aria-label" | "title"> {
  /** What it does; read aloud, and shown when it is pointed at. */
  label: string;
  /** The keys that do the same. */
  shortcut?: string;
  size?: "normal" | "small";
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ label, shortcut, size = "normal", className = "", type = "button", children, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} {...(shortcut ? { shortcut } : {})}>
      <button {...rest} type={type} aria-label={label} className={`icon-button ${size === "small" ? "small" : ""} ${className}`}>
        {children}
      </button>
    </Tooltip>
  );
}
