// The password, and where one is signed in; the second factor and passkeys have files of their own.
import { useState } from "react";
import { refresh, useCall } from "../api/query";
import type { User } from "../api/schema";
import { admitted, call, signOut } from "../api/session";
import { Password } from "../account/password";
import { ago, t } from "../i18n";
import { Badge, Button, Load, Panel, toast, useAction } from "../ui";
import { deviceName } from "./device";
import { Passkeys } from "./passkeys";
import { SecondFactorPanel } from "./second-factor";

export const Security = ({ user }: { user: User }) => (
  <>
    <ChangePassword />
    <SecondFactorPanel user={user} />
    <Passkeys />
    <Sessions />
  </>
);

function ChangePassword() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useAction(async () => {
    const { user } = await call("POST /api/auth/password", { body: { currentPassword: current, newPassword: next } });
    admitted(user);
    setCurrent("");
    setNext("");
    await refresh("GET /api/users/me/sessions");
    toast(t("security.changed"), { tone: "good" });
  });
  return (
    <Panel title={t("security.password")} text={t("security.passwordText")}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void change.run();
        }}
      >
        {change.problem("currentPassword", "newPassword") && (
          <p className="form-error" role="alert">
            {change.problem("currentPassword", "newPassword")}
          </p>
        )}
        <Password label={t("security.current")} kind="current" value={current} error={change.field("currentPassword")} onChange={setCurrent} />
        <Password kind="new" value={next} error={change.field("newPassword")} onChange={setNext} />
        <Button type="submit" busy={change.busy}>
          {t("security.change")}
        </Button>
      </form>
    </Panel>
  );
}

function Sessions() {
  const sessions = useCall("GET /api/users/me/sessions");
  const end = useAction(async (id: string) => {
    await call("DELETE /api/users/me/sessions/{id}", { path: { id } });
    await refresh("GET /api/users/me/sessions");
  });
  const endOthers = useAction(async () => {
    await call("DELETE /api/users/me/sessions");
    await refresh("GET /api/users/me/sessions");
    toast(t("security.othersEnded"), { tone: "good" });
  });
  const problem = end.problem() ?? endOthers.problem();
  return (
    <Panel
      title={t("security.sessions")}
      action={
        <Button size="small" busy={endOthers.busy} onClick={() => void endOthers.run()}>
          {t("security.endOthers")}
        </Button>
      }
    >
      {problem && (
        <p className="form-error" role="alert">
          {problem}
        </p>
      )}
      <Load from={sessions}>
        {(data) => (
          <ul className="list" data-testid="sessions">
            {data.sessions.map((session) => (
              <li key={session.id} className="row">
                <div>
                  <strong>{deviceName(session.agent)}</strong> {session.current && <Badge tone="good">{t("security.thisDevice")}</Badge>}
                  <p>{t("security.seen", { address: session.address, ago: ago(session.seenAt) })}</p>
                </div>
                <Button
                  size="small"
                  aria-label={`${t("security.end")}: ${deviceName(session.agent)}`}
                  onClick={() => void (session.current ? signOut() : end.run(session.id))}
                >
                  {t("security.end")}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Load>
    </Panel>
  );
}
