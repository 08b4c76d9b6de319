// The preset that a new chat is begun with: not there for whoever keeps none.
import { useState } from "react";
import { useOnce } from "../api/once";
import { t } from "../i18n";
import { ChevronIcon } from "../icons";
import { presets } from "../library";
import { Menu, MenuChoice } from "../ui";
import { beginningOf, setBeginning } from "./beginning";

interface Props {
  planned: string;
  /** The model that comes with the preset. */
  onModel: (name: string) => void;
}

export function PresetPicker({ planned, onModel }: Props) {
  const kept = useOnce(presets).value?.presets ?? [];
  const [id, setId] = useState(() => beginningOf(planned).presetId ?? "");
  if (!kept.length) return null;
  const pick = (next: string) => {
    const { presetId: _, ...beginning } = beginningOf(planned);
    setBeginning(planned, next ? { ...beginning, presetId: next } : beginning);
    setId(next);
    const model = kept.find((preset) => preset.id === next)?.model;
    if (model) onModel(model);
  };
  const name = kept.find((preset) => preset.id === id)?.name;
  return (
    <Menu
      align="center"
      trigger={
        <button type="button" className="model-button preset-button" data-testid="preset">
          <span>{name ? t("presets.with", { name }) : t("presets.choose")}</span>
          <ChevronIcon />
        </button>
      }
    >
      <MenuChoice value={id} choices={[{ value: "", label: t("presets.without") }, ...kept.map((preset) => ({ value: preset.id, label: preset.name }))]} onChange={pick} />
    </Menu>
  );
}
