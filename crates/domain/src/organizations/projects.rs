//! An organization's projects. Every id is asked for within its organization.

use edgewise_protocol::{
    api,
    ids::ProjectId,
    organization::{Jurisdiction, MAX_PROJECTS, Owner},
    timestamp::Timestamp,
};

use super::{
    Answer, OrganizationFault, Rows,
    statements::{Asked, text},
    whole::number,
};
use crate::{
    access::{Delete, Grant, Own, Projects, Read, Write},
    flags::Change,
    ports::{Columns, Statement, Value},
};

const FULL: &str = "There are 100 projects. Delete one first.";
const COLUMNS: &str = "p.id, p.organization, p.name, p.jurisdiction, p.created_at_ms, p.updated_at_ms";

pub(super) fn list(grant: Grant<Read, Projects>) -> Vec<Statement> {
    let asked = Asked::new(grant.of().0, &grant);
    let sql = format!(
        "SELECT {COLUMNS} FROM projects AS p WHERE p.organization = ?1 AND p.deleted = 0 ORDER BY p.created_at_ms, p.id"
    );
    vec![Statement { sql, values: vec![text(asked.organization)] }, asked.asks()]
}

pub(super) fn read_list(mut rows: Rows) -> Answer<Vec<api::Project>> {
    rows.take_first().ok_or(OrganizationFault::Missing)?;
    Ok(rows.take().into_iter().filter_map(read).collect())
}

pub(super) fn show(grant: Grant<Read, Projects>, id: ProjectId) -> Statement {
    let asked = Asked::new(grant.of().0, &grant);
    let sql = format!(
        "SELECT {COLUMNS} FROM projects AS p WHERE p.organization = ?1 AND p.id = ?3 AND p.deleted = 0 AND {}",
        asked.may()
    );
    asked.statement(sql, [text(id)])
}

/// The project, of an organization that the user is in.
pub(super) fn place(grant: Grant<Read, Own>, id: ProjectId) -> Statement {
    Statement {
        sql: format!(
            "SELECT {COLUMNS} FROM projects AS p JOIN members AS m ON m.organization = p.organization \
             WHERE p.id = ?1 AND p.deleted = 0 AND m.user = ?2 AND m.role IS NOT NULL"
        ),
        values: vec![text(id), text(grant.of().0)],
    }
}

pub(super) fn read_one(mut rows: Rows) -> Answer<api::Project> {
    rows.take_first().and_then(read).ok_or(OrganizationFault::Missing)
}

pub(super) fn create(grant: Grant<Write, Projects>, project: &api::Project, change: &Change) -> Vec<Statement> {
    let asked = Asked::new(grant.of().0, &grant);
    let id = || text(project.id);
    let made = "EXISTS (SELECT 1 FROM projects WHERE organization = ?1 AND id = ";
    vec![
        asked.statement(
            format!(
                "INSERT INTO projects (id, organization, name, jurisdiction, created_at_ms, updated_at_ms) \
                 SELECT ?4, ?1, ?5, ?6, ?3, ?3 WHERE {} AND (SELECT count(*) FROM projects WHERE organization = ?1 \
                 AND deleted = 0) < {MAX_PROJECTS} ON CONFLICT DO NOTHING",
                asked.may()
            ),
            [Value::int(project.created_at.0), id(), project.name.as_str().into(), project.jurisdiction.name().into()],
        ),
        asked.audit(
            change,
            "project.create",
            (format!("{}/{}", asked.organization, project.id), project.jurisdiction.name().into()),
            &format!("{made} ?8)"),
            [id()],
        ),
        asked.statement(format!("SELECT {}, {made} ?3)", asked.may()), [id()]),
    ]
}

pub(super) fn read_created(mut rows: Rows) -> Answer<()> {
    let row = rows.take_first().ok_or(OrganizationFault::Missing)?;
    match [number(&row, 0), number(&row, 1)] {
        [_, 1] => Ok(()),
        [0, _] => Err(OrganizationFault::Missing),
        _ => Err(OrganizationFault::Full(FULL)),
    }
}

pub(super) fn rename(grant: Grant<Write, Projects>, id: ProjectId, name: &str, change: &Change) -> Vec<Statement> {
    let asked = Asked::new(grant.of().0, &grant);
    vec![
        asked.statement(
            format!(
                "UPDATE projects SET name = ?5, updated_at_ms = ?3 WHERE organization = ?1 AND id = ?4 \
                 AND deleted = 0 AND {}",
                asked.may()
            ),
            [Value::int(change.at_ms), text(id), name.into()],
        ),
        asked.audit(
            change,
            "project.rename",
            (format!("{}/{id}", asked.organization), String::new()),
            "EXISTS (SELECT 1 FROM projects WHERE organization = ?1 AND id = ?8 AND updated_at_ms = ?3 \
             AND deleted = 0)",
            [text(id)],
        ),
        show(grant.reading(), id),
    ]
}

pub(super) fn delete(grant: Grant<Delete, Projects>, id: ProjectId, change: &Change) -> Vec<Statement> {
    let asked = Asked::new(grant.of().0, &grant);
    let owner = || text(Owner::Project(id));
    let filled = "EXISTS (SELECT 1 FROM conversations WHERE owner = ?5 AND deleted = 0)";
    vec![
        asked.statement(
            format!(
                "UPDATE projects SET deleted = 1, updated_at_ms = ?3 WHERE organization = ?1 AND id = ?4 \
                 AND deleted = 0 AND NOT {filled} AND {}",
                asked.may()
            ),
            [Value::int(change.at_ms), text(id), owner()],
        ),
        asked.audit(
            change,
            "project.delete",
            (format!("{}/{id}", asked.organization), String::new()),
            "EXISTS (SELECT 1 FROM projects WHERE organization = ?1 AND id = ?8 AND updated_at_ms = ?3 \
             AND deleted = 1)",
            [text(id)],
        ),
        asked.statement(
            format!(
                "SELECT deleted = 1 AND updated_at_ms = ?3, deleted = 0 AND {filled} FROM projects \
                 WHERE organization = ?1 AND id = ?4 AND {}",
                asked.may()
            ),
            [Value::int(change.at_ms), text(id), owner()],
        ),
    ]
}

pub(super) fn read_deleted(mut rows: Rows) -> Answer<()> {
    let row = rows.take_first().ok_or(OrganizationFault::Missing)?;
    match [number(&row, 0), number(&row, 1)] {
        [1, _] => Ok(()),
        [_, 1] => Err(OrganizationFault::NotEmpty),
        _ => Err(OrganizationFault::Missing),
    }
}

fn read(row: Columns) -> Option<api::Project> {
    let mut row = row.into_iter();
    Some(api::Project {
        id: row.next()?.into_text()?.parse().ok()?,
        organization_id: row.next()?.into_text()?.parse().ok()?,
        name: row.next()?.into_text()?,
        jurisdiction: Jurisdiction::named(&row.next()?.into_text()?)?,
        created_at: Timestamp(row.next()?.as_u64()?),
        updated_at: Timestamp(row.next()?.as_u64()?),
    })
}
