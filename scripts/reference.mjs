// The texts that are generated from scripts/settings.json. `npm run gen` writes them; a test finds them outdated.
import { settings, workerSettings } from "./settings.mjs";

const row = ({ name, default: usual, secret, about }) => `| \`${name}\` | ${usual ? usual.replaceAll("|", "\\|") : "none"} | ${about}${secret ? " **Secret.**" : ""} |`;
const table = (list) => ["| name | unless set | what it does |", "|---|---|---|", ...list.map(row)].join("\n");

export const configurationReference = () => `# Configuration

Generated from \`scripts/settings.json\` by \`npm run gen\`.

Locally all of them are read from the shell's environment, and those of the Worker also from \`.dev.vars\`; the shell
wins. Deployed, a secret is set with \`npx wrangler secret put NAME --env production\`, everything else as a variable.

## The Worker

${table(workerSettings)}

## The tools

${table(settings.filter((setting) => setting.for !== "worker"))}
`;

// Only secrets: the Deploy button asks for each line here and offers its value for production.
export const devVarsExample = () =>
  [
    "# Secrets of the Worker on this machine: copy to .dev.vars, which git ignores. All of them are optional here.",
    "# Every other setting: docs/CONFIGURATION.md",
    ...workerSettings.filter(({ secret }) => secret).flatMap(({ name, about }) => [`# ${about}`, `${name}=`]),
    "",
  ].join("\n");
