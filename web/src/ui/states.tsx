// What stands where there is nothing yet, nothing at all, something wrong, or something under way.
import type { ReactNode } from "react";
import { ApiError, sentence } from "../api/problem";
import { t } from "../i18n";
import { AlertIcon } from "../icons";
import { Button } from "./button";

export function Skeleton({ rows = 3, label = t("common.loading") }: { rows?: number; label?: string }) {
  return (
    <div className="skeleton-rows" role="status" aria-label={label} aria-busy="true">
      {Array.from({ length: rows }, (_, row) => (
        <i key={row} />
      ))}
    </div>
  );
}

/** Nothing is here: says so, and what to do next. */
export function Empty({ icon, title, text, action }: { icon?: ReactNode; title: string; text?: string; action?: ReactNode }) {
  return (
    <div className="empty">
      {icon}
      <h3>{title}</h3>
      {text && <p>{text}</p>}
      {action}
    </div>
  );
}

/** What went wrong, in words, with the id that helps whoever looks for it, and a way on. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <div className="trouble" role="alert">
      <AlertIcon />
      <div>
        <p>{sentence(error)}</p>
        {requestId && <small>{t("common.request", { id: requestId })}</small>}
      </div>
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          {t("common.retry")}
        </Button>
      )}
    </div>
  );
}

interface MeterProps {
  label: string;
  value: number;
  max: number;
  /** The same in words: "12 of 20, until 14:05". */
  text: string;
}

/** How much of something is used; warns from 80 % on. */
export function Meter({ label, value, max, text }: MeterProps) {
  const share = max > 0 ? Math.min(Math.max(value / max, 0), 1) : 0;
  return (
    <div className="meter">
      <div className="meter-text">
        <span>{label}</span>
        <span>{text}</span>
      </div>
      <div className="bar" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={max} aria-valuenow={Math.min(value, max)} aria-valuetext={text} data-level={share >= 1 ? "full" : share >= 0.8 ? "high" : "low"}>
        <i style={{ inlineSize: `${share * 100}%` }} />
      </div>
    </div>
  );
}

/** How far something has come; `null` when nobody knows. */
export function Progress({ label, value }: { label: string; value: number | null }) {
  const percent = value === null ? null : Math.round(Math.min(Math.max(value, 0), 1) * 100);
  return (
    <div className="bar" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent ?? undefined} data-level={percent === null ? "unknown" : "low"}>
      <i style={{ inlineSize: `${percent ?? 30}%` }} />
    </div>
  );
}

export const Badge = ({ tone = "plain", children }: { tone?: "plain" | "good" | "bad" | "accent"; children: ReactNode }) => (
  <span className="badge" data-tone={tone}>
    {children}
  </span>
);
