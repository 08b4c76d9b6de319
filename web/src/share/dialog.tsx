// Links by which anybody may read a conversation, and the conversation as a file.
import { QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { queries, refresh, useCall } from "../api/query";
import type { Share, ShareKind } from "../api/schema";
import { call } from "../api/session";
import { date, dateTime, t } from "../i18n";
import { AlertDialog, Button, CopyButton, Dialog, Load, Select, useAction } from "../ui";
import "./share.css";

const LIST = "GET /api/chat/conversations/{id}/shares";
const DAY_MS = 86_400_000;
const FORMATS = ["markdown", "html", "json"] as const;

interface Props {
  conversationId: string;
  onClose: () => void;
}

const ShareDialog = (props: Props) => (
  <QueryClientProvider client={queries}>
    <Body {...props} />
  </QueryClientProvider>
);
export default ShareDialog;

function Body({ conversationId: id, onClose }: Props) {
  const [ending, setEnding] = useState<Share | null>(null);
  const shares = useCall(LIST, { path: { id } });
  const end = useAction(async () => {
    if (ending) await call("DELETE /api/chat/conversations/{id}/shares/{share}", { path: { id, share: ending.id } });
    await refresh(LIST);
    setEnding(null);
  });
  return (
    <Dialog title={t("share.open")} description={t("share.text")} onClose={onClose}>
      <div className="share">
        <NewLink id={id} />
        <Load from={shares} rows={1}>
          {(data) =>
            data.shares.length > 0 && (
              <section aria-label={t("share.links")}>
                <h3>{t("share.links")}</h3>
                <ul className="share-links" data-testid="share-links">
                  {data.shares.map((share) => (
                    <li key={share.id} className="row">
                      <span>
                        {t(share.kind === "live" ? "share.liveSince" : "share.snapshotOf", { date: dateTime(share.createdAt) })}
                        {share.expiresAt && <small> {t("share.until", { date: dateTime(share.expiresAt) })}</small>}
                      </span>
                      <Button size="small" aria-label={`${t("common.revoke")}: ${dateTime(share.createdAt)}`} onClick={() => setEnding(share)}>
                        {t("common.revoke")}
                      </Button>
                    </li>
                  ))}
                </ul>
              </section>
            )
          }
        </Load>
        <section aria-label={t("share.export")}>
          <h3>{t("share.export")}</h3>
          <div className="actions">
            {FORMATS.map((format) => (
              <a key={format} className="button" data-size="small" download href={`/api/chat/conversations/${encodeURIComponent(id)}/export?format=${format}`}>
                {t(`share.${format}`)}
              </a>
            ))}
          </div>
        </section>
      </div>
      {ending && (
        <AlertDialog
          title={t("share.endTitle")}
          text={`${t("share.snapshotOf", { date: date(ending.createdAt) })}. ${t("share.endText")}`}
          action={t("common.revoke")}
          busy={end.busy}
          error={end.problem()}
          onYes={() => void end.run()}
          onNo={() => setEnding(null)}
        />
      )}
    </Dialog>
  );
}

function NewLink({ id }: { id: string }) {
  const [kind, setKind] = useState<ShareKind>("snapshot");
  const [days, setDays] = useState("");
  const [url, setUrl] = useState<string | null>(null);
  const make = useAction(async () => {
    const expiresAt = days ? { expiresAt: new Date(Date.now() + Number(days) * DAY_MS).toISOString() } : {};
    const made = await call("POST /api/chat/conversations/{id}/shares", { path: { id }, body: { kind, ...expiresAt } });
    setUrl(made.url);
    await refresh(LIST);
  });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void make.run();
      }}
    >
      <Select
        label={t("share.kind")}
        value={kind}
        choices={[
          { value: "snapshot", label: t("share.snapshot") },
          { value: "live", label: t("share.live") },
        ]}
        onChange={({ target }) => setKind(target.value as ShareKind)}
      />
      <Select
        label={t("share.expires")}
        value={days}
        choices={[
          { value: "", label: t("share.forever") },
          { value: "1", label: t("share.day") },
          { value: "7", label: t("share.week") },
          { value: "30", label: t("share.month") },
        ]}
        onChange={({ target }) => setDays(target.value)}
      />
      {make.problem() && (
        <p className="form-error" role="alert">
          {make.problem()}
        </p>
      )}
      {url ? (
        <div role="status" className="form">
          <span>{t("share.made")}</span>
          <a className="share-url" href={url} target="_blank" rel="noopener" data-testid="share-url">
            {url}
          </a>
          <div className="actions">
            <CopyButton text={url} />
            <Button size="small" kind="quiet" type="submit" busy={make.busy}>
              {t("share.create")}
            </Button>
          </div>
        </div>
      ) : (
        <Button type="submit" kind="primary" busy={make.busy}>
          {t("share.create")}
        </Button>
      )}
    </form>
  );
}
