//! `/api/admin/limits` and credits: what payers may spend. Each deed is in the audit log before it is done.

use axum::{Json, extract::State, response::IntoResponse};
use edgewise_domain::{
    audit::Entry,
    money::ledger::PayerColumn,
    ports::{Accounts, Directory, Ledger},
};
use edgewise_protocol::{
    api::{GrantCredits, SetLimits},
    calls::account::{AccountName, Call, Reply},
    ids::{ConversationId, UserId},
    money::{MAX_MICRO_USD, Part, Spending},
};
use serde::Deserialize;

use super::users;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody, Params,
        caller::Admin,
        once::{Made, Making, Once},
    },
};

/// Whose limits: a key's are its user's to hold, a project's its organization's.
#[derive(Debug, Deserialize)]
pub struct PartParams {
    key: Option<String>,
    project: Option<String>,
}

/// Whom the object is named for, which part of them, and the ledger's column.
struct Payer {
    name: AccountName,
    part: Option<Part>,
    column: PayerColumn,
    target: String,
}

impl Payer {
    fn read(scope: &str, id: &str, params: PartParams) -> Answer<Self> {
        let payer = match scope {
            "users" => {
                let id = id.parse().map_err(|_| no_payer())?;
                let key = params.key.as_deref().filter(|key| !key.is_empty());
                let key =
                    key.map(|key| key.parse().map_err(|_| Failure::field("key", "must be a UUID"))).transpose()?;
                let column = key.map_or(PayerColumn::User(id), PayerColumn::Key);
                (AccountName::User(id), key.map(Part::Key), column)
            }
            "organizations" => {
                let id = id.parse().map_err(|_| no_payer())?;
                let project = params.project.as_deref().filter(|project| !project.is_empty());
                let project = project
                    .map(|project| project.parse().map_err(|_| Failure::field("project", "must be a UUID")))
                    .transpose()?;
                let column = project.map_or(PayerColumn::Organization(id), PayerColumn::Project);
                (AccountName::Organization(id), project.map(Part::Project), column)
            }
            _ => return Err(no_payer()),
        };
        let (name, part, column) = payer;
        Ok(Self { name, part, column, target: id.to_owned() })
    }

    /// Itself, if it is there: nobody sets limits for a slip of the pen.
    async fn found<P: AppPorts>(self, app: &App<P>) -> Answer<Self> {
        let is_there = match self.name {
            AccountName::User(user) => match users::found(app, user).await {
                Err(Failure::NotFound { .. }) => false,
                found => found.map(|_| true)?,
            },
            AccountName::Organization(organization) => app.ports.directory().has(organization).await?,
            _ => false,
        };
        if is_there { Ok(self) } else { Err(no_payer()) }
    }
}

const fn no_payer() -> Failure {
    Failure::NotFound { what: "Payer" }
}

/// `GET /api/admin/limits/{scope}/{id}`
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(_): Admin,
    Hole((scope, id)): Hole<(String, String)>,
    Params(params): Params<PartParams>,
) -> Answer<Json<Spending>> {
    let payer = Payer::read(&scope, &id, params)?.found(&app).await?;
    spending(app.ports.accounts().call(&payer.name, Call::Spending { part: payer.part }).await?).map(Json)
}

/// `PUT /api/admin/limits/{scope}/{id}`: the same again changes nothing.
pub async fn set<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(caller): Admin,
    Hole((scope, id)): Hole<(String, String)>,
    Params(params): Params<PartParams>,
    JsonBody(body): JsonBody<SetLimits>,
) -> Answer<Json<Spending>> {
    let payer = Payer::read(&scope, &id, params)?.found(&app).await?;
    let limits = body.limits();
    for (pointer, amount) in [
        ("/dayMicroUsd", limits.day_micro_usd),
        ("/monthMicroUsd", limits.month_micro_usd),
        ("/totalMicroUsd", limits.total_micro_usd),
    ] {
        amount_fits(pointer, amount.unwrap_or(0))?;
    }
    let now_ms = app.now_ms();
    let words = |name: &str, amount: Option<u64>| amount.map(|amount| format!("{name} {amount}"));
    let detail = [
        payer.part.map(|part| match part {
            Part::Key(id) => format!("key {id}"),
            Part::Project(id) => format!("project {id}"),
        }),
        words("day", limits.day_micro_usd),
        words("month", limits.month_micro_usd),
        words("total", limits.total_micro_usd),
    ];
    let detail = detail.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let id = ConversationId::new(now_ms, &app.random()).to_string();
    // The log names users and organizations alike.
    let target: UserId = payer.target.parse().map_err(|_| no_payer())?;
    let entry = Entry { id, at_ms: now_ms, actor: caller.user(), action: "limits.set", target, detail };
    app.ports.directory().note(&entry).await?;
    let spent = app.ports.ledger().spent(payer.column, now_ms).await?;
    let call = Call::SetLimits { part: payer.part, limits, spent };
    spending(app.ports.accounts().call(&payer.name, call).await?).map(Json)
}

/// `POST /api/admin/users/{id}/credits`
pub async fn grant<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(caller): Admin,
    Hole(id): Hole,
    once: Once,
    JsonBody(body): JsonBody<GrantCredits>,
) -> Answer {
    let user: UserId = id.parse().map_err(|_| Failure::NotFound { what: "User" })?;
    let actor = caller.user();
    once.make(&app, actor, (id, body), |making, (_, body)| give(&app, making, actor, user, body)).await
}

async fn give<P: AppPorts>(
    app: &App<P>,
    making: Making,
    actor: UserId,
    user: UserId,
    body: GrantCredits,
) -> Answer<Made> {
    amount_fits("/microUsd", body.micro_usd)?;
    users::found(app, user).await?;
    let key = ConversationId::new(making.at_ms, &making.id_bytes()).to_string();
    let detail = format!("{} micro-USD", body.micro_usd);
    let entry = Entry { id: key.clone(), at_ms: making.at_ms, actor, action: "credits.grant", target: user, detail };
    app.ports.directory().note(&entry).await?;
    let call = Call::GrantCredits { key, micro_usd: body.micro_usd };
    let spending = spending(app.ports.accounts().call(&AccountName::User(user), call).await?)?;
    let kept = serde_json::to_string(&spending).ok();
    Ok((Json(spending).into_response(), kept))
}

fn amount_fits(pointer: &str, amount: u64) -> Answer<()> {
    if amount <= MAX_MICRO_USD {
        return Ok(());
    }
    Err(Failure::field(pointer, format!("must be at most {MAX_MICRO_USD}")))
}

fn spending(reply: Reply) -> Answer<Spending> {
    match reply {
        Reply::Spending { spending } => Ok(spending),
        _ => Err(Failure::account_failed()),
    }
}
