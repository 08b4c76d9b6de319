// `npm run build`: everything that a deploy uploads.
import "./setup/old-node.mjs";
import { buildAll, setUp } from "./setup/build.mjs";
import { main } from "./setup/steps.mjs";

await main(async () => {
  await setUp();
  await buildAll();
});
