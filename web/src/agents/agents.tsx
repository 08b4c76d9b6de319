// One's agents: found by typing, begun from a template, and given work.
import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { usePages } from "../api/query";
import type { Agent } from "../api/schema";
import { best } from "../chat/fuzzy";
import { useModels } from "../chat/models";
import { ago, t } from "../i18n";
import { AgentIcon } from "../icons";
import { Badge, Button, Empty, Input, Panel, Skeleton, Trouble } from "../ui";
import { type Template, TEMPLATE_IDS } from "./templates";
import { workflowOf } from "./words";

export function Agents() {
  const [, navigate] = useLocation();
  const [query, setQuery] = useState("");
  const { pages, hasNextPage, fetchNextPage, isFetching, isError, error, refetch } = usePages("GET /api/agents", { limit: 100 });
  // Nobody has more than two pages: what is searched for may be on the other.
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  const all = pages.flatMap(({ agents }) => agents);
  const found = best(all, query, ({ definition: { name, description } }) => `${name} ${description}`);
  const add = (
    <Button size="small" kind="primary" onClick={() => navigate("/agents/new")}>
      {t("agents.new")}
    </Button>
  );
  return (
    <>
      <Panel title={t("agents.yours")} text={t("agents.text")} action={all.length > 0 ? add : undefined}>
        {isError && <Trouble error={error} onRetry={() => void refetch()} />}
        {!isError && pages.length === 0 && <Skeleton />}
        {pages.length > 0 && all.length === 0 && <Empty icon={<AgentIcon />} title={t("agents.none")} text={t("agents.noneText")} action={add} />}
        {all.length > 0 && <Input label={t("common.search")} quiet type="search" placeholder={t("common.search")} value={query} onChange={({ target }) => setQuery(target.value)} />}
        {all.length > 0 && found.length === 0 && <p className="field-hint">{t("agents.notFound")}</p>}
        {found.length > 0 && (
          <ul className="cards" data-testid="agents">
            {found.map((agent) => (
              <AgentCard key={agent.id} agent={agent} />
            ))}
          </ul>
        )}
      </Panel>
      <Panel title={t("agents.templates")} text={t("agents.templatesText")}>
        <ul className="cards" data-testid="templates">
          {TEMPLATE_IDS.map((id) => (
            <TemplateCard key={id} id={id} />
          ))}
        </ul>
      </Panel>
    </>
  );
}

function AgentCard({ agent: { id, definition, updatedAt } }: { agent: Agent }) {
  const models = useModels().list?.models ?? [];
  const { name, description, model, tools, workflow } = definition;
  return (
    <li className="card">
      <h3>
        <Link href={`/agents/${id}`}>{name}</Link>
      </h3>
      {description && <p dir="auto">{description}</p>}
      <div className="badges">
        {workflow !== "loop" && <Badge>{workflowOf(workflow)}</Badge>}
        {model && <Badge>{models.find((each) => each.name === model)?.title ?? model}</Badge>}
        <Badge>{t("agents.toolCount", { count: tools.length })}</Badge>
      </div>
      <small>{t("agents.changed", { when: ago(updatedAt) })}</small>
    </li>
  );
}

const TemplateCard = ({ id }: { id: Template }) => (
  <li className="card">
    <h3>
      <Link href={`/agents/new?from=${id}`}>{t(`agents.${id}.name`)}</Link>
    </h3>
    <p>{t(`agents.${id}.description`)}</p>
  </li>
);
