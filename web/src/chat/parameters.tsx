// How a model is asked: the fields for it, which say what an empty one means.
import type { Effort, Parameters } from "../api/schema";
import { t } from "../i18n";
import { Button, Input, Select } from "../ui";

/** The parameters as they are written into fields. */
export interface Written {
  temperature: string;
  maxTokens: string;
  reasoningEffort: Effort | "";
}

export const writtenOf = ({ temperature, maxTokens, reasoningEffort }: Parameters): Written => ({
  temperature: temperature?.toString() ?? "",
  maxTokens: maxTokens?.toString() ?? "",
  reasoningEffort: reasoningEffort ?? "",
});

/** What is empty is left out: the model's provider decides. */
export const parametersOf = ({ temperature, maxTokens, reasoningEffort }: Written): Parameters => ({
  ...(temperature === "" ? {} : { temperature: Number(temperature) }),
  ...(maxTokens === "" ? {} : { maxTokens: Number(maxTokens) }),
  ...(reasoningEffort === "" ? {} : { reasoningEffort }),
});

interface Props {
  value: Written;
  onChange: (value: Written) => void;
  /** What is wrong with a parameter. */
  wrong: (name: keyof Written) => string | null;
}

export const PARAMETERS = ["temperature", "maxTokens", "reasoningEffort"] as const;

export function ParameterFields({ value, onChange, wrong }: Props) {
  const usual = PARAMETERS.every((name) => value[name] === "");
  return (
    <fieldset className="parameters">
      <legend>{t("parameters.title")}</legend>
      <div className="parameter-fields">
        <Input
          label={t("parameters.temperature")}
          type="number"
          inputMode="decimal"
          min={0}
          max={2}
          step={0.05}
          placeholder={t("parameters.usual")}
          hint={t("parameters.temperatureHint")}
          value={value.temperature}
          error={wrong("temperature")}
          onChange={({ target }) => onChange({ ...value, temperature: target.value })}
        />
        <Input
          label={t("parameters.maxTokens")}
          type="number"
          inputMode="numeric"
          min={1}
          step={1}
          placeholder={t("parameters.usual")}
          hint={t("parameters.maxTokensHint")}
          value={value.maxTokens}
          error={wrong("maxTokens")}
          onChange={({ target }) => onChange({ ...value, maxTokens: target.value })}
        />
        <Select
          label={t("parameters.effort")}
          hint={t("parameters.effortHint")}
          value={value.reasoningEffort}
          error={wrong("reasoningEffort")}
          choices={[
            { value: "", label: t("parameters.usual") },
            { value: "low", label: t("parameters.low") },
            { value: "medium", label: t("parameters.medium") },
            { value: "high", label: t("parameters.high") },
          ]}
          onChange={({ target }) => onChange({ ...value, reasoningEffort: target.value as Written["reasoningEffort"] })}
        />
      </div>
      <Button size="small" disabled={usual} onClick={() => onChange(writtenOf({}))}>
        {t("parameters.reset")}
      </Button>
    </fieldset>
  );
}
