// Passkeys, as the browser makes and uses them.
import { open } from "./client";
import type { Passkey, SignedIn } from "./schema";
import { call } from "./session";

export const passkeysWork = (): boolean => typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

const asJson = (credential: Credential | null): unknown => {
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException("", "NotAllowedError");
  return credential.toJSON();
};

/** Asks the authenticator, then the server. */
export async function signInWithPasskey(): Promise<SignedIn> {
  const { publicKey, attempt } = await open("POST /api/auth/passkey/options");
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey as unknown as PublicKeyCredentialRequestOptionsJSON);
  const credential = asJson(await navigator.credentials.get({ publicKey: options }));
  return open("POST /api/auth/passkey", { body: { attempt, credential } });
}

export async function makePasskey(name: string): Promise<Passkey> {
  const { publicKey, attempt } = await call("POST /api/users/me/passkeys/options");
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey as unknown as PublicKeyCredentialCreationOptionsJSON);
  const credential = asJson(await navigator.credentials.create({ publicKey: options }));
  return call("POST /api/users/me/passkeys", { body: { name, attempt, credential } });
}
