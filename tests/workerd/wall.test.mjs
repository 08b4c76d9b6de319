// The wall on the real runtime: thousands of forms of closed addresses, and a listener on loopback that nobody reaches.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { closedForms, parsed, parts, spellingsOfV4 } from "../support/addresses.mjs";
import { assertProblem } from "../support/api.mjs";
import { bomb, deflated, endless, gzipped, page, startCanary, startResolver, startWeb, to } from "../support/places.mjs";
import { Rig } from "../support/rig.mjs";
import { each, sleep, until } from "../support/wait.mjs";

const PUBLIC = "93.184.216.34";
const DEADLINE_MS = 10_000;
const REDIRECTS = [301, 302, 303, 307, 308];

const zone = {
  "public.wall-of-edgewise.org": [["A", PUBLIC]],
  "loopback.wall-of-edgewise.org": [["A", "127.0.0.1"]],
  "loopback6.wall-of-edgewise.org": [["AAAA", "::1"]],
  "metadata.wall-of-edgewise.org": [["A", "169.254.169.254"]],
  "mapped.wall-of-edgewise.org": [["A", PUBLIC], ["AAAA", "::ffff:127.0.0.1"]],
  "mixed.wall-of-edgewise.org": [["A", PUBLIC], ["A", "10.0.0.1"]],
  "mixed6.wall-of-edgewise.org": [["A", PUBLIC], ["AAAA", "2606:2800:220:1::1"], ["AAAA", "fd00::1"]],
  "alias.wall-of-edgewise.org": [["CNAME", "inner.wall-of-edgewise.org."], ["A", "192.168.0.1", "inner.wall-of-edgewise.org."]],
  "chain.wall-of-edgewise.org": [["CNAME", "b.wall-of-edgewise.org"], ["CNAME", "c.wall-of-edgewise.org", "b.wall-of-edgewise.org"], ["A", "127.0.0.1", "c.wall-of-edgewise.org"]],
  "inward.wall-of-edgewise.org": [["CNAME", "db.internal"], ["A", PUBLIC, "db.internal"]],
  "empty.wall-of-edgewise.org": [],
  "foreign.wall-of-edgewise.org": [["A", PUBLIC, "other.wall-of-edgewise.org"]],
  "spelled.wall-of-edgewise.org": [["A", "0x7f000001"]],
  "broken.wall-of-edgewise.org": (response) => response.end("no JSON"),
  "failing.wall-of-edgewise.org": (response) => response.writeHead(500).end('{"Status":0}'),
  "huge.wall-of-edgewise.org": (response) => response.end(`{"Status":0,"x":"${"x".repeat(100_000)}"}`),
  "moved.wall-of-edgewise.org": (response) => response.writeHead(302, { location: "/dns-query?name=public.wall-of-edgewise.org&type=1" }).end(),
  "silent.wall-of-edgewise.org": () => {},
};
const bytes = (...values) => Buffer.from(values);
const pages = {
  "/to": to,
  "/loop": (_, response) => response.writeHead(302, { location: "/loop" }).end(),
  "/story": page("text/html; charset=utf-8", "<title>Story</title><nav>menu</nav><script>x</script><h1>Once</h1><p>upon a <a href='/t'>time</a> &amp; more"),
  "/plain": page("text/plain", "as\n  it is"),
  "/markdown": page("text/markdown; charset=utf-8", "# h\n\n- ü"),
  "/json": page("application/json", '{"a":1}'),
  "/empty": page("text/html", ""),
  "/nothing": (_, response) => response.writeHead(204).end(),
  "/png": page("image/png", "x"),
  "/untyped": page(null, "x"),
  "/gone": (_, response) => response.writeHead(410, { "content-type": "text/html" }).end("<p>gone"),
  "/cp1252": page("text/html; charset=windows-1252", bytes(0x93, 0x61, 0x94, 0x80)),
  "/sjis": page("text/html", Buffer.concat([Buffer.from("<meta charset=shift_jis><p>"), bytes(0x93, 0xfa, 0x96, 0x7b)])),
  "/utf16": page("text/plain", bytes(0xff, 0xfe, 0x61, 0, 0x3d, 0xd8, 0, 0xde)),
  "/unknown": page("text/plain; charset=klingon", "ä"),
  "/malformed": page("text/plain; charset=utf-8", bytes(0x61, 0xff, 0x62)),
  "/gzip": page("text/plain", gzipped("packed"), { "content-encoding": "gzip" }),
  "/bomb": page("text/plain", bomb(300 * 1024 * 1024), { "content-encoding": "gzip" }),
  "/twice": page("text/plain", gzipped(gzipped("x")), { "content-encoding": "gzip, gzip" }),
  "/deflate": page("text/plain", deflated("x"), { "content-encoding": "deflate" }),
  "/notgzip": page("text/plain", "plain", { "content-encoding": "gzip" }),
  "/endless": endless("line\n".repeat(20_000), 1),
  "/drip": endless("x", 300),
  "/silent": () => {},
  "/cut": (_, response) => response.writeHead(200, { "content-type": "text/plain", "content-length": "100" }).write("x", () => response.destroy()),
  "/deep": page("text/html", "<div><ul><li>".repeat(100_000)),
};

