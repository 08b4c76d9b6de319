// The files of a draft, and how far each has come on its way up.
import { sentence } from "../api";
import { Places } from "../api/places";
import { call } from "../api/session";
import { t } from "../i18n";
import { keep, storage } from "../storage";
import type { FilePart } from "./rows";
import { addressOfFile, sendFile } from "./upload-sending";

export const MAX_FILES = 10;
/** Half of what the server takes at a time from everybody whom one isolate of it serves. */
const AT_ONCE = 3;
const KEPT = "edgewise.files.";

export interface Upload {
  key: string;
  name: string;
  size: number;
  mediaType: string;
  /** It waits for others, or for the server to take it. */
  status: "waiting" | "uploading" | "ready" | "failed";
  /** 0 to 1. */
  progress: number;
  error: string | null;
  /** What the server calls it, once it knows it. */
  id: string | null;
  /** It is of a message already: taken away here, it stays there. */
  borrowed?: boolean;
  /** A picture of it, for images. */
  thumbnail: string | null;
}

interface Job {
  file: File;
  abort: AbortController;
}

/** Of all drafts together. */
const places = new Places(AT_ONCE);

export const isUnderWay = ({ status }: Upload): boolean => status === "waiting" || status === "uploading";

/** The type to declare: none where browsers are known to guess wrong. */
export function declaredType(name: string, type: string): string {
  if (/^video\//.test(type) && /\.(ts|mts|cts)$/i.test(name)) return "application/octet-stream";
  return type || "application/octet-stream";
}

export const isImage = (type: string): boolean => /^image\/(png|jpeg|gif|webp)$/.test(type);

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
      this.set([...this.list, { key, name: file.name || t("box.pastedFile"), size: file.size, mediaType, status: "waiting", progress: 0, error: null, id: null, thumbnail }]);
      void this.run(key);
    }
    return files.length > room ? t("box.tooMany", { count: MAX_FILES }) : null;
  }

  retry(key: string): void {
    const job = this.jobs.get(key);
    if (!job) return;
    job.abort = new AbortController();
    this.change(key, { status: "waiting", error: null });
    void this.run(key);
  }

  /** Gives a file up, on its way or there. */
  remove(key: string): void {
    const upload = this.list.find((other) => other.key === key);
    this.jobs.get(key)?.abort.abort();
    this.jobs.delete(key);
    if (upload?.thumbnail?.startsWith("blob:")) URL.revokeObjectURL(upload.thumbnail);
    this.set(this.list.filter((other) => other.key !== key));
    if (upload?.id && !upload.borrowed) void call("DELETE /api/chat/attachments/{id}", { path: { id: upload.id } }).catch(() => {});
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
    this.set([...files.map(uploaded), ...this.list]);
  }

  /** Puts a file of an earlier message into the draft once more; gives why it cannot. */
  borrow(file: FilePart): string | null {
    if (this.list.some(({ id }) => id === file.id)) return null;
    if (this.list.length >= MAX_FILES) return t("box.tooMany", { count: MAX_FILES });
    this.set([...this.list, { ...uploaded(file), borrowed: true }]);
    return null;
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
    const { file, abort } = job;
    const send = () => {
      this.change(key, { status: "uploading" });
      return sendFile({
        file,
        name: upload.name,
        mediaType: upload.mediaType,
        id: upload.id,
        signal: abort.signal,
        onId: (id) => this.change(key, { id }),
        onSent: (bytes) => this.change(key, { progress: Math.min(1, bytes / Math.max(1, file.size)) }),
        onWait: (waiting) => this.change(key, { status: waiting ? "waiting" : "uploading" }),
      });
    };
    try {
      const id = await places.hold(send, abort.signal);
      this.change(key, { status: "ready", progress: 1, id });
    } catch (error) {
      if (!abort.signal.aborted) this.change(key, { status: "failed", error: sentence(error) });
    }
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

/** A file that is there. */
const uploaded = ({ id, filename, size, mediaType, url }: FilePart): Upload => ({
  key: id,
  name: filename,
  size,
  mediaType,
  status: "ready",
  progress: 1,
  error: null,
  id,
  thumbnail: isImage(mediaType) ? url : null,
});

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
