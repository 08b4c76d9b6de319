//! Which user somebody from elsewhere is here: the one they were, the one who asks, or a new one.

use edgewise_domain::{
    identity::jwks::ExternalUser,
    ports::Users,
    users::{Identity, UserRow},
};
use edgewise_protocol::{
    calls::account::{Ends, Profile, Role},
    plan::Plan,
    timestamp::Timestamp,
};

use super::Stop;
use crate::{
    app::{App, AppPorts},
    extract::caller::Caller,
};

pub enum Outcome {
    /// A session begins.
    SignIn { profile: Profile, ends: Ends },
    /// Whoever is signed in may sign in this way from now on.
    Linked,
}

/// Settles who it is. `caller` is who was signed in when it began.
pub async fn settle<P: AppPorts>(app: &App<P>, from: ExternalUser, caller: Option<Caller>) -> Result<Outcome, Stop> {
    let identity = Identity { provider: from.issuer.clone(), subject: from.subject.clone() };
    let users = app.ports.users();
    let owner = users.by_identity(&identity).await?;
    let named = caller.as_ref().filter(|caller| !caller.profile.guest).map(Caller::user);
    match (owner, named) {
        (Some(owner), Some(user)) if owner != user => Err(Stop::IDENTITY_TAKEN),
        (Some(_), Some(_)) => Ok(Outcome::Linked),
        (Some(owner), None) => sign_in(users.by_id(owner).await?.ok_or(Stop::FAILED)?),
        (None, Some(user)) if users.link(user, &identity, app.now_ms()).await? => Ok(Outcome::Linked),
        (None, Some(_)) => Err(Stop::IDENTITY_TAKEN),
        (None, None) => welcome(app, from, identity, caller).await,
    }
}

fn sign_in(row: UserRow) -> Result<Outcome, Stop> {
    if row.banned {
        return Err(Stop::BLOCKED);
    }
    Ok(Outcome::SignIn { profile: row.profile(), ends: Ends::None })
}

/// Somebody whom we do not know by this identity. Their address leads to an account only when both sides have shown that
/// it is theirs: else whoever typed it first, here or there, would get the other's account.
async fn welcome<P: AppPorts>(
    app: &App<P>,
    from: ExternalUser,
    identity: Identity,
    guest: Option<Caller>,
) -> Result<Outcome, Stop> {
    let users = app.ports.users();
    let email = from.email.ok_or(Stop::EMAIL_MISSING)?;
    if let Some(row) = users.by_email(&email.key()).await? {
        if !(row.email_verified && from.email_verified) {
            return Err(Stop::EMAIL_TAKEN);
        }
        if !row.banned && !users.link(row.id, &identity, app.now_ms()).await? {
            return Err(Stop::IDENTITY_TAKEN);
        }
        return sign_in(row);
    }
    // A guest becomes the account, and keeps what they have.
    let (id, created_at, ends) = match guest.as_ref().and_then(|guest| Some((guest, guest.guest_session()?))) {
        Some((guest, session)) => (guest.user(), guest.profile.created_at, Ends::One(session)),
        None => (app.new_user_id(), Timestamp(app.now_ms()), Ends::None),
    };
    let row = UserRow {
        id,
        email: email.as_str().to_owned(),
        password_hash: None,
        name: from.name,
        role: Role::User,
        banned: false,
        email_verified: from.email_verified,
        created_at,
        plan: Plan::default(),
        version: UserRow::FIRST_VERSION,
    };
    if !users.add_with_identity(&row, &email.key(), &identity).await? {
        return Err(Stop::EMAIL_TAKEN);
    }
    Ok(Outcome::SignIn { profile: row.profile(), ends })
}
