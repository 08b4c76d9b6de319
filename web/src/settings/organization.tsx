// One organization: its name, members, invitations and projects, as far as one's role there allows.
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { refresh, useCall } from "../api/query";
import type { Organization, User } from "../api/schema";
import { call } from "../api/session";
import { t } from "../i18n";
import { AlertDialog, Badge, Button, Input, Load, Panel, toast, useAction } from "../ui";
import { Invitations } from "./invitations";
import { Members } from "./members";
import { Projects } from "./projects";

export const mayManage = ({ role }: Organization): boolean => role === "admin" || role === "owner";

export function OrganizationScreen({ id, user }: { id: string; user: User }) {
  const organization = useCall("GET /api/organizations/{id}", { path: { id } });
  return (
    <>
      <Link className="link" href="/settings/organizations">
        {t("organizations.back")}
      </Link>
      <Load from={organization}>
        {(data) => (
          <>
            <Head organization={data} />
            <Members organization={data} user={user} />
            {mayManage(data) && <Invitations organization={data} />}
            <Projects organization={data} />
            {data.role === "owner" && <Delete organization={data} />}
          </>
        )}
      </Load>
    </>
  );
}

function Head({ organization }: { organization: Organization }) {
  const [name, setName] = useState(organization.name);
  const { id } = organization;
  const rename = useAction(async () => {
    await call("PATCH /api/organizations/{id}", { path: { id }, body: { name: name.trim() } });
    await refresh("GET /api/organizations/{id}", "GET /api/organizations");
    toast(t("common.saved"), { tone: "good" });
  });
  return (
    <Panel title={organization.name} action={<Badge>{t(`organizations.${organization.role}`)}</Badge>}>
      {mayManage(organization) && (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            void rename.run();
          }}
        >
          <Input
            label={t("organizations.name")}
            name="organization"
            required
            maxLength={100}
            value={name}
            error={rename.field("name") ?? rename.problem("name")}
            onChange={(event) => setName(event.target.value)}
          />
          <Button type="submit" busy={rename.busy}>
            {t("organizations.rename")}
          </Button>
        </form>
      )}
    </Panel>
  );
}

function Delete({ organization: { id, name } }: { organization: Organization }) {
  const [asking, setAsking] = useState(false);
  const [, navigate] = useLocation();
  const remove = useAction(async () => {
    await call("DELETE /api/organizations/{id}", { path: { id } });
    await refresh("GET /api/organizations");
    navigate("/settings/organizations");
  });
  return (
    <Panel
      title={t("organizations.delete")}
      text={t("organizations.deleteText")}
      action={
        <Button kind="danger" size="small" onClick={() => setAsking(true)}>
          {t("common.delete")}
        </Button>
      }
    >
      {asking && (
        <AlertDialog
          title={t("organizations.deleteTitle", { name })}
          text={t("organizations.deleteText")}
          action={t("common.delete")}
          busy={remove.busy}
          error={remove.problem()}
          onYes={() => void remove.run()}
          onNo={() => setAsking(false)}
        />
      )}
    </Panel>
  );
}