const canary = await startCanary();
const resolver = await startResolver(zone);
const web = await startWeb(pages);
const entry = join(import.meta.dirname, "../support/url-entry.mjs");
const vars = { OUTBOUND_PORTS: String(canary.port), RESOLVER_URL: resolver.url, OUTBOUND_ALLOW_HOSTS: `127.0.0.1:${web.port}`, LOG_LEVEL: "info" };
const rig = await Rig.start("wall", vars, () => entry);
// Its own host is closed to it: by this name the addresses of loopback are not its own.
rig.base = rig.base.replace("127.0.0.1", "localhost");
const guest = await rig.guest();

const read = (url, api = guest) => api.call("POST", "/api/web/read", { json: { url } });

/** Why the wall closed, by the request's id; the log follows the answer. */
async function reasons(answers) {
  const ids = new Set(answers.map(({ headers }) => headers.get("x-request-id")));
  const found = () => new Map([...rig.server.log().matchAll(/\{"type":"response".*\}/g)].map(([line]) => JSON.parse(line)).filter(({ requestId }) => ids.has(requestId)).map(({ requestId, cause }) => [requestId, cause]));
  const all = await until("the log to tell of every answer", () => (found().size === ids.size ? found() : null), 20_000);
  return answers.map(({ headers }) => all.get(headers.get("x-request-id")));
}

/** All answers without what differs by request. */
const shapes = (answers) => new Set(answers.map(({ status, body }) => JSON.stringify([status, { ...body, requestId: "" }])));

const UNREACHED = /cannot be reached|took too long/;

test("no form of a closed address is ever connected to, and all get one answer", async (t) => {
  const forms = closedForms([canary.port, 443]);
  assert.ok(forms.length >= 3_000, `${forms.length}`);
  const before = canary.accepted;
  const answers = await each(forms, 16, (url) => read(url));
  const whys = await reasons(answers);
  for (const [n, why] of whys.entries()) {
    assertProblem(answers[n], 422, forms[n]);
    // A name that is public on paper is told by the resolver to be none; nothing else may get as far as a connection.
    if (UNREACHED.test(why)) assert.match(forms[n], /public\.wall-of-edgewise\.org/, `${forms[n]} was let through: ${why}`);
  }
  assert.equal(canary.accepted, before);
  assert.equal(shapes(answers.filter(({ body }) => body.detail.startsWith("This address"))).size, 1);
  assert.ok(answers.filter(({ body }) => !body.detail.startsWith("This address")).length < 5, "others say what is wrong with the field");
  const counts = Object.entries(Object.groupBy(whys, (why) => why)).map(([why, list]) => `${list.length} × ${why}`);
  t.diagnostic(`${forms.length} forms, 0 connections: ${counts.join("; ")}`);
});

