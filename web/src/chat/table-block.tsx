// A table: it scrolls by itself, and can be taken away as CSV.
import type { ReactNode } from "react";
import { t } from "../i18n";
import { copyRich } from "./actions";
import { CopyButton } from "./copy-button";

/** Rows as CSV (RFC 4180). */
export function csvOf(rows: readonly (readonly string[])[]): string {
  const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

export function TableBlock({ rows, children }: { rows: readonly (readonly string[])[]; children: ReactNode }) {
  return (
    <div className="md-table-box">
      {/* The keyboard reaches it. */}
      <div className="md-table" role="region" aria-label={t("chat.table")} tabIndex={0}>
        <table dir="auto">{children}</table>
      </div>
      <CopyButton label={t("chat.copyTable")} word={t("chat.csv")} copy={() => copyRich(csvOf(rows), null)} />
    </div>
  );
}
