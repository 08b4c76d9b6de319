// The artifacts of a conversation as the page knows them, and the calls about them.
import { addressOf, request } from "../api/client";
import type { Artifact, ArtifactKind } from "../api/schema";

const EXTENSIONS: Record<ArtifactKind, string> = { text: "txt", markdown: "md", code: "txt", html: "html", svg: "svg" };

/** The name under which one is saved: its title, as far as file systems take it. */
export function fileNameOf({ title, kind }: Pick<Artifact, "title" | "kind">, extension = EXTENSIONS[kind]): string {
  const name = title.replace(/[\u0000-\u001f\\/:*?"<>|]+/g, " ").replace(/\s+/g, " ").replace(/^[. ]+/, "").trimEnd();
  return `${name.slice(0, 80) || "artifact"}.${extension}`;
}

/** The text of a version. */
export async function contentOf(id: string, version: number, signal: AbortSignal): Promise<string> {
  const response = await request("GET", addressOf("GET /api/artifacts/{id}/content", { id }, { version }), { signal });
  return response.text();
}

/** The artifact that a call of a tool has made or changed. */
export function artifactOfCall(toolName: string, output: unknown): string | null {
  if (toolName !== "artifact_create" && toolName !== "artifact_update") return null;
  const { artifactId } = (typeof output === "object" && output !== null ? output : {}) as { artifactId?: unknown };
  return typeof artifactId === "string" ? artifactId : null;
}
