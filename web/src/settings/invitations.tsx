// Asking people into an organization by a letter, and taking that back.
import { useState } from "react";
import { refresh, useCall } from "../api/query";
import type { MemberRole, Organization } from "../api/schema";
import { call } from "../api/session";
import { date, t } from "../i18n";
import { Button, Input, Load, Panel, Select, toast, useAction } from "../ui";
import { rolesToGive } from "./members";

export function Invitations({ organization }: { organization: Organization }) {
  const { id } = organization;
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<MemberRole>("editor");
  const invitations = useCall("GET /api/organizations/{id}/invitations", { path: { id } });
  const invite = useAction(async () => {
    await call("POST /api/organizations/{id}/invitations", { path: { id }, body: { email: email.trim(), role } });
    setEmail("");
    await refresh("GET /api/organizations/{id}/invitations");
    toast(t("organizations.invited"), { tone: "good" });
  });
  const withdraw = useAction(async (invitation: string) => {
    await call("DELETE /api/organizations/{id}/invitations/{invitation}", { path: { id, invitation } });
    await refresh("GET /api/organizations/{id}/invitations");
  });
  return (
    <Panel title={t("organizations.invitations")}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void invite.run();
        }}
      >
        <Input
          label={t("account.email")}
          name="invite"
          type="email"
          required
          value={email}
          error={invite.field("email") ?? invite.problem("email")}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Select
          label={t("organizations.role")}
          value={role}
          choices={rolesToGive(organization.role).map((value) => ({ value, label: t(`organizations.${value}`) }))}
          onChange={({ target }) => setRole(target.value as MemberRole)}
        />
        <Button type="submit" busy={invite.busy}>
          {t("organizations.invite")}
        </Button>
      </form>
      {withdraw.problem() && (
        <p className="form-error" role="alert">
          {withdraw.problem()}
        </p>
      )}
      <Load from={invitations} rows={1}>
        {(data) =>
          data.invitations.length > 0 && (
            <ul className="list" data-testid="invitations">
              {data.invitations.map((invitation) => (
                <li key={invitation.id} className="row">
                  <div>
                    <strong>{invitation.email}</strong>
                    <p>{t("organizations.expires", { role: t(`organizations.${invitation.role}`), date: date(invitation.expiresAt) })}</p>
                  </div>
                  <Button size="small" aria-label={`${t("organizations.withdraw")}: ${invitation.email}`} onClick={() => void withdraw.run(invitation.id)}>
                    {t("organizations.withdraw")}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Load>
    </Panel>
  );
}
