// Calls of tools in an answer: what was asked, what came of it, and the question whether it may run.
import { useState } from "react";
import { artifactOfCall } from "../artifacts/data";
import { t } from "../i18n";
import { ChevronIcon, FileIcon } from "../icons";
import type { ToolPart } from "../protocol";
import { Button } from "../ui";

const WORDS = {
  "input-available": "chat.tool.running",
  "approval-requested": "chat.tool.waits",
  "approval-responded": "chat.tool.running",
  "output-available": "chat.tool.done",
  "output-error": "chat.tool.failed",
  "output-denied": "chat.tool.denied",
} as const;

const NAMES: Record<string, string> = {
  calculator: "chat.tool.calculator",
  clock: "chat.tool.clock",
  web_fetch: "chat.tool.webFetch",
  search_conversations: "chat.tool.search",
  artifact_create: "chat.tool.artifactCreate",
  artifact_update: "chat.tool.artifactUpdate",
  artifact_read: "chat.tool.artifactRead",
};

/** What people call a tool; one that the page does not know keeps its name. */
export const toolNameOf = (name: string): string => (NAMES[name] ? t(NAMES[name] as "chat.tool.clock") : name);
export const stateOfCall = (state: ToolPart["state"]): string => t(WORDS[state]);

export const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

const titleOf = (input: unknown): string => {
  const { title } = (typeof input === "object" && input !== null ? input : {}) as { title?: unknown };
  return typeof title === "string" ? title : "";
};

interface Props {
  tools: readonly ToolPart[];
  /** Says whether a call may run; resolves when it was heard. */
  onDecide: (callId: string, approved: boolean) => Promise<void>;
  /** Opens the artifact that a call has written. */
  onOpen: (artifactId: string) => void;
}

/** Presses the button of the first call that waits, as the reader would. */
export const press = (decides: "allow" | "deny"): void => document.querySelector<HTMLButtonElement>(`[data-decides="${decides}"]`)?.click();

export const Tools = ({ tools, ...does }: Props) => tools.map((tool) => <ToolCard key={tool.toolCallId} tool={tool} {...does} />);

function ToolCard({ tool, onDecide, onOpen }: { tool: ToolPart } & Omit<Props, "tools">) {
  const { toolCallId, toolName, state, input, output, errorText } = tool;
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const asks = state === "approval-requested";
  const name = toolNameOf(toolName);
  const decide = async (approved: boolean) => {
    setBusy(true);
    await onDecide(toolCallId, approved);
    setBusy(false);
  };
  const result = output ?? errorText;
  const artifact = artifactOfCall(toolName, output);
  return (
    <section className="tool" data-testid="tool" data-state={state} aria-label={name}>
      <details open={open || asks} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span>{name}</span>
          <span className="tool-state">{stateOfCall(state)}</span>
          <ChevronIcon />
        </summary>
        <h3 className="tool-label">{t("chat.tool.input")}</h3>
        <pre tabIndex={0}>{textOf(input)}</pre>
        {result !== undefined && (
          <>
            <h3 className="tool-label">{t("chat.tool.output")}</h3>
            <pre tabIndex={0}>{textOf(result)}</pre>
          </>
        )}
      </details>
      {artifact && (
        <div className="tool-ask">
          <p>{titleOf(input)}</p>
          <Button size="small" data-testid="open-artifact" onClick={() => onOpen(artifact)}>
            <FileIcon />
            {t("artifacts.open")}
          </Button>
        </div>
      )}
      {asks && (
        <div className="tool-ask" role="group" aria-label={t("chat.tool.ask")}>
          <p>{t("chat.tool.ask")}</p>
          <Button size="small" disabled={busy} data-testid="deny" data-decides="deny" onClick={() => void decide(false)}>
            {t("chat.tool.deny")}
          </Button>
          <Button size="small" kind="primary" disabled={busy} data-testid="allow" data-decides="allow" onClick={() => void decide(true)}>
            {t("chat.tool.allow")}
          </Button>
        </div>
      )}
    </section>
  );
}
