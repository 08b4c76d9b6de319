// Two-step sign-in: an authenticator app is set up by scanning a code, and recovery codes stand in for it.
import { useState } from "react";
import { encode } from "uqr";
import type { TotpSecret, User } from "../api/schema";
import { call, updated } from "../api/session";
import { Password } from "../account/password";
import { t } from "../i18n";
import { AlertDialog, Badge, Button, CopyButton, Dialog, Input, Panel, useAction } from "../ui";
import { download } from "./download";

export function SecondFactorPanel({ user }: { user: User }) {
  const [open, setOpen] = useState<"on" | "off" | null>(null);
  return (
    <Panel
      title={t("security.second")}
      text={t("security.secondText")}
      action={
        <span className="actions">
          {user.twoFactor ? <Badge tone="good">{t("security.on")}</Badge> : <Badge>{t("security.off")}</Badge>}
          <Button size="small" onClick={() => setOpen(user.twoFactor ? "off" : "on")}>
            {user.twoFactor ? t("security.turnOff") : t("security.turnOn")}
          </Button>
        </span>
      }
    >
      {open === "on" && <TurnOn user={user} onClose={() => setOpen(null)} />}
      {open === "off" && <TurnOff user={user} onClose={() => setOpen(null)} />}
    </Panel>
  );
}

function TurnOn({ user, onClose }: { user: User; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [secret, setSecret] = useState<TotpSecret | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const begin = useAction(async () => setSecret(await call("POST /api/users/me/totp", { body: { password } })));
  const confirm = useAction(async () => {
    setCodes((await call("POST /api/users/me/totp/confirm", { body: { code: code.trim() } })).recoveryCodes);
  });

  // The codes are shown this once: closing says that they were kept, and only then is the page told.
  const finish = () => {
    updated({ ...user, twoFactor: true });
    onClose();
  };
  if (codes)
    return (
      <Dialog
        title={t("security.recovery")}
        description={t("security.recoveryText")}
        onClose={finish}
        footer={
          <>
            <CopyButton text={codes.join("\n")} size="normal" />
            <Button onClick={() => download("edgewise-recovery-codes.txt", "text/plain", `${codes.join("\n")}\n`)}>{t("security.download")}</Button>
            <Button kind="primary" onClick={finish}>
              {t("common.done")}
            </Button>
          </>
        }
      >
        <code className="secret" data-testid="recovery-codes">
          {codes.join("\n")}
        </code>
      </Dialog>
    );
  return (
    <Dialog title={t("security.second")} description={secret ? t("security.scan") : t("security.secondText")} onClose={onClose} size="small">
      {secret ? (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            void confirm.run();
          }}
        >
          <QrCode text={secret.uri} />
          <div>
            <span className="field-hint">{t("security.secret")}</span>
            <code className="secret" data-testid="totp-secret">
              {secret.secret}
            </code>
          </div>
          <Input
            label={t("security.code")}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            autoFocus
            value={code}
            error={confirm.field("code") ?? confirm.problem("code")}
            onChange={(event) => setCode(event.target.value)}
          />
          <Button type="submit" kind="primary" busy={confirm.busy}>
            {t("security.confirm")}
          </Button>
        </form>
      ) : (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            void begin.run();
          }}
        >
          <Password kind="current" value={password} error={begin.field("password") ?? begin.problem("password")} onChange={setPassword} />
          <Button type="submit" kind="primary" busy={begin.busy}>
            {t("account.continue")}
          </Button>
        </form>
      )}
    </Dialog>
  );
}

function TurnOff({ user, onClose }: { user: User; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const remove = useAction(async () => {
    await call("DELETE /api/users/me/totp", { body: { password, code: code.trim() } });
    updated({ ...user, twoFactor: false });
    onClose();
  });
  return (
    <AlertDialog
      title={t("security.turnOffTitle")}
      text={t("security.turnOffText")}
      action={t("security.turnOff")}
      busy={remove.busy}
      error={remove.problem("password", "code")}
      onYes={() => void remove.run()}
      onNo={onClose}
    >
      <div className="form">
        <Password kind="current" value={password} error={remove.field("password")} onChange={setPassword} />
        <Input label={t("security.codeOrRecovery")} name="code" autoComplete="one-time-code" required value={code} error={remove.field("code")} onChange={(event) => setCode(event.target.value)} />
      </div>
    </AlertDialog>
  );
}

/** Dark on light in both themes, with a quiet margin: cameras want it so. */
function QrCode({ text }: { text: string }) {
  const { data, size } = encode(text, { border: 3 });
  const path = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join("");
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t("security.qr")} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
