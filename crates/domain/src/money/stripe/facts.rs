//! What Stripe's events tell of a customer, and what all of them together come to, in whatever order they came.

use std::collections::BTreeMap;

use edgewise_protocol::{api::SubscriptionStatus, ids::UserId, plan::Plan};
use serde::{Deserialize, Serialize};

/// Longest id that we keep: Stripe's have up to 255 characters.
const MAX_ID_BYTES: usize = 255;

/// What of an event we use. No name, no address: those stay with Stripe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fact {
    pub event: String,
    pub created_s: u64,
    pub customer: String,
    /// Whose customer it is: what we wrote into the metadata when we began the checkout. Nobody else can write there.
    #[serde(default)]
    pub user: Option<UserId>,
    #[serde(default)]
    pub subscription: Option<Snapshot>,
    /// The customer exists no longer.
    #[serde(default)]
    pub gone: bool,
}

/// A subscription as an event shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    pub id: String,
    pub status: SubscriptionStatus,
    pub price: Option<String>,
    pub period_ends_s: Option<u64>,
    pub cancel_at_period_end: bool,
    /// When it was made.
    pub created_s: u64,
    pub ended: bool,
    /// The status that this event replaced: tells of two within a second which came first.
    #[serde(default)]
    pub was: Option<SubscriptionStatus>,
}

/// What became of reading a webhook's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    Fact(Box<Fact>),
    /// An event that says nothing to us.
    Other,
    /// No event.
    Unreadable,
}

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: u64,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: serde_json::Value,
    #[serde(default)]
    previous_attributes: serde_json::Value,
}

/// What stands at `pointer`; nothing is null.
fn at<'a>(value: &'a serde_json::Value, pointer: &str) -> &'a serde_json::Value {
    static NOTHING: serde_json::Value = serde_json::Value::Null;
    value.pointer(pointer).unwrap_or(&NOTHING)
}

impl Fact {
    /// Reads an event's body.
    pub fn read(body: &[u8]) -> Read {
        let Ok(event) = serde_json::from_slice::<Event>(body) else { return Read::Unreadable };
        if event.id.is_empty() || event.id.len() > MAX_ID_BYTES {
            return Read::Unreadable;
        }
        let object = &event.data.object;
        let text = |value: &serde_json::Value| value.as_str().map(ToOwned::to_owned);
        // Some are whole objects where the account asks for that.
        let id_of = |value: &serde_json::Value| text(value).or_else(|| text(at(value, "/id")));
        let user = text(at(object, "/metadata/user")).and_then(|user| user.parse().ok());
        let (customer, subscription, gone) = match event.kind.as_str() {
            "customer.subscription.created"
            | "customer.subscription.updated"
            | "customer.subscription.deleted"
            | "customer.subscription.paused"
            | "customer.subscription.resumed" => {
                let Some(snapshot) = Snapshot::read(&event) else { return Read::Unreadable };
                (id_of(at(object, "/customer")), Some(snapshot), false)
            }
            "checkout.session.completed" => (id_of(at(object, "/customer")), None, false),
            "customer.deleted" => (text(at(object, "/id")), None, true),
            _ => return Read::Other,
        };
        match customer.filter(|customer| !customer.is_empty() && customer.len() <= MAX_ID_BYTES) {
            Some(customer) => Read::Fact(Box::new(Self {
                event: event.id,
                created_s: event.created,
                customer,
                user,
                subscription,
                gone,
            })),
            // A checkout without a customer sells no subscription.
            None => Read::Other,
        }
    }
}

