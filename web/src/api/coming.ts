// Calls that the API's document does not have yet, by the contract that both sides are built to. What `npm run gen` brings is
// taken out here: a call that is in both does not compile.
import type { Conversation, Parameters } from "./schema";

/** A tool that models may call here. */
export interface ToolForMe {
  name: string;
  title: string;
  description: string;
  /** A person is asked before it runs. */
  asks: boolean;
  /** The deployment's choice, where a conversation makes none. */
  enabled: boolean;
}

/** What a temporary conversation and one with tools of its own tell beside the rest. */
export type ConversationToCome = Conversation & { temporary?: boolean; expiresAt?: string | null; tools?: Record<string, boolean> | null };

export type ArtifactKind = "text" | "markdown" | "code" | "html" | "svg";

export interface Artifact {
  id: string;
  conversationId?: string | null;
  messageId?: string | null;
  title: string;
  kind: ArtifactKind;
  language?: string | null;
  version: number;
  sizeBytes: number;
  createdAt: string;
  updatedAt: string;
}

export interface ArtifactVersion {
  version: number;
  sizeBytes: number;
  createdAt: string;
  author: "user" | "model";
}

export interface Hunk {
  fromLine: number;
  toLine: number;
  lines: { op: " " | "+" | "-"; text: string }[];
}

export interface SetPreset {
  name: string;
  systemPrompt?: string | null;
  model?: string | null;
  parameters?: Parameters;
}
export interface Preset extends SetPreset {
  id: string;
  createdAt: string;
  updatedAt: string;
}

export interface SetPrompt {
  title: string;
  /** What is typed after the slash. */
  command: string;
  text: string;
}
export interface Prompt extends SetPrompt {
  id: string;
  /** The names between `{{` and `}}` in the text. */
  variables: string[];
  createdAt: string;
  updatedAt: string;
}

declare module "./schema" {
  interface Operations {
    "GET /api/tools": { answer: { tools: ToolForMe[] } };
    "GET /api/artifacts": { query: { conversationId?: string; cursor?: string; limit?: number }; answer: { artifacts: Artifact[]; nextCursor: string | null } };
    "POST /api/artifacts": { body: { title: string; kind: ArtifactKind; language?: string; content: string; conversationId?: string }; answer: Artifact };
    "GET /api/artifacts/{id}": { path: { id: string }; answer: Artifact };
    "PATCH /api/artifacts/{id}": { path: { id: string }; body: { title?: string; language?: string }; answer: Artifact };
    "DELETE /api/artifacts/{id}": { path: { id: string }; answer: null };
    "PUT /api/artifacts/{id}/content": { path: { id: string }; body: { content: string; baseVersion: number }; answer: Artifact };
    "GET /api/artifacts/{id}/versions": { path: { id: string }; answer: { versions: ArtifactVersion[] } };
    "POST /api/artifacts/{id}/restore": { path: { id: string }; body: { version: number }; answer: Artifact };
    "GET /api/artifacts/{id}/diff": { path: { id: string }; query: { from: number; to: number }; answer: { from: number; to: number; hunks: Hunk[] } };
    "GET /api/presets": { answer: { presets: Preset[] } };
    "POST /api/presets": { body: SetPreset; answer: Preset };
    "PUT /api/presets/{id}": { path: { id: string }; body: SetPreset; answer: Preset };
    "DELETE /api/presets/{id}": { path: { id: string }; answer: null };
    "GET /api/prompts": { answer: { prompts: Prompt[] } };
    "POST /api/prompts": { body: SetPrompt; answer: Prompt };
    "PUT /api/prompts/{id}": { path: { id: string }; body: SetPrompt; answer: Prompt };
    "DELETE /api/prompts/{id}": { path: { id: string }; answer: null };
  }
}
