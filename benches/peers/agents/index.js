// The peer `agents`: the quick start of @cloudflare/ai-chat's README, with an OpenAI-compatible provider.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { AIChatAgent } from "@cloudflare/ai-chat";
import { routeAgentRequest } from "agents";
import { convertToModelMessages, streamText } from "ai";

export class ChatAgent extends AIChatAgent {
  async onChatMessage() {
    const provider = createOpenAICompatible({ name: "bench", baseURL: this.env.OPENAI_BASE_URL, apiKey: "bench" });
    const result = streamText({ model: provider("bench"), messages: await convertToModelMessages(this.messages) });
    return result.toUIMessageStreamResponse();
  }
}

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/health") return new Response("ok");
    return (await routeAgentRequest(request, env)) ?? new Response("not found", { status: 404 });
  },
};
