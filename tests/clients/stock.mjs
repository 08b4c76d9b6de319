// The stock chat of each AI SDK version, as `useChat` has it, without a page around it.
import { Chat as Chat7 } from "@ai-sdk/react";
import { DefaultChatTransport as Transport7 } from "ai";
import { AbstractChat as Chat6, DefaultChatTransport as Transport6 } from "ai6";
import { AbstractChat as Chat5, DefaultChatTransport as Transport5 } from "ai5";
import { until } from "../support/wait.mjs";

/** The state that React holds for `useChat`, held here. */
class State {
  status = "ready";
  error = undefined;
  constructor(messages = []) {
    this.messages = messages;
  }
  pushMessage = (message) => (this.messages = [...this.messages, message]);
  popMessage = () => (this.messages = this.messages.slice(0, -1));
  replaceMessage = (at, message) => (this.messages = this.messages.with(at, message));
  snapshot = (thing) => structuredClone(thing);
}

const stateful = (Abstract) =>
  class extends Abstract {
    constructor({ messages, ...init }) {
      super({ ...init, state: new State(messages) });
    }
  };

export const versions = {
  7: { Chat: Chat7, Transport: Transport7 },
  6: { Chat: stateful(Chat6), Transport: Transport6 },
  5: { Chat: stateful(Chat5), Transport: Transport5 },
};

export const textOf = (message) => (message?.parts ?? []).filter(({ type }) => type === "text").map(({ text }) => text).join("");

/** The last message of a chat, when it is an answer of at least so many characters. */
export const untilSaid = (chat, length, ms = 10_000) =>
  until(() => `the chat to show ${length} characters (status ${chat.status}, ${chat.error})`, () => {
    const last = chat.messages.at(-1);
    return last?.role === "assistant" && textOf(last).length >= length ? last : null;
  }, ms);

/** A stored message as the AI SDK keeps it, for a chat that is opened with its history. */
export const uiMessage = ({ id, role, content }) => ({ id, role, parts: content ? [{ type: "text", text: content }] : [] });
