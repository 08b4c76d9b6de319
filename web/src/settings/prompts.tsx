// The prompt library: texts with holes, which `/` puts into the message box.
import { useState } from "react";
import type { Prompt } from "../api/schema";
import { refresh, useCall } from "../api/query";
import { call } from "../api/session";
import { t } from "../i18n";
import { prompts } from "../library";
import { Button, DeleteDialog, Dialog, Empty, Input, Load, Panel, Table, Textarea, useAction } from "../ui";

const changed = async (): Promise<void> => {
  prompts.again();
  await refresh("GET /api/prompts");
};

export function Prompts() {
  const list = useCall("GET /api/prompts");
  const [editing, setEditing] = useState<Prompt | "new" | null>(null);
  const [deleting, setDeleting] = useState<Prompt | null>(null);
  const add = (
    <Button size="small" kind="primary" onClick={() => setEditing("new")}>
      {t("prompts.new")}
    </Button>
  );
  return (
    <Panel title={t("prompts.title")} text={t("prompts.text")} action={list.data?.prompts.length ? add : undefined}>
      <Load from={list}>
        {(data) =>
          data.prompts.length === 0 ? (
            <Empty title={t("prompts.none")} text={t("prompts.noneText")} action={add} />
          ) : (
            <Table
              label={t("prompts.title")}
              testId="prompts"
              rows={data.prompts}
              keyOf={({ id }) => id}
              columns={[
                { id: "command", label: t("prompts.command"), cell: ({ command }) => <code>/{command}</code> },
                { id: "title", label: t("side.title"), cell: ({ title }) => title },
                { id: "variables", label: t("prompts.variables"), cell: ({ variables }) => variables.join(", ") || t("common.none") },
                {
                  id: "actions",
                  label: t("chat.edit"),
                  quiet: true,
                  align: "end",
                  cell: (prompt) => (
                    <span className="actions">
                      <Button size="small" aria-label={`${t("chat.edit")}: ${prompt.title}`} onClick={() => setEditing(prompt)}>
                        {t("chat.edit")}
                      </Button>
                      <Button size="small" aria-label={`${t("common.delete")}: ${prompt.title}`} onClick={() => setDeleting(prompt)}>
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
      {editing && <EditPrompt prompt={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {deleting && (
        <DeleteDialog
          title={t("prompts.deleteTitle", { title: deleting.title })}
          text={t("prompts.deleteText")}
          remove={async () => {
            await call("DELETE /api/prompts/{id}", { path: { id: deleting.id } });
            await changed();
          }}
          onClose={() => setDeleting(null)}
        />
      )}
    </Panel>
  );
}

function EditPrompt({ prompt, onClose }: { prompt: Prompt | null; onClose: () => void }) {
  const [title, setTitle] = useState(prompt?.title ?? "");
  const [command, setCommand] = useState(prompt?.command ?? "");
  const [text, setText] = useState(prompt?.text ?? "");
  const [key] = useState(() => crypto.randomUUID());
  const save = useAction(async () => {
    const body = { title: title.trim(), command: command.trim().replace(/^\//, ""), text };
    if (prompt) await call("PUT /api/prompts/{id}", { path: { id: prompt.id }, body });
    else await call("POST /api/prompts", { body, headers: { "idempotency-key": key } });
    await changed();
    onClose();
  });
  return (
    <Dialog title={prompt ? t("prompts.edit") : t("prompts.new")} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Input label={t("side.title")} required autoFocus maxLength={200} value={title} error={save.field("title")} onChange={({ target }) => setTitle(target.value)} />
        <Input
          label={t("prompts.command")}
          required
          pattern="/?[a-z0-9\-]{1,40}"
          autoCapitalize="none"
          spellCheck={false}
          hint={t("prompts.commandHint")}
          value={command}
          error={save.field("command") ?? save.problem("title", "text", "command")}
          onChange={({ target }) => setCommand(target.value)}
        />
        <Textarea label={t("prompts.body")} required rows={7} hint={t("prompts.bodyHint", { example: "{{name}}" })} value={text} error={save.field("text")} onChange={({ target }) => setText(target.value)} />
        <Button type="submit" kind="primary" busy={save.busy}>
          {t("common.save")}
        </Button>
      </form>
    </Dialog>
  );
}
