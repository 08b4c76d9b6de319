// The oracle: numbered tokens, so that loss, repetition and reordering of text are arithmetic.
import { createHash } from "node:crypto";

const FILLER = ["wind", "straße", "naïve", "日本", "текст", "🙂", "👩‍🚀", "a\u0301", "\"q\"", "line\nbreak", "\\", "𝒳", "—"];

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function random(seed) {
  let state = typeof seed === "number" ? seed >>> 0 : createHash("sha256").update(String(seed)).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Token `k` of turn `turn`: its name, then filler that depends on nothing else; `pad` makes it that much longer. */
export function token(turn, k, pad = 0) {
  const next = random(`${turn}:${k}`);
  const words = Array.from({ length: 1 + Math.floor(next() * 3) }, () => FILLER[Math.floor(next() * FILLER.length)]);
  return `⟦${turn}:${k}⟧${words.join(" ")}${"x".repeat(pad)} `;
}

/** The whole answer of `count` tokens. */
export const answer = (turn, count, pad = 0) => Array.from({ length: count }, (_, k) => token(turn, k, pad)).join("");

/** What is wrong with a transcript of `turn`; `[]` when its tokens are 0, 1, 2 … and all are this turn's. */
export function faultsOf(text, turn) {
  const faults = [];
  let next = 0;
  for (const [, of, k] of text.matchAll(/⟦([^:⟧]+):(\d+)⟧/g)) {
    if (of !== turn) faults.push(`token of turn ${of} in turn ${turn}`);
    if (Number(k) !== next) faults.push(`token ${k} of turn ${turn} where ${next} was due`);
    next = Number(k) + 1;
  }
  return faults;
}

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");
