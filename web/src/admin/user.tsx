// One user: role, plan, ban, what opens their account, and what they may spend.
import { useRef, useState } from "react";
import { Link } from "wouter";
import { refresh, useCall } from "../api/query";
import type { AdminUserDetail, ChangeUser, SpendLimits, Spending, UserRole } from "../api/schema";
import { call } from "../api/session";
import { ago, money, t } from "../i18n";
import { AlertDialog, Badge, Button, Input, Load, Panel, Select, toast, useAction } from "../ui";
import { amountOf, usd } from "./amount";
import { nameOf } from "./users";

const ONE = "GET /api/admin/users/{id}";
const SPENDING = "GET /api/admin/limits/{scope}/{id}";

export function UserScreen({ id }: { id: string }) {
  const user = useCall(ONE, { path: { id } });
  const spending = useCall(SPENDING, { path: { scope: "users", id } });
  return (
    <>
      <Link className="link" href="/admin/users">
        {t("admin.backToUsers")}
      </Link>
      <Load from={user}>
        {(data) => (
          <>
            <Profile user={data} />
            <Access user={data} />
          </>
        )}
      </Load>
      <Panel title={t("admin.spending")}>
        <Load from={spending}>
          {(data) => (
            <>
              <Spent spending={data} />
              <Limits key={JSON.stringify(data.limits)} id={id} limits={data.limits} />
              <Credits id={id} />
            </>
          )}
        </Load>
      </Panel>
    </>
  );
}

const change = async (id: string, body: ChangeUser) => {
  await call("PATCH /api/admin/users/{id}", { path: { id }, body });
  await refresh(ONE, "GET /api/admin/users");
};

function Profile({ user }: { user: AdminUserDetail }) {
  const [plan, setPlan] = useState(user.plan);
  const [role, setRole] = useState(user.role);
  const save = useAction(async () => {
    await change(user.id, { ...(plan === user.plan ? {} : { plan }), ...(role === user.role ? {} : { role }) });
    toast(t("common.saved"), { tone: "good" });
  });
  const seen = user.lastSeenAt ? ago(user.lastSeenAt) : t("common.never");
  return (
    <Panel title={nameOf(user)} text={`${user.email ?? user.id} · ${t("admin.facts", { sessions: user.sessions, keys: user.keys, seen })}`} action={user.banned && <Badge tone="bad">{t("admin.banned")}</Badge>}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Select
          label={t("admin.role")}
          value={role}
          choices={[
            { value: "user", label: t("admin.roleUser") },
            { value: "admin", label: t("admin.roleAdmin") },
          ]}
          error={save.field("role")}
          onChange={({ target }) => setRole(target.value as UserRole)}
        />
        <Input label={t("admin.plan")} name="plan" required maxLength={32} value={plan} error={save.field("plan")} onChange={({ target }) => setPlan(target.value)} />
        {save.problem("role", "plan") && (
          <p className="form-error" role="alert">
            {save.problem("role", "plan")}
          </p>
        )}
        <Button type="submit" busy={save.busy} disabled={plan === user.plan && role === user.role}>
          {t("common.save")}
        </Button>
      </form>
    </Panel>
  );
}

