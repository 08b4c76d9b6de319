// Those who have an address here: found by it or by their name.
import { useState } from "react";
import { useLocation } from "wouter";
import { usePages } from "../api/query";
import type { AdminUser } from "../api/schema";
import { date, t } from "../i18n";
import { Badge, Button, Empty, Input, Panel, Skeleton, Table, Trouble } from "../ui";

export const nameOf = (user: Pick<AdminUser, "name" | "email" | "id">): string => user.name ?? user.email ?? user.id;

export function Users() {
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  const [, navigate] = useLocation();
  const list = usePages("GET /api/admin/users", { limit: 50, ...(q ? { q } : {}) });
  const users = list.pages.flatMap((page) => page.users);
  return (
    <Panel title={t("admin.users")}>
      <form
        className="row start"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setQ(typed.trim());
        }}
      >
        <Input label={t("admin.searchUsers")} quiet placeholder={t("admin.searchUsers")} type="search" maxLength={48} value={typed} onChange={(event) => setTyped(event.target.value)} />
        <Button type="submit">{t("common.search")}</Button>
      </form>
      {list.isPending ? (
        <Skeleton />
      ) : list.isError ? (
        <Trouble error={list.error} onRetry={() => void list.refetch()} />
      ) : users.length === 0 ? (
        <Empty title={t("admin.usersNone")} text={t("admin.usersNoneText")} />
      ) : (
        <Table
          label={t("admin.users")}
          testId="users"
          rows={users}
          keyOf={(user) => user.id}
          onOpen={(user) => navigate(`/admin/users/${user.id}`)}
          columns={[
            {
              id: "user",
              label: t("admin.user"),
              cell: (user) => (
                <>
                  <strong>{nameOf(user)}</strong>
                  {user.name && <div className="field-hint">{user.email}</div>}
                </>
              ),
            },
            { id: "plan", label: t("admin.plan"), cell: (user) => user.plan },
            {
              id: "state",
              label: t("admin.state"),
              cell: (user) => (
                <>
                  {user.role === "admin" && <Badge tone="accent">{t("admin.roleAdmin")}</Badge>} {user.banned && <Badge tone="bad">{t("admin.banned")}</Badge>}
                </>
              ),
            },
            { id: "since", label: t("admin.since"), cell: (user) => date(user.createdAt) },
          ]}
        />
      )}
      {list.hasNextPage && (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("common.more")}
        </Button>
      )}
    </Panel>
  );
}
