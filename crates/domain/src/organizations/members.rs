//! Who is in an organization. The rules about owners are in the statement that changes a role, so that of two changes
//! at once the second sees the first.

use edgewise_protocol::{api, ids::UserId, organization::MemberRole, timestamp::Timestamp};

use super::{
    Answer, OrganizationFault, Rows, Untold,
    statements::{Asked, text},
    whole::role,
};
use crate::{
    access::{Delete, Grant, Members, Own, Read},
    flags::Change,
    ports::{Columns, Statement, Value},
};

pub(super) fn list(grant: Grant<Read, Members>) -> Vec<Statement> {
    let asked = Asked::new(grant.of().organization, &grant);
    let sql = "SELECT m.user, m.role, u.name, u.email, m.joined_at_ms FROM members AS m \
               LEFT JOIN users AS u ON u.id = m.user WHERE m.organization = ?1 AND m.role IS NOT NULL \
               ORDER BY m.joined_at_ms, m.user";
    vec![Statement { sql: sql.into(), values: vec![text(asked.organization)] }, asked.asks()]
}

pub(super) fn read_list(mut rows: Rows) -> Answer<Vec<api::Member>> {
    rows.take_first().ok_or(OrganizationFault::Missing)?;
    let read = |row: Columns| {
        let mut row = row.into_iter();
        Some(api::Member {
            user_id: row.next()?.into_text()?.parse().ok()?,
            role: role(row.next()?)?,
            name: row.next()?.into_text(),
            email: row.next()?.into_text(),
            joined_at: Timestamp(row.next()?.as_u64()?),
        })
    };
    Ok(rows.take().into_iter().filter_map(read).collect())
}

/// A member gets another role, or none.
pub(super) struct SetRole {
    pub of: Members,
    pub by: UserId,
    /// That may, except where owners are concerned.
    pub roles: String,
    pub role: Option<MemberRole>,
}

impl SetRole {
    fn asked(&self) -> Asked {
        Asked { organization: self.of.organization, by: self.by, roles: self.roles.clone() }
    }

    fn member(&self) -> Value {
        self.of.user.map_or(Value::Null, text)
    }

    fn role(&self) -> Value {
        self.role.map_or(Value::Null, |role| role.name().into())
    }

    pub fn statements(&self, change: &Change) -> Vec<Statement> {
        let asked = self.asked();
        let sql = format!(
            "UPDATE members SET role = ?4, version = max(version + 1, ?3), updated_at_ms = ?3 \
             WHERE organization = ?1 AND user = ?5 AND role IS NOT NULL AND role IS NOT ?4 \
             AND EXISTS (SELECT 1 FROM members AS actor WHERE actor.organization = ?1 AND actor.user = ?2 \
               AND (actor.role = 'owner' OR actor.role IN ({}) AND members.role <> 'owner' AND ?4 IS NOT 'owner')) \
             AND (role <> 'owner' OR EXISTS (SELECT 1 FROM members AS other WHERE other.organization = ?1 \
               AND other.user <> ?5 AND other.role = 'owner'))",
            self.roles
        );
        let target = self.of.user.map(|user| format!("{}/{user}", self.of.organization)).unwrap_or_default();
        vec![
            asked.statement(sql, [Value::int(change.at_ms), self.role(), self.member()]),
            asked.audit(
                change,
                if self.role.is_some() { "member.set-role" } else { "member.remove" },
                (target, self.role.map(|role| role.name().to_owned()).unwrap_or_default()),
                "EXISTS (SELECT 1 FROM members WHERE organization = ?1 AND user = ?8 AND updated_at_ms = ?3 \
                 AND role IS ?9)",
                [self.member(), self.role()],
            ),
            asked.statement(
                "SELECT m.role, m.version, m.updated_at_ms, actor.role AS by_role FROM members AS m \
                 LEFT JOIN members AS actor ON actor.organization = m.organization AND actor.user = ?2 \
                 WHERE m.organization = ?1 AND m.user = ?3",
                [self.member()],
            ),
        ]
    }

    /// What came of it. A change that is there already has been made.
    pub fn read(&self, change: &Change, mut rows: Rows) -> Answer<Untold> {
        let read = |row: Columns| {
            let mut row = row.into_iter();
            let is = role(row.next()?);
            let (version, at_ms) = (row.next()?.as_u64()?, row.next()?.as_u64()?);
            Some((is, version, at_ms, role(row.next()?)))
        };
        let found = rows.take_first().and_then(read).zip(self.of.user);
        let ((is, version, at_ms, by), user) = found.ok_or(OrganizationFault::Missing)?;
        match (is, by) {
            (Some(_), _) if is == self.role => {}
            (None, _) if self.role.is_none() && at_ms == change.at_ms => {}
            (None, _) | (_, None) => return Err(OrganizationFault::Missing),
            (Some(MemberRole::Owner), Some(MemberRole::Owner)) => return Err(OrganizationFault::LastOwner),
            (Some(_), Some(_)) => return Err(OrganizationFault::Role),
        }
        Ok(Untold { organization: self.of.organization, user, role: is, version })
    }
}

/// All or nothing: whoever is the last owner of one stays in all. Gives a row when somebody is left.
pub(super) fn leave_all(grant: Grant<Delete, Own>, change: &Change) -> Vec<Statement> {
    let user = || text(grant.of().0);
    vec![
        Statement {
            sql: "UPDATE members SET role = NULL, version = max(version + 1, ?2), updated_at_ms = ?2 \
                  WHERE user = ?1 AND role IS NOT NULL AND NOT EXISTS (SELECT 1 FROM members AS mine \
                  WHERE mine.user = ?1 AND mine.role = 'owner' AND NOT EXISTS (SELECT 1 FROM members AS other \
                  WHERE other.organization = mine.organization AND other.user <> ?1 AND other.role = 'owner'))"
                .into(),
            values: vec![user(), Value::int(change.at_ms)],
        },
        Statement {
            sql: "INSERT INTO audit_log (id, at_ms, actor, action, target) SELECT ?3, ?2, ?1, 'member.leave-all', ?1 \
                  WHERE EXISTS (SELECT 1 FROM members WHERE user = ?1 AND role IS NULL AND updated_at_ms = ?2) \
                  ON CONFLICT DO NOTHING"
                .into(),
            values: vec![user(), Value::int(change.at_ms), change.id.as_str().into()],
        },
        Statement {
            sql: "SELECT 1 FROM members WHERE user = ?1 AND role IS NOT NULL LIMIT 1".into(),
            values: vec![user()],
        },
    ]
}

/// In no order, so that some that cannot be told hold up no others for long.
pub(super) fn untold(limit: u32) -> Statement {
    Statement {
        sql: "SELECT organization, user, role, version FROM members WHERE told_version < version \
              ORDER BY random() LIMIT ?1"
            .into(),
        values: vec![Value::int(limit.into())],
    }
}

pub(super) fn read_untold(mut rows: Rows) -> Vec<Untold> {
    let read = |row: Columns| {
        let mut row = row.into_iter();
        Some(Untold {
            organization: row.next()?.into_text()?.parse().ok()?,
            user: row.next()?.into_text()?.parse().ok()?,
            role: role(row.next()?),
            version: row.next()?.as_u64()?,
        })
    };
    rows.take().into_iter().filter_map(read).collect()
}

pub(super) fn told(told: &Untold) -> Statement {
    Statement {
        sql: "UPDATE members SET told_version = ?3 WHERE organization = ?1 AND user = ?2 AND told_version < ?3".into(),
        values: vec![text(told.organization), text(told.user), Value::int(told.version)],
    }
}
