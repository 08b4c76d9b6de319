// The pane beside the chat: the artifacts of a conversation, and the one that is open.
import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { queries, refresh, useCall } from "../api/query";
import { dateTime, t } from "../i18n";
import { CloseIcon, FileIcon, LeftIcon } from "../icons";
import { Empty, IconButton, Load } from "../ui";
import { ArtifactView } from "./artifact";
import { type Opened, openArtifact, useWritten } from "./open";
import "./artifacts.css";

export default function Pane({ opened }: { opened: NonNullable<Opened> }) {
  const written = useWritten();
  useEffect(() => {
    if (written > 0) void refresh("GET /api/artifacts", "GET /api/artifacts/{id}", "GET /api/artifacts/{id}/versions");
  }, [written]);
  return (
    <QueryClientProvider client={queries}>
      <aside
        className="artifacts"
        data-testid="artifacts"
        aria-label={t("artifacts.title")}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || event.defaultPrevented) return;
          // Not for the answer under way.
          event.stopPropagation();
          openArtifact(null);
        }}
      >
        <header className="artifacts-head">
          {opened.artifactId !== "list" && (
            <IconButton label={t("artifacts.all")} onClick={() => openArtifact({ ...opened, artifactId: "list" })}>
              <LeftIcon />
            </IconButton>
          )}
          <h2>{t("artifacts.title")}</h2>
          {/* It may have the focus first: a tooltip on it would take the first Esc for itself. */}
          <button type="button" className="icon-button" aria-label={t("common.close")} autoFocus={opened.focus ?? false} onClick={() => openArtifact(null)}>
            <CloseIcon />
          </button>
        </header>
        {opened.artifactId === "list" ? <List conversationId={opened.conversationId} /> : <ArtifactView key={opened.artifactId} id={opened.artifactId} opened={opened} />}
      </aside>
    </QueryClientProvider>
  );
}

function List({ conversationId }: { conversationId: string }) {
  const list = useCall("GET /api/artifacts", { query: { conversationId, limit: 100 } });
  return (
    <Load from={list}>
      {({ artifacts }) =>
        artifacts.length === 0 ? (
          <Empty icon={<FileIcon />} title={t("artifacts.none")} text={t("artifacts.noneText")} />
        ) : (
          <ul className="artifact-list">
            {artifacts.map(({ id, title, version, updatedAt }) => (
              <li key={id}>
                <button type="button" data-testid="artifact-item" onClick={() => openArtifact({ conversationId, artifactId: id })}>
                  <FileIcon />
                  <span>
                    <strong>{title}</strong>
                    <small>{t("artifacts.about", { version, date: dateTime(updatedAt) })}</small>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )
      }
    </Load>
  );
}
