// What a run asks somebody before it goes on: the call, and whether it may be made.
import { useState } from "react";
import type { NumberedRunEvent, Run } from "../api/schema";
import { call } from "../api/session";
import { keysOf } from "../chat/shortcuts";
import { textOf, toolNameOf } from "../chat/tools";
import { t } from "../i18n";
import { Button, Input, useAction } from "../ui";
import { stepOfApproval } from "./timeline";

interface Props {
  run: Run;
  events: readonly NumberedRunEvent[];
  take: (run: Run) => void;
  /** What was pressed is gone: the keyboard wants another place. */
  onDecided: () => void;
}

export const Approvals = ({ run, events, ...does }: Props) =>
  run.approvals.map((name) => <Approval key={name} run={run} name={name} step={stepOfApproval(name, events)} {...does} />);

function Approval({ run, name, step, take, onDecided }: Omit<Props, "events"> & { name: string; step: string }) {
  const [reason, setReason] = useState("");
  const asked = run.steps.find(({ key }) => key === step)?.call;
  const decide = useAction(async (approved: boolean) => {
    const body = { approved, ...(!approved && reason.trim() ? { reason: reason.trim() } : {}) };
    const next = await call("POST /api/runs/{id}/approvals/{call}", { path: { id: run.summary.id, call: name }, body });
    onDecided();
    take(next);
  });
  const title = asked ? toolNameOf(asked.toolName) : step;
  return (
    <section className="approval" data-testid="approval" aria-label={`${t("chat.tool.ask")} ${title}`}>
      <h3>
        {t("chat.tool.ask")} <strong>{title}</strong>
      </h3>
      {name !== step && <p className="field-hint">{t("runs.unsure")}</p>}
      {asked && textOf(asked.input) !== "{}" && <pre tabIndex={0}>{textOf(asked.input)}</pre>}
      <Input label={t("runs.reason")} optional maxLength={1000} dir="auto" value={reason} error={decide.field("reason")} onChange={({ target }) => setReason(target.value)} />
      {decide.problem("reason") && (
        <p className="form-error" role="alert">
          {decide.problem("reason")}
        </p>
      )}
      <div className="form-foot">
        <Button busy={decide.busy} data-decides="deny" onClick={() => void decide.run(false)}>
          {t("chat.tool.deny")} <kbd>{keysOf("deny")}</kbd>
        </Button>
        <Button kind="primary" busy={decide.busy} data-decides="allow" onClick={() => void decide.run(true)}>
          {t("chat.tool.allow")} <kbd>{keysOf("allow")}</kbd>
        </Button>
      </div>
    </section>
  );
}
