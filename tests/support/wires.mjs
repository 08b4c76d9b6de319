// The formats that the fake model's server speaks: how each asks, and how each answers.

// What Anthropic and Gemini are told, who answer only to a message of the user's.
const GO_ON = "Your answer was cut off";

const textOf = (content) => (Array.isArray(content) ? content.map((part) => part.text ?? "").join("") : String(content ?? ""));

/** The question, and the half of an answer behind it, of messages as `{role, text}`. */
function asked(messages) {
  const told = messages.at(-1)?.text.startsWith(GO_ON) && messages.at(-2)?.role === "assistant";
  const said = told ? messages.slice(0, -1) : messages;
  const last = said.at(-1);
  return { question: said.findLast(({ role }) => role === "user")?.text ?? "", partial: last?.role === "assistant" ? last.text : "" };
}

const json = (value) => JSON.stringify(value);

const chat = {
  /** Whether the request already has what the calls of its last question gave. */
  hasResults: ({ messages }) => messages.slice(messages.findLastIndex(({ role }) => role === "user")).some(({ role }) => role === "tool"),
  ask: ({ messages }) => asked(messages.map(({ role, content }) => ({ role, text: textOf(content) }))),
  error: (message) => json({ error: { message, type: "server_error", param: null, code: null } }),
  stream({ model, stream_options }) {
    const counted = (tokens) => {
      const usage = { prompt_tokens: 7, completion_tokens: tokens, total_tokens: 7 + tokens };
      return json({ id: "c1", object: "chat.completion.chunk", created: 1, model, choices: [], usage });
    };
    const chunk = (delta, finish_reason = null) => json({ id: "c1", object: "chat.completion.chunk", created: 1, model, choices: [{ index: 0, delta, finish_reason }] });
    return {
      begin: () => [chunk({ role: "assistant", content: "" })],
      think: (text) => chunk({ reasoning_content: text }),
      say: (text) => chunk({ content: text }),
      call: (calls) => [
        chunk({ tool_calls: calls.map(({ name, input }, index) => ({ index, id: `c${index}`, type: "function", function: { name, arguments: json(input) } })) }),
        chunk({}, "tool_calls"),
        "[DONE]",
      ],
      count: counted,
      end: (tokens) => [chunk({}, "stop"), ...(stream_options?.include_usage ? [counted(tokens)] : []), "[DONE]"],
    };
  },
};

const responses = {
  ask: ({ input }) => asked(input.map(({ role, content }) => ({ role, text: textOf(content) }))),
  error: (message) => json({ type: "error", code: "server_error", message, param: null }),
  stream: () => ({
    begin: () => [json({ type: "response.created", response: { id: "r1", status: "in_progress" } })],
    think: (delta) => json({ type: "response.reasoning_summary_text.delta", item_id: "rs_1", output_index: 0, summary_index: 0, delta }),
    say: (delta) => json({ type: "response.output_text.delta", item_id: "msg_1", output_index: 1, content_index: 0, delta }),
    end: (tokens) => [json({ type: "response.completed", response: { id: "r1", status: "completed", usage: { input_tokens: 7, output_tokens: tokens } } })],
  }),
};

const anthropic = {
  ask: ({ messages }) => asked(messages.map(({ role, content }) => ({ role, text: textOf(content) }))),
  error: (message) => json({ type: "error", error: { type: "overloaded_error", message } }),
  stream: ({ model }) => ({
    /** Output tokens that its first event tells of. */
    toldAtFirst: 1,
    begin: () => [json({ type: "message_start", message: { id: "m1", type: "message", role: "assistant", model, content: [], usage: { input_tokens: 7, output_tokens: 1 } } }), json({ type: "ping" })],
    think: (thinking) => json({ type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking } }),
    say: (text) => json({ type: "content_block_delta", index: 1, delta: { type: "text_delta", text } }),
    count: (tokens) => json({ type: "message_delta", delta: {}, usage: { output_tokens: tokens } }),
    end: (tokens) => [json({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: tokens } }), json({ type: "message_stop" })],
  }),
};

const gemini = {
  ask: ({ contents }) => asked(contents.map(({ role, parts }) => ({ role: role === "model" ? "assistant" : role, text: textOf(parts) }))),
  error: (message) => json({ error: { code: 503, message, status: "UNAVAILABLE" } }),
  stream() {
    const part = (part) => json({ candidates: [{ index: 0, content: { role: "model", parts: [part] } }] });
    return {
      begin: () => [],
      think: (text) => part({ text, thought: true }),
      say: (text) => part({ text }),
      count: (tokens) => json({ usageMetadata: { promptTokenCount: 7, candidatesTokenCount: tokens } }),
      end: (tokens) => [json({ candidates: [{ index: 0, finishReason: "STOP", content: { role: "model", parts: [{ text: "" }] } }], usageMetadata: { promptTokenCount: 7, candidatesTokenCount: tokens } })],
    };
  },
};

/** The format that is spoken at `url`, with its name. */
export function wireOf(url) {
  if (url.endsWith("/messages")) return { name: "anthropic", ...anthropic };
  if (url.endsWith("/responses")) return { name: "responses", ...responses };
  if (url.includes(":streamGenerateContent")) return { name: "gemini", ...gemini };
  return { name: "chat", ...chat };
}
