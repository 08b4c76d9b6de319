// Follows the artifacts that an answer writes: counts them, tells the pane, and opens a new one where there is room.
import { useEffect, useRef } from "react";
import type { Row } from "../chat/rows";
import { artifactOfCall } from "./data";
import { openArtifact, wrote } from "./open";

/** So wide a window has room for both. */
const ROOM = "(min-width: 1024px)";

/** How many calls on this branch have written artifacts. */
export function useArtifacts(rows: readonly Row[], conversationId: string | null, running: boolean): number {
  let count = 0;
  let newest: string | null = null;
  for (const { tools } of rows) {
    for (const { toolName, output } of tools) {
      const artifact = artifactOfCall(toolName, output);
      if (artifact) [count, newest] = [count + 1, artifact];
    }
  }
  const before = useRef({ conversationId, count, running });
  useEffect(() => {
    const grown = before.current.conversationId === conversationId && count > before.current.count;
    // The end of a short answer may come at once with what it wrote.
    const written = running || before.current.running;
    before.current = { conversationId, count, running };
    if (!grown || !written || newest === null || conversationId === null) return;
    wrote();
    if (matchMedia(ROOM).matches) openArtifact({ conversationId, artifactId: newest });
  }, [conversationId, count, newest, running]);
  return count;
}
