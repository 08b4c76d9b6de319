// Agents and what they do: the list, one agent, all runs, one run.
import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { useLocation } from "wouter";
import { queries } from "../api/query";
import { signIn, useSession } from "../api/session";
import { t } from "../i18n";
import { Shell, Skeleton } from "../ui";
import { AgentScreen } from "./agent";
import { Agents } from "./agents";
import "./agents.css";
import { Editor } from "./editor";
import { RunScreen } from "./run";
import { Runs } from "./runs";

function shown(path: string): ReactNode {
  const [, place, id, part] = path.split("/");
  if (place === "runs") return id ? <RunScreen key={id} id={id} /> : <Runs />;
  if (!id) return <Agents />;
  if (id !== "new") return <AgentScreen key={id} id={id} part={part ?? ""} />;
  const from = new URLSearchParams(location.search).get("from");
  return <Editor key={from} agent={null} from={from} />;
}

export default function AgentsScreen() {
  const { user } = useSession();
  const [path] = useLocation();
  useEffect(() => {
    void signIn().catch(() => {});
  }, []);
  return (
    <QueryClientProvider client={queries}>
      <Shell
        title={t("agents.title")}
        current={path.startsWith("/runs") ? "/runs" : "/agents"}
        sections={[
          { path: "/agents", label: t("agents.yours") },
          { path: "/runs", label: t("runs.title") },
        ]}
      >
        {user ? shown(path) : <Skeleton />}
      </Shell>
    </QueryClientProvider>
  );
}
