// The official Stripe client on both sides: what it signs is taken here, and what we ask its server is what it would have asked.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import Stripe from "stripe";
import { Api } from "../support/api.mjs";
import { Rig } from "../support/rig.mjs";

const SECRETS = ["whsec_first", "whsec_second"];
const KEY = "sk_test_loopback";
const PASSWORD = "correct horse battery";

/** Stripe, as far as we speak with it: records each request, and answers as the API does. */
async function startStripe() {
  const requests = [];
  const answers = new Map();
  const server = createServer(async (request, response) => {
    const received = [];
    for await (const piece of request) received.push(piece);
    const form = new URLSearchParams(Buffer.concat(received).toString());
    const key = request.headers["idempotency-key"];
    requests.push({ method: request.method, path: request.url, headers: request.headers, form: Object.fromEntries(form) });
    const make = {
      "/v1/checkout/sessions": () => ({ id: `cs_test_${requests.length}`, object: "checkout.session", mode: form.get("mode"), url: `https://checkout.stripe.test/${requests.length}` }),
      "/v1/billing_portal/sessions": () => ({ id: `bps_${requests.length}`, object: "billing_portal.session", customer: form.get("customer"), url: `https://billing.stripe.test/${requests.length}` }),
      "/v1/billing/meter_events": () => ({ object: "billing.meter_event", event_name: form.get("event_name"), identifier: form.get("identifier"), livemode: false, payload: { stripe_customer_id: form.get("payload[stripe_customer_id]"), value: form.get("payload[value]") } }),
    }[request.url];
    const answer = (request.headers.authorization === `Bearer ${KEY}` && make && (answers.get(key) ?? make())) || null;
    if (key && answer) answers.set(key, answer);
    response.writeHead(answer ? 200 : 401, { "content-type": "application/json", "request-id": `req_${requests.length}` });
    response.end(JSON.stringify(answer ?? { error: { type: "invalid_request_error", message: "no" } }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}`, port: server.address().port, requests };
}

const fake = await startStripe();
const rig = await Rig.start("stripe", {
  STRIPE_SECRET_KEY: KEY, STRIPE_WEBHOOK_SECRET: SECRETS.join(","), STRIPE_BASE_URL: fake.url,
  STRIPE_PLANS: JSON.stringify({ price_pro: "pro" }),
});
const client = new Stripe(KEY, { host: "127.0.0.1", port: fake.port, protocol: "http", telemetry: false, maxNetworkRetries: 0 });

async function signUp(email) {
  const { accessToken, user } = await new Api(rig.base).expect(201, "POST", "/api/auth/signup", { json: { email, password: PASSWORD } });
  return Object.assign(new Api(rig.base), { token: accessToken, user });
}

/** Posts an event with the header that the client makes for it. */
function tell(event, { secret = SECRETS[0], timestamp, payload = JSON.stringify(event), header } = {}) {
  const signature = header ?? client.webhooks.generateTestHeaderString({ payload, secret, ...(timestamp ? { timestamp } : {}) });
  return new Api(rig.base).call("POST", "/api/stripe/webhook", { body: payload, headers: { "content-type": "application/json", "stripe-signature": signature } });
}

const now = () => Math.floor(Date.now() / 1000);
const event = (id, user, status, created) => ({
  id, object: "event", type: "customer.subscription.updated", created,
  data: { object: { id: `sub_${user.id}`, object: "subscription", customer: `cus_${user.id}`, status, created: 1, cancel_at_period_end: false, metadata: { user: user.id }, items: { object: "list", data: [{ id: "si_1", price: { id: "price_pro" }, current_period_end: now() + 86_400 }] } } },
});

test("what the client signs is taken, with either secret, and what it would refuse is refused", async () => {
  const ann = await signUp("ann@example.org");
  for (const [n, secret] of SECRETS.entries()) assert.equal((await tell(event(`evt_ok${n}`, ann.user, "active", n + 1), { secret })).status, 200);
  const payload = JSON.stringify(event("evt_two", ann.user, "active", 3));
  const [old, young] = SECRETS.map((secret) => client.webhooks.generateTestHeaderString({ payload, secret }));
  assert.equal((await tell(null, { payload, header: `${old.replace(/v1=.*/, "v1=00")},${young.split(",").slice(1).join(",")}` })).status, 200, "several signatures");
  const signed = client.webhooks.generateTestHeaderString({ payload, secret: SECRETS[0] });
  for (const [what, options] of Object.entries({
    "another secret": { secret: "whsec_other" },
    "too old": { timestamp: now() - 301 },
    "of the future": { timestamp: now() + 400 },
    "another body": { payload: payload.replace("active", "unpaid"), header: signed },
    "no signature": { header: "" },
  })) {
    const answer = await tell(JSON.parse(payload), options);
    assert.equal(answer.status, 400, what);
    // The client itself judges the same, but for the future, which it lets pass.
    if (what === "of the future") continue;
    const body = options.payload ?? payload;
    const header = options.header ?? client.webhooks.generateTestHeaderString({ payload: body, secret: SECRETS[0], ...options });
    assert.throws(() => client.webhooks.constructEvent(body, header, SECRETS[0]), what);
  }
});

test("a subscription follows its events in any order, and its plan the subscription", async () => {
  const bea = await signUp("bea@example.org");
  const states = [["evt_b1", "incomplete", 11], ["evt_b2", "active", 12], ["evt_b3", "past_due", 13]];
  for (const order of [[2, 0, 1], [1, 2, 0]]) for (const n of order) await tell(event(states[n][0], bea.user, states[n][1], states[n][2]));
  const shown = await bea.expect(200, "GET", "/api/subscription");
  assert.deepEqual([shown.plan, shown.status, shown.plans], ["pro", "past_due", ["pro"]]);
  await tell(event("evt_b4", bea.user, "canceled", 14));
  const left = await bea.expect(200, "GET", "/api/subscription");
  assert.deepEqual([left.plan, left.status], ["free", "canceled"]);
});

test("checkout and portal ask what the client would have asked, and it reads the answers", async () => {
  const cid = await signUp("cid@example.org");
  const ours = await cid.expect(200, "POST", "/api/subscription/checkout", { json: { plan: "pro" }, headers: { "idempotency-key": "press" } });
  const again = await cid.expect(200, "POST", "/api/subscription/checkout", { json: { plan: "pro" }, headers: { "idempotency-key": "press" } });
  assert.equal(ours.url, again.url, "pressed twice, one page");
  const asked = fake.requests.findLast(({ path }) => path === "/v1/checkout/sessions");
  const session = await client.checkout.sessions.create({
    mode: "subscription", line_items: [{ price: "price_pro", quantity: 1 }], success_url: asked.form.success_url, cancel_url: asked.form.cancel_url,
    metadata: { user: cid.user.id }, subscription_data: { metadata: { user: cid.user.id } }, customer_email: "cid@example.org",
  });
  const theirs = fake.requests.at(-1);
  assert.match(session.url, /^https:\/\/checkout\.stripe\.test\//);
  assert.deepEqual(asked.form, theirs.form, "field for field");
  assert.equal(asked.headers["stripe-version"], theirs.headers["stripe-version"]);
  assert.equal(asked.headers["content-type"], theirs.headers["content-type"]);

  await tell(event("evt_c1", cid.user, "active", 21));
  assert.match((await cid.expect(200, "POST", "/api/subscription/portal")).url, /^https:\/\/billing\.stripe\.test\//);
  const portal = fake.requests.at(-1);
  await client.billingPortal.sessions.create({ customer: `cus_${cid.user.id}`, return_url: portal.form.return_url });
  assert.deepEqual(portal.form, fake.requests.at(-1).form);
});
