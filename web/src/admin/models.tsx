// The list of models: what people can choose, over which routes it is asked, and what that costs.
import { useState } from "react";
import { refresh, useCall } from "../api/query";
import type { Model } from "../api/schema";
import { call } from "../api/session";
import { money, t } from "../i18n";
import { Badge, Button, DeleteDialog, Empty, Load, Panel, Table } from "../ui";
import { ModelDialog } from "./model-dialog";

const ABILITIES = ["vision", "reasoning", "tools"] as const;

export function Models() {
  const models = useCall("GET /api/admin/models");
  const [editing, setEditing] = useState<Model | "new" | null>(null);
  const [deleting, setDeleting] = useState<Model | null>(null);
  const add = (
    <Button size="small" kind="primary" onClick={() => setEditing("new")}>
      {t("admin.modelNew")}
    </Button>
  );
  return (
    <Panel title={t("admin.models")} text={t("admin.modelsText")} action={models.data?.models.length ? add : undefined}>
      <Load from={models}>
        {(data) =>
          data.models.length === 0 ? (
            <Empty title={t("admin.modelsNone")} text={t("admin.modelsNoneText")} action={add} />
          ) : (
            <Table
              label={t("admin.models")}
              testId="models"
              rows={data.models}
              keyOf={(model) => model.name}
              onOpen={setEditing}
              columns={[
                {
                  id: "name",
                  label: t("admin.modelName"),
                  cell: (model) => (
                    <>
                      <strong className="name">{model.title}</strong>
                      <div className="field-hint name">{model.name}</div>
                    </>
                  ),
                },
                {
                  id: "abilities",
                  label: t("admin.abilities"),
                  cell: (model) => (
                    <span className="badges">
                      {ABILITIES.filter((ability) => model.abilities[ability]).map((ability) => (
                        <Badge key={ability}>{t(`admin.${ability}`)}</Badge>
                      ))}
                    </span>
                  ),
                },
                {
                  id: "routes",
                  label: t("admin.modelRoutes"),
                  cell: (model) =>
                    model.routes.map((route, at) => (
                      <div key={`${at}`} className="name">
                        {route.provider} · {route.model}
                        {route.price && <div className="field-hint">{`${money(route.price.inputMicroUsd)} / ${money(route.price.outputMicroUsd)}`}</div>}
                      </div>
                    )),
                },
                {
                  id: "actions",
                  label: t("admin.edit"),
                  quiet: true,
                  align: "end",
                  cell: (model) => (
                    <span className="actions">
                      <Button size="small" aria-label={`${t("admin.edit")}: ${model.name}`} onClick={() => setEditing(model)}>
                        {t("admin.edit")}
                      </Button>
                      <Button size="small" aria-label={`${t("common.delete")}: ${model.name}`} onClick={() => setDeleting(model)}>
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
      {editing && <ModelDialog model={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {deleting && (
        <DeleteDialog
          title={t("admin.modelDelete", { name: deleting.name })}
          text={t("admin.modelDeleteText")}
          remove={async () => {
            await call("DELETE /api/admin/models/{name}", { path: { name: deleting.name } });
            await refresh("GET /api/admin/models");
          }}
          onClose={() => setDeleting(null)}
        />
      )}
    </Panel>
  );
}
