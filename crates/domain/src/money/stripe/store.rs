//! Where Stripe's events rest, and how what they come to reaches the user's plan.
//!
//! Effects: 1. the event's row, under its id; 2. the customer's row and the plan in the user's row, computed from all
//! events and written only if none has come in between; 3. the account hears of the row. Each may be done twice; an
//! event is marked as applied after all three, and the cron does again what was not.

use edgewise_protocol::{
    calls::account::{AccountName, Call, ProfileChange, Reply},
    ids::UserId,
    plan::Plan,
};

use super::{ApiFault, Fact, State, Stripe, check, meter_event, state};
use crate::{
    chat::send::StoreError,
    ports::{Accounts, Billing, Columns, Database, Statement, Users, Value, Web},
    users::{TellError, tell},
    web::{WebFault, WebLimits},
};

/// Customers of one round of the cron.
const BATCH: u32 = 50;
/// Meter events of one round: each is a request.
const METER_BATCH: u32 = 50;
/// Stripe's meter takes what happened in the last 35 days.
const MAX_AGE_MS: u64 = 35 * 24 * 3_600_000;
/// Old lines that one round forgets.
const FORGET_BATCH: u32 = 500;
const FIRST_DELAY_MS: u64 = 60_000;
/// With doubling delays, about a day and a half: Stripe takes no older ones than 35 days.
const MAX_ATTEMPTS: u32 = 11;
/// Facts of one customer that are looked at: at ten a month, more than eight years.
const MAX_FACTS: u32 = 1_000;
pub const LIMITS: WebLimits = WebLimits { max_bytes: 256 * 1024, timeout_ms: 10_000 };

/// Where somebody's subscription stands, as it was last computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub customer: String,
    pub status: String,
    pub period_ends_at_ms: Option<u64>,
    pub cancel_at_period_end: bool,
}

/// What Stripe is yet to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub id: String,
    pub customer: String,
    pub micro_usd: u64,
    pub at_ms: u64,
}

