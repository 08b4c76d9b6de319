// The status page, for everybody.
import { QueryClientProvider } from "@tanstack/react-query";
import { queries } from "../api/query";
import { t } from "../i18n";
import { Shell } from "../ui";
import { HealthView } from "./health";

export default function StatusScreen() {
  return (
    <QueryClientProvider client={queries}>
      <Shell title={t("status.title")} sections={[]} current="">
        <HealthView />
      </Shell>
    </QueryClientProvider>
  );
}
