// Presets: what a new chat can be begun with, its system prompt, its model and how that is asked.
import { useState } from "react";
import type { Preset } from "../api/schema";
import { refresh, useCall } from "../api/query";
import { call } from "../api/session";
import { useModels } from "../chat/models";
import { ParameterFields, PARAMETERS, parametersOf, writtenOf } from "../chat/parameters";
import { t } from "../i18n";
import { presets } from "../library";
import { Button, DeleteDialog, Dialog, Empty, Input, Load, Panel, Select, Table, Textarea, useAction } from "../ui";

const changed = async (): Promise<void> => {
  presets.again();
  await refresh("GET /api/presets");
};

export function Presets() {
  const list = useCall("GET /api/presets");
  const models = useModels().list?.models ?? [];
  const [editing, setEditing] = useState<Preset | "new" | null>(null);
  const [deleting, setDeleting] = useState<Preset | null>(null);
  const add = (
    <Button size="small" kind="primary" onClick={() => setEditing("new")}>
      {t("presets.new")}
    </Button>
  );
  return (
    <Panel title={t("presets.title")} text={t("presets.text")} action={list.data?.presets.length ? add : undefined}>
      <Load from={list}>
        {(data) =>
          data.presets.length === 0 ? (
            <Empty title={t("presets.none")} text={t("presets.noneText")} action={add} />
          ) : (
            <Table
              label={t("presets.title")}
              testId="presets"
              rows={data.presets}
              keyOf={({ id }) => id}
              columns={[
                { id: "name", label: t("keys.name"), cell: ({ name }) => name },
                { id: "model", label: t("conversation.model"), cell: ({ model }) => models.find(({ name }) => name === model)?.title ?? model ?? t("presets.anyModel") },
                {
                  id: "actions",
                  label: t("chat.edit"),
                  quiet: true,
                  align: "end",
                  cell: (preset) => (
                    <span className="actions">
                      <Button size="small" aria-label={`${t("chat.edit")}: ${preset.name}`} onClick={() => setEditing(preset)}>
                        {t("chat.edit")}
                      </Button>
                      <Button size="small" aria-label={`${t("common.delete")}: ${preset.name}`} onClick={() => setDeleting(preset)}>
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
      {editing && <EditPreset preset={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {deleting && (
        <DeleteDialog
          title={t("presets.deleteTitle", { name: deleting.name })}
          text={t("presets.deleteText")}
          remove={async () => {
            await call("DELETE /api/presets/{id}", { path: { id: deleting.id } });
            await changed();
          }}
          onClose={() => setDeleting(null)}
        />
      )}
    </Panel>
  );
}

function EditPreset({ preset, onClose }: { preset: Preset | null; onClose: () => void }) {
  const [name, setName] = useState(preset?.name ?? "");
  const [systemPrompt, setSystemPrompt] = useState(preset?.systemPrompt ?? "");
  const [model, setModel] = useState(preset?.model ?? "");
  const [written, setWritten] = useState(writtenOf(preset?.parameters ?? {}));
  const [key] = useState(() => crypto.randomUUID());
  const models = useModels().list?.models ?? [];
  const choices = [{ value: "", label: t("presets.anyModel") }, ...models.map((each) => ({ value: each.name, label: each.title }))];
  if (model && !choices.some(({ value }) => value === model)) choices.push({ value: model, label: model });
  const save = useAction(async () => {
    const body = {
      name: name.trim(),
      ...(systemPrompt.trim() ? { systemPrompt: systemPrompt.trim() } : {}),
      ...(model ? { model } : {}),
      parameters: parametersOf(written),
    };
    if (preset) await call("PUT /api/presets/{id}", { path: { id: preset.id }, body });
    else await call("POST /api/presets", { body, headers: { "idempotency-key": key } });
    await changed();
    onClose();
  });
  const shown = ["systemPrompt", "model", "name", ...PARAMETERS.map((each) => `parameters/${each}`)];
  return (
    <Dialog title={preset ? t("presets.edit") : t("presets.new")} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Input label={t("keys.name")} required autoFocus maxLength={100} value={name} error={save.field("name") ?? save.problem(...shown)} onChange={({ target }) => setName(target.value)} />
        <Textarea label={t("conversation.systemPrompt")} optional value={systemPrompt} error={save.field("systemPrompt")} onChange={({ target }) => setSystemPrompt(target.value)} />
        <Select label={t("conversation.model")} choices={choices} value={model} error={save.field("model")} onChange={({ target }) => setModel(target.value)} />
        <ParameterFields value={written} onChange={setWritten} wrong={(each) => save.field(`parameters/${each}`)} />
        <Button type="submit" kind="primary" busy={save.busy}>
          {t("common.save")}
        </Button>
      </form>
    </Dialog>
  );
}
