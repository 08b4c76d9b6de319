// What administrators did, newest first.
import { useState } from "react";
import { Link } from "wouter";
import { usePages } from "../api/query";
import { dateTime, t } from "../i18n";
import { Button, Empty, Input, Panel, Skeleton, Table, Trouble } from "../ui";

const ABOUT_USERS = /^(user|credits|sessions|keys)\b/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** An id is long and says little: its end is shown, all of it when it is pointed at, and a user's leads to them. */
function Name({ id, isUser }: { id: string; isUser: boolean }) {
  if (!UUID.test(id)) return id;
  const short = `…${id.slice(-8)}`;
  return isUser ? (
    <Link className="link name" href={`/admin/users/${id}`} title={id}>
      {short}
    </Link>
  ) : (
    <span className="name" title={id}>
      {short}
    </span>
  );
}

export function Audit() {
  const [actor, setActor] = useState("");
  const [target, setTarget] = useState("");
  const [query, setQuery] = useState<Record<string, string>>({});
  const log = usePages("GET /api/admin/audit", { limit: 50, ...query });
  const entries = log.pages.flatMap((page) => page.entries);
  return (
    <Panel title={t("admin.audit")}>
      <form
        className="row start end"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setQuery({ ...(actor.trim() ? { actor: actor.trim() } : {}), ...(target.trim() ? { target: target.trim() } : {}) });
        }}
      >
        <Input label={t("admin.actor")} value={actor} onChange={(event) => setActor(event.target.value)} />
        <Input label={t("admin.target")} value={target} onChange={(event) => setTarget(event.target.value)} />
        <Button type="submit">{t("admin.filter")}</Button>
      </form>
      {log.isPending ? (
        <Skeleton />
      ) : log.isError ? (
        <Trouble error={log.error} onRetry={() => void log.refetch()} />
      ) : entries.length === 0 ? (
        <Empty title={t("admin.auditNone")} />
      ) : (
        <Table
          label={t("admin.audit")}
          testId="audit"
          rows={entries}
          keyOf={(entry) => entry.id}
          columns={[
            { id: "when", label: t("admin.when"), cell: (entry) => dateTime(entry.at) },
            { id: "what", label: t("admin.what"), cell: (entry) => <strong className="name">{entry.action}</strong> },
            { id: "target", label: t("admin.target"), cell: (entry) => <Name id={entry.target} isUser={ABOUT_USERS.test(entry.action)} /> },
            { id: "detail", label: t("admin.detail"), cell: (entry) => <code>{entry.detail}</code> },
            { id: "who", label: t("admin.who"), cell: (entry) => <Name id={entry.actor} isUser /> },
          ]}
        />
      )}
      {log.hasNextPage && (
        <Button busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {t("common.more")}
        </Button>
      )}
    </Panel>
  );
}
