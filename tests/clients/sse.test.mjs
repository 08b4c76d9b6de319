// The stock DefaultChatTransport of `ai` 7, 6 and 5 works unmodified over server-sent events, with any chat id.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOOTSTRAP_SECRET, offerTools } from "../support/administrator.mjs";
import { Rig } from "../support/rig.mjs";
import { answer } from "../support/script.mjs";
import { readSse } from "../support/sse.mjs";
import { calling } from "../support/upstream.mjs";
import { until, within } from "../support/wait.mjs";
import { textOf, untilSaid, versions } from "./stock.mjs";

const rig = await Rig.start("ai-sse", { BOOTSTRAP_SECRET, TOOLS_ASK_FIRST: "clock" });
await offerTools(rig);
const done = (promise) => within("the stock chat to finish", promise, 20_000);

for (const [version, { Chat, Transport }] of Object.entries(versions)) {
  const name = (what) => `sse${version}-${what}`;
  const body = version === "5" ? {} : { approvals: true };
  const chatOf = (api, init) => new Chat({ transport: new Transport({ api: `${api.base}/api/chat`, headers: { authorization: `Bearer ${api.token}` }, body }), onError: () => {}, ...init });

  test(`ai ${version}: send, history and regenerate, with the id that the chat made up`, async () => {
    const api = await rig.guest();
    const chat = chatOf(api);
    await done(chat.sendMessage({ text: `turn=${name("a")} tokens=20 delay=5` }));
    assert.equal(chat.error, undefined);
    assert.equal(chat.status, "ready");
    assert.equal(textOf(chat.messages[1]), answer(name("a"), 20));
    assert.deepEqual(chat.messages[1].metadata.usage, { inputTokens: 7, outputTokens: 20 });
    await done(chat.sendMessage({ text: `turn=${name("b")} tokens=3 delay=0` }));
    assert.equal(textOf(chat.messages[3]), answer(name("b"), 3));
    assert.deepEqual(rig.upstream.of(name("b"))[0].body.messages.map(({ role }) => role), ["user", "assistant", "user"]);
    await done(chat.regenerate());
    assert.equal(chat.error, undefined);
    assert.equal(textOf(chat.messages[3]), answer(name("b"), 3));
    assert.equal(chat.messages.length, 4);
    assert.deepEqual(rig.upstream.of(name("b"))[1].body.messages.map(({ role }) => role), ["user", "assistant", "user"]);
    const listed = async () => (await api.expect(200, "GET", "/api/chat/conversations")).conversations;
    await until("the chat to be in the catalogue", async () => (await listed()).length > 0, 5_000, 100);
    assert.equal((await listed()).length, 1, "one chat is one conversation");
  });

  test(`ai ${version}: what a tool was asked and said is a part of the answer, and a person is waited for`, async () => {
    const api = await rig.guest();
    const { id } = await api.create();
    const chat = chatOf(api, { id });
    const called = () => chat.messages.at(-1).parts.find(({ type }) => type === "dynamic-tool");
    const sum = { name: "calculator", input: { expression: "6 * 7" } };
    await done(chat.sendMessage({ text: `turn=${name("sum")} tokens=3 delay=0 ${calling(sum)}` }));
    assert.equal(chat.error, undefined);
    assert.deepEqual([called().toolName, called().state, called().input], ["calculator", "output-available", sum.input]);
    assert.match(JSON.stringify(called().output), /42/);
    assert.equal(textOf(chat.messages[1]), answer(name("sum"), 3));

    await done(chat.sendMessage({ text: `turn=${name("clock")} tokens=3 delay=0 ${calling({ name: "clock", input: {} })}` }));
    // Version 5 knows nothing of approvals: its page asks for itself.
    if (version === "5") return assert.equal(called().state, "input-available");
    assert.equal(called().state, "approval-requested");
    await chat.addToolApprovalResponse({ id: called().approval.id, approved: true });
    await done(chat.sendMessage());
    assert.deepEqual([chat.error, called().state], [undefined, "output-available"]);
    assert.equal(textOf(chat.messages.at(-1)), answer(name("clock"), 3));
    assert.equal(chat.messages.length, 4);
  });

  test(`ai ${version}: another guest's chat of the same id is another chat`, async () => {
    const [one, two] = [await rig.guest(), await rig.guest()];
    const id = `chat-${version}`;
    const [first, second] = [chatOf(one, { id }), chatOf(two, { id })];
    await done(first.sendMessage({ text: `turn=${name("one")} tokens=3 delay=0` }));
    await done(second.sendMessage({ text: `turn=${name("two")} tokens=3 delay=0` }));
    assert.equal(textOf(second.messages[1]), answer(name("two"), 3));
    assert.equal(rig.upstream.of(name("two"))[0].body.messages.length, 1);
  });

  test(`ai ${version}: a page that left resumes from the start; stop has its own address`, async () => {
    const api = await rig.guest();
    const { id } = await api.create();
    const chat = chatOf(api, { id });
    await done(chat.resumeStream());
    assert.deepEqual([chat.error, chat.messages.length], [undefined, 0], "nothing to resume is no error");
    const sending = chat.sendMessage({ text: `turn=${name("r")} tokens=80 delay=15` });
    await untilSaid(chat, 150);
    // For this transport `stop` is only leaving.
    await chat.stop();
    await done(sending);
    const question = chat.messages[0];
    const later = chatOf(api, { id, messages: [question] });
    await done(later.resumeStream());
    assert.equal(later.error, undefined);
    assert.equal(textOf(later.messages.at(-1)), answer(name("r"), 80));
    assert.equal(later.messages.length, 2);
    assert.equal(rig.upstream.of(name("r")).length, 1, "leaving cut the model off");
    assert.equal((await api.call("GET", `/api/chat/${id}/stream`)).status, 204);

    const stopping = later.sendMessage({ text: `turn=${name("s")} tokens=900 delay=10` });
    await until("the next answer to be shown", () => textOf(later.messages.at(-1)).includes(`⟦${name("s")}:5⟧`));
    assert.ok((await api.call("POST", `/api/chat/${id}/stop`)).status < 300);
    await done(stopping);
    await until("the model to be cut off", () => rig.upstream.of(name("s"))[0].abortedAt, 2_000);
    assert.equal((await api.messages(id)).at(-1).status, "stopped");
    assert.ok(answer(name("s"), 900).startsWith(textOf(later.messages.at(-1))));
  });

  test(`ai ${version}: a failed answer and a refused request are errors with a sentence`, async () => {
    const api = await rig.guest();
    const chat = chatOf(api);
    await done(chat.sendMessage({ text: `turn=${name("f")} tokens=3 fault=401` }));
    assert.equal(chat.status, "error");
    assert.doesNotMatch(chat.error.message, /sk-secret/);
    const stranger = chatOf(Object.assign(Object.create(api), { token: "nonsense" }));
    await done(stranger.sendMessage({ text: "hello" }));
    assert.equal(stranger.status, "error");
  });
}

test("the stream is what the protocol asks for, chunk by chunk", async () => {
  const api = await rig.guest();
  const message = { id: "m1", role: "user", parts: [{ type: "text", text: "turn=chunks tokens=5 delay=60" }] };
  const response = await api.raw("POST", "/api/chat", { json: { id: "raw", messages: [message], trigger: "submit-message" }, headers: { accept: "*/*" } });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  assert.equal(response.headers.get("x-vercel-ai-ui-message-stream"), "v1");
  assert.match(response.headers.get("cache-control") ?? "", /no-cache|no-store/);
  const events = await readSse("the chunks", response);
  assert.equal(events.at(-1).data, "[DONE]");
  const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data));
  const kinds = chunks.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
  assert.deepEqual(kinds, ["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"]);
  assert.ok(chunks.filter(({ type }) => type === "text-delta").length >= 3, "the words came in one piece");
  // The same message again: the same answer, replayed.
  const again = await readSse("the repeat", await api.raw("POST", "/api/chat", { json: { id: "raw", messages: [message], trigger: "submit-message" }, headers: { accept: "*/*" } }));
  assert.deepEqual(again.map(({ data }) => data), events.map(({ data }) => data));
});
