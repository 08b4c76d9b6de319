//! Invitations: a code in a letter, good once, for the address that it was sent to, and for as long as whoever sent it
//! might send it still.

use edgewise_protocol::{
    api,
    ids::{InvitationId, LetterId, UserId},
    organization::{MAX_INVITATIONS, MAX_MEMBERS, MAX_ORGANIZATIONS, MemberRole},
    timestamp::Timestamp,
};

use super::{
    Answer, OrganizationFault, Rows, Untold,
    statements::{Asked, text},
    whole::{self, number, role},
};
use crate::{
    access::{Delete, Grant, Invitations, Read, Write},
    flags::Change,
    mail::Wording,
    ports::{Columns, Statement, Value},
};

/// How long an invitation is good, milliseconds.
pub const INVITATION_MS: u64 = 7 * DAY_MS;
const DAY_MS: u64 = 24 * 3_600_000;
const FULL: &str =
    "100 invitations are open or were sent today, or there are 500 members. Withdraw one, or wait a day.";
const NO_ROOM: &str = "This organization has 500 members, or you are in 32 organizations already.";

/// An invitation and its letter, before it is known whether it may be sent. Only the code's digest is kept.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    pub id: InvitationId,
    pub email: String,
    /// The address as it is compared.
    pub email_key: String,
    pub role: MemberRole,
    pub digest: String,
    pub letter: LetterId,
    pub wording: Wording,
}

const COLUMNS: &str = "id, email, role, invited_by, created_at_ms, expires_at_ms";

pub(super) fn list(grant: Grant<Read, Invitations>, now_ms: u64) -> Vec<Statement> {
    let asked = Asked::new(grant.of().0, &grant);
    let sql = format!(
        "SELECT {COLUMNS} FROM invitations WHERE organization = ?1 AND used_at_ms IS NULL AND expires_at_ms > ?2 \
         ORDER BY created_at_ms, id"
    );
    vec![Statement { sql, values: vec![text(asked.organization), Value::int(now_ms)] }, asked.asks()]
}

pub(super) fn read_list(mut rows: Rows) -> Answer<Vec<api::Invitation>> {
    rows.take_first().ok_or(OrganizationFault::Missing)?;
    Ok(rows.take().into_iter().filter_map(read).collect())
}

fn read(row: Columns) -> Option<api::Invitation> {
    let mut row = row.into_iter();
    Some(api::Invitation {
        id: row.next()?.into_text()?.parse().ok()?,
        email: row.next()?.into_text()?,
        role: role(row.next()?)?,
        invited_by: row.next()?.into_text()?.parse().ok()?,
        created_at: Timestamp(row.next()?.as_u64()?),
        expires_at: Timestamp(row.next()?.as_u64()?),
    })
}

