// How the page looks and listens in this browser.
import { useState } from "react";
import { ENTER_SETTING, enterSends } from "../chat/keys";
import { canNotify, notifies, setNotifies } from "../chat/notify";
import { chooseLanguage, chosenLanguage, LANGUAGES, t } from "../i18n";
import { keep, storage } from "../storage";
import { chooseTheme, chosenTheme, type Theme } from "../theme";
import { Panel, Select, Switch } from "../ui";

export function Appearance() {
  const [theme, setTheme] = useState(chosenTheme() ?? "");
  const [sends, setSends] = useState(enterSends(storage.getItem(ENTER_SETTING)));
  const [told, setTold] = useState(notifies());
  const [refused, setRefused] = useState(false);
  return (
    <>
      <Panel title={t("settings.appearance")}>
        <div className="form">
          <Select
            label={t("appearance.theme")}
            value={theme}
            choices={[
              { value: "", label: t("appearance.system") },
              { value: "light", label: t("appearance.light") },
              { value: "dark", label: t("appearance.dark") },
            ]}
            onChange={({ target }) => {
              setTheme(target.value);
              chooseTheme((target.value || null) as Theme | null);
            }}
          />
          <Select
            label={t("appearance.language")}
            value={chosenLanguage() ?? ""}
            choices={[{ value: "", label: t("appearance.browser") }, ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))]}
            onChange={({ target }) => void chooseLanguage(target.value || null)}
          />
        </div>
      </Panel>
      <Panel title={t("appearance.writing")}>
        <Switch
          label={t("appearance.enterSends")}
          hint={t("appearance.enterHint")}
          checked={sends}
          onChange={(next) => {
            setSends(next);
            keep(ENTER_SETTING, next ? null : "newline");
          }}
        />
      </Panel>
      {canNotify() && (
        <Panel title={t("common.notifications")}>
          <Switch
            label={t("appearance.notify")}
            hint={refused ? t("appearance.notifyRefused") : t("appearance.notifyHint")}
            checked={told}
            onChange={(next) =>
              void setNotifies(next).then((on) => {
                setTold(on);
                setRefused(next && !on);
              })
            }
          />
        </Panel>
      )}
    </>
  );
}
