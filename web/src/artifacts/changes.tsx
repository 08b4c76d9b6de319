// What changed between two versions of an artifact, line by line.
import { useCall } from "../api/query";
import { t } from "../i18n";
import { Load } from "../ui";

const WORDS = { "+": "artifacts.added", "-": "artifacts.removed", " ": null } as const;

export function Changes({ id, from, to }: { id: string; from: number; to: number }) {
  const diff = useCall("GET /api/artifacts/{id}/diff", { path: { id }, query: { from, to } });
  return (
    <Load from={diff}>
      {({ hunks }) =>
        hunks.length === 0 ? (
          <p className="field-hint">{t("artifacts.same")}</p>
        ) : (
          <div className="diff" data-testid="diff" tabIndex={0} role="region" aria-label={t("artifacts.changesOf", { from, to })}>
            {hunks.map(({ fromLine, toLine, lines }) => (
              <table key={`${fromLine}.${toLine}`}>
                <caption>{t("artifacts.lines", { from: fromLine, to: toLine })}</caption>
                <tbody>
                  {lines.map(({ op, text }, at) => (
                    <tr key={at} data-op={op === "+" ? "added" : op === "-" ? "removed" : undefined}>
                      <td>
                        <span aria-hidden="true">{op}</span>
                        {WORDS[op] && <span className="sr-only">{t(WORDS[op])}</span>}
                      </td>
                      <td>{text || " "}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            ))}
          </div>
        )
      }
    </Load>
  );
}
