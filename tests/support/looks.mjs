// Pictures of screens in both themes, and what axe finds on them.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { faults } from "./axe.mjs";
import { until } from "./wait.mjs";

/** `SCREENS=keep` takes them for the documentation anew; their times would make every run a change. */
const screens = join(import.meta.dirname, process.env.SCREENS === "keep" ? "../../docs/screens" : "../../test-results/screens");
mkdirSync(screens, { recursive: true });

/** Takes the picture and asks axe, in both themes; gives the faults. */
export async function look(page, name) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await until(`the ${colorScheme} theme`, () => page.evaluate((wanted) => document.documentElement.dataset.theme === wanted && new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true)))), colorScheme));
    found.push(...(await faults(page)).map((fault) => `${name}, ${colorScheme}: ${fault}`));
    await page.screenshot({ path: join(screens, `${name}-${colorScheme}.png`) });
  }
  return found;
}
