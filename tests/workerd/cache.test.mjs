// KV fails, is slow, or remembers too long: the list and the search stay right, and never fail (F-63).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { at } from "../support/api.mjs";
import { FaultRig } from "../support/faults.mjs";

const rig = await FaultRig.start();
const LIST = "/api/chat/conversations";

// What is wrong with it, as rules of fault-entry.mjs.
const table = {
  "nothing": [],
  "reading throws": [{ method: "get", kind: "throw-before", error: "KV GET failed: 500 Internal Server Error" }],
  "reading hangs": [{ method: "get", kind: "hang" }],
  "reading is slow": [{ method: "get", kind: "slow", ms: 200 }],
  "what was missing once stays missing": [{ method: "get", kind: "stale" }],
  "writing more than once a second is refused": [{ method: "put", kind: "throw-before", from: 2, error: "KV PUT failed: 429 Too Many Requests" }],
  "writing is refused": [{ method: "put", kind: "throw-before", error: "KV PUT failed: 429 Too Many Requests" }],
  "writing throws after it was done": [{ method: "put", kind: "throw-after", error: "Network connection lost." }],
  "writing hangs": [{ method: "put", kind: "hang" }],
  "all of it is down": [{ method: "*", kind: "throw-before" }],
};

describe("the cache", { concurrency: true }, () => {
  for (const [name, rules] of Object.entries(table)) {
    test(`${name}`, async () => {
      const api = await rig.guest();
      const owner = api.user.id;
      await rig.fail(owner, ...rules.map((rule) => ({ binding: "CACHE", only: owner, ...rule })));
      /** Both must show exactly these titles, at once, and when they are asked again. */
      const shown = async (listed, found) => {
        for (const time of ["first", "second"]) {
          for (const [path, titles] of [[LIST, listed], [`${LIST}?q=plum`, found]]) {
            const { conversations } = await api.expect(200, "GET", path);
            assert.deepEqual(conversations.map(({ title }) => title), titles, `${path}, the ${time} time`);
          }
        }
      };
      await shown([], []);
      const cake = await api.create({ title: "Plum cake" });
      await shown(["Plum cake"], ["Plum cake"]);
      await api.create({ title: "Plum jam" });
      await shown(["Plum jam", "Plum cake"], ["Plum jam", "Plum cake"]);
      await api.expect(200, "PATCH", at(cake.id), { json: { title: "Pear cake" } });
      await shown(["Pear cake", "Plum jam"], ["Plum jam"]);
      await api.expect(200, "PATCH", at(cake.id), { json: { title: "Plum tart" } });
      await shown(["Plum tart", "Plum jam"], ["Plum tart", "Plum jam"]);
      await api.call("DELETE", at(cake.id));
      await shown(["Plum jam"], ["Plum jam"]);

      const [reads, writes] = [await rig.calls("CACHE", "get", owner), await rig.calls("CACHE", "put", owner)];
      assert.ok(reads.length >= 12 && writes.length >= 1, `${reads.length} reads, ${writes.length} writes: it was passed by`);
      const queries = await rig.calls("DB", "batch", `LIKE.*"${owner}"`);
      if (name === "nothing") assert.equal(queries.length, 6, "a search that was asked before went to the database");
    });
  }
});
