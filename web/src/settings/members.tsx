// Who is in an organization, with their roles; also how one leaves it.
import { useState } from "react";
import { useLocation } from "wouter";
import { refresh, useCall } from "../api/query";
import type { Member, MemberRole, Organization, User } from "../api/schema";
import { call } from "../api/session";
import { date, t } from "../i18n";
import { AlertDialog, Button, Load, Panel, Select, Table, useAction } from "../ui";
import { mayManage } from "./organization";

export const ROLES: readonly MemberRole[] = ["viewer", "editor", "admin", "owner"];
/** Only an owner makes or touches owners. */
export const rolesToGive = (own: MemberRole): readonly MemberRole[] => (own === "owner" ? ROLES : ROLES.slice(0, 3));
const nameOf = (member: Member): string => member.name ?? member.email ?? member.userId;

export function Members({ organization, user }: { organization: Organization; user: User }) {
  const { id } = organization;
  const members = useCall("GET /api/organizations/{id}/members", { path: { id } });
  const [leaving, setLeaving] = useState<Member | null>(null);
  const [, navigate] = useLocation();
  const change = useAction(async (member: Member, role: MemberRole) => {
    await call("PATCH /api/organizations/{id}/members/{user}", { path: { id, user: member.userId }, body: { role } });
    await refresh("GET /api/organizations/{id}/members", "GET /api/organizations/{id}");
  });
  const remove = useAction(async () => {
    if (!leaving) return;
    await call("DELETE /api/organizations/{id}/members/{user}", { path: { id, user: leaving.userId } });
    if (leaving.userId === user.id) {
      await refresh("GET /api/organizations");
      navigate("/settings/organizations");
      return;
    }
    await refresh("GET /api/organizations/{id}/members");
    setLeaving(null);
  });
  const own = leaving?.userId === user.id;
  const mayChange = (member: Member) => mayManage(organization) && (member.role !== "owner" || organization.role === "owner");
  return (
    <Panel title={t("organizations.members")}>
      {change.problem() && (
        <p className="form-error" role="alert">
          {change.problem()}
        </p>
      )}
      <Load from={members}>
        {(data) => (
          <Table
            label={t("organizations.members")}
            testId="members"
            rows={data.members}
            keyOf={(member) => member.userId}
            columns={[
              {
                id: "person",
                label: t("organizations.person"),
                cell: (member) => (
                  <>
                    {nameOf(member)} {member.userId === user.id && <span className="field-hint">({t("organizations.you")})</span>}
                  </>
                ),
              },
              {
                id: "role",
                label: t("organizations.role"),
                cell: (member) =>
                  mayChange(member) ? (
                    <Select
                      label={t("organizations.roleOf", { name: nameOf(member) })}
                      quiet
                      value={member.role}
                      disabled={change.busy}
                      choices={rolesToGive(organization.role).map((value) => ({ value, label: t(`organizations.${value}`) }))}
                      onChange={({ target }) => void change.run(member, target.value as MemberRole)}
                    />
                  ) : (
                    t(`organizations.${member.role}`)
                  ),
              },
              { id: "joined", label: t("organizations.joined"), cell: (member) => date(member.joinedAt) },
              {
                id: "remove",
                label: t("organizations.remove"),
                quiet: true,
                align: "end",
                cell: (member) =>
                  member.userId === user.id ? (
                    <Button size="small" onClick={() => setLeaving(member)}>
                      {t("organizations.leave")}
                    </Button>
                  ) : (
                    mayChange(member) && (
                      <Button size="small" aria-label={`${t("organizations.remove")}: ${nameOf(member)}`} onClick={() => setLeaving(member)}>
                        {t("organizations.remove")}
                      </Button>
                    )
                  ),
              },
            ]}
          />
        )}
      </Load>
      {leaving && (
        <AlertDialog
          title={own ? t("organizations.leaveTitle", { name: organization.name }) : t("organizations.removeTitle", { name: nameOf(leaving) })}
          text={own ? t("organizations.leaveText") : t("organizations.removeText")}
          action={own ? t("organizations.leave") : t("organizations.remove")}
          busy={remove.busy}
          error={remove.problem()}
          onYes={() => void remove.run()}
          onNo={() => setLeaving(null)}
        />
      )}
    </Panel>
  );
}
