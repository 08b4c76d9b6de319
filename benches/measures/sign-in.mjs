// What the time of a refused sign-in tells: of an address that has an account, and of one that has none.
import { Api } from "../../tests/support/api.mjs";
import { now } from "../support/clock.mjs";

const PASSWORD = "correct horse battery staple";

/** Milliseconds of each refusal, taken in turns: `{ known, unknown }`. */
export async function refusals({ url }, count) {
  const api = new Api(url);
  const email = (name) => `${name}@example.org`;
  await expected(api.call("POST", "/api/auth/signup", { json: { email: email("known"), password: PASSWORD } }), 201);
  const taken = { known: [], unknown: [] };
  for (let turn = -2; turn < count; turn++) {
    for (const who of Object.keys(taken)) {
      const from = now();
      await expected(api.call("POST", "/api/auth/login", { json: { email: email(who), password: "not the password at all" } }), 401);
      // The first ones wake the objects.
      if (turn >= 0) taken[who].push(now() - from);
    }
  }
  return taken;
}

async function expected(answer, status) {
  const { status: got, text } = await answer;
  if (got !== status) throw new Error(`${status} was expected, and not ${got}: ${text}`);
}
