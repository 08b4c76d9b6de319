// How far a run has gone and how far it may go, as meters.
import type { Run } from "../api/schema";
import { t } from "../i18n";
import { Meter } from "../ui";
import { gaugesOf } from "./budget";
import { amount } from "./words";

interface Props {
  run: Run;
  now: number;
  /** Whether it is known what its steps have cost. */
  priced: boolean;
}

export const Gauges = ({ run, now, priced }: Props) => (
  <div className="gauges" data-testid="gauges">
    {gaugesOf(run, now).map(({ part, used, most }) =>
      most === null ? (
        <div key={part} className="meter">
          <div className="meter-text">
            <span>{t(`agents.budget.${part}`)}</span>
            <span>{priced ? t("runs.unlimited", { used: amount(part, used) }) : t("runs.unpriced")}</span>
          </div>
        </div>
      ) : (
        <Meter key={part} label={t(`agents.budget.${part}`)} value={used} max={most} text={t("runs.of", { used: amount(part, used), most: amount(part, most) })} />
      ),
    )}
  </div>
);
