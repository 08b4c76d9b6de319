// How far a run has gone and how far it may go, as meters.
import type { Run } from "../api/schema";
import { t } from "../i18n";
import { Meter } from "../ui";
import { gaugesOf } from "./budget";
import { amount } from "./words";

export const Gauges = ({ run, now }: { run: Run; now: number }) => (
  <div className="gauges" data-testid="gauges">
    {gaugesOf(run, now).map(({ part, used, most }) =>
      most === null ? (
        <div key={part} className="meter">
          <div className="meter-text">
            <span>{t(`agents.budget.${part}`)}</span>
            <span>{t("runs.unlimited", { used: amount(part, used) })}</span>
          </div>
        </div>
      ) : (
        <Meter key={part} label={t(`agents.budget.${part}`)} value={used} max={most} text={t("runs.of", { used: amount(part, used), most: amount(part, most) })} />
      ),
    )}
  </div>
);
