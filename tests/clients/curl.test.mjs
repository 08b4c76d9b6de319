// The commands that the documentation shows work as they stand, with nothing but curl.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { Rig, scratch } from "../support/rig.mjs";
import { answer } from "../support/script.mjs";

const rig = await Rig.start("curl");
const run = promisify(execFile);

const curl = async (...args) => (await run("curl", ["--silent", "--show-error", "--max-time", "20", ...args], { maxBuffer: 1 << 24 })).stdout;
const words = (stdout) => stdout.split("\n\n").map((event) => /^data: (.*)$/m.exec(event)?.[1]).filter(Boolean);

test("guest, conversation, streamed answer, history, log and stop, by token", async () => {
  const { accessToken, tokenType } = JSON.parse(await curl("-X", "POST", `${rig.base}/api/auth/guest`));
  assert.equal(tokenType, "Bearer");
  const auth = ["-H", `Authorization: Bearer ${accessToken}`];
  const json = ["-H", "Content-Type: application/json"];
  const { id } = JSON.parse(await curl("-X", "POST", `${rig.base}/api/chat/conversations`, ...auth, ...json, "-d", "{}"));
  const path = `${rig.base}/api/chat/conversations/${id}`;
  const said = words(await curl("-N", "-X", "POST", `${path}/messages`, ...auth, ...json, "-d", '{"content":"turn=curl tokens=5 delay=5"}'));
  assert.equal(said.at(-1), "[DONE]");
  assert.equal(said.slice(0, -1).map((data) => JSON.parse(data).text).join(""), answer("curl", 5));
  const { messages } = JSON.parse(await curl(`${path}/messages`, ...auth));
  assert.equal(messages[1].content, answer("curl", 5));
  const { events, lastSeq } = JSON.parse(await curl(`${path}/events?after=1`, ...auth, "-H", "Accept: application/json"));
  assert.deepEqual(events.map(({ seq }) => seq), Array.from({ length: lastSeq - 1 }, (_, n) => n + 2));
  assert.equal(await curl("-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", `${path}/stop`, ...auth), "202");
});

test("the same with a cookie jar", async () => {
  const home = scratch("curl");
  const jar = ["-b", `${home.path}/jar`, "-c", `${home.path}/jar`];
  try {
    await curl("-X", "POST", `${rig.base}/api/auth/guest`, ...jar);
    const { id } = JSON.parse(await curl("-X", "POST", `${rig.base}/api/chat/conversations`, ...jar, "-H", `Origin: ${rig.base}`, "-H", "Content-Type: application/json", "-d", "{}"));
    const { conversations } = JSON.parse(await curl(`${rig.base}/api/chat/conversations`, ...jar));
    assert.deepEqual(conversations.map((one) => one.id), [id]);
  } finally {
    home.remove();
  }
});

test("health needs nobody, and everything says who it was", async () => {
  const shown = await curl("-i", `${rig.base}/health`);
  assert.match(shown, /^HTTP\/1\.1 200/);
  assert.match(shown, /^x-request-id: \S+/im);
  assert.doesNotMatch(shown, /^(server|x-powered-by): (workerd|cloudflare)/im);
});
