// One artifact: what it looks like, its text to edit, its versions and what changed between them.
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { ApiError } from "../api/problem";
import type { Artifact, ArtifactVersion } from "../api/schema";
import { refresh, useCall } from "../api/query";
import { call } from "../api/session";
import { CodeBlock, fileName } from "../chat/code-block";
import { Markdown } from "../chat/markdown";
import { dateTime, t } from "../i18n";
import { DownloadIcon, MoreIcon, PencilIcon, TrashIcon } from "../icons";
import { download } from "../settings/download";
import { Button, CopyButton, DeleteDialog, Input, Load, Menu, MenuItem, Select, Tabs, Textarea, useAction } from "../ui";
import { contentOf, fileNameOf } from "./data";
import { Changes } from "./changes";
import { type Opened, openArtifact } from "./open";

const Preview = lazy(() => import("../chat/preview"));

const extensionOf = ({ kind, language }: Artifact): string | undefined => (kind === "code" ? fileName(language ?? "").split(".").at(-1) : undefined);
const readAgain = () => refresh("GET /api/artifacts", "GET /api/artifacts/{id}", "GET /api/artifacts/{id}/versions");

export function ArtifactView({ id, opened }: { id: string; opened: NonNullable<Opened> }) {
  const artifact = useCall("GET /api/artifacts/{id}", { path: { id } });
  const versions = useCall("GET /api/artifacts/{id}/versions", { path: { id } });
  return <Load from={artifact}>{(data) => <Load from={versions}>{(list) => <View artifact={data} versions={list.versions} opened={opened} />}</Load>}</Load>;
}

function View({ artifact, versions, opened }: { artifact: Artifact; versions: readonly ArtifactVersion[]; opened: NonNullable<Opened> }) {
  const { id, title, kind } = artifact;
  const [chosen, setChosen] = useState<number | null>(null);
  const [doing, setDoing] = useState<"rename" | "delete" | null>(null);
  const version = chosen ?? artifact.version;
  const text = useQuery({ queryKey: ["artifact", id, version], queryFn: ({ signal }) => contentOf(id, version, signal), staleTime: Number.POSITIVE_INFINITY });
  const restore = useAction(async () => {
    await call("POST /api/artifacts/{id}/restore", { path: { id }, body: { version } });
    await readAgain();
    setChosen(null);
  });
  const tab = (name: string, label: string, content: ReactNode) => ({ id: name, label, content });
  return (
    <div className="artifact" data-testid="artifact">
      <div className="artifact-title">
        {doing === "rename" ? <Rename artifact={artifact} onDone={() => setDoing(null)} /> : <h3>{title}</h3>}
        <Select
          label={t("artifacts.version")}
          quiet
          value={String(version)}
          choices={versions.map(({ version: each, author, createdAt }) => ({ value: String(each), label: t(author === "user" ? "artifacts.yours" : "artifacts.models", { version: each, date: dateTime(createdAt) }) }))}
          onChange={({ target }) => setChosen(Number(target.value) === artifact.version ? null : Number(target.value))}
        />
        <Menu
          trigger={
            <button type="button" className="icon-button small" aria-label={t("artifacts.more")}>
              <MoreIcon />
            </button>
          }
        >
          <MenuItem icon={<PencilIcon />} onSelect={() => setTimeout(() => setDoing("rename"))}>
            {t("side.rename")}
          </MenuItem>
          <MenuItem icon={<TrashIcon />} danger onSelect={() => setTimeout(() => setDoing("delete"))}>
            {t("common.delete")}
          </MenuItem>
        </Menu>
      </div>
      <Load from={text}>
        {(content) => (
          <>
            <div className="actions">
              <CopyButton text={content} />
              <Button size="small" onClick={() => download(fileNameOf(artifact, extensionOf(artifact)), "text/plain", content)}>
                <DownloadIcon />
                {t("artifacts.download")}
              </Button>
              {version !== artifact.version && (
                <Button size="small" kind="primary" busy={restore.busy} onClick={() => void restore.run()}>
                  {t("artifacts.restore", { version })}
                </Button>
              )}
            </div>
            {restore.problem() && (
              <p className="form-error" role="alert">
                {restore.problem()}
              </p>
            )}
            <Tabs
              label={title}
              tabs={[
                tab("look", kind === "code" || kind === "text" ? t("artifacts.text") : t("chat.preview"), <Look artifact={artifact} content={content} />),
                ...(version === artifact.version ? [tab("edit", t("chat.edit"), <Edit key={version} artifact={artifact} content={content} />)] : []),
                ...(version > 1 ? [tab("changes", t("artifacts.changes"), <Changes id={id} from={version - 1} to={version} />)] : []),
              ]}
            />
          </>
        )}
      </Load>
      {doing === "delete" && (
        <DeleteDialog
          title={t("artifacts.deleteTitle", { title })}
          text={t("artifacts.deleteText")}
          remove={async () => {
            await call("DELETE /api/artifacts/{id}", { path: { id } });
            await refresh("GET /api/artifacts");
            openArtifact({ ...opened, artifactId: "list" });
          }}
          onClose={() => setDoing(null)}
        />
      )}
    </div>
  );
}

function Look({ artifact: { kind, language }, content }: { artifact: Artifact; content: string }) {
  if (kind === "html" || kind === "svg") {
    return (
      <Suspense fallback={<div className="preview" />}>
        <Preview kind={kind} source={content} />
      </Suspense>
    );
  }
  if (kind === "markdown") {
    return (
      <div className="md">
        <Markdown text={content} partial={false} />
      </div>
    );
  }
  return (
    <div className="md">
      <CodeBlock code={content} language={kind === "code" ? (language ?? "") : ""} />
    </div>
  );
}

function Edit({ artifact: { id, version }, content }: { artifact: Artifact; content: string }) {
  const [text, setText] = useState(content);
  const save = useAction(async () => {
    await call("PUT /api/artifacts/{id}/content", { path: { id }, body: { content: text, baseVersion: version } });
    await readAgain();
  });
  const behind = save.error instanceof ApiError && save.error.status === 409;
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <Textarea label={t("artifacts.text")} quiet rows={18} spellCheck={false} className="input artifact-editor" value={text} error={behind ? t("artifacts.behind") : (save.field("content") ?? save.problem("content"))} onChange={({ target }) => setText(target.value)} />
      <div className="actions">
        <Button type="submit" kind="primary" busy={save.busy} disabled={text === content}>
          {t("artifacts.save")}
        </Button>
        {behind && <CopyButton text={text} label={t("artifacts.copyMine")} />}
        {behind && (
          <Button size="small" onClick={() => void readAgain()}>
            {t("artifacts.newest")}
          </Button>
        )}
      </div>
    </form>
  );
}

function Rename({ artifact: { id, title }, onDone }: { artifact: Artifact; onDone: () => void }) {
  const [text, setText] = useState(title);
  const save = useAction(async () => {
    if (text.trim() && text.trim() !== title) await call("PATCH /api/artifacts/{id}", { path: { id }, body: { title: text.trim() } });
    await readAgain();
    onDone();
  });
  return (
    <form
      className="artifact-rename"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onDone();
      }}
    >
      <Input label={t("side.title")} quiet autoFocus maxLength={200} value={text} error={save.field("title") ?? save.problem("title")} onChange={({ target }) => setText(target.value)} />
      <Button type="submit" size="small" busy={save.busy}>
        {t("common.save")}
      </Button>
    </form>
  );
}
