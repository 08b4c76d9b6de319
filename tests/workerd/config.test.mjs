// wrangler.toml against the code: a class, binding, queue or setting that only one side knows fails here, not at deploy.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "smol-toml";
import { configurationReference, devVarsExample } from "../../scripts/reference.mjs";
import { workerSettings } from "../../scripts/settings.mjs";

const root = join(import.meta.dirname, "../..");
const read = (...path) => readFileSync(join(root, ...path), "utf8");
const rustFiles = (dir) => readdirSync(join(root, dir), { recursive: true }).filter((name) => name.endsWith(".rs")).map((name) => read(dir, name));
const found = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name).sort();

const config = structuredClone(parse(read("wrangler.toml"))); // plain objects, for deepEqual
const DEVELOPMENT = "edgewise";
const environments = { [DEVELOPMENT]: config, ...Object.fromEntries(Object.values(config.env).map((block) => [block.name, block])) };

test("the environments are those we run", () => {
  assert.deepEqual(Object.keys(config.env), ["preview", "staging", "production"]);
  assert.equal(config.name, DEVELOPMENT);
  assert.equal(config.vars.ENVIRONMENT, "development");
  for (const [name, block] of Object.entries(config.env)) {
    assert.equal(block.vars.ENVIRONMENT, name);
    assert.deepEqual(block.secrets, { required: ["AUTH_SECRET"] });
  }
});

// What wrangler does not inherit, and each environment must therefore repeat.
const REPEATED = ["vars", "durable_objects", "d1_databases", "kv_namespaces", "r2_buckets", "queues", "version_metadata"];

test("the environments differ in nothing but their names", () => {
  const normal = (name, block) => JSON.parse(JSON.stringify(REPEATED.map((key) => [key, block[key]])).replaceAll(name, DEVELOPMENT).replaceAll(`"${block.vars.ENVIRONMENT}"`, '"?"'));
  const expected = normal(DEVELOPMENT, config);
  for (const [name, block] of Object.entries(environments)) {
    assert.deepEqual(normal(name, block), expected, name);
    const own = Object.keys(block).filter((key) => !REPEATED.includes(key) && !["name", "secrets"].includes(key));
    if (block !== config) assert.deepEqual(own, [], `${name} sets what the top level should set for all`);
  }
});

test("each Durable Object class is written, exported, built, bound and migrated", () => {
  const bound = config.durable_objects.bindings.map(({ class_name }) => class_name).sort();
  const written = [...rustFiles("durable_objects/src"), ...rustFiles("src")].flatMap((text) => found(text, /#\[durable_object[^\]]*\]\s*(?:#\[[^\]]*\]\s*|\/\/[^\n]*\s*)*pub struct (\w+)/g)).sort();
  const exported = found(read("entry.mjs"), /^export const (\w+) = objectClass\("\1"\);/gm);
  const migrated = config.migrations.flatMap(({ new_sqlite_classes = [] }) => new_sqlite_classes).sort();
  const built = found(read("build/index.js").match(/export\s*\{([^}]*)\}\s*;?\s*(?:\/\/[^\n]*\s*)*$/)[1], /(?:^|,)\s*(?:\w+ as )?(\w+)/g);
  assert.ok(bound.length > 0);
  assert.deepEqual(written, bound, "classes in Rust");
  assert.deepEqual(exported, bound, "classes in entry.mjs");
  assert.deepEqual(migrated, bound, "classes in [[migrations]]; each keeps its data in SQLite");
  // A class in a member crate vanishes from the build, silently, unless the root names it.
  for (const name of bound) assert.ok(built.includes(name), `${name} is not in build/index.js`);
});

test("every binding has one name, in wrangler.toml and in crates/platform/src/bindings.rs", () => {
  const bindings = [
    ...config.durable_objects.bindings.map(({ name }) => name),
    ...[config.d1_databases, config.kv_namespaces, config.r2_buckets, config.queues.producers].flat().map(({ binding }) => binding),
    config.assets.binding,
    config.version_metadata.binding,
    // Whoever wants it adds it (docs/OPERATIONS.md): wrangler asks for an account even to run it locally.
    "AI",
  ];
  const named = found(read("crates/platform/src/bindings.rs"), /pub const \w+: &str = "(\w+)";/g);
  assert.deepEqual(named, bindings.sort());
});

test("every queue is produced and consumed with explicit settings, and so are its dead letters", () => {
  const EXPLICIT = ["max_batch_size", "max_batch_timeout", "max_concurrency", "max_retries", "queue", "retry_delay"];
  for (const [name, { queues }] of Object.entries(environments)) {
    const consumers = new Map(queues.consumers.map((consumer) => [consumer.queue, consumer]));
    assert.equal(consumers.size, queues.consumers.length, "a queue has one consumer");
    for (const { binding, queue } of queues.producers) {
      assert.equal(queue, `${name}-${binding.replace("QUEUE_", "").toLowerCase().replaceAll("_", "-")}`);
      const { dead_letter_queue: dead, ...rest } = consumers.get(queue);
      assert.deepEqual(Object.keys(rest).sort(), EXPLICIT, queue);
      assert.equal(dead, `${queue}-dead`);
      assert.deepEqual(Object.keys(consumers.get(dead)).sort(), EXPLICIT, dead);
    }
    assert.equal(consumers.size, queues.producers.length * 2, "nothing is consumed that nobody sends");
  }
});

test("the runtime is the one the design counts on", () => {
  assert.ok(config.compatibility_date >= "2026-10-01", "pending work must keep an object alive");
  assert.deepEqual(config.compatibility_flags, ["global_fetch_strictly_public"]);
  assert.deepEqual(config.triggers.crons, ["* * * * *"], "scripts/start.mjs rings this one locally");
  assert.equal(config.observability.enabled && config.observability.logs.enabled && config.upload_source_maps, true);
  assert.equal(config.assets.not_found_handling, "single-page-application");
});

test("every setting that the Worker reads is listed, and what is generated from the list is current", () => {
  const readByWorker = found(read("crates/domain/src/config.rs").split("#[cfg(test)]\nmod tests {")[0], /\b(?:text|secret|number|rate)\("([A-Z_]+)"/g);
  // The version is a binding of wrangler.toml's, read like a setting.
  const listed = [...workerSettings.map(({ name }) => name), config.version_metadata.binding];
  assert.ok(readByWorker.length > 0);
  for (const name of readByWorker) assert.ok(listed.includes(name), `${name} is not in scripts/settings.json`);
  assert.equal(read("docs/CONFIGURATION.md"), configurationReference(), "run npm run gen");
  assert.equal(read(".dev.vars.example"), devVarsExample(), "run npm run gen");
});

test("the tools are those of Cargo.lock, and the lock files carry no trace of a machine", () => {
  const tools = read("scripts/setup/rust.mjs");
  const locked = (crate) => new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`).exec(read("Cargo.lock"))[1];
  assert.equal(/WORKER_BUILD = "([^"]+)"/.exec(tools)[1], locked("worker"));
  assert.equal(/WASM_BINDGEN = "([^"]+)"/.exec(tools)[1], locked("wasm-bindgen"));
  for (const dir of [".", "web", "tests"]) {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read(dir, "package.json"));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      assert.match(version, /^(npm:.+@)?\d+\.\d+\.\d+/, `${dir}: ${name} is not pinned`);
    }
    assert.doesNotMatch(read(dir, "package-lock.json"), /"resolved"|file:\/|\/root\/|\/home\//, dir);
  }
});
