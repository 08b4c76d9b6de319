// Conversations come in from elsewhere; the account and all that is in it can be deleted.
import { useState } from "react";
import type { ImportReport, User } from "../api/schema";
import { becomeGuest, call, known } from "../api/session";
import { Password } from "../account/password";
import { list } from "../chat/conversations";
import { number, t } from "../i18n";
import { AlertDialog, Badge, Button, Panel, Progress, Table, useAction } from "../ui";
import { importFile, MOST_BYTES } from "./import";

export const Data = ({ user }: { user: User }) => (
  <>
    <Import />
    <Panel title={t("data.export")} text={t("data.exportText")} />
    {!user.guest && <DeleteAccount />}
  </>
);

function Import() {
  const [name, setName] = useState<string | null>(null);
  const [sent, setSent] = useState<number | null>(0);
  const [report, setReport] = useState<ImportReport | null>(null);
  const take = useAction(async (file: File) => {
    setName(file.name);
    setReport(null);
    setSent(0);
    // All of it is sent: now the server is at work, and nobody knows how far it is.
    setReport(await importFile(file, (share) => setSent(share < 1 ? share : null)));
    list.refresh();
  });
  const [tooBig, setTooBig] = useState(false);
  const problem = tooBig ? t("data.tooBig") : take.problem();
  return (
    <Panel title={t("data.import")} text={t("data.importText")}>
      <label className="file-button button">
        <input
          type="file"
          className="sr-only"
          accept=".json,application/json"
          data-testid="import-file"
          disabled={take.busy}
          onChange={({ target }) => {
            const file = target.files?.[0];
            target.value = "";
            setTooBig((file?.size ?? 0) > MOST_BYTES);
            if (file && file.size <= MOST_BYTES) void take.run(file);
          }}
        />
        {t("data.choose")}
      </label>
      {take.busy && (
        <div role="status">
          <p className="field-hint">{sent === null ? t("data.working") : t("data.reading", { name: name ?? "" })}</p>
          <Progress label={t("data.import")} value={sent} />
        </div>
      )}
      {problem && (
        <p className="form-error" role="alert">
          {problem}
        </p>
      )}
      {report && <Report report={report} />}
    </Panel>
  );
}

const OUTCOMES = { created: "good", unchanged: "plain", deleted: "plain", failed: "bad" } as const;

function Report({ report }: { report: ImportReport }) {
  const created = report.conversations.filter(({ outcome }) => outcome === "created").length;
  const rows = report.conversations.map((conversation, at) => ({ ...conversation, at }));
  return (
    <>
      <p role="status">{t("data.result", { count: created })}</p>
      {rows.length > 0 && (
        <Table
          label={t("data.import")}
          testId="import-report"
          rows={rows}
          keyOf={({ at }) => String(at)}
          columns={[
            {
              id: "title",
              label: t("data.conversation"),
              cell: ({ title, conversationId, outcome }) =>
                conversationId && outcome !== "deleted" ? (
                  <a className="link" href={`/c/${conversationId}`}>
                    {title || t("data.untitled")}
                  </a>
                ) : (
                  title || t("data.untitled")
                ),
            },
            {
              id: "outcome",
              label: t("data.outcome"),
              cell: ({ outcome, reason }) => (
                <>
                  <Badge tone={OUTCOMES[outcome]}>{t(`data.${outcome}`)}</Badge> {reason}
                </>
              ),
            },
            { id: "messages", label: t("data.messages"), align: "end", cell: ({ messageCount }) => number(messageCount) },
          ]}
        />
      )}
    </>
  );
}

function DeleteAccount() {
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState("");
  const remove = useAction(async () => {
    await call("DELETE /api/users/me", { body: password ? { password } : {} });
    becomeGuest();
  });
  return (
    <Panel
      title={t("data.delete")}
      text={t("data.deleteText")}
      action={
        <Button kind="danger" size="small" onClick={() => setAsking(true)}>
          {t("data.deleteButton")}
        </Button>
      }
    >
      {asking && (
        <AlertDialog
          title={t("data.deleteTitle")}
          text={`${known()?.email ?? ""} ${t("data.deleteText")}`}
          action={t("data.deleteButton")}
          busy={remove.busy}
          error={remove.problem("password")}
          onYes={() => void remove.run()}
          onNo={() => setAsking(false)}
        >
          <Password kind="current" value={password} error={remove.field("password")} onChange={setPassword} />
        </AlertDialog>
      )}
    </Panel>
  );
}