impl Snapshot {
    fn read(event: &Event) -> Option<Self> {
        let object = &event.data.object;
        let item = at(object, "/items/data/0");
        let status = |value: &serde_json::Value| serde_json::from_value(value.clone()).ok();
        let id = at(object, "/id").as_str().filter(|id| !id.is_empty() && id.len() <= MAX_ID_BYTES)?;
        Some(Self {
            id: id.to_owned(),
            // A status of the future gives nothing until we know it.
            status: status(at(object, "/status")).unwrap_or(SubscriptionStatus::Incomplete),
            price: at(item, "/price/id").as_str().map(ToOwned::to_owned),
            // Of the item in newer versions of the API.
            period_ends_s: at(object, "/current_period_end")
                .as_u64()
                .or_else(|| at(item, "/current_period_end").as_u64()),
            cancel_at_period_end: at(object, "/cancel_at_period_end").as_bool().unwrap_or(false),
            created_s: at(object, "/created").as_u64().unwrap_or(0),
            ended: event.kind == "customer.subscription.deleted",
            was: status(at(&event.data.previous_attributes, "/status")),
        })
    }

    /// Whether the plan is theirs: also while Stripe tries once more to be paid.
    const fn entitles(&self) -> bool {
        use SubscriptionStatus::{Active, PastDue, Trialing};
        !self.ended && matches!(self.status, Active | Trialing | PastDue)
    }
}

/// Where a customer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub user: UserId,
    pub status: SubscriptionStatus,
    pub price: Option<String>,
    /// What their status gives them, if anything.
    pub plan: Option<Plan>,
    pub period_ends_s: Option<u64>,
    pub cancel_at_period_end: bool,
}

/// What all facts of one customer come to: the same for every order of them, and however often each is there. `None`:
/// none of them says whose customer it is.
pub fn state(facts: &[Fact], plans: &BTreeMap<String, Plan>) -> Option<State> {
    // The first word counts: a customer never becomes somebody else's.
    let user = facts.iter().filter_map(|fact| Some((fact.created_s, &fact.event, fact.user?))).min()?.2;
    let gone = facts.iter().any(|fact| fact.gone);
    // Of each subscription, what was told in each second; each event once.
    let mut told: BTreeMap<&str, BTreeMap<u64, BTreeMap<&str, &Snapshot>>> = BTreeMap::new();
    for fact in facts {
        if let Some(snapshot) = &fact.subscription {
            told.entry(&snapshot.id).or_default().entry(fact.created_s).or_default().insert(&fact.event, snapshot);
        }
    }
    let subscriptions = told.into_values().filter_map(|seconds| seconds.values().fold(None, last_of_a_second));
    let best = subscriptions.max_by_key(|snapshot| (snapshot.entitles(), snapshot.created_s, &snapshot.id));
    let none = State {
        user,
        status: SubscriptionStatus::None,
        price: None,
        plan: None,
        period_ends_s: None,
        cancel_at_period_end: false,
    };
    let Some(best) = best else { return Some(none) };
    let entitles = best.entitles() && !gone;
    let ended = best.ended || gone;
    Some(State {
        status: if ended { SubscriptionStatus::Canceled } else { best.status },
        price: best.price.clone(),
        plan: best.price.as_ref().filter(|_| entitles).and_then(|price| plans.get(price)).cloned(),
        period_ends_s: best.period_ends_s,
        cancel_at_period_end: best.cancel_at_period_end,
        user,
    })
}

/// The last of the snapshots of one second, after `before`. An end is. Else each tells which status it replaced, so that
/// they are steps of one walk: it ends where more steps lead to than away, or, going round, where it began.
fn last_of_a_second<'a>(before: Option<&'a Snapshot>, second: &BTreeMap<&str, &'a Snapshot>) -> Option<&'a Snapshot> {
    let all = || second.values().copied();
    let steps = |status| {
        let to = all().filter(|snapshot| snapshot.status == status).count();
        to > all().filter(|snapshot| snapshot.was == Some(status)).count()
    };
    let where_it_began = |status| before.is_some_and(|before| before.status == status);
    all()
        .enumerate()
        .max_by_key(|(at, snapshot)| (snapshot.ended, steps(snapshot.status), where_it_began(snapshot.status), *at))
        .map(|(_, snapshot)| snapshot)
        .or(before)
}

#[cfg(test)]
mod tests;
