// One's name, and the address that one signs in with.
import { useState } from "react";
import type { User } from "../api/schema";
import { call, updated } from "../api/session";
import { date, t } from "../i18n";
import { Badge, Button, Input, Panel, toast, useAction } from "../ui";

export function Profile({ user }: { user: User }) {
  const [name, setName] = useState(user.name ?? "");
  const save = useAction(async () => {
    updated(await call("PATCH /api/users/me", { body: { name: name.trim() } }));
    toast(t("common.saved"), { tone: "good" });
  });
  const send = useAction(async () => {
    await call("POST /api/auth/verify/send");
    toast(t("account.verifySent"), { tone: "good" });
  });
  return (
    <>
      <Panel title={t("settings.profile")} text={t("profile.since", { date: date(user.createdAt) })}>
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            void save.run();
          }}
        >
          <Input
            label={t("account.name")}
            name="name"
            autoComplete="name"
            required
            maxLength={100}
            value={name}
            hint={t("profile.nameHint")}
            error={save.field("name") ?? save.problem("name")}
            onChange={(event) => setName(event.target.value)}
          />
          <Button type="submit" kind="primary" busy={save.busy}>
            {t("common.save")}
          </Button>
        </form>
      </Panel>
      <Panel title={t("profile.address")}>
        <div className="row">
          <span className="actions">
            <strong>{user.email}</strong>
            {user.emailVerified ? <Badge tone="good">{t("profile.verified")}</Badge> : <Badge tone="bad">{t("profile.unverified")}</Badge>}
          </span>
          {!user.emailVerified && (
            <Button size="small" busy={send.busy} onClick={() => void send.run()}>
              {t("account.verifySend")}
            </Button>
          )}
        </div>
        {send.problem() && (
          <p className="form-error" role="alert">
            {send.problem()}
          </p>
        )}
      </Panel>
    </>
  );
}
