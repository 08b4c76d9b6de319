// The organizations that one is in, and founding another.
import { useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { refresh, useCall } from "../api/query";
import { call } from "../api/session";
import { t } from "../i18n";
import { Badge, Button, Dialog, Empty, Input, Load, Panel, useAction } from "../ui";

export function Organizations() {
  const organizations = useCall("GET /api/organizations");
  const [founding, setFounding] = useState(false);
  const found = (
    <Button size="small" kind="primary" onClick={() => setFounding(true)}>
      {t("organizations.new")}
    </Button>
  );
  return (
    <Panel title={t("settings.organizations")} text={t("organizations.text")} action={organizations.data?.organizations.length ? found : undefined}>
      <Load from={organizations}>
        {(data) =>
          data.organizations.length === 0 ? (
            <Empty title={t("organizations.none")} text={t("organizations.noneText")} action={found} />
          ) : (
            <ul className="list" data-testid="organizations">
              {data.organizations.map(({ id, name, role }) => (
                <li key={id} className="row">
                  <span className="actions">
                    <strong>{name}</strong>
                    <Badge>{t(`organizations.${role}`)}</Badge>
                  </span>
                  <Link className="button" data-size="small" href={`/settings/organizations/${id}`} aria-label={`${t("organizations.open")}: ${name}`}>
                    {t("organizations.open")}
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Load>
      {founding && <Found onClose={() => setFounding(false)} />}
    </Panel>
  );
}

function Found({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [, navigate] = useLocation();
  const attempt = useRef({ name: "", key: "" });
  const found = useAction(async () => {
    // A second try after a lost answer founds no second one.
    if (attempt.current.name !== name) attempt.current = { name, key: crypto.randomUUID() };
    const { id } = await call("POST /api/organizations", { body: { name: name.trim() }, headers: { "idempotency-key": attempt.current.key } });
    await refresh("GET /api/organizations");
    navigate(`/settings/organizations/${id}`);
  });
  return (
    <Dialog title={t("organizations.new")} description={t("organizations.text")} onClose={onClose} size="small">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void found.run();
        }}
      >
        <Input
          label={t("organizations.name")}
          name="name"
          required
          autoFocus
          maxLength={100}
          value={name}
          error={found.field("name") ?? found.problem("name")}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" kind="primary" busy={found.busy}>
          {t("common.create")}
        </Button>
      </form>
    </Dialog>
  );
}
