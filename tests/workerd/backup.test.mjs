// The daily copy of the database, made by the cron and put back by `npm run restore` after the database was lost.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { at } from "../../scripts/setup/places.mjs";
import { Api } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";
import { until } from "../support/wait.mjs";

const rig = await Rig.start("backup");
const tick = async () => assert.equal((await fetch(`${rig.base}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`)).status, 200);
const restore = (...args) =>
  promisify(execFile)(process.execPath, [at("scripts", "restore.mjs"), ...args], { env: { ...process.env, STATE_DIR: rig.state.path } });

test("what was copied comes back after the database is lost", { timeout: 300_000 }, async () => {
  const person = { email: "ada@example.org", password: "correct horse battery staple" };
  const stranger = new Api(rig.base);
  await stranger.expect(201, "POST", "/api/auth/signup", { json: person });
  const guest = await rig.guest();
  const { id } = await guest.create({ title: "It's kept" });
  const listed = async () => (await guest.expect(200, "GET", "/api/chat/conversations")).conversations.some((one) => one.id === id);
  await until("the list to have it", listed);

  await tick();
  await rig.kill();
  const days = (await restore()).stdout.match(/\d{4}-\d{2}-\d{2}/g);
  assert.equal(days?.length, 1);

  await assert.rejects(restore(days[0]), /not empty/, "nothing is written over");
  await assert.rejects(restore("1999-01-01"), /no copy of 1999-01-01/);

  rmSync(join(rig.state.path, "v3", "d1"), { recursive: true });
  rmSync(join(rig.state.path, "migrations-applied.json"));
  assert.match((await restore(days[0])).stdout, /as it was on/);
  await rig.restart();
  await stranger.expect(200, "POST", "/api/auth/login", { json: person });
  assert.ok(await listed());
});
