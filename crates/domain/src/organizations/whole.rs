//! An organization itself: made, named, ended.

use edgewise_protocol::{
    api,
    ids::OrganizationId,
    organization::{MAX_ORGANIZATIONS, MemberRole},
    timestamp::Timestamp,
};

use super::{
    Answer, OrganizationFault, Rows, Untold,
    statements::{Asked, text},
};
use crate::{
    access::{Delete, Grant, Organization, Own, Read, Write},
    flags::Change,
    ports::{Columns, Statement, Value},
};

const FULL: &str = "You are in 32 organizations. Leave one first.";
/// Long enough for every account to have heard, and for whoever asks what happened.
const KEEP_ENDED_MS: u64 = 30 * 24 * 3_600_000;

pub(super) const COLUMNS: &str = "o.id, o.name, m.role, o.created_at_ms, o.updated_at_ms";

pub(super) fn list(grant: Grant<Read, Own>) -> Statement {
    let sql = format!(
        "SELECT {COLUMNS} FROM members AS m JOIN organizations AS o ON o.id = m.organization \
         WHERE m.user = ?1 AND m.role IS NOT NULL AND o.deleted = 0 ORDER BY o.name, o.id"
    );
    Statement { sql, values: vec![text(grant.of().0)] }
}

pub(super) fn read_list(mut rows: Rows) -> Vec<api::Organization> {
    rows.take().into_iter().filter_map(|row| read(&mut row.into_iter())).collect()
}

pub(super) fn create(grant: Grant<Write, Own>, id: OrganizationId, name: &str, change: &Change) -> Vec<Statement> {
    let asked = Asked { organization: id, by: grant.of().0, roles: String::new() };
    let at_ms = || Value::int(change.at_ms);
    vec![
        asked.statement(
            format!(
                "INSERT INTO organizations (id, name, created_at_ms, updated_at_ms) SELECT ?1, ?4, ?3, ?3 \
                 WHERE (SELECT count(*) FROM members WHERE user = ?2 AND role IS NOT NULL) < {MAX_ORGANIZATIONS} \
                 ON CONFLICT DO NOTHING"
            ),
            [at_ms(), name.into()],
        ),
        asked.statement(
            "INSERT INTO members (organization, user, role, version, joined_at_ms, updated_at_ms) \
             SELECT ?1, ?2, 'owner', ?3, ?3, ?3 \
             WHERE EXISTS (SELECT 1 FROM organizations WHERE id = ?1 AND created_at_ms = ?3 AND deleted = 0) \
             ON CONFLICT DO NOTHING",
            [at_ms()],
        ),
        asked.audit(
            change,
            "organization.create",
            (id.to_string(), String::new()),
            "EXISTS (SELECT 1 FROM organizations WHERE id = ?1 AND created_at_ms = ?3)",
            [],
        ),
        asked.statement("SELECT version FROM members WHERE organization = ?1 AND user = ?2 AND role IS NOT NULL", []),
    ]
}

pub(super) fn read_created(grant: Grant<Write, Own>, id: OrganizationId, mut rows: Rows) -> Answer<Untold> {
    let version = rows.take_first().and_then(|row| row.first().and_then(Value::as_u64));
    let version = version.ok_or(OrganizationFault::Full(FULL))?;
    Ok(Untold { organization: id, user: grant.of().0, role: Some(MemberRole::Owner), version })
}

pub(super) fn show(grant: Grant<Read, Organization>) -> Statement {
    let asked = Asked::new(grant.of().0, &grant);
    let sql = format!(
        "SELECT {COLUMNS} FROM members AS m JOIN organizations AS o ON o.id = m.organization \
         WHERE m.organization = ?1 AND m.user = ?2 AND m.role IN ({}) AND o.deleted = 0",
        asked.roles
    );
    asked.statement(sql, [])
}

pub(super) fn read_one(mut rows: Rows) -> Answer<api::Organization> {
    let row = rows.take_first();
    row.and_then(|row| read(&mut row.into_iter())).ok_or(OrganizationFault::Missing)
}

