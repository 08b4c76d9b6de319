// One's own keys for the providers of models: brought once, never shown again, told apart by their last four characters.
import { useState } from "react";
import { refresh, useCall } from "../api/query";
import type { ProviderKey } from "../api/schema";
import { call } from "../api/session";
import { ago, date, t } from "../i18n";
import { Badge, Button, DeleteDialog, Dialog, Empty, Input, Load, Panel, Select, Table, toast, useAction } from "../ui";

const LIST = "GET /api/users/me/provider-keys";

export function ProviderKeys() {
  const keys = useCall(LIST);
  /** The provider whose key is set; `""`: whichever is chosen. */
  const [setting, setSetting] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<ProviderKey | null>(null);
  const free = keys.data?.providers.filter((provider) => !keys.data.providerKeys.some((key) => key.provider === provider)) ?? [];
  const add = (
    <Button size="small" kind="primary" onClick={() => setSetting("")}>
      {t("providerKeys.add")}
    </Button>
  );
  return (
    <Panel title={t("settings.providerKeys")} text={t("providerKeys.text")} action={keys.data?.providerKeys.length && free.length ? add : undefined}>
      <Load from={keys}>
        {({ providerKeys, providers }) =>
          providers.length === 0 && providerKeys.length === 0 ? (
            <Empty title={t("providerKeys.closed")} text={t("providerKeys.closedText")} />
          ) : providerKeys.length === 0 ? (
            <Empty title={t("providerKeys.none")} text={t("providerKeys.noneText")} action={add} />
          ) : (
            <Table
              label={t("settings.providerKeys")}
              testId="provider-keys"
              rows={providerKeys}
              keyOf={(key) => key.provider}
              columns={[
                { id: "provider", label: t("providerKeys.provider"), cell: (key) => key.provider },
                { id: "key", label: t("providerKeys.key"), cell: (key) => <code>…{key.lastFour}</code> },
                { id: "since", label: t("keys.created"), cell: (key) => date(key.createdAt) },
                { id: "used", label: t("keys.used"), cell: (key) => (key.lastUsedAt ? ago(key.lastUsedAt) : t("common.never")) },
                {
                  id: "state",
                  label: t("providerKeys.state"),
                  cell: (key) => (key.refusedAt ? <Badge tone="bad">{t("providerKeys.refused", { ago: ago(key.refusedAt) })}</Badge> : <Badge tone="good">{t("providerKeys.good")}</Badge>),
                },
                {
                  id: "actions",
                  label: t("common.delete"),
                  quiet: true,
                  align: "end",
                  cell: (key) => (
                    <span className="actions">
                      <Button size="small" aria-label={`${t("providerKeys.replace")}: ${key.provider}`} onClick={() => setSetting(key.provider)}>
                        {t("providerKeys.replace")}
                      </Button>
                      <Button size="small" aria-label={`${t("common.delete")}: ${key.provider}`} onClick={() => setDeleting(key)}>
                        {t("common.delete")}
                      </Button>
                    </span>
                  ),
                },
              ]}
            />
          )
        }
      </Load>
      {setting !== null && <SetKey providers={setting ? [setting] : free} onClose={() => setSetting(null)} />}
      {deleting && (
        <DeleteDialog
          title={t("providerKeys.deleteTitle", { provider: deleting.provider })}
          text={t("providerKeys.deleteText")}
          remove={async () => {
            await call("DELETE /api/users/me/provider-keys/{provider}", { path: { provider: deleting.provider } });
            await refresh(LIST);
          }}
          onClose={() => setDeleting(null)}
        />
      )}
    </Panel>
  );
}

function SetKey({ providers, onClose }: { providers: readonly string[]; onClose: () => void }) {
  const [provider, setProvider] = useState(providers[0] ?? "");
  const [key, setKey] = useState("");
  const save = useAction(async () => {
    await call("PUT /api/users/me/provider-keys/{provider}", { path: { provider }, body: { key: key.trim() } });
    await refresh(LIST);
    toast(t("common.saved"), { tone: "good" });
    onClose();
  });
  return (
    <Dialog title={t("providerKeys.add")} description={t("providerKeys.sealed")} onClose={onClose} size="small">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Select label={t("providerKeys.provider")} value={provider} choices={providers.map((name) => ({ value: name, label: name }))} onChange={({ target }) => setProvider(target.value)} />
        <Input
          label={t("providerKeys.key")}
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          autoFocus
          value={key}
          error={save.field("key") ?? save.problem("key")}
          onChange={({ target }) => setKey(target.value)}
        />
        <Button type="submit" kind="primary" busy={save.busy} disabled={!provider}>
          {t("common.save")}
        </Button>
      </form>
    </Dialog>
  );
}
