// Writes an agent, a new one or another version. What is not saved rests in this browser.
import { useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { useCall } from "../api/query";
import type { Agent, Workflow } from "../api/schema";
import { call } from "../api/session";
import { useModels } from "../chat/models";
import { t } from "../i18n";
import { Button, Input, Panel, Select, Textarea, toast, useAction } from "../ui";
import { PARTS } from "./budget";
import { changed } from "./changed";
import { type Draft, definitionOf, draftKey, draftOf, EMPTY, MOST_STARTERS, same, useKept } from "./draft";
import { BudgetFields, StarterFields, ToolFields, WorkflowFields } from "./editor-fields";
import { templateOf } from "./templates";

/** The fields that show what is wrong with them. */
const SHOWN = [
  ...["name", "description", "instructions", "model", "tools", "starters"],
  ...PARTS.map((part) => `budget/${part}`),
  ...Array.from({ length: MOST_STARTERS }, (_, at) => `starters/${at}`),
];

interface Props {
  /** `null`: a new one. */
  agent: Agent | null;
  /** The template that a new one begins with. */
  from: string | null;
}

export function Editor({ agent, from }: Props) {
  const [, navigate] = useLocation();
  const form = useRef<HTMLFormElement>(null);
  const models = useModels().list?.models ?? [];
  const offered = useCall("GET /api/tools").data?.tools ?? [];
  const saved = draftOf(agent?.definition ?? templateOf(from) ?? EMPTY);
  const [{ version, ...draft }, keep] = useKept(draftKey(agent?.id ?? null, from), () => ({ ...saved, version: agent?.version ?? 0 }));
  const [{ key }, keepKey] = useKept(`edgewise.agentKey.${from ?? ""}`, () => ({ key: crypto.randomUUID() as string }));
  const dirty = !same(draft, saved);
  const change = (changes: Partial<Draft>) => {
    const next = { ...draft, ...changes };
    const kept = !same(next, saved);
    keep({ ...next, version: kept ? version : (agent?.version ?? 0) }, kept);
    if (!agent) keepKey({ key: crypto.randomUUID() });
  };
  const save = useAction(async () => {
    const body = definitionOf(draft);
    const made = agent ? await call("PUT /api/agents/{id}", { path: { id: agent.id }, body }) : await call("POST /api/agents", { body, headers: { "idempotency-key": key } });
    keep({ ...draft, version: made.version }, false);
    keepKey({ key: crypto.randomUUID() }, false);
    await changed();
    toast(t("agents.saved", { version: made.version }), { tone: "good" });
    navigate(`/agents/${made.id}`, { replace: agent === null });
  });
  // Once it is drawn which field is wrong, the keyboard goes there.
  useEffect(() => {
    if (save.error !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [save.error]);
  const choices = [{ value: "", label: t("agents.usualModel") }, ...models.map(({ name, title }) => ({ value: name, label: title }))];
  if (draft.model && !choices.some(({ value }) => value === draft.model)) choices.push({ value: draft.model, label: draft.model });
  const unable = draft.tools.length > 0 && models.find(({ name }) => name === draft.model)?.abilities.tools === false;
  const problem = save.problem(...SHOWN);
  return (
    <Panel title={agent ? t("agents.edit") : t("agents.new")} text={agent ? t("agents.editText", { version: agent.version }) : t("agents.newText")}>
      <form
        ref={form}
        className="form wide"
        data-testid="agent-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Input label={t("keys.name")} required maxLength={100} autoFocus={!agent} value={draft.name} error={save.field("name")} onChange={({ target }) => change({ name: target.value })} />
        <Input label={t("agents.description")} optional maxLength={1000} value={draft.description} error={save.field("description")} onChange={({ target }) => change({ description: target.value })} />
        <Textarea
          label={t("agents.instructions")}
          optional
          rows={8}
          dir="auto"
          hint={t("agents.instructionsHint")}
          value={draft.instructions}
          error={save.field("instructions")}
          onChange={({ target }) => change({ instructions: target.value })}
        />
        <Select
          label={t("conversation.model")}
          choices={choices}
          value={draft.model}
          hint={unable ? t("tools.unable") : undefined}
          error={save.field("model")}
          onChange={({ target }) => change({ model: target.value })}
        />
        <WorkflowFields value={draft.workflow} onChange={(workflow: Workflow) => change({ workflow })} />
        <ToolFields offered={offered} value={draft.tools} error={save.field("tools")} onChange={(tools) => change({ tools })} />
        <StarterFields value={draft.starters} wrong={save.field} onChange={(starters) => change({ starters })} />
        <BudgetFields value={draft.budget} wrong={save.field} onChange={(budget) => change({ budget })} />
        {problem && (
          <p className="form-error" role="alert">
            {problem}
          </p>
        )}
        <div className="form-foot">
          <p role="status">
            {dirty ? t("agents.unsaved") : ""}
            {dirty && agent && version < agent.version ? ` ${t("agents.newer", { version: agent.version })}` : ""}
          </p>
          {dirty && (
            <Button kind="quiet" onClick={() => keep({ ...saved, version: agent?.version ?? 0 }, false)}>
              {t("agents.discard")}
            </Button>
          )}
          <Button type="submit" kind="primary" busy={save.busy}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
