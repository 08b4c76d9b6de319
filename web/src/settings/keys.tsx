// API keys: made once, shown once, with what they may and when they were last used.
import { useRef, useState } from "react";
import { refresh, useCall } from "../api/query";
import type { ApiKey, NewKey, Scope } from "../api/schema";
import { call } from "../api/session";
import { ago, date, t } from "../i18n";
import { Button, Checkbox, CopyButton, DeleteDialog, Dialog, Empty, Input, Load, Panel, Table, useAction } from "../ui";

const scopeName = (scope: Scope): string => (scope === "chat:read" ? t("keys.read") : t("keys.write"));

export function Keys() {
  const keys = useCall("GET /api/users/me/keys");
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<ApiKey | null>(null);
  const add = (
    <Button size="small" kind="primary" onClick={() => setAdding(true)}>
      {t("keys.new")}
    </Button>
  );
  return (
    <Panel title={t("keys.title")} text={t("keys.text")} action={keys.data?.keys.length ? add : undefined}>
      <Load from={keys}>
        {(data) =>
          data.keys.length === 0 ? (
            <Empty title={t("keys.none")} text={t("keys.noneText")} action={add} />
          ) : (
            <Table
              label={t("keys.title")}
              testId="keys"
              rows={data.keys}
              keyOf={(key) => key.id}
              columns={[
                { id: "name", label: t("keys.name"), cell: (key) => key.name },
                { id: "scopes", label: t("keys.scopes"), cell: (key) => key.scopes.map(scopeName).join(", ") },
                { id: "created", label: t("keys.created"), cell: (key) => date(key.createdAt) },
                { id: "used", label: t("keys.used"), cell: (key) => (key.lastUsedAt ? ago(key.lastUsedAt) : t("common.never")) },
                {
                  id: "delete",
                  label: t("common.delete"),
                  quiet: true,
                  align: "end",
                  cell: (key) => (
                    <Button size="small" aria-label={`${t("common.delete")}: ${key.name}`} onClick={() => setDeleting(key)}>
                      {t("common.delete")}
                    </Button>
                  ),
                },
              ]}
            />
          )
        }
      </Load>
      {adding && <AddKey onClose={() => setAdding(false)} />}
      {deleting && (
        <DeleteDialog
          title={t("keys.deleteTitle", { name: deleting.name })}
          text={t("keys.deleteText")}
          remove={async () => {
            await call("DELETE /api/users/me/keys/{id}", { path: { id: deleting.id } });
            await refresh("GET /api/users/me/keys");
          }}
          onClose={() => setDeleting(null)}
        />
      )}
    </Panel>
  );
}

function AddKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["chat:read", "chat:write"]);
  const [made, setMade] = useState<NewKey | null>(null);
  // A second try after a lost answer makes no second key; a changed wish is another one.
  const attempt = useRef({ wish: "", key: "" });
  const add = useAction(async () => {
    const body = { name: name.trim(), scopes: [...scopes] };
    const wish = JSON.stringify(body);
    if (attempt.current.wish !== wish) attempt.current = { wish, key: crypto.randomUUID() };
    setMade(await call("POST /api/users/me/keys", { body, headers: { "idempotency-key": attempt.current.key } }));
    await refresh("GET /api/users/me/keys");
  });
  if (made) {
    const curl = `curl -s -H "Authorization: Bearer ${made.secret}" ${location.origin}/api/chat/conversations`;
    return (
      <Dialog
        title={t("keys.madeTitle")}
        description={t("keys.madeText")}
        onClose={onClose}
        footer={
          <Button kind="primary" onClick={onClose}>
            {t("common.done")}
          </Button>
        }
      >
        <div className="form">
          <code className="secret" data-testid="key-secret">
            {made.secret}
          </code>
          <div className="actions">
            <CopyButton text={made.secret} />
          </div>
          <strong>{t("keys.tryIt")}</strong>
          <code className="secret">{curl}</code>
          <div className="actions">
            <CopyButton text={curl} />
          </div>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("keys.new")} onClose={onClose} size="small">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void add.run();
        }}
      >
        <Input label={t("keys.name")} name="name" required autoFocus maxLength={100} value={name} error={add.field("name")} onChange={(event) => setName(event.target.value)} />
        <fieldset>
          <legend>{t("keys.scopes")}</legend>
          {(["chat:read", "chat:write"] as const).map((scope) => (
            <Checkbox
              key={scope}
              label={scopeName(scope)}
              checked={scopes.includes(scope)}
              onChange={({ target }) => setScopes(target.checked ? [...scopes, scope] : scopes.filter((other) => other !== scope))}
            />
          ))}
        </fieldset>
        {(add.field("scopes") ?? add.problem("name", "scopes")) && (
          <p className="form-error" role="alert">
            {add.field("scopes") ?? add.problem("name", "scopes")}
          </p>
        )}
        <Button type="submit" kind="primary" busy={add.busy} disabled={scopes.length === 0}>
          {t("common.create")}
        </Button>
      </form>
    </Dialog>
  );
}
