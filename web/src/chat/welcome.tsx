// A new chat: who answers, and something to begin with.
import type { ReactNode } from "react";
import { t } from "../i18n";
import { CalendarIcon, LogoIcon, SparkIcon, SumIcon, TextIcon } from "../icons";
import { useModels } from "./models";

const suggestions = () => [
  { icon: SparkIcon, title: t("welcome.look"), text: t("welcome.lookText") },
  { icon: SumIcon, title: t("welcome.sum"), text: t("welcome.sumText") },
  { icon: CalendarIcon, title: t("welcome.date"), text: t("welcome.dateText") },
  { icon: TextIcon, title: t("welcome.summary"), text: t("welcome.summaryText", { text: t("welcome.story") }) },
];

/** The model that is there when nobody has set one. */
const BUILTIN = "edgewise-offline";

export function Hero({ model, temporary, preset }: { model: string | null; temporary: boolean; preset: ReactNode }) {
  const { list } = useModels();
  const name = model ?? list?.defaultModel ?? null;
  const title = list?.models.find((other) => other.name === name)?.title ?? name;
  return (
    <div className="hero">
      <LogoIcon className="hero-logo" />
      <h2>{temporary ? t("temporary.title") : t("welcome.title")}</h2>
      {temporary && (
        <p className="hero-model" role="status">
          {t("temporary.text")}
        </p>
      )}
      <p className="hero-model" data-testid="who-answers">
        {list === null ? " " : name === BUILTIN ? t("chat.demo") : t("chat.answers", { model: title ?? "" })}
      </p>
      {preset}
    </div>
  );
}

export function Suggestions({ onPick }: { onPick: (text: string) => void }) {
  return (
    <ul className="suggestions" aria-label={t("welcome.suggestions")}>
      {suggestions().map(({ icon: Icon, title, text }) => (
        <li key={title}>
          <button type="button" data-testid="suggestion" onClick={() => onPick(text)}>
            <Icon />
            <span>
              <strong>{title}</strong>
              <small>{text}</small>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
