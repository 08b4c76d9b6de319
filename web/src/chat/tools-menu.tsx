// Which tools the model may call in this chat: switches in the message box, not there where the server has no tools.
import { useEffect, useState } from "react";
import type { ToolForMe } from "../api/schema";
import { Once, useOnce } from "../api/once";
import { api, sentence } from "../api";
import { call } from "../api/session";
import { t } from "../i18n";
import { WrenchIcon } from "../icons";
import { Popover, Switch, toast } from "../ui";
import { beginningOf, setBeginning } from "./beginning";
import { useModels } from "./models";

type Choices = Record<string, boolean>;

const tools = new Once(() => call("GET /api/tools"));

/** The choices without those that are the deployment's anyway. */
export function chosen(all: readonly ToolForMe[], choices: Choices, name: string, on: boolean): Choices {
  const next = { ...choices, [name]: on };
  return Object.fromEntries(Object.entries(next).filter(([each, value]) => all.find((tool) => tool.name === each)?.enabled !== value));
}

interface Props {
  /** The conversation; `null` of a planned chat. */
  id: string | null;
  planned: string;
  model: string | null;
}

export function ToolsMenu({ id, planned, model }: Props) {
  const all = useOnce(tools).value?.tools ?? [];
  const { list } = useModels();
  const able = list?.models.find(({ name }) => name === (model ?? list.defaultModel))?.abilities.tools ?? true;
  if (!all.length) return null;
  return (
    <Popover
      label={t("tools.title")}
      side="top"
      className="tools-card"
      trigger={
        <button type="button" className="icon-button" data-testid="tools" aria-label={t("tools.title")} title={t("tools.title")}>
          <WrenchIcon />
        </button>
      }
    >
      {!able && <p className="field-hint">{t("tools.unable")}</p>}
      <Switches all={all} id={id} planned={planned} />
    </Popover>
  );
}

function Switches({ all, id, planned }: { all: readonly ToolForMe[]; id: string | null; planned: string }) {
  const [choices, setChoices] = useState<Choices | null>(() => (id === null ? (beginningOf(planned).tools ?? {}) : null));
  useEffect(() => {
    if (id === null) return;
    let gone = false;
    api.get(id).then(
      (conversation) => !gone && setChoices(conversation.tools ?? {}),
      (error: unknown) => !gone && toast(sentence(error), { tone: "bad" }),
    );
    return () => {
      gone = true;
    };
  }, [id]);
  const set = (name: string, on: boolean) => {
    const before = choices ?? {};
    const next = chosen(all, before, name, on);
    setChoices(next);
    if (id === null) {
      setBeginning(planned, { ...beginningOf(planned), tools: next });
      return;
    }
    api.setTools(id, next).catch((error: unknown) => {
      setChoices(before);
      toast(sentence(error), { tone: "bad" });
    });
  };
  return all.map(({ name, title, description, asks, enabled }) => (
    <Switch
      key={name}
      label={title}
      hint={asks ? `${description} ${t("tools.asks")}` : description}
      disabled={choices === null}
      checked={choices?.[name] ?? enabled}
      onChange={(on) => set(name, on)}
    />
  ));
}