test("no redirect leads to one, however many hops and of whichever kind", async (t) => {
  const targets = [...spellingsOfV4("127.0.0.1"), "[::1]", "[::ffff:7f00:1]", "localhost", "loopback.wall-of-edgewise.org", "a@127.0.0.1"].map((host) => `http://${host}:${canary.port}/`);
  targets.push("http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "data:text/plain,x", `//127.1:${canary.port}/`, `\\\\127.1:${canary.port}`, `https:127.0.0.1:${canary.port}`);
  const forms = targets.flatMap((url) => REDIRECTS.flatMap((status) => [0, 1, 4, 5].map((hops) => `${web.base}/to?${new URLSearchParams({ status, hops, url })}`)));
  const before = canary.accepted;
  const answers = await each(forms, 16, (url) => read(url));
  const whys = await reasons(answers);
  whys.forEach((why, n) => assert.doesNotMatch(why, UNREACHED, forms[n]));
  assert.equal(canary.accepted, before);
  assert.equal(shapes(answers).size, 1);
  assert.ok(whys.some((why) => why.includes("redirects more than 5 times")));
  t.diagnostic(`${forms.length} redirects, 0 connections`);
});

test("no name that has one closed address is visited, and without an answer none is", async () => {
  const expected = {
    loopback: "not public", loopback6: "not public", metadata: "not public", mapped: "not public", mixed: "not public", mixed6: "not public", alias: "not public",
    chain: "not public", inward: "not public", empty: "no address", foreign: "not in a way", spelled: "not in a way", broken: "not in a way",
    failing: "did not answer", huge: "did not answer", moved: "did not answer", silent: "did not answer", missing: "not in a way",
  };
  const names = Object.keys(expected);
  const answers = await each(names, 8, (name) => read(`http://${name}.wall-of-edgewise.org:${canary.port}/`));
  const whys = await reasons(answers);
  names.forEach((name, n) => assert.ok(whys[n].includes(expected[name]), `${name}: ${whys[n]}`));
  assert.equal(shapes(answers).size, 1);
  // The control: a name whose addresses are all public is let through, and is only then not reached.
  const open = await read("http://public.wall-of-edgewise.org/");
  assert.match((await reasons([open]))[0], UNREACHED);
  assert.deepEqual(shapes([open]), shapes(answers));
  assert.ok(resolver.asked.every(({ accept }) => accept === "application/dns-json"));
  assert.deepEqual(new Set(resolver.asked.filter(({ name }) => name.startsWith("public")).map(({ type }) => type)), new Set([1, 28]));
});

test("the listener does count: what the wall lets through reaches it", async () => {
  const allowed = [`127.0.0.1:${canary.port}`, ...(canary.hasIpv6 ? [`[::1]:${canary.port}`] : [])];
  const open = await Rig.start("wall-open", { ...vars, OUTBOUND_ALLOW_HOSTS: allowed.join(",") });
  open.base = open.base.replace("127.0.0.1", "localhost");
  const api = await open.guest();
  const forms = spellingsOfV4("127.0.0.1").slice(0, 20).map((host) => `http://${host}:${canary.port}/`).filter((url) => parts(url, null)?.[3] === "127.0.0.1");
  assert.ok(forms.length > 15);
  if (canary.hasIpv6) forms.push(`http://[0:0:0:0:0:0:0:1]:${canary.port}/`);
  for (const url of forms) {
    const before = canary.accepted;
    const answer = await read(url, api);
    assert.deepEqual([answer.status, answer.body.text], [200, "inside"], url);
    assert.equal(canary.accepted, before + 1, url);
  }
  // The exemption is for these alone.
  const before = canary.accepted;
  for (const host of ["127.0.0.2", "localhost", "0.0.0.0", "[::ffff:7f00:1]"]) assertProblem(await read(`http://${host}:${canary.port}/`, api), 422, host);
  assert.equal(canary.accepted, before);
});

test("the parser that judges is the parser of the native tests", async () => {
  const cases = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/addresses.json"), "utf8"));
  assert.deepEqual(cases.map(([url, base]) => JSON.stringify([url, base])), [...new Set(parsed().map((one) => JSON.stringify(one)))], "the list is that of tests/support/addresses.mjs");
  const found = await (await fetch(`${rig.base}/api/parse`, { method: "POST", body: JSON.stringify(cases) })).json();
  cases.forEach(([url, base, expected], n) => assert.deepEqual(found[n], expected, `${url} ${base}`));
});

test("pages are read in their types, charsets and encodings", async () => {
  const expected = {
    "/story": "# Once\n\nupon a [time](BASE/t) & more", "/plain": "as\n  it is", "/markdown": "# h\n\n- ü", "/json": '{"a":1}', "/empty": "", "/cp1252": "“a”€", "/sjis": "日本",
    "/utf16": "a😀", "/unknown": "ä", "/malformed": "a\ufffdb", "/gzip": "packed",
  };
  for (const [path, text] of Object.entries(expected)) {
    const { status, body } = await read(web.base + path);
    assert.equal(status, 200, path);
    assert.deepEqual(body, { url: web.base + path, title: path === "/story" ? "Story" : null, text: text.replace("BASE", web.base), truncated: false, fetchedAt: body.fetchedAt }, path);
  }
  const moved = await read(`${web.base}/to?status=302&hops=4&url=/story`);
  assert.deepEqual([moved.status, moved.body.url], [200, `${web.base}/story`]);
  for (const [path, status] of [["/png", 415], ["/untyped", 415], ["/nothing", 415], ["/gone", 422], ["/missing", 422]]) assertProblem(await read(web.base + path), status, path);
});

test("nothing of ours goes out, and nothing that a page sets comes back", async () => {
  const from = web.seen.length;
  await read(`${web.base}/to?status=302&hops=2&url=/story`);
  const requests = web.seen.slice(from);
  assert.equal(requests.length, 4);
  for (const { method, headers } of requests) {
    assert.equal(method, "GET");
    assert.match(headers["user-agent"], /^EdgewiseBot\/\d+\.\d+\.\d+$/);
    for (const name of ["cookie", "authorization", "referer", "origin", "x-api-key", "x-forwarded-for"]) assert.equal(headers[name], undefined, name);
  }
});

test("what is endless, huge, slow, looping or broken ends, and holds nothing", async () => {
  const timed = async (path) => {
    const since = Date.now();
    const answer = await read(web.base + path);
    return { ...answer, path, ms: Date.now() - since };
  };
  for (const path of ["/bomb", "/endless", "/deep"]) {
    const { status, body, ms } = await timed(path);
    assert.equal(status, 200, path);
    assert.ok(Buffer.byteLength(body.text) <= 100 * 1024, path);
    assert.equal(body.truncated, path !== "/deep", path);
    assert.ok(ms < DEADLINE_MS, `${path} took ${ms} ms`);
  }
  const late = await Promise.all(["/drip", "/silent"].map(timed));
  for (const { path, ms } of late) assert.ok(ms >= DEADLINE_MS - 500 && ms < DEADLINE_MS + 5_000, `${path} took ${ms} ms`);
  const refused = [...late];
  for (const path of ["/loop", "/twice", "/deflate", "/notgzip", "/cut"]) refused.push(await timed(path));
  refused.push(await read("http://127.0.0.1:1/"));
  for (const answer of refused) assertProblem(answer, 422, answer.path);
  assert.equal(shapes(refused).size, 1);
  await until("every connection to be closed", () => web.open === 0, 5_000);
  await sleep(100);
  assert.doesNotMatch(rig.server.log(), /panicked|Critical error|RuntimeError|[Uu]ncaught|unhandled/, "the server's log tells of a crash");
});
