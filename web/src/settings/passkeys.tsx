// Passkeys: made with the device at hand, listed, forgotten.
import { useState } from "react";
import { makePasskey, passkeysWork } from "../api/passkeys";
import { ApiError } from "../api/problem";
import { refresh, useCall } from "../api/query";
import type { Passkey } from "../api/schema";
import { call } from "../api/session";
import { ago, date, t } from "../i18n";
import { Button, DeleteDialog, Dialog, Input, Load, Panel, useAction } from "../ui";
import { deviceName } from "./device";

export function Passkeys() {
  const passkeys = useCall("GET /api/users/me/passkeys");
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Passkey | null>(null);
  return (
    <Panel
      title={t("security.passkeys")}
      text={passkeysWork() ? t("security.passkeysText") : t("security.passkeyNoBrowser")}
      action={
        passkeysWork() && (
          <Button size="small" onClick={() => setAdding(true)}>
            {t("security.passkeyAdd")}
          </Button>
        )
      }
    >
      <Load from={passkeys} rows={1}>
        {(data) =>
          data.passkeys.length === 0 ? (
            <p className="field-hint">{t("security.passkeysNone")}</p>
          ) : (
            <ul className="list" data-testid="passkeys">
              {data.passkeys.map((passkey) => (
                <li key={passkey.id} className="row">
                  <div>
                    <strong>{passkey.name}</strong>
                    <p>
                      {passkey.lastUsedAt
                        ? t("security.passkeyUsed", { added: date(passkey.createdAt), used: ago(passkey.lastUsedAt) })
                        : t("security.passkeyUnused", { added: date(passkey.createdAt) })}
                    </p>
                  </div>
                  <Button size="small" aria-label={`${t("common.delete")}: ${passkey.name}`} onClick={() => setDeleting(passkey)}>
                    {t("common.delete")}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Load>
      {adding && <AddPasskey onClose={() => setAdding(false)} />}
      {deleting && (
        <DeleteDialog
          title={t("security.passkeyDelete", { name: deleting.name })}
          text={t("security.passkeyDeleteText")}
          remove={async () => {
            await call("DELETE /api/users/me/passkeys/{id}", { path: { id: deleting.id } });
            await refresh("GET /api/users/me/passkeys");
          }}
          onClose={() => setDeleting(null)}
        />
      )}
    </Panel>
  );
}

function AddPasskey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState(() => deviceName(navigator.userAgent));
  const add = useAction(async () => {
    try {
      await makePasskey(name.trim());
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(t("security.passkeyNotMade"), 0);
    }
    await refresh("GET /api/users/me/passkeys");
    onClose();
  });
  return (
    <Dialog title={t("security.passkeyAdd")} description={t("security.passkeysText")} onClose={onClose} size="small">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void add.run();
        }}
      >
        <Input
          label={t("security.passkeyName")}
          name="name"
          required
          maxLength={100}
          value={name}
          error={add.field("name") ?? add.problem("name")}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" kind="primary" busy={add.busy}>
          {t("account.continue")}
        </Button>
      </form>
    </Dialog>
  );
}
