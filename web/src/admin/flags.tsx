// Feature flags: on for some of everybody, and for those who are named.
import { useState } from "react";
import { refresh, useCall } from "../api/query";
import type { Flag } from "../api/schema";
import { call } from "../api/session";
import { ago, number, t } from "../i18n";
import { Badge, Button, DeleteDialog, Dialog, Empty, Input, Load, Panel, Switch, Textarea, useAction } from "../ui";

export function Flags() {
  const flags = useCall("GET /api/admin/flags");
  const [editing, setEditing] = useState<Flag | "new" | null>(null);
  const [deleting, setDeleting] = useState<Flag | null>(null);
  const add = (
    <Button size="small" kind="primary" onClick={() => setEditing("new")}>
      {t("admin.flagNew")}
    </Button>
  );
  return (
    <Panel title={t("admin.flags")} text={t("admin.flagsText")} action={flags.data?.flags.length ? add : undefined}>
      <Load from={flags}>
        {(data) =>
          data.flags.length === 0 ? (
            <Empty title={t("admin.flagsNone")} text={t("admin.flagsNoneText")} action={add} />
          ) : (
            <ul className="list" data-testid="flags">
              {data.flags.map((flag) => (
                <li key={flag.name} className="row">
                  <div>
                    <strong>{flag.name}</strong> <Badge tone={flag.enabled ? "good" : "plain"}>{flag.enabled ? number(flag.percent / 100, { style: "percent" }) : t("security.off")}</Badge>
                    <p>{ago(flag.updatedAt)}</p>
                  </div>
                  <span className="actions">
                    <Button size="small" aria-label={`${t("admin.edit")}: ${flag.name}`} onClick={() => setEditing(flag)}>
                      {t("admin.edit")}
                    </Button>
                    <Button size="small" aria-label={`${t("common.delete")}: ${flag.name}`} onClick={() => setDeleting(flag)}>
                      {t("common.delete")}
                    </Button>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Load>
      {editing && <Edit flag={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {deleting && (
        <DeleteDialog
          title={t("admin.flagDelete", { name: deleting.name })}
          text={t("admin.flagDeleteText")}
          remove={async () => {
            await call("DELETE /api/admin/flags/{name}", { path: { name: deleting.name } });
            await refresh("GET /api/admin/flags");
          }}
          onClose={() => setDeleting(null)}
        />
      )}
    </Panel>
  );
}

function Edit({ flag, onClose }: { flag: Flag | null; onClose: () => void }) {
  const [name, setName] = useState(flag?.name ?? "");
  const [enabled, setEnabled] = useState(flag?.enabled ?? false);
  const [percent, setPercent] = useState(String(flag?.percent ?? 100));
  const [tenants, setTenants] = useState(flag?.tenants.join("\n") ?? "");
  const save = useAction(async () => {
    await call("PUT /api/admin/flags/{name}", {
      path: { name: name.trim() },
      body: { enabled, percent: Number(percent), tenants: tenants.split(/\s+/).filter(Boolean) },
    });
    await refresh("GET /api/admin/flags");
    onClose();
  });
  return (
    <Dialog title={flag?.name ?? t("admin.flagNew")} onClose={onClose} size="small">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        {!flag && <Input label={t("admin.flagName")} name="name" required autoFocus maxLength={64} value={name} error={save.field("name")} onChange={({ target }) => setName(target.value)} />}
        <Switch label={t("admin.flagOn")} checked={enabled} onChange={setEnabled} />
        <Input label={t("admin.flagPercent")} name="percent" type="number" min={0} max={100} required value={percent} error={save.field("percent")} onChange={({ target }) => setPercent(target.value)} />
        <Textarea label={t("admin.flagTenants")} name="tenants" optional value={tenants} error={save.field("tenants")} onChange={({ target }) => setTenants(target.value)} />
        {save.error !== null && (
          <p className="form-error" role="alert">
            {save.problem()}
          </p>
        )}
        <Button type="submit" kind="primary" busy={save.busy}>
          {t("common.save")}
        </Button>
      </form>
    </Dialog>
  );
}