/// The billing tables over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct BillingOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Billing for BillingOver<D> {
    async fn keep(&self, fact: &Fact, now_ms: u64) -> Result<(), StoreError> {
        let sql = "INSERT INTO stripe_events (id, customer, fact, received_at_ms) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT DO NOTHING";
        let text = serde_json::to_string(fact)
            .map_err(|error| StoreError { operation: "keep an event", cause: error.to_string() })?;
        let values =
            vec![fact.event.as_str().into(), fact.customer.as_str().into(), Value::Text(text), Value::int(now_ms)];
        self.run(vec![Statement { sql: sql.into(), values }]).await.map(|_| ())
    }

    async fn unapplied(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT customer FROM stripe_events WHERE applied = 0 ORDER BY received_at_ms LIMIT ?1";
        let rows = self.run(vec![Statement { sql: sql.into(), values: vec![Value::int(BATCH.into())] }]).await?.pop();
        Ok(rows.unwrap_or_default().into_iter().filter_map(|row| row.into_iter().next()?.into_text()).collect())
    }

    async fn facts(&self, customer: &str) -> Result<Vec<Fact>, StoreError> {
        let sql = "SELECT fact FROM stripe_events WHERE customer = ?1 ORDER BY received_at_ms DESC LIMIT ?2";
        let values = vec![customer.into(), Value::int(MAX_FACTS.into())];
        let rows = self.run(vec![Statement { sql: sql.into(), values }]).await?.pop().unwrap_or_default();
        let fact = |row: Columns| serde_json::from_str(&row.into_iter().next()?.into_text()?).ok();
        Ok(rows.into_iter().filter_map(fact).collect())
    }

    async fn write(
        &self,
        customer: &str,
        known: usize,
        state: &State,
        now_ms: u64,
    ) -> Result<Option<Plan>, StoreError> {
        let mut found = self.run(write_statements(customer, known, state, now_ms)).await?;
        let written = found.pop().unwrap_or_default().into_iter().next();
        Ok(written.and_then(|row| row.into_iter().next()?.into_text()?.parse().ok()))
    }

    async fn applied(&self, facts: &[Fact]) -> Result<(), StoreError> {
        let ids: Vec<_> = facts.iter().map(|fact| &fact.event).collect();
        let sql = "UPDATE stripe_events SET applied = 1 WHERE applied = 0 AND id IN (SELECT value FROM json_each(?1))";
        let values = vec![Value::Text(serde_json::to_string(&ids).unwrap_or_default())];
        self.run(vec![Statement { sql: sql.into(), values }]).await.map(|_| ())
    }

    async fn standing(&self, user: UserId) -> Result<Option<Standing>, StoreError> {
        let sql = "SELECT customer, status, period_ends_at_ms, cancel_at_period_end FROM subscriptions \
                   WHERE user = ?1 ORDER BY plan IS NULL, updated_at_ms DESC, customer LIMIT 1";
        let values = vec![Value::Text(user.to_string())];
        let rows = self.run(vec![Statement { sql: sql.into(), values }]).await?.pop().unwrap_or_default();
        let standing = |row: Columns| {
            let mut row = row.into_iter();
            Some(Standing {
                customer: row.next()?.into_text()?,
                status: row.next()?.into_text()?,
                period_ends_at_ms: row.next()?.as_u64(),
                cancel_at_period_end: row.next()?.as_u64()? != 0,
            })
        };
        Ok(rows.into_iter().next().and_then(standing))
    }

    async fn take_due(&self, now_ms: u64) -> Result<Vec<Due>, StoreError> {
        // Taken and put off in one statement, as letters are.
        let sql = format!(
            "UPDATE meter_events SET attempts = attempts + 1, next_attempt_at_ms = ?1 + ({FIRST_DELAY_MS} << attempts) \
             WHERE id IN (SELECT id FROM meter_events WHERE sent_at_ms IS NULL AND next_attempt_at_ms <= ?1 \
             AND attempts < {MAX_ATTEMPTS} ORDER BY next_attempt_at_ms LIMIT {METER_BATCH}) \
             RETURNING id, customer, micro_usd, at_ms"
        );
        let rows = self.run(vec![Statement { sql, values: vec![Value::int(now_ms)] }]).await?.pop().unwrap_or_default();
        let due = |row: Columns| {
            let mut row = row.into_iter();
            let (id, customer) = (row.next()?.into_text()?, row.next()?.into_text()?);
            Some(Due { id, customer, micro_usd: row.next()?.as_u64()?, at_ms: row.next()?.as_u64()? })
        };
        Ok(rows.into_iter().filter_map(due).collect())
    }

    async fn forget_old(&self, now_ms: u64) -> Result<(), StoreError> {
        let sql = format!(
            "DELETE FROM meter_events WHERE id IN (SELECT id FROM meter_events WHERE at_ms < ?1 LIMIT {FORGET_BATCH})"
        );
        let values = vec![Value::int(now_ms.saturating_sub(MAX_AGE_MS))];
        self.run(vec![Statement { sql, values }]).await.map(|_| ())
    }

    async fn sent(&self, id: &str, now_ms: u64) -> Result<(), StoreError> {
        let sql = "UPDATE meter_events SET sent_at_ms = ?2 WHERE id = ?1";
        self.run(vec![Statement { sql: sql.into(), values: vec![id.into(), Value::int(now_ms)] }]).await.map(|_| ())
    }
}

impl<D: Database> BillingOver<D> {
    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Columns>>, StoreError> {
        self.0.batch(statements).await
    }
}

