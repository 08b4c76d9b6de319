// What a person holds beside a password: an authenticator app, and a device that makes a passkey and signs with it.
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** What an authenticator app shows at `time`. */
export function totp(secret, time = Date.now()) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const number = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

const PRESENT_AND_VERIFIED = 0x05;
const WITH_CREDENTIAL = 0x40;
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const length = (bytes) => Buffer.from([bytes.length >> 8, bytes.length & 255]);

/** As crates/testkit/src/authenticator.rs: one passkey, by an Ed25519 key. */
export class Authenticator {
  id = randomBytes(16);

  constructor(origin) {
    this.origin = origin;
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    Object.assign(this, { privateKey, x: Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url") });
  }

  /** What `navigator.credentials.create` gives for these `publicKey` options. */
  create(options) {
    this.handle = options.user.id;
    const cose = Buffer.concat([Buffer.from([0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32]), this.x]);
    const data = this.#data(options.rp.id, WITH_CREDENTIAL, Buffer.alloc(16, 0xaa), length(this.id), this.id, cose);
    const attestation = Buffer.concat([Buffer.from("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59", "latin1"), length(data), data]);
    return this.#credential({ clientDataJSON: this.#clientData("webauthn.create", options), attestationObject: attestation });
  }

  /** What `navigator.credentials.get` gives. */
  get(options) {
    const data = this.#data(options.rpId, 0);
    const clientData = this.#clientData("webauthn.get", options);
    const signature = sign(null, Buffer.concat([data, sha256(clientData)]), this.privateKey);
    return this.#credential({ clientDataJSON: clientData, authenticatorData: data, signature, userHandle: Buffer.from(this.handle, "base64url") });
  }

  #data = (party, flags, ...behind) => Buffer.concat([sha256(party), Buffer.from([PRESENT_AND_VERIFIED | flags, 0, 0, 0, 0]), ...behind]);

  #clientData = (type, { challenge }) => Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false }));

  #credential(parts) {
    const id = this.id.toString("base64url");
    const response = Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, bytes.toString("base64url")]));
    return { id, rawId: id, type: "public-key", clientExtensionResults: {}, response };
  }
}
