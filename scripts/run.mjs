// Sets up and builds, then runs one file of the repository under the tools' Node: `node scripts/run.mjs FILE ARGS…`.
import "./setup/old-node.mjs";
import { existsSync } from "node:fs";
import { buildAll, setUp } from "./setup/build.mjs";
import { installPackages, node, nodeEnv } from "./setup/node.mjs";
import { at } from "./setup/places.mjs";
import { Failure, main, run } from "./setup/steps.mjs";

await main(async ([file, ...args]) => {
  if (!file || !existsSync(at(file))) throw new Failure(`There is no ${file ?? "file to run"}.`);
  await setUp();
  await buildAll();
  const folder = file.split("/")[0];
  if (existsSync(at(folder, "package.json"))) await installPackages(folder, `the packages of ${folder}/`, "about 10 s");
  await run(node(), [at(file), ...args], { env: nodeEnv(), show: true });
});
