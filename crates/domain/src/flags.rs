//! Feature flags: for whom one is on, and how they rest in D1.

use edgewise_protocol::{
    api::Flag,
    ids::{TenantId, UserId},
    timestamp::Timestamp,
};
use sha2::{Digest, Sha256};

use crate::{
    access::Principal,
    audit::note_named,
    chat::send::StoreError,
    ports::{Columns, Database, Flags, Statement, Value},
};

/// Flags of a deployment: each request may carry them all.
pub const MAX_FLAGS: u32 = 200;
/// Users and organizations that one flag may name; for more there is the percentage.
pub const MAX_TENANTS: usize = 200;
pub const MAX_NAME_CHARS: usize = 64;
/// A percentage in hundredths.
const BUCKETS: u32 = 10_000;

/// Whether the flag is on for somebody. A larger percentage keeps whoever has it already; each flag draws anew.
pub fn is_on(flag: &Flag, principal: &Principal<'_>) -> bool {
    let user = principal.user;
    let is_theirs = |tenant: &TenantId| {
        tenant.uuid() == user.uuid()
            || principal.memberships.iter().any(|known| known.organization.uuid() == tenant.uuid())
    };
    flag.enabled && (flag.tenants.iter().any(is_theirs) || bucket(&flag.name, user) < u32::from(flag.percent) * 100)
}

fn bucket(name: &str, user: UserId) -> u32 {
    let digest = Sha256::new().chain_update(name).chain_update(b"\0").chain_update(user.uuid().as_bytes()).finalize();
    digest.first_chunk().map_or(0, |first| u32::from_be_bytes(*first)) % BUCKETS
}

/// `new-composer`: lower-case letters, digits and hyphens, a letter first.
pub fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME_CHARS
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Who changes a flag, for the audit log.
#[derive(Debug, Clone)]
pub struct Change {
    pub id: String,
    pub actor: UserId,
    pub at_ms: u64,
}

/// Flags in D1.
#[derive(Debug, Clone)]
pub struct FlagsOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Flags for FlagsOver<D> {
    async fn all(&self) -> Result<Vec<Flag>, StoreError> {
        let sql = "SELECT name, enabled, percent, tenants, updated_at_ms FROM flags ORDER BY name".into();
        let rows = self.0.batch(vec![Statement { sql, values: Vec::new() }]).await?.pop().unwrap_or_default();
        Ok(rows.into_iter().filter_map(read).collect())
    }

    async fn set(&self, flag: &Flag, change: &Change) -> Result<bool, StoreError> {
        let tenants = serde_json::to_string(&flag.tenants).unwrap_or_default();
        let write = Statement {
            sql: "INSERT INTO flags (name, enabled, percent, tenants, updated_at_ms) SELECT ?1, ?2, ?3, ?4, ?5 \
                  WHERE EXISTS (SELECT 1 FROM flags WHERE name = ?1) OR (SELECT count(*) FROM flags) < ?6 \
                  ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled, percent = excluded.percent, \
                  tenants = excluded.tenants, updated_at_ms = excluded.updated_at_ms RETURNING name"
                .into(),
            values: vec![
                flag.name.as_str().into(),
                Value::int(flag.enabled.into()),
                Value::int(flag.percent.into()),
                tenants.as_str().into(),
                Value::int(flag.updated_at.0),
                Value::int(MAX_FLAGS.into()),
            ],
        };
        let state = if flag.enabled { "on" } else { "off" };
        let detail = format!("{state} for {} % and {} tenants", flag.percent, flag.tenants.len());
        // After the write, and only of a flag that is there.
        let audit = note_named("flags", change, "flag.set", &flag.name, &detail);
        let mut found = self.0.batch(vec![write, audit]).await?;
        found.pop();
        Ok(found.pop().is_some_and(|rows| !rows.is_empty()))
    }

    async fn remove(&self, name: &str, change: &Change) -> Result<bool, StoreError> {
        // Before the deletion, while it can be seen whether there is such a flag.
        let audit = note_named("flags", change, "flag.delete", name, "");
        let sql = "DELETE FROM flags WHERE name = ?1 RETURNING name".into();
        let delete = Statement { sql, values: vec![name.into()] };
        Ok(self.0.batch(vec![audit, delete]).await?.pop().is_some_and(|rows| !rows.is_empty()))
    }
}

/// A row that cannot be read is no flag: off for everybody.
fn read(row: Columns) -> Option<Flag> {
    let mut row = row.into_iter();
    Some(Flag {
        name: row.next()?.into_text()?,
        enabled: row.next()?.as_u64()? != 0,
        percent: u8::try_from(row.next()?.as_u64()?).ok()?,
        tenants: serde_json::from_str(&row.next()?.into_text()?).ok()?,
        updated_at: Timestamp(row.next()?.as_u64()?),
    })
}

#[cfg(test)]
mod tests {
    use edgewise_protocol::{
        ids::OrganizationId,
        organization::{MemberRole, Membership},
    };

    use super::*;

    fn is_on_for(flag: &Flag, user: UserId) -> bool {
        is_on(flag, &Principal { user, memberships: &[] })
    }

    fn user(n: u64) -> UserId {
        UserId::new(n, &[3; 10])
    }

    fn flag(percent: u8) -> Flag {
        let name = "new-composer".into();
        Flag {
            name,
            enabled: true,
            percent,
            tenants: vec![TenantId::from_uuid(*user(1).uuid())],
            updated_at: Timestamp(1),
        }
    }

    #[test]
    fn a_percentage_is_that_part_of_the_users_and_grows() {
        let on = |percent| (0..10_000).map(user).filter(|user| is_on_for(&flag(percent), *user)).collect::<Vec<_>>();
        let (five, half) = (on(5), on(50));
        assert!(
            (400..600).contains(&five.len()) && (4_800..5_200).contains(&half.len()),
            "{} {}",
            five.len(),
            half.len()
        );
        assert!(five.iter().all(|user| half.contains(user)), "nobody loses what they have");
        assert_eq!(on(100).len(), 10_000);
        assert_eq!(on(0), [user(1)], "who is named has it");
        let other = Flag { name: "other".into(), ..flag(50) };
        let both = half.iter().filter(|user| is_on_for(&other, **user)).count();
        assert!((2_200..2_800).contains(&both), "each flag draws anew: {both}");
        let off = Flag { enabled: false, ..flag(100) };
        assert!(!is_on_for(&off, user(1)));
    }

    #[test]
    fn an_organization_that_is_named_has_it_for_its_members() {
        let organization = OrganizationId::new(7, &[4; 10]);
        let named = Flag { tenants: vec![TenantId::from_uuid(*organization.uuid())], ..flag(0) };
        let memberships = [Membership { organization, role: MemberRole::Viewer }];
        assert!(is_on(&named, &Principal { user: user(2), memberships: &memberships }));
        assert!(!is_on_for(&named, user(2)));
    }

    #[test]
    fn names_are_plain() {
        for good in ["a", "new-composer", "x2"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "2x", "-a", "A", "a b", "a/b", "é", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
