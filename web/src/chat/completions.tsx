// The list over the message box while `/` asks for a prompt, `@` for a model or an agent, or `#` for a file of this chat: the keys go to it, the focus stays in the box.
import { type KeyboardEvent, type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Agent, Prompt } from "../api/schema";
import { useOnce } from "../api/once";
import { t } from "../i18n";
import { agents, prompts } from "../library";
import type { Asked } from "./completion";
import { best } from "./fuzzy";
import { matching, useModels } from "./models";
import type { FilePart } from "./rows";
import { sizeOf } from "./uploads";

const MOST = 8;
const LABELS = { prompt: "prompts.title", model: "agents.modelsAndAgents", file: "box.filesOfChat" } as const;

export interface CompletionsHandle {
  /** Whether the key was for the list. */
  take: (event: KeyboardEvent) => boolean;
}

interface Entry {
  id: string;
  name: string;
  hint: string;
  run: () => void;
}

interface Props {
  asked: Asked;
  onPrompt: (prompt: Prompt) => void;
  onModel: (name: string) => void;
  /** Takes what was written along to an agent. */
  onAgent: (agent: Agent) => void;
  /** The files that were said in this chat already. */
  shared: () => readonly FilePart[];
  onFile: (file: FilePart) => void;
  onClose: () => void;
  /** Tells which option the box stands for. */
  onActive: (id: string | undefined) => void;
  ref: Ref<CompletionsHandle>;
}

export function Completions({ asked, onPrompt, onModel, onAgent, shared, onFile, onClose, onActive, ref }: Props) {
  const { kind, query } = asked;
  const [, navigate] = useLocation();
  const kept = useOnce(prompts).value?.prompts;
  const models = useModels().list?.models;
  const mine = useOnce(agents).value?.agents;
  const id = useId();
  const [at, setAt] = useState({ query: "", index: 0 });
  const list = useRef<HTMLUListElement>(null);

  const found: Record<Asked["kind"], () => Entry[]> = {
    prompt: () => [
      ...best(kept ?? [], query, ({ command, title }) => `${command} ${title}`)
        .slice(0, MOST)
        .map((prompt) => ({ id: prompt.id, name: `/${prompt.command}`, hint: prompt.title, run: () => onPrompt(prompt) })),
      ...(query === "" && kept ? [{ id: "manage", name: t("prompts.manage"), hint: "", run: () => navigate("/settings/prompts") }] : []),
    ],
    model: () => [
      ...matching(models ?? [], query).slice(0, MOST).map(({ name, title }) => ({ id: name, name: title, hint: name, run: () => onModel(name) })),
      ...best(mine ?? [], query, ({ definition }) => definition.name)
        .slice(0, MOST)
        .map((agent) => ({ id: agent.id, name: agent.definition.name, hint: t("agents.giveTask"), run: () => onAgent(agent) })),
    ],
    file: () => best(shared(), query, ({ filename }) => filename).slice(0, MOST).map((file) => ({ id: file.id, name: file.filename, hint: sizeOf(file.size), run: () => onFile(file) })),
  };
  const entries = found[kind]();
  const index = at.query === query ? Math.min(at.index, entries.length - 1) : 0;
  const active = entries[index];
  const activeId = active && `${id}-${active.id}`;

  useEffect(() => {
    onActive(activeId);
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
    return () => onActive(undefined);
  }, [activeId, onActive]);

  useImperativeHandle(ref, () => ({
    take: (event) => {
      if (event.nativeEvent.isComposing || !active) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) setAt({ query, index: (index + step + entries.length) % entries.length });
      else if (event.key === "Escape") onClose();
      else if ((event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && !event.shiftKey)) active.run();
      else return false;
      event.preventDefault();
      // Esc is not for the answer under way.
      event.stopPropagation();
      return true;
    },
  }));

  if (!entries.length) return null;
  return (
    <ul ref={list} id="completions" className="completions" role="listbox" data-testid="completions" aria-label={t(LABELS[kind])}>
      {entries.map((entry) => (
        <li
          key={entry.id}
          id={`${id}-${entry.id}`}
          role="option"
          aria-selected={entry === active}
          onPointerDown={(event) => event.preventDefault()}
          onPointerMove={() => setAt({ query, index: entries.indexOf(entry) })}
          onClick={entry.run}
        >
          <strong>{entry.name}</strong>
          <small>{entry.hint}</small>
        </li>
      ))}
    </ul>
  );
}