pub(super) fn invite(grant: Grant<Write, Invitations>, new: &NewInvitation, change: &Change) -> Vec<Statement> {
    let asked = Asked::new(grant.of().0, &grant);
    let (at_ms, id) = (|| Value::int(change.at_ms), || text(new.id));
    let is_member = "EXISTS (SELECT 1 FROM members AS m JOIN users AS u ON u.id = m.user \
                     WHERE m.organization = ?1 AND m.role IS NOT NULL AND u.email_key = ";
    // Nobody gives more than they have.
    let may = format!(
        "{} AND (?5 <> 'owner' OR EXISTS (SELECT 1 FROM members AS actor WHERE actor.organization = ?1 \
         AND actor.user = ?2 AND actor.role = 'owner'))",
        asked.may()
    );
    let count = "SELECT count(*) FROM invitations WHERE organization = ?1 AND";
    let made = "EXISTS (SELECT 1 FROM invitations WHERE organization = ?1 AND id = ";
    vec![
        asked.statement(
            format!(
                "INSERT INTO invitations (id, organization, email, email_key, role, digest, invited_by, \
                 created_at_ms, expires_at_ms) SELECT ?4, ?1, ?6, ?7, ?5, ?8, ?2, ?3, ?3 + {INVITATION_MS} \
                 WHERE {may} AND NOT {is_member} ?7) \
                 AND ({count} used_at_ms IS NULL AND expires_at_ms > ?3 AND email_key <> ?7) < {MAX_INVITATIONS} \
                 AND ({count} created_at_ms > ?3 - {DAY_MS}) < {MAX_INVITATIONS} \
                 AND (SELECT count(*) FROM members WHERE organization = ?1 AND role IS NOT NULL) < {MAX_MEMBERS} \
                 ON CONFLICT DO NOTHING"
            ),
            [
                at_ms(),
                id(),
                new.role.name().into(),
                new.email.as_str().into(),
                new.email_key.as_str().into(),
                new.digest.as_str().into(),
            ],
        ),
        Statement {
            sql: format!(
                "UPDATE invitations SET expires_at_ms = ?2 WHERE organization = ?1 AND email_key = ?4 AND id <> ?3 \
                 AND used_at_ms IS NULL AND expires_at_ms > ?2 AND {made} ?3)"
            ),
            values: vec![text(asked.organization), at_ms(), id(), new.email_key.as_str().into()],
        },
        Statement {
            sql: format!(
                "INSERT INTO letters (id, recipient, subject, body, created_at_ms) SELECT ?3, ?4, ?5, ?6, ?2 \
                 WHERE {made} ?7) ON CONFLICT DO NOTHING"
            ),
            values: vec![
                text(asked.organization),
                at_ms(),
                text(new.letter),
                new.email.as_str().into(),
                new.wording.subject.into(),
                new.wording.text.as_str().into(),
                id(),
            ],
        },
        asked.audit(
            change,
            "invitation.create",
            (format!("{}/{}", asked.organization, new.id), new.role.name().into()),
            &format!("{made} ?8)"),
            [id()],
        ),
        asked.statement(
            format!("SELECT {}, {is_member} ?3), ({})", asked.may(), may.replace("?5", "?4")),
            [new.email_key.as_str().into(), new.role.name().into()],
        ),
        Statement {
            sql: format!("SELECT {COLUMNS} FROM invitations WHERE organization = ?1 AND id = ?2"),
            values: vec![text(asked.organization), id()],
        },
    ]
}

pub(super) fn read_invited(new: &NewInvitation, mut rows: Rows) -> Answer<api::Invitation> {
    if let Some(made) = rows.take_first().and_then(read).filter(|made| made.id == new.id) {
        return Ok(made);
    }
    let why = rows.take_first().ok_or(OrganizationFault::Missing)?;
    Err(match [number(&why, 0), number(&why, 1), number(&why, 2)] {
        [0, ..] => OrganizationFault::Missing,
        [_, _, 0] => OrganizationFault::Role,
        [_, 1, _] => OrganizationFault::IsMember,
        _ => OrganizationFault::Full(FULL),
    })
}

pub(super) fn withdraw(grant: Grant<Delete, Invitations>, id: InvitationId, change: &Change) -> Vec<Statement> {
    let asked = Asked::new(grant.of().0, &grant);
    let at_ms = || Value::int(change.at_ms);
    let ended = "SELECT 1 FROM invitations WHERE organization = ?1 AND used_at_ms IS NULL AND expires_at_ms = ?3";
    vec![
        asked.statement(
            format!(
                "UPDATE invitations SET expires_at_ms = ?3 WHERE organization = ?1 AND id = ?4 \
                 AND used_at_ms IS NULL AND expires_at_ms > ?3 AND {}",
                asked.may()
            ),
            [at_ms(), text(id)],
        ),
        asked.audit(
            change,
            "invitation.withdraw",
            (format!("{}/{id}", asked.organization), String::new()),
            &format!("EXISTS ({ended} AND id = ?8)"),
            [text(id)],
        ),
        asked.statement(format!("{ended} AND id = ?4 AND {}", asked.may()), [at_ms(), text(id)]),
    ]
}

