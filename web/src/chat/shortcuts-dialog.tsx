// The shortcuts, to look them up.
import { t } from "../i18n";
import { Dialog } from "../ui";
import { keysOf, NAMES, SHORTCUTS } from "./shortcuts";

export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t("shortcut.title")} onClose={onClose}>
      <dl className="shortcuts" data-testid="shortcuts">
        {NAMES.map((name) => (
          <div key={name}>
            <dt>{t(SHORTCUTS[name].label)}</dt>
            <dd>
              <kbd>{keysOf(name)}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
