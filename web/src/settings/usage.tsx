// What one's messages have cost, and how many requests are left until when.
import { lastRateWindow } from "../api/client";
import { useCall } from "../api/query";
import { t, time } from "../i18n";
import { Meter, Panel } from "../ui";
import { UsageView } from "../usage/view";

export const Usage = () => (
  <>
    <UsageView name="GET /api/usage" />
    <Requests />
  </>
);

function Requests() {
  // Every answer tells the window anew; this one is asked for that alone.
  const { isSuccess } = useCall("GET /api/auth/session");
  const rate = isSuccess ? lastRateWindow() : null;
  if (!rate) return null;
  const used = rate.limit - rate.remaining;
  return (
    <Panel title={t("usage.requests")}>
      <Meter label={t("usage.requests")} value={used} max={rate.limit} text={t("usage.requestsText", { used, limit: rate.limit, time: time(rate.resetAt) })} />
    </Panel>
  );
}
