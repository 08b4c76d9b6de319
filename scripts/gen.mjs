// `npm run gen`: writes what is generated: web/src/protocol.ts, web/public/openapi.json, web/src/api/schema.ts,
// docs/CONFIGURATION.md and .dev.vars.example.
import "./setup/old-node.mjs";
import { mkdirSync, writeFileSync } from "node:fs";
import { writeApiTypes } from "./api-types.mjs";
import { configurationReference, devVarsExample } from "./reference.mjs";
import { at } from "./setup/places.mjs";
import { setUpRust } from "./setup/rust.mjs";
import { cleanEnv, main, run, say, step } from "./setup/steps.mjs";

await main(async () => {
  mkdirSync(at("docs"), { recursive: true });
  writeFileSync(at("docs", "CONFIGURATION.md"), configurationReference());
  writeFileSync(at(".dev.vars.example"), devVarsExample());
  await setUpRust();
  await step("Writing the protocol's types", "about 20 s", () =>
    run("cargo", ["test", "-p", "edgewise-protocol", "--features", "ts", "typescript"], {
      env: cleanEnv({ EDGEWISE_GENERATE: "1" }),
      failure: "web/src/protocol.ts cannot be generated.",
    }),
  );
  await step("Writing the API's document", "about 1 min, 5 the first time", () =>
    run("cargo", ["test", "--test", "http", "openapi_is_up_to_date"], {
      env: cleanEnv({ EDGEWISE_GENERATE: "1" }),
      failure: "web/public/openapi.json cannot be generated.",
    }),
  );
  writeApiTypes();
  say("Generated.");
});
