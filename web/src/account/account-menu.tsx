// The foot of the sidebar: who one is, and the way to settings; for guests the way to keep what they have.
import { useLocation } from "wouter";
import { signOut, useSession } from "../api/session";
import { keysOf } from "../chat/shortcuts";
import { sentence } from "../api/problem";
import { t } from "../i18n";
import { Button, Menu, MenuItem, MenuLabel, MenuLine, toast } from "../ui";
import { openGate } from "./gate";

/** The letters that stand for a name. */
export function initials(name: string): string {
  const words = name.split(/[\s@._-]+/u).filter(Boolean);
  return [words[0], words.length > 1 ? words[1] : undefined].map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase();
}

export function AccountMenu({ onPick }: { onPick?: () => void }) {
  const { user } = useSession();
  const [, navigate] = useLocation();
  const go = (path: string) => {
    onPick?.();
    navigate(path);
  };
  const leave = () => void signOut().catch((error: unknown) => toast(sentence(error), { tone: "bad" }));
  if (!user) return null;
  const name = user.guest ? t("account.guest") : (user.name ?? user.email ?? t("account.menu"));
  return (
    <div className="account-foot">
      {user.guest && (
        <div className="guest-card" data-testid="guest-card">
          <strong>{t("account.guestTitle")}</strong>
          <p>{t("account.guestText")}</p>
          <div>
            <Button size="small" kind="primary" onClick={() => openGate("sign-up")}>
              {t("account.signUp")}
            </Button>
            <Button size="small" kind="quiet" onClick={() => openGate("sign-in")}>
              {t("account.signIn")}
            </Button>
          </div>
        </div>
      )}
      <Menu
        side="top"
        align="start"
        trigger={
          <button type="button" className="account-button" data-testid="account-menu">
            <span className="avatar" aria-hidden="true">
              {initials(name)}
            </span>
            <span className="account-name">{name}</span>
          </button>
        }
      >
        {user.email && <MenuLabel>{user.email}</MenuLabel>}
        <MenuItem shortcut={keysOf("settings")} onSelect={() => go("/settings")}>
          {t("account.settings")}
        </MenuItem>
        {user.role === "admin" && <MenuItem onSelect={() => go("/admin")}>{t("account.admin")}</MenuItem>}
        {!user.guest && (
          <>
            <MenuLine />
            <MenuItem onSelect={leave}>{t("account.signOut")}</MenuItem>
          </>
        )}
      </Menu>
    </div>
  );
}
