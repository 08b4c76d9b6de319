// The projects of an organization, in which conversations are shared.
import { useRef, useState } from "react";
import { refresh, useCall } from "../api/query";
import type { Organization, Project } from "../api/schema";
import { call } from "../api/session";
import { t } from "../i18n";
import { Badge, Button, Checkbox, DeleteDialog, Dialog, Input, Load, Panel, useAction } from "../ui";
import { mayManage } from "./organization";

const LIST = "GET /api/organizations/{id}/projects";

export function Projects({ organization }: { organization: Organization }) {
  const { id } = organization;
  const projects = useCall(LIST, { path: { id } });
  const [editing, setEditing] = useState<Project | "new" | null>(null);
  const [deleting, setDeleting] = useState<Project | null>(null);
  return (
    <Panel
      title={t("organizations.projects")}
      action={
        mayManage(organization) && (
          <Button size="small" onClick={() => setEditing("new")}>
            {t("organizations.newProject")}
          </Button>
        )
      }
    >
      <Load from={projects} rows={1}>
        {(data) =>
          data.projects.length === 0 ? (
            <p className="field-hint">{t("organizations.projectsNone")}</p>
          ) : (
            <ul className="list" data-testid="projects">
              {data.projects.map((project) => (
                <li key={project.id} className="row">
                  <span className="actions">
                    <strong>{project.name}</strong>
                    {project.jurisdiction === "eu" && <Badge>{t("organizations.euBadge")}</Badge>}
                  </span>
                  {mayManage(organization) && (
                    <span className="actions">
                      <Button size="small" aria-label={`${t("organizations.rename")}: ${project.name}`} onClick={() => setEditing(project)}>
                        {t("organizations.rename")}
                      </Button>
                      <Button size="small" aria-label={`${t("common.delete")}: ${project.name}`} onClick={() => setDeleting(project)}>
                        {t("common.delete")}
                      </Button>
                    </span>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Load>
      {editing && <Edit organization={id} project={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {deleting && (
        <DeleteDialog
          title={t("organizations.deleteProject", { name: deleting.name })}
          text={t("organizations.deleteProjectText")}
          remove={async () => {
            await call("DELETE /api/organizations/{id}/projects/{project}", { path: { id, project: deleting.id } });
            await refresh(LIST);
          }}
          onClose={() => setDeleting(null)}
        />
      )}
    </Panel>
  );
}

function Edit({ organization: id, project, onClose }: { organization: string; project: Project | null; onClose: () => void }) {
  const [name, setName] = useState(project?.name ?? "");
  const [eu, setEu] = useState(false);
  const attempt = useRef({ wish: "", key: "" });
  const save = useAction(async () => {
    const body = { name: name.trim() };
    if (project) await call("PATCH /api/organizations/{id}/projects/{project}", { path: { id, project: project.id }, body });
    else {
      const wish = `${name} ${eu}`;
      // A second try after a lost answer makes no second project.
      if (attempt.current.wish !== wish) attempt.current = { wish, key: crypto.randomUUID() };
      await call("POST /api/organizations/{id}/projects", { path: { id }, body: { ...body, jurisdiction: eu ? "eu" : "none" }, headers: { "idempotency-key": attempt.current.key } });
    }
    await refresh(LIST);
    onClose();
  });
  return (
    <Dialog title={project ? t("organizations.rename") : t("organizations.newProject")} onClose={onClose} size="small">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Input
          label={t("organizations.name")}
          name="project"
          required
          autoFocus
          maxLength={100}
          value={name}
          error={save.field("name") ?? save.problem("name")}
          onChange={(event) => setName(event.target.value)}
        />
        {!project && <Checkbox label={t("organizations.eu")} checked={eu} onChange={({ target }) => setEu(target.checked)} />}
        <Button type="submit" kind="primary" busy={save.busy}>
          {project ? t("common.save") : t("common.create")}
        </Button>
      </form>
    </Dialog>
  );
}
