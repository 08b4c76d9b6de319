// The audit: compares what was acknowledged, what is stored, what every client saw and what the model said.
import assert from "node:assert/strict";
import { answer, faultsOf, sha256 } from "./script.mjs";

const TERMINAL = ["completed", "stopped", "failed", "superseded"];

/** Every fault of one conversation as sentences; `[]` when all is well. */
export async function faultsOfConversation(api, id, { sent = [], tabs = [], whole = true }) {
  const faults = tabs.flatMap((tab) => tab.faults);
  const log = await api.log(id);
  log.forEach(({ seq }, at) => {
    if (seq !== at + 1) faults.push(`number ${seq} at place ${at + 1} of the log`);
  });
  const messages = await api.messages(id);
  const assembled = (events, messageId) =>
    events.filter(({ event }) => event.type === "message.delta" && event.messageId === messageId).map(({ event }) => event.text).join("");

  for (const { turn, tokens, pad, message, turnId } of sent) {
    const user = messages.filter(({ clientMessageId }) => clientMessageId === message.clientMessageId);
    if (user.length !== 1) faults.push(`${user.length} messages for the acknowledged ${message.clientMessageId}`);
    const ends = log.filter(({ event }) => event.type === "turn.ended" && event.turnId === turnId);
    if (ends.length !== 1) faults.push(`turn ${turn} ended ${ends.length} times`);
    const reply = messages.find(({ id: messageId }) => messageId === turnId);
    if (!reply) {
      faults.push(`the answer of turn ${turn} is not there`);
      continue;
    }
    if (!TERMINAL.includes(reply.status)) faults.push(`turn ${turn} is ${reply.status}`);
    if (whole && reply.status !== "completed") faults.push(`turn ${turn} is ${reply.status}: ${reply.error}`);
    const script = answer(turn, tokens, pad);
    const expected = whole ? script : script.slice(0, reply.content.length);
    faults.push(...faultsOf(reply.content, turn));
    for (const [who, text] of [["the message", reply.content], ["the log", assembled(log, turnId)], ...tabs.map((tab) => [tab.name, tab.text(turnId)])]) {
      if (sha256(text) !== sha256(expected)) faults.push(`${who} has ${text.length} characters of turn ${turn} that differ from the model's ${expected.length}`);
    }
  }
  for (const tab of tabs) {
    if (tab.last !== log.length) faults.push(`${tab.name} is at ${tab.last}, the log at ${log.length}`);
    for (const { seq, event } of tab.seen) {
      const stored = log[seq - 1];
      if (JSON.stringify(stored?.event) !== JSON.stringify(event)) faults.push(`${tab.name} was shown event ${seq} ${JSON.stringify(event)} but stored is ${JSON.stringify(stored?.event)}`);
    }
  }
  return faults;
}

export async function assertSound(api, id, expected) {
  assert.deepEqual(await faultsOfConversation(api, id, expected), []);
}
