// Files on their way up, by draft: small ones in one request, large ones in parts that go on where they broke.
import { ApiError, sentence } from "../api";
import { call, signIn } from "../api/session";
import { keep, storage } from "../storage";
import type { FilePart } from "./rows";

export const MAX_FILES = 10;
/** Larger files go up in parts. */
const IN_ONE_BYTES = 4 * 1024 * 1024;
const KEPT = "edgewise.files.";

export interface Upload {
  key: string;
  name: string;
  size: number;
  mediaType: string;
  status: "uploading" | "ready" | "failed";
  /** 0 to 1. */
  progress: number;
  error: string | null;
  /** What the server calls it, once it knows it. */
  id: string | null;
  /** A picture of it, for images. */
  thumbnail: string | null;
}

interface Job {
  file: File;
  abort: AbortController;
}

/** The type to declare: none where browsers are known to guess wrong. */
export function declaredType(name: string, type: string): string {
  if (/^video\//.test(type) && /\.(ts|mts|cts)$/i.test(name)) return "application/octet-stream";
  return type || "application/octet-stream";
}

export const isImage = (type: string): boolean => /^image\/(png|jpeg|gif|webp)$/.test(type);
export const addressOfFile = (id: string): string => `/api/chat/attachments/${encodeURIComponent(id)}`;

/** Sends bytes and tells how far it has come, which `fetch` does not. */
function put(method: string, address: string, body: Blob, type: string, signal: AbortSignal, onProgress: (sent: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort, { once: true });
    request.open(method, address);
    request.setRequestHeader("content-type", type);
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onerror = () => reject(new ApiError("The connection broke.", 0));
    request.onabort = () => reject(new ApiError("Cancelled.", 0));
    request.onloadend = () => signal.removeEventListener("abort", abort);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return resolve(request.responseText);
      let detail = "";
      try {
        detail = (JSON.parse(request.responseText) as { detail?: string }).detail ?? "";
      } catch {
        // The status has to do.
      }
      reject(new ApiError(detail ? detail.charAt(0).toUpperCase() + detail.slice(1) : `The server answered ${request.status}.`, request.status));
    };
    request.send(body);
  });
}

export class Uploads {
  private list: readonly Upload[];
  private readonly jobs = new Map<string, Job>();
  private readonly listeners = new Set<() => void>();

  constructor(private draftKey: string) {
    this.list = kept(draftKey);
  }

  readonly get = (): readonly Upload[] => this.list;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Takes files; those beyond the most that a message has are told, not lost silently. */
  add(files: readonly File[]): string | null {
    const room = MAX_FILES - this.list.length;
    for (const file of files.slice(0, Math.max(0, room))) {
      const mediaType = declaredType(file.name, file.type);
      const key = crypto.randomUUID();
      const thumbnail = isImage(mediaType) ? URL.createObjectURL(file) : null;
      this.jobs.set(key, { file, abort: new AbortController() });
      this.set([...this.list, { key, name: file.name || "Pasted file", size: file.size, mediaType, status: "uploading", progress: 0, error: null, id: null, thumbnail }]);
      void this.run(key);
    }
    return files.length > room ? `A message has ${MAX_FILES} files at most.` : null;
  }

  retry(key: string): void {
    const job = this.jobs.get(key);
    if (!job) return;
    job.abort = new AbortController();
    this.change(key, { status: "uploading", error: null });
    void this.run(key);
  }

  /** Gives a file up, on its way or there. */
  remove(key: string): void {
    const upload = this.list.find((other) => other.key === key);
    this.jobs.get(key)?.abort.abort();
    this.jobs.delete(key);
    if (upload?.thumbnail?.startsWith("blob:")) URL.revokeObjectURL(upload.thumbnail);
    this.set(this.list.filter((other) => other.key !== key));
    if (upload?.id) void call("DELETE /api/chat/attachments/{id}", { path: { id: upload.id } }).catch(() => {});
  }

  /** The files that are there; they belong to a message from now on. */
  take(): FilePart[] {
    const ready = this.list.filter((upload) => upload.status === "ready" && upload.id);
    this.jobs.clear();
    this.set([]);
    return ready.map(({ id, name, mediaType, size }) => ({ type: "file", id: id ?? "", filename: name, mediaType, size, url: addressOfFile(id ?? "") }));
  }

