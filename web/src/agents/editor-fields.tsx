// The fields of an agent that are more than one line of text.
import { useId } from "react";
import type { ToolForMe, Workflow } from "../api/schema";
import { toolNameOf } from "../chat/tools";
import { number, t } from "../i18n";
import { CloseIcon } from "../icons";
import { Button, Input, Switch } from "../ui";
import { MOST, type Part, PARTS, USUAL, type Written } from "./budget";
import { MOST_STARTERS } from "./draft";
import { workflowOf } from "./words";

interface Field<T> {
  value: T;
  onChange: (value: T) => void;
}

const WORKFLOWS = ["loop", "research"] as const;

export function WorkflowFields({ value, onChange }: Field<Workflow>) {
  const name = useId();
  return (
    <fieldset className="fields">
      <legend>{t("agents.workflow")}</legend>
      {WORKFLOWS.map((each) => (
        <label key={each} className="check option">
          <input type="radio" name={name} checked={value === each} onChange={() => onChange(each)} />
          <span>
            {workflowOf(each)}
            <small>{t(`agents.workflow.${each}Text`)}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Those that the server offers, and those that the agent has from elsewhere. */
export function ToolFields({ offered, value, error, onChange }: Field<readonly string[]> & { offered: readonly ToolForMe[]; error: string | null }) {
  const id = useId();
  const others = value.filter((name) => !offered.some((tool) => tool.name === name));
  const set = (name: string, on: boolean) => onChange(on ? [...value, name] : value.filter((each) => each !== name));
  return (
    <fieldset className="fields" aria-describedby={error ? id : undefined}>
      <legend>{t("agents.tools")}</legend>
      {offered.length + others.length === 0 && <p className="field-hint">{t("agents.noTools")}</p>}
      {offered.map(({ name, description, asks }) => (
        <Switch key={name} label={toolNameOf(name)} hint={asks ? `${description} ${t("tools.asks")}` : description} checked={value.includes(name)} onChange={(on) => set(name, on)} />
      ))}
      {others.map((name) => (
        <Switch key={name} label={toolNameOf(name)} hint={t("agents.toolMissing")} checked onChange={(on) => set(name, on)} />
      ))}
      {error && (
        <p id={id} className="field-error">
          {error}
        </p>
      )}
    </fieldset>
  );
}

export function StarterFields({ value, wrong, onChange }: Field<readonly string[]> & { wrong: (name: string) => string | null }) {
  const error = wrong("starters");
  return (
    <fieldset className="fields">
      <legend>{t("agents.starters")}</legend>
      <p className="field-hint">{t("agents.startersHint")}</p>
      {value.map((starter, at) => (
        <div key={at} className="starter">
          <Input
            label={t("agents.starter", { number: at + 1 })}
            quiet
            dir="auto"
            maxLength={500}
            value={starter}
            error={wrong(`starters/${at}`)}
            onChange={({ target }) => onChange(value.map((each, other) => (other === at ? target.value : each)))}
          />
          <button type="button" className="icon-button" aria-label={t("agents.removeStarter", { number: at + 1 })} onClick={() => onChange(value.filter((_, other) => other !== at))}>
            <CloseIcon />
          </button>
        </div>
      ))}
      {error && <p className="field-error">{error}</p>}
      <Button size="small" disabled={value.length >= MOST_STARTERS} onClick={() => onChange([...value, ""])}>
        {t("agents.addStarter")}
      </Button>
    </fieldset>
  );
}

const hintOf = (part: Part): string => {
  const usual = USUAL[part];
  if (usual === null) return t("agents.usualMoney");
  return t(part === "seconds" ? "agents.usualSeconds" : "agents.usual", { usual: number(usual), most: number(MOST[part]) });
};

export const BudgetFields = ({ value, wrong, onChange }: Field<Written> & { wrong: (name: string) => string | null }) => (
  <fieldset className="fields">
    <legend>{t("agents.budget")}</legend>
    <p className="field-hint">{t("agents.budgetHint")}</p>
    <div className="two">
      {PARTS.map((part) => (
        <Input
          key={part}
          label={t(`agents.budget.${part}`)}
          inputMode={part === "costMicroUsd" ? "decimal" : "numeric"}
          maxLength={20}
          hint={hintOf(part)}
          value={value[part]}
          error={wrong(`budget/${part}`)}
          onChange={({ target }) => onChange({ ...value, [part]: target.value })}
        />
      ))}
    </div>
  </fieldset>
);
