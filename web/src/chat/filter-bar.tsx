// What the list of conversations is narrowed to: all, the archive, a folder or a tag.
import { t } from "../i18n";
import { CloseIcon, FilterIcon } from "../icons";
import { IconButton, Menu, MenuChoice } from "../ui";
import { list } from "./conversations";
import type { Filter } from "./groups";

const valueOf = ({ archived, folder, tag }: Filter): string =>
  archived ? "archived" : folder !== undefined ? `folder:${folder}` : tag !== undefined ? `tag:${tag}` : "all";

function filterOf(value: string): Filter {
  const name = value.slice(value.indexOf(":") + 1);
  if (value === "archived") return { archived: true };
  if (value.startsWith("folder:")) return { folder: name };
  return value.startsWith("tag:") ? { tag: name } : {};
}

/** The words for a filter. */
function nameOf(value: string): string {
  const { archived, folder, tag } = filterOf(value);
  if (archived) return t("side.archive.title");
  return folder ?? (tag === undefined ? t("side.all") : `#${tag}`);
}

export function FilterBar({ filter }: { filter: Filter }) {
  const { folders, tags } = list.labels();
  const value = valueOf(filter);
  const values = ["all", ...folders.map((folder) => `folder:${folder}`), ...tags.map((tag) => `tag:${tag}`), "archived"];
  return (
    <div className="filter-bar">
      <Menu
        align="start"
        trigger={
          <button type="button" className="filter-button" data-testid="filter" aria-label={t("side.filter", { name: nameOf(value) })}>
            <FilterIcon />
            <span>{nameOf(value)}</span>
          </button>
        }
      >
        <MenuChoice value={value} choices={values.map((each) => ({ value: each, label: nameOf(each) }))} onChange={(next) => list.narrow(filterOf(next))} />
      </Menu>
      {value !== "all" && (
        <IconButton label={t("side.showAll")} size="small" onClick={() => list.narrow({})}>
          <CloseIcon />
        </IconButton>
      )}
    </div>
  );
}
