// The versions of an agent: what each said, and the way back to it.
import { useState } from "react";
import { useLocation } from "wouter";
import { useCall } from "../api/query";
import type { Agent, AgentDefinition, AgentVersion } from "../api/schema";
import { call } from "../api/session";
import { useModels } from "../chat/models";
import { toolNameOf } from "../chat/tools";
import { dateTime, t } from "../i18n";
import { Badge, Button, Load, Panel, toast, useAction } from "../ui";
import { changed } from "./changed";
import { workflowOf } from "./words";

export function Versions({ agent }: { agent: Agent }) {
  const list = useCall("GET /api/agents/{id}/versions", { path: { id: agent.id } });
  return (
    <Panel title={t("agents.history")} text={t("agents.historyText")}>
      <Load from={list}>
        {({ versions }) => (
          <ul className="list" data-testid="versions">
            {versions.map((version) => (
              <Version key={version.version} agent={agent} version={version} />
            ))}
          </ul>
        )}
      </Load>
    </Panel>
  );
}

function Version({ agent, version: { version, name, createdAt } }: { agent: Agent; version: AgentVersion }) {
  const [, navigate] = useLocation();
  const [open, setOpen] = useState(false);
  const restore = useAction(async () => {
    const made = await call("POST /api/agents/{id}/restore", { path: { id: agent.id }, body: { version } });
    await changed();
    toast(t("agents.saved", { version: made.version }), { tone: "good" });
    navigate(`/agents/${agent.id}`);
  });
  return (
    <li>
      <div className="row">
        <div>
          <strong>{t("agents.version", { version, name })}</strong> {version === agent.version && <Badge tone="good">{t("agents.newest")}</Badge>}
          <p>{dateTime(createdAt)}</p>
        </div>
        <span className="actions">
          <Button size="small" aria-expanded={open} aria-label={`${t("agents.show")}: ${t("artifacts.version")} ${version}`} onClick={() => setOpen(!open)}>
            {t("agents.show")}
          </Button>
          {version !== agent.version && (
            <Button size="small" busy={restore.busy} onClick={() => void restore.run()}>
              {t("artifacts.restore", { version })}
            </Button>
          )}
        </span>
      </div>
      {restore.problem() && (
        <p className="form-error" role="alert">
          {restore.problem()}
        </p>
      )}
      {open && <Definition id={agent.id} version={version} />}
    </li>
  );
}

function Definition({ id, version }: { id: string; version: number }) {
  const agent = useCall("GET /api/agents/{id}", { path: { id }, query: { version } });
  return <Load from={agent}>{({ definition }) => <Facts definition={definition} />}</Load>;
}

export function Facts({ definition: { instructions, model, tools, workflow } }: { definition: AgentDefinition }) {
  const models = useModels().list?.models ?? [];
  const facts = [
    [t("conversation.model"), model === null ? t("agents.usualModel") : (models.find(({ name }) => name === model)?.title ?? model)],
    [t("agents.workflow"), workflowOf(workflow)],
    [t("agents.tools"), tools.map(toolNameOf).join(", ") || t("common.none")],
    [t("agents.instructions"), instructions || t("common.none")],
  ];
  return (
    <dl className="facts">
      {facts.map(([label, text]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd dir="auto">{text}</dd>
        </div>
      ))}
    </dl>
  );
}
