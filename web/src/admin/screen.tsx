// What administrators see and do; everybody else is told so, and nothing is fetched for them.
import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { queries } from "../api/query";
import { call, signIn, updated, useSession } from "../api/session";
import { type Key, t } from "../i18n";
import { HealthView } from "../status/health";
import { Button, Input, Panel, Shell, Skeleton, useAction } from "../ui";
import { UsageView } from "../usage/view";
import { Audit } from "./audit";
import { Flags } from "./flags";
import { Models } from "./models";
import { UserScreen } from "./user";
import { Users } from "./users";

const SECTIONS: readonly { id: string; label: Key; show: (rest: string | undefined) => ReactNode }[] = [
  { id: "users", label: "admin.users", show: (id) => (id ? <UserScreen key={id} id={id} /> : <Users />) },
  { id: "models", label: "admin.models", show: () => <Models /> },
  { id: "usage", label: "admin.usage", show: () => <UsageView name="GET /api/admin/usage" /> },
  { id: "flags", label: "admin.flags", show: () => <Flags /> },
  { id: "audit", label: "admin.audit", show: () => <Audit /> },
  { id: "health", label: "admin.health", show: () => <HealthView /> },
];

export default function AdminScreen() {
  const { user } = useSession();
  const [path] = useLocation();
  const [, , wanted, rest] = path.split("/");
  useEffect(() => {
    void signIn().catch(() => {});
  }, []);
  const section = SECTIONS.find(({ id }) => id === wanted) ?? SECTIONS[0];
  if (!section) return null;
  return (
    <QueryClientProvider client={queries}>
      <Shell title={t("admin.title")} current={`/admin/${section.id}`} sections={user?.role === "admin" ? SECTIONS.map(({ id, label }) => ({ path: `/admin/${id}`, label: t(label) })) : []}>
        {!user ? <Skeleton /> : user.role === "admin" ? section.show(rest) : <Bootstrap />}
      </Shell>
    </QueryClientProvider>
  );
}

function Bootstrap() {
  const [secret, setSecret] = useState("");
  const become = useAction(async () => updated((await call("POST /api/auth/bootstrap", { body: { secret } })).user));
  return (
    <Panel title={t("admin.only")} text={t("admin.onlyText")}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void become.run();
        }}
      >
        <Input
          label={t("admin.secret")}
          name="secret"
          type="password"
          autoComplete="off"
          required
          value={secret}
          error={become.field("secret") ?? become.problem("secret")}
          onChange={(event) => setSecret(event.target.value)}
        />
        <Button type="submit" busy={become.busy}>
          {t("admin.become")}
        </Button>
      </form>
    </Panel>
  );
}
