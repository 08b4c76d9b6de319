// Sends a file of conversations, and tells how much of it is out.
import { ApiError, problemOf } from "../api/problem";
import type { ImportReport } from "../api/schema";
import { signIn } from "../api/session";
import { t } from "../i18n";

export const MOST_BYTES = 10_000_000;

/** `fetch` tells nothing of what it sends: this is the older way. */
export async function importFile(file: File, onSent: (share: number) => void): Promise<ImportReport> {
  await signIn();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/import");
    request.setRequestHeader("content-type", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0));
    request.upload.addEventListener("load", () => onSent(1));
    request.addEventListener("error", () => reject(new ApiError(t("error.unreachable"), 0)));
    request.addEventListener("load", () => {
      let body: unknown = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        reject(new ApiError(t("error.unreadable"), 502));
        return;
      }
      if (request.status >= 200 && request.status < 300) resolve(body as ImportReport);
      else reject(problemOf(new Response(null, { status: request.status, headers: { "retry-after": request.getResponseHeader("retry-after") ?? "" } }), body));
    });
    request.send(file);
  });
}
