// A table whose rows are walked with the arrow keys; on a narrow screen each row becomes a card.
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";

export interface Column<T> {
  id: string;
  label: string;
  /** Numbers stand at the end. */
  align?: "start" | "end";
  /** The label is read aloud, but not shown. */
  quiet?: boolean;
  cell: (row: T) => ReactNode;
}

interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  /** Enter, or a press on the row. */
  onOpen?: (row: T) => void;
  testId?: string;
}

export function Table<T>({ label, columns, rows, keyOf, onOpen, testId }: TableProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [active, setActive] = useState(0);
  const at = Math.min(active, rows.length - 1);

  const go = (to: number) => {
    const next = Math.min(Math.max(to, 0), rows.length - 1);
    setActive(next);
    (body.current?.rows[next] as HTMLElement | undefined)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, index: number, row: T) => {
    // Keys of what is in the cells are theirs.
    if (event.target !== event.currentTarget) return;
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      go(to);
    } else if (event.key === "Enter" && onOpen) {
      event.preventDefault();
      onOpen(row);
    }
  };

  return (
    <div className="table-frame">
      <table className="table" aria-label={label} data-testid={testId}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" data-align={column.align}>
                <span className={column.quiet ? "sr-only" : undefined}>{column.label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row, index) => (
            <tr
              key={keyOf(row)}
              tabIndex={index === at ? 0 : -1}
              data-open={onOpen ? true : undefined}
              onFocus={() => setActive(index)}
              onKeyDown={(event) => onKeyDown(event, index, row)}
              onClick={(event) => {
                if (onOpen && !(event.target as Element).closest("button, a, input, select, label")) onOpen(row);
              }}
            >
              {columns.map((column) => (
                <td key={column.id} data-align={column.align} data-label={column.quiet ? undefined : column.label}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
