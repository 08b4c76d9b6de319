// One agent: given a task, changed, its history, and what it did.
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { refresh, useCall } from "../api/query";
import type { Agent } from "../api/schema";
import { call } from "../api/session";
import { t } from "../i18n";
import { LeftIcon } from "../icons";
import { agents } from "../library";
import { keep } from "../storage";
import { Button, DeleteDialog, Load, Panel } from "../ui";
import { draftKey } from "./draft";
import { Editor } from "./editor";
import { RunTable } from "./runs";
import { StartRun } from "./start";
import { taskKey } from "./task";
import { Versions } from "./versions";

const PARTS = ["", "edit", "history"] as const;
const LABELS = { "": "agents.run", edit: "chat.edit", history: "agents.history" } as const;

export function AgentScreen({ id, part }: { id: string; part: string }) {
  const agent = useCall("GET /api/agents/{id}", { path: { id } });
  return (
    <>
      <Link className="link" href="/agents">
        <LeftIcon />
        {t("agents.all")}
      </Link>
      <Load from={agent}>{(data) => <View agent={data} part={PARTS.find((each) => each === part) ?? ""} />}</Load>
    </>
  );
}

function View({ agent, part }: { agent: Agent; part: (typeof PARTS)[number] }) {
  const { id, definition } = agent;
  const [, navigate] = useLocation();
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <Panel
        title={definition.name}
        text={definition.description}
        action={
          <Button size="small" onClick={() => setDeleting(true)}>
            {t("common.delete")}
          </Button>
        }
      >
        <nav className="tab-list parts" aria-label={definition.name}>
          {PARTS.map((each) => (
            <Link key={each} className="tab" href={`/agents/${id}${each && `/${each}`}`} aria-current={each === part ? "page" : undefined} data-state={each === part ? "active" : "inactive"}>
              {t(LABELS[each])}
            </Link>
          ))}
        </nav>
      </Panel>
      {part === "" && (
        <>
          <StartRun agent={agent} />
          <Panel title={t("agents.runs")}>
            <RunTable query={{ agentId: id }} />
          </Panel>
        </>
      )}
      {part === "edit" && <Editor key={agent.version} agent={agent} from={null} />}
      {part === "history" && <Versions agent={agent} />}
      {deleting && (
        <DeleteDialog
          title={t("agents.deleteTitle", { name: definition.name })}
          text={t("agents.deleteText")}
          remove={async () => {
            await call("DELETE /api/agents/{id}", { path: { id } });
            keep(draftKey(id, null), null);
            keep(taskKey(id), null);
            agents.again();
            await refresh("GET /api/agents");
            navigate("/agents");
          }}
          onClose={() => setDeleting(false)}
        />
      )}
    </>
  );
}