/// An invitation `i` that is good: `?1` is the code's digest, `?2` the address of whoever has it, `?3` the time.
const GOOD: &str = "i.digest = ?1 AND i.email_key = ?2 AND i.expires_at_ms > ?3 AND i.used_at_ms IS NULL \
    AND EXISTS (SELECT 1 FROM organizations AS o WHERE o.id = i.organization AND o.deleted = 0) \
    AND EXISTS (SELECT 1 FROM members AS inviter WHERE inviter.organization = i.organization \
      AND inviter.user = i.invited_by AND (inviter.role = 'owner' OR inviter.role = 'admin' AND i.role <> 'owner'))";

pub(super) fn accept(user: UserId, digest: &str, email_key: &str, change: &Change) -> Vec<Statement> {
    let with = |sql: String, more: Vec<Value>| {
        let values = [digest.into(), email_key.into(), Value::int(change.at_ms)].into_iter().chain(more).collect();
        Statement { sql, values }
    };
    vec![
        // Whoever is in it already keeps the role that they have.
        with(
            format!(
                "INSERT INTO members (organization, user, role, version, joined_at_ms, updated_at_ms) \
                 SELECT i.organization, ?4, i.role, ?3, ?3, ?3 FROM invitations AS i WHERE {GOOD} \
                 AND (SELECT count(*) FROM members AS m WHERE m.organization = i.organization AND m.role IS NOT NULL) \
                   < {MAX_MEMBERS} \
                 AND (SELECT count(*) FROM members AS m WHERE m.user = ?4 AND m.role IS NOT NULL) < {MAX_ORGANIZATIONS} \
                 ON CONFLICT DO UPDATE SET role = excluded.role, version = max(version + 1, excluded.version), \
                 joined_at_ms = excluded.joined_at_ms, updated_at_ms = excluded.updated_at_ms WHERE role IS NULL"
            ),
            vec![text(user)],
        ),
        with(
            format!(
                "UPDATE invitations AS i SET used_at_ms = ?3, used_by = ?4 WHERE {GOOD} AND EXISTS (SELECT 1 \
                 FROM members AS m WHERE m.organization = i.organization AND m.user = ?4 AND m.role IS NOT NULL)"
            ),
            vec![text(user)],
        ),
        with(
            "INSERT INTO audit_log (id, at_ms, actor, action, target) SELECT ?5, ?3, ?4, 'member.join', organization \
             FROM invitations WHERE digest = ?1 AND email_key = ?2 AND used_by = ?4 AND used_at_ms = ?3 \
             ON CONFLICT DO NOTHING"
                .into(),
            vec![text(user), change.id.as_str().into()],
        ),
        with(format!("SELECT 1 FROM invitations AS i WHERE {GOOD}"), Vec::new()),
        Statement {
            sql: format!(
                "SELECT {}, m.version FROM invitations AS i JOIN organizations AS o ON o.id = i.organization \
                 JOIN members AS m ON m.organization = i.organization AND m.user = ?2 \
                 WHERE i.digest = ?1 AND i.used_by = ?2 AND m.role IS NOT NULL AND o.deleted = 0",
                whole::COLUMNS
            ),
            values: vec![digest.into(), text(user)],
        },
    ]
}

pub(super) fn read_accepted(user: UserId, mut rows: Rows) -> Answer<(api::Organization, Untold)> {
    let read = |row: Columns| {
        let mut row = row.into_iter();
        let organization = whole::read(&mut row)?;
        let (id, role, version) = (organization.id, Some(organization.role), row.next()?.as_u64()?);
        Some((organization, Untold { organization: id, user, role, version }))
    };
    if let Some(accepted) = rows.take_first().and_then(read) {
        return Ok(accepted);
    }
    let is_good = rows.take_first().is_some();
    Err(if is_good { OrganizationFault::Full(NO_ROOM) } else { OrganizationFault::Worthless })
}