pub(super) fn rename(grant: Grant<Write, Organization>, name: &str, change: &Change) -> Vec<Statement> {
    let asked = Asked::new(grant.of().0, &grant);
    let may = asked.may();
    vec![
        asked.statement(
            format!("UPDATE organizations SET name = ?4, updated_at_ms = ?3 WHERE id = ?1 AND deleted = 0 AND {may}"),
            [Value::int(change.at_ms), name.into()],
        ),
        asked.audit(
            change,
            "organization.rename",
            (grant.of().0.to_string(), String::new()),
            "EXISTS (SELECT 1 FROM organizations WHERE id = ?1 AND updated_at_ms = ?3 AND deleted = 0)",
            [],
        ),
        asked.asks(),
    ]
}

pub(super) fn delete(grant: Grant<Delete, Organization>, change: &Change) -> Vec<Statement> {
    let asked = Asked::new(grant.of().0, &grant);
    let id = || text(grant.of().0);
    let gone = "EXISTS (SELECT 1 FROM organizations WHERE id = ?1 AND deleted = 1)";
    // Of what is in it: at the same time, and only if it is gone.
    let inside =
        |sql: String| Statement { sql: format!("{sql} AND {gone}"), values: vec![id(), Value::int(change.at_ms)] };
    vec![
        asked.statement(
            format!(
                "UPDATE organizations SET deleted = 1, updated_at_ms = ?3 WHERE id = ?1 AND deleted = 0 AND {}",
                asked.may()
            ),
            [Value::int(change.at_ms)],
        ),
        asked.audit(
            change,
            "organization.delete",
            (grant.of().0.to_string(), String::new()),
            "EXISTS (SELECT 1 FROM organizations WHERE id = ?1 AND updated_at_ms = ?3 AND deleted = 1)",
            [],
        ),
        // The cron deletes the conversations of its projects.
        inside(
            "INSERT OR IGNORE INTO erasures (owner, asked_at_ms, due_at_ms) \
             SELECT 'project:' || id, ?2, ?2 FROM projects WHERE organization = ?1 AND deleted = 0"
                .into(),
        ),
        inside("UPDATE projects SET deleted = 1, updated_at_ms = ?2 WHERE organization = ?1 AND deleted = 0".into()),
        inside(
            "UPDATE invitations SET expires_at_ms = ?2 WHERE organization = ?1 AND used_at_ms IS NULL \
             AND expires_at_ms > ?2"
                .into(),
        ),
        inside(
            "UPDATE members SET role = NULL, version = max(version + 1, ?2), updated_at_ms = ?2 \
             WHERE organization = ?1 AND role IS NOT NULL"
                .into(),
        ),
        Statement {
            sql: format!(
                "SELECT organization, user, role, version FROM members \
                 WHERE organization = ?1 AND told_version < version AND {gone}"
            ),
            values: vec![id()],
        },
        Statement { sql: "SELECT 1 FROM organizations WHERE id = ?1 AND deleted = 1".into(), values: vec![id()] },
    ]
}

pub(super) fn read_deleted(of: Organization, mut rows: Rows) -> Answer<Vec<Untold>> {
    if rows.take_first().is_none() {
        return Err(OrganizationFault::Missing);
    }
    let mut untold = super::members::read_untold(rows);
    untold.retain(|untold| untold.organization == of.0);
    Ok(untold)
}

/// What ended long ago.
pub(super) fn purge(now_ms: u64) -> Vec<Statement> {
    let before =
        |sql: &str| Statement { sql: sql.into(), values: vec![Value::int(now_ms.saturating_sub(KEEP_ENDED_MS))] };
    vec![
        before("DELETE FROM members WHERE role IS NULL AND told_version >= version AND updated_at_ms < ?1"),
        before("DELETE FROM invitations WHERE expires_at_ms < ?1"),
    ]
}

pub(super) fn read(row: &mut impl Iterator<Item = Value>) -> Option<api::Organization> {
    Some(api::Organization {
        id: row.next()?.into_text()?.parse().ok()?,
        name: row.next()?.into_text()?,
        role: role(row.next()?)?,
        created_at: Timestamp(row.next()?.as_u64()?),
        updated_at: Timestamp(row.next()?.as_u64()?),
    })
}

pub(super) fn role(value: Value) -> Option<MemberRole> {
    MemberRole::named(&value.into_text()?)
}

/// A row that is only asked whether it is there, and a number in it.
pub(super) fn number(row: &Columns, at: usize) -> u64 {
    row.get(at).and_then(Value::as_u64).unwrap_or(0)
}
