// A password's field, which can show what was typed.
import { useState } from "react";
import { t } from "../i18n";
import { Checkbox, Input } from "../ui";

interface Props {
  label?: string;
  /** What password managers are to do. */
  kind: "current" | "new";
  value: string;
  error?: string | null;
  name?: string;
  onChange: (value: string) => void;
}

export function Password({ label, kind, value, error = null, name = "password", onChange }: Props) {
  const [shown, setShown] = useState(false);
  return (
    <div>
      <Input
        label={label ?? (kind === "new" ? t("account.newPassword") : t("account.password"))}
        name={name}
        type={shown ? "text" : "password"}
        autoComplete={`${kind}-password`}
        required
        maxLength={1024}
        value={value}
        error={error}
        hint={kind === "new" ? t("account.passwordHint") : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      <Checkbox label={t("account.showPassword")} checked={shown} onChange={(event) => setShown(event.target.checked)} />
    </div>
  );
}
