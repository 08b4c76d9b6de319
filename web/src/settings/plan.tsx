// The plan, how it is paid, and what else can be bought; paying itself happens on a page of Stripe's.
import { useCall } from "../api/query";
import { call } from "../api/session";
import { date, t } from "../i18n";
import { Badge, Button, Empty, Load, Panel, useAction } from "../ui";

export function PlanSection() {
  const subscription = useCall("GET /api/subscription");
  const buy = useAction(async (plan: string) => location.assign((await call("POST /api/subscription/checkout", { body: { plan } })).url));
  const manage = useAction(async () => location.assign((await call("POST /api/subscription/portal")).url));
  const problem = buy.problem() ?? manage.problem();
  return (
    <Load from={subscription}>
      {({ plan, plans, status, periodEndsAt, cancelAtPeriodEnd }) => (
        <>
          <Panel title={t("plan.title")}>
            {status === "past_due" && (
              <p className="form-error" role="alert">
                {t("plan.overdue")}
              </p>
            )}
            {problem && (
              <p className="form-error" role="alert">
                {problem}
              </p>
            )}
            <div className="tile" data-testid="plan">
              <strong>{plan}</strong>
              <span className="actions">
                <Badge tone={status === "active" || status === "trialing" ? "good" : status === "none" ? "plain" : "bad"}>{t("plan.status", { status })}</Badge>
                {periodEndsAt && t(cancelAtPeriodEnd ? "plan.ends" : "plan.renews", { date: date(periodEndsAt) })}
              </span>
              {status !== "none" && (
                <div className="actions">
                  <Button size="small" busy={manage.busy} onClick={() => void manage.run()}>
                    {t("plan.manage")}
                  </Button>
                </div>
              )}
            </div>
          </Panel>
          <Panel title={t("plan.others")}>
            {plans.length === 0 ? (
              <Empty title={t("plan.nothing")} text={t("plan.nothingText")} />
            ) : (
              <ul className="tiles">
                {plans.map((name) => (
                  <li key={name} className="tile">
                    <strong>{name}</strong>
                    {name === plan ? (
                      <Badge tone="accent">{t("plan.current")}</Badge>
                    ) : (
                      <Button size="small" kind="primary" busy={buy.busy} aria-label={`${t("plan.choose")}: ${name}`} onClick={() => void buy.run(name)}>
                        {t("plan.choose")}
                      </Button>
                    )}
                  </li>
                ))}
              </ul>
            )}
          </Panel>
        </>
      )}
    </Load>
  );
}