/// The customer's row, the plan in the user's row with its line in the audit log, and that plan, if no event came in
/// between.
fn write_statements(customer: &str, known: usize, state: &State, now_ms: u64) -> Vec<Statement> {
    const STILL: &str = "(SELECT count(*) FROM stripe_events WHERE customer = ?1) = ?2";
    /// The best plan that any of the user's subscriptions gives; without one, what everybody begins with.
    const PLAN: &str = "COALESCE((SELECT plan FROM subscriptions WHERE user = ?3 AND plan IS NOT NULL \
        ORDER BY period_ends_at_ms DESC, customer LIMIT 1), ?4)";
    let usual = Plan::default().to_string();
    let head = || vec![Value::from(customer), Value::int(known as u64), Value::Text(state.user.to_string())];
    let with = |more: Vec<Value>| head().into_iter().chain(more).collect::<Vec<_>>();
    let status = serde_json::to_value(state.status).ok().and_then(|value| value.as_str().map(ToOwned::to_owned));
    vec![
        Statement {
            sql: format!(
                "INSERT INTO subscriptions (customer, user, status, price, plan, period_ends_at_ms, \
                 cancel_at_period_end, updated_at_ms) SELECT ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE {STILL} \
                 ON CONFLICT (customer) DO UPDATE SET status = excluded.status, price = excluded.price, \
                 plan = excluded.plan, period_ends_at_ms = excluded.period_ends_at_ms, \
                 cancel_at_period_end = excluded.cancel_at_period_end, updated_at_ms = excluded.updated_at_ms"
            ),
            values: with(vec![
                status.into(),
                state.price.clone().into(),
                state.plan.as_ref().map(ToString::to_string).into(),
                state.period_ends_s.map_or(Value::Null, |at_s| Value::int(at_s.saturating_mul(1_000))),
                Value::int(state.cancel_at_period_end.into()),
                Value::int(now_ms),
            ]),
        },
        Statement {
            sql: format!(
                "INSERT INTO audit_log (id, at_ms, actor, action, target, detail) \
                 SELECT 'stripe/' || ?1 || '/' || ?2, ?5, 'stripe', 'user.change', ?3, 'plan ' || {PLAN} FROM users \
                 WHERE id = ?3 AND plan IS NOT {PLAN} AND {STILL} ON CONFLICT DO NOTHING"
            ),
            values: with(vec![usual.as_str().into(), Value::int(now_ms)]),
        },
        Statement {
            sql: format!(
                "UPDATE users SET plan = {PLAN}, version = version + 1, updated_at_ms = ?5 \
                 WHERE id = ?3 AND plan IS NOT {PLAN} AND {STILL}"
            ),
            values: with(vec![usual.as_str().into(), Value::int(now_ms)]),
        },
        Statement { sql: format!("SELECT {PLAN} WHERE {STILL}"), values: with(vec![usual.as_str().into()]) },
    ]
}

/// Brings a customer's user to what all events come to. `false`: another event came in between, and whoever brought it
/// does this.
///
/// # Errors
/// [`TellError`]: the events stay unapplied, and the cron comes back to them.
pub async fn apply(
    billing: &impl Billing,
    users: &impl Users,
    accounts: &impl Accounts,
    stripe: &Stripe,
    customer: &str,
    now_ms: u64,
) -> Result<bool, TellError> {
    let facts = billing.facts(customer).await?;
    if let Some(state) = state(&facts, &stripe.plans) {
        let Some(plan) = billing.write(customer, facts.len(), &state, now_ms).await? else { return Ok(false) };
        match users.by_id(state.user).await? {
            Some(row) => tell(users, accounts, &row).await.map(|_| ())?,
            // A user of another issuer: their account alone knows them.
            None => {
                let change = ProfileChange { plan: Some(plan), ..ProfileChange::default() };
                match accounts.call(&AccountName::User(state.user), Call::Change { change }).await? {
                    Reply::Changed { .. } | Reply::Unknown => {}
                    _ => return Err(TellError::Failed),
                }
            }
        }
    }
    billing.applied(&facts).await?;
    Ok(true)
}

/// Applies what was kept and not applied. Gives the faults: each is tried again.
///
/// # Errors
/// [`StoreError`] when nobody can say what that is.
pub async fn apply_all(
    billing: &impl Billing,
    users: &impl Users,
    accounts: &impl Accounts,
    stripe: &Stripe,
    now_ms: u64,
) -> Result<Vec<TellError>, StoreError> {
    let mut faults = Vec::new();
    for customer in billing.unapplied().await? {
        faults.extend(apply(billing, users, accounts, stripe, &customer, now_ms).await.err());
    }
    Ok(faults)
}

/// Why Stripe has not heard of something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeterFault {
    #[error("{0:?}")]
    Web(WebFault),
    #[error(transparent)]
    Api(#[from] ApiFault),
}

/// Tells Stripe's meter what is due. Gives the faults: each is tried again.
///
/// # Errors
/// [`StoreError`].
pub async fn send_meter_events(
    billing: &impl Billing,
    web: &impl Web,
    stripe: &Stripe,
    now_ms: u64,
) -> Result<Vec<MeterFault>, StoreError> {
    let Some(name) = &stripe.meter_event else { return Ok(Vec::new()) };
    let mut faults = Vec::new();
    for Due { id, customer, micro_usd, at_ms } in billing.take_due(now_ms).await? {
        let request = meter_event(stripe, name, &id, &customer, micro_usd, at_ms);
        match web.fetch(request, LIMITS).await.map_err(MeterFault::Web) {
            Ok(reply) => match check(&reply) {
                Ok(()) => billing.sent(&id, now_ms).await?,
                Err(fault) => faults.push(fault.into()),
            },
            Err(fault) => faults.push(fault),
        }
    }
    Ok(faults)
}
