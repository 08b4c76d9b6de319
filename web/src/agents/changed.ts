// What else of the page shows agents hears that one has changed.
import { refresh } from "../api/query";
import { agents } from "../library";

export async function changed(): Promise<void> {
  agents.again();
  await refresh("GET /api/agents", "GET /api/agents/{id}", "GET /api/agents/{id}/versions");
}