function Access({ user }: { user: AdminUserDetail }) {
  const { id } = user;
  const [asking, setAsking] = useState<"ban" | "keys" | null>(null);
  const ban = useAction(async (banned: boolean) => {
    await change(id, { banned });
    setAsking(null);
  });
  const signOut = useAction(async () => {
    await call("POST /api/admin/users/{id}/sign-out", { path: { id } });
    await refresh(ONE);
    toast(t("admin.signedOut"), { tone: "good" });
  });
  const keys = useAction(async () => {
    await call("DELETE /api/admin/users/{id}/keys", { path: { id } });
    await refresh(ONE);
    setAsking(null);
  });
  const problem = asking ? null : (ban.problem() ?? signOut.problem());
  return (
    <Panel title={t("admin.access")}>
      <div className="actions">
        <Button busy={signOut.busy} onClick={() => void signOut.run()}>
          {t("admin.signOut")}
        </Button>
        <Button disabled={user.keys === 0} onClick={() => setAsking("keys")}>
          {t("admin.deleteKeys")}
        </Button>
        {user.banned ? (
          <Button busy={ban.busy} onClick={() => void ban.run(false)}>
            {t("admin.unban")}
          </Button>
        ) : (
          <Button kind="danger" onClick={() => setAsking("ban")}>
            {t("admin.ban")}
          </Button>
        )}
      </div>
      {problem && (
        <p className="form-error" role="alert">
          {problem}
        </p>
      )}
      {asking === "ban" && (
        <AlertDialog title={t("admin.banTitle", { name: nameOf(user) })} text={t("admin.banText")} action={t("admin.ban")} busy={ban.busy} error={ban.problem()} onYes={() => void ban.run(true)} onNo={() => setAsking(null)} />
      )}
      {asking === "keys" && (
        <AlertDialog
          title={t("admin.deleteKeysTitle", { name: nameOf(user) })}
          text={t("admin.deleteKeysText")}
          action={t("common.delete")}
          busy={keys.busy}
          error={keys.problem()}
          onYes={() => void keys.run()}
          onNo={() => setAsking(null)}
        />
      )}
    </Panel>
  );
}

const LIMITS = [
  ["dayMicroUsd", "admin.dayLimit"],
  ["monthMicroUsd", "admin.monthLimit"],
  ["totalMicroUsd", "admin.totalLimit"],
] as const;

const Spent = ({ spending: { spent, creditsMicroUsd } }: { spending: Spending }) => (
  <p data-testid="spent">
    {t("admin.spent", { day: money(spent.dayMicroUsd), month: money(spent.monthMicroUsd), total: money(spent.totalMicroUsd), credits: money(creditsMicroUsd) })}
  </p>
);

function Limits({ id, limits }: { id: string; limits: SpendLimits }) {
  const [typed, setTyped] = useState<Record<string, string>>(() => Object.fromEntries(LIMITS.map(([name]) => [name, usd(limits[name])])));
  const save = useAction(async () => {
    const amounts = LIMITS.map(([name]) => [name, amountOf(name, typed[name] ?? "")] as const).filter(([, amount]) => amount !== null);
    await call("PUT /api/admin/limits/{scope}/{id}", { path: { scope: "users", id }, body: Object.fromEntries(amounts) });
    await refresh(SPENDING);
    toast(t("common.saved"), { tone: "good" });
  });
  const problem = save.problem(...LIMITS.map(([name]) => name));
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      {LIMITS.map(([name, label]) => (
        <Input
          key={name}
          label={t(label)}
          name={name}
          inputMode="decimal"
          hint={t("admin.unlimited")}
          value={typed[name] ?? ""}
          error={save.field(name)}
          onChange={({ target }) => setTyped({ ...typed, [name]: target.value })}
        />
      ))}
      {problem && (
        <p className="form-error" role="alert">
          {problem}
        </p>
      )}
      <Button type="submit" busy={save.busy}>
        {t("admin.saveLimits")}
      </Button>
    </form>
  );
}

function Credits({ id }: { id: string }) {
  const [credits, setCredits] = useState("");
  // Said twice after a lost answer, the same grant is one.
  const attempt = useRef({ credits: "", key: "" });
  const grant = useAction(async () => {
    const microUsd = amountOf("microUsd", credits);
    if (microUsd === null) return;
    if (attempt.current.credits !== credits) attempt.current = { credits, key: crypto.randomUUID() };
    await call("POST /api/admin/users/{id}/credits", { path: { id }, body: { microUsd }, headers: { "idempotency-key": attempt.current.key } });
    attempt.current = { credits: "", key: "" };
    setCredits("");
    await refresh(SPENDING);
    toast(t("admin.granted"), { tone: "good" });
  });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void grant.run();
      }}
    >
      <Input
        label={t("admin.credits")}
        name="credits"
        inputMode="decimal"
        required
        value={credits}
        error={grant.field("microUsd") ?? grant.problem("microUsd")}
        onChange={({ target }) => setCredits(target.value)}
      />
      <Button type="submit" busy={grant.busy}>
        {t("admin.grant")}
      </Button>
    </form>
  );
}
