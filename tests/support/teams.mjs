// People with passwords, and the organizations that they are in.
import assert from "node:assert/strict";
import { Api } from "./api.mjs";

const PASSWORD = "correct horse battery";

/** Somebody new at `base`, `name`@example.org. */
export async function signUp(base, name) {
  const api = new Api(base);
  const answer = await api.call("POST", "/api/auth/signup", { json: { email: `${name}@example.org`, password: PASSWORD } });
  assert.equal(answer.status, 201, answer.text);
  const cookie = answer.headers.getSetCookie().map((one) => one.split(";", 1)[0]).join("; ");
  return Object.assign(api, { token: answer.body.accessToken, user: answer.body.user, cookie });
}

/** A new organization of `owner` with a project. */
export async function team(owner, name) {
  const { id } = await owner.expect(201, "POST", "/api/organizations", { json: { name } });
  const { id: projectId } = await owner.expect(201, "POST", `/api/organizations/${id}/projects`, { json: { name } });
  return { id, projectId };
}

export async function join(owner, organization, member, role) {
  await owner.expect(201, "POST", `/api/organizations/${organization}/invitations`, { json: { email: member.user.email, role } });
  const { letters } = await owner.expect(200, "GET", "/api/dev/mailbox");
  const { text } = letters.find((letter) => letter.to === member.user.email && letter.text.includes("/invitation?code="));
  await member.expect(200, "POST", "/api/invitations/accept", { json: { code: /\/invitation\?code=([\w-]+)/.exec(text)[1] } });
}
