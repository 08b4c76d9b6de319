// The settings: one's own profile, security, keys, data, usage, plan and organizations.
import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { useLocation } from "wouter";
import { openGate } from "../account/gate";
import { queries } from "../api/query";
import type { User } from "../api/schema";
import { signIn, useSession } from "../api/session";
import { type Key, t } from "../i18n";
import { Button, Empty, Shell, Skeleton } from "../ui";
import { Appearance } from "./appearance";
import { Data } from "./data";
import { Keys } from "./keys";
import { OrganizationScreen } from "./organization";
import { Organizations } from "./organizations";
import { PlanSection } from "./plan";
import { Presets } from "./presets";
import { Profile } from "./profile";
import { Prompts } from "./prompts";
import { ProviderKeys } from "./provider-keys";
import { Security } from "./security";
import { Shortcuts } from "./shortcuts";
import { Usage } from "./usage";

interface Section {
  id: string;
  label: Key;
  /** Whether guests have it too. */
  guests: boolean;
  show: (user: User, rest: string | undefined) => ReactNode;
}

const SECTIONS: readonly Section[] = [
  { id: "profile", label: "settings.profile", guests: false, show: (user) => <Profile user={user} /> },
  { id: "appearance", label: "settings.appearance", guests: true, show: () => <Appearance /> },
  { id: "shortcuts", label: "shortcut.title", guests: true, show: () => <Shortcuts /> },
  { id: "prompts", label: "prompts.title", guests: true, show: () => <Prompts /> },
  { id: "presets", label: "presets.title", guests: true, show: () => <Presets /> },
  { id: "security", label: "settings.security", guests: false, show: (user) => <Security user={user} /> },
  { id: "keys", label: "settings.keys", guests: false, show: () => <Keys /> },
  { id: "providers", label: "settings.providerKeys", guests: false, show: () => <ProviderKeys /> },
  { id: "data", label: "settings.data", guests: true, show: (user) => <Data user={user} /> },
  { id: "usage", label: "settings.usage", guests: true, show: () => <Usage /> },
  { id: "plan", label: "settings.plan", guests: false, show: () => <PlanSection /> },
  {
    id: "organizations",
    label: "settings.organizations",
    guests: false,
    show: (user, id) => (id ? <OrganizationScreen key={id} id={id} user={user} /> : <Organizations />),
  },
];

export default function SettingsScreen() {
  const { user } = useSession();
  const [path] = useLocation();
  const [, , wanted, rest] = path.split("/");
  useEffect(() => {
    void signIn().catch(() => {});
  }, []);
  const section = SECTIONS.find(({ id }) => id === wanted) ?? (user?.guest ? SECTIONS[1] : SECTIONS[0]);
  if (!section) return null;
  return (
    <QueryClientProvider client={queries}>
      <Shell title={t("settings.title")} current={`/settings/${section.id}`} sections={SECTIONS.map(({ id, label }) => ({ path: `/settings/${id}`, label: t(label) }))}>
        {!user ? <Skeleton /> : user.guest && !section.guests ? <NeedsAccount /> : section.show(user, rest)}
      </Shell>
    </QueryClientProvider>
  );
}

const NeedsAccount = () => (
  <Empty
    title={t("settings.needsAccount")}
    text={t("settings.needsAccountText")}
    action={
      <div className="actions">
        <Button kind="primary" onClick={() => openGate("sign-up")}>
          {t("account.signUp")}
        </Button>
        <Button onClick={() => openGate("sign-in")}>{t("account.signIn")}</Button>
      </div>
    }
  />
);