  /** Puts files of a message that was taken back into the draft. */
  give(files: readonly FilePart[]): void {
    const given = files.map((file): Upload => ({
      key: file.id,
      name: file.filename,
      size: file.size,
      mediaType: file.mediaType,
      status: "ready",
      progress: 1,
      error: null,
      id: file.id,
      thumbnail: isImage(file.mediaType) ? file.url : null,
    }));
    this.set([...given, ...this.list]);
  }

  /** The draft has become another chat's. */
  move(to: string): void {
    keep(KEPT + this.draftKey, null);
    this.draftKey = to;
    this.save();
  }

  private async run(key: string): Promise<void> {
    const job = this.jobs.get(key);
    const upload = this.list.find((other) => other.key === key);
    if (!job || !upload) return;
    const progress = (sent: number) => this.change(key, { progress: Math.min(1, sent / Math.max(1, job.file.size)) });
    try {
      await signIn();
      const id = job.file.size > IN_ONE_BYTES ? await this.inParts(key, upload, job, progress) : await this.inOne(upload, job, progress);
      this.change(key, { status: "ready", progress: 1, id });
    } catch (error) {
      if (!job.abort.signal.aborted) this.change(key, { status: "failed", error: sentence(error) });
    }
  }

  private async inOne({ name, mediaType }: Upload, { file, abort }: Job, progress: (sent: number) => void): Promise<string> {
    const answer = await put("POST", `/api/chat/attachments?name=${encodeURIComponent(name)}`, file, mediaType, abort.signal, progress);
    return (JSON.parse(answer) as { id: string }).id;
  }

  private async inParts(key: string, upload: Upload, { file, abort }: Job, progress: (sent: number) => void): Promise<string> {
    let { id } = upload;
    let there: readonly number[] = [];
    let partBytes: number;
    if (id) {
      const info = await call("GET /api/chat/attachments/{id}/info", { path: { id } });
      if (info.status === "ready") return id;
      there = info.upload?.parts ?? [];
      partBytes = info.upload?.partBytes ?? 0;
    } else {
      const made = await call("POST /api/chat/attachments/uploads", { body: { name: upload.name, size: file.size, mediaType: upload.mediaType } });
      ({ id } = made);
      partBytes = made.upload?.partBytes ?? 0;
      this.change(key, { id });
    }
    if (!partBytes) throw new ApiError("The server did not say how to send this file.", 502);
    for (let number = 1; (number - 1) * partBytes < file.size; number++) {
      const from = (number - 1) * partBytes;
      if (there.includes(number)) continue;
      const part = file.slice(from, from + partBytes);
      await put("PUT", `${addressOfFile(id)}/parts/${number}`, part, "application/octet-stream", abort.signal, (sent) => progress(from + sent));
    }
    await call("POST /api/chat/attachments/{id}/complete", { path: { id } });
    return id;
  }

  private change(key: string, changes: Partial<Upload>): void {
    this.set(this.list.map((upload) => (upload.key === key ? { ...upload, ...changes } : upload)));
  }

  private set(list: readonly Upload[]): void {
    this.list = list;
    this.save();
    for (const listener of this.listeners) listener();
  }

  // Only what is whole outlives the page: the rest was in its memory.
  private save(): void {
    const ready = this.list.filter(({ status, id }) => status === "ready" && id);
    keep(KEPT + this.draftKey, ready.length ? JSON.stringify(ready.map(({ thumbnail: _, ...upload }) => upload)) : null);
  }
}

function kept(draftKey: string): Upload[] {
  try {
    const list = JSON.parse(storage.getItem(KEPT + draftKey) ?? "[]") as Upload[];
    return list.map((upload) => ({ ...upload, thumbnail: isImage(upload.mediaType) && upload.id ? addressOfFile(upload.id) : null }));
  } catch {
    return [];
  }
}

const open = new Map<string, Uploads>();

/** The files of a draft. */
export function uploadsOf(draftKey: string): Uploads {
  let uploads = open.get(draftKey);
  if (!uploads) {
    uploads = new Uploads(draftKey);
    open.set(draftKey, uploads);
  }
  return uploads;
}

export function moveUploads(from: string, to: string): void {
  const uploads = open.get(from);
  if (!uploads) return;
  open.delete(from);
  uploads.move(to);
  open.set(to, uploads);
}

/** A size as people read it. */
export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KB", "MB", "GB"];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1024;
  return `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${units[unit]}`;
}
