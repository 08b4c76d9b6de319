// The first administrator of a server that was started with this secret.
import { Api } from "./api.mjs";

export const BOOTSTRAP_SECRET = "the secret of the first administrator";

export async function administrator(rig) {
  const api = new Api(rig.base);
  const json = { email: "admin@example.org", password: "correct horse battery" };
  api.token = (await api.expect(201, "POST", "/api/auth/signup", { json })).accessToken;
  await api.expect(200, "POST", "/api/auth/bootstrap", { json: { secret: BOOTSTRAP_SECRET } });
  return api;
}

/** Says that the loopback model calls tools: of a model that is not listed nobody knows. */
export async function offerTools(rig) {
  const json = { title: "Test model", abilities: { tools: true }, routes: [{ provider: "openai", model: "test-model" }] };
  await (await administrator(rig)).expect(200, "PUT", "/api/admin/models/test-model", { json });
}
