// One file on its way up: a small one in one request, a large one in parts that go on where they broke.
import { ApiError } from "../api";
import { patiently } from "../api/patience";
import { problemOf } from "../api/problem";
import { call, signIn } from "../api/session";
import { t } from "../i18n";

/** Larger files go up in parts. */
const IN_ONE_BYTES = 4 * 1024 * 1024;
/** A connection that moves nothing for so long is a broken one. */
const STALL_MS = 60_000;

export interface Sending {
  file: File;
  name: string;
  mediaType: string;
  /** What the server calls it, when it knows it already. */
  id: string | null;
  signal: AbortSignal;
  onId: (id: string | null) => void;
  onSent: (bytes: number) => void;
  /** A pause before another try, and its end. */
  onWait: (waiting: boolean) => void;
}

export const addressOfFile = (id: string): string => `/api/chat/attachments/${encodeURIComponent(id)}`;

/** Sends a file and gives what the server calls it. */
export async function sendFile(sending: Sending): Promise<string> {
  await again(sending, signIn);
  return sending.file.size > IN_ONE_BYTES ? inParts(sending) : inOne(sending);
}

const again = <T>({ signal, onWait }: Sending, work: () => Promise<T>): Promise<T> => patiently(work, signal, onWait);

/** Sends bytes and tells how far it has come, which `fetch` does not. */
function put(method: string, address: string, body: Blob, type: string, signal: AbortSignal, onSent: (bytes: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let stall = setTimeout(abort, STALL_MS);
    signal.addEventListener("abort", abort, { once: true });
    request.open(method, address);
    request.setRequestHeader("content-type", type);
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(stall);
      stall = setTimeout(abort, STALL_MS);
      onSent(loaded);
    };
    request.onloadend = () => {
      clearTimeout(stall);
      signal.removeEventListener("abort", abort);
    };
    request.onerror = request.onabort = () => reject(new ApiError(t("error.broke"), 0));
    request.onload = () => {
      const { status, responseText } = request;
      if (status >= 200 && status < 300) resolve(responseText);
      else reject(problemOf({ status, headers: headersOf(request) }, parsed(responseText)));
    };
    request.send(body);
  });
}

function headersOf(request: XMLHttpRequest): Headers {
  const headers = new Headers();
  for (const name of ["retry-after", "x-request-id"]) {
    const value = request.getResponseHeader(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The status has to do.
    return null;
  }
}

async function inOne(sending: Sending): Promise<string> {
  const { file, name, mediaType, signal, onSent } = sending;
  const address = `/api/chat/attachments?name=${encodeURIComponent(name)}`;
  const answer = await again(sending, () => put("POST", address, file, mediaType, signal, onSent));
  return (JSON.parse(answer) as { id: string }).id;
}

interface Begun {
  id: string;
  partBytes: number;
  /** The numbers of the parts that are there. */
  there: readonly number[];
  isWhole: boolean;
}

async function inParts(sending: Sending): Promise<string> {
  const { file, signal, onSent } = sending;
  const { id, partBytes, there, isWhole } = (await begun(sending)) ?? (await begin(sending));
  if (isWhole) return id;
  if (!partBytes) throw new ApiError(t("error.unreadable"), 502);
  for (let number = 1; (number - 1) * partBytes < file.size; number++) {
    const from = (number - 1) * partBytes;
    if (there.includes(number)) continue;
    const part = file.slice(from, from + partBytes);
    await again(sending, () => put("PUT", `${addressOfFile(id)}/parts/${number}`, part, "application/octet-stream", signal, (bytes) => onSent(from + bytes)));
  }
  await again(sending, () => call("POST /api/chat/attachments/{id}/complete", { path: { id } }));
  return id;
}

async function begin(sending: Sending): Promise<Begun> {
  const { name, file, mediaType, signal, onId } = sending;
  const made = await again(sending, () => call("POST /api/chat/attachments/uploads", { body: { name, size: file.size, mediaType } }));
  // Given up while it was being begun: whoever gave it up did not know of it.
  if (signal.aborted) void call("DELETE /api/chat/attachments/{id}", { path: { id: made.id } }).catch(() => {});
  signal.throwIfAborted();
  onId(made.id);
  return { id: made.id, partBytes: made.upload?.partBytes ?? 0, there: [], isWhole: false };
}

/** How far an earlier try has come; `null` when there was none, or the server has forgotten it. */
async function begun(sending: Sending): Promise<Begun | null> {
  const { id, onId } = sending;
  if (id === null) return null;
  try {
    const { status, upload } = await again(sending, () => call("GET /api/chat/attachments/{id}/info", { path: { id } }));
    return { id, partBytes: upload?.partBytes ?? 0, there: upload?.parts ?? [], isWhole: status === "ready" };
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    onId(null);
    return null;
  }
}
