//! `/api/auth`: who somebody is, and how they prove it. One file for each concern; here is what they share.

pub mod bootstrap;
pub mod opening;
pub mod password;
pub mod reset;
pub mod second;
pub mod session;
pub mod sign_in;
pub mod sign_up;
pub mod verify;

use edgewise_domain::{
    identity::email::EmailAddress,
    users::{UserRow, tell},
};
use edgewise_protocol::{api::User, calls::account::Profile};

use crate::{
    app::{App, AppPorts},
    bounds::MAX_NAME_CHARS,
    error::{Answer, Failure},
};

/// Lets the account hear what its row says, and gives what it knows then. What is lost here, the cron makes up for.
pub(super) async fn hears<P: AppPorts>(app: &App<P>, row: &UserRow) -> Answer<Profile> {
    Ok(tell(app.ports.users(), app.ports.accounts(), row).await?.unwrap_or_else(|| row.profile()))
}

pub(super) fn user(profile: &Profile) -> User {
    User {
        id: profile.user,
        guest: profile.guest,
        role: profile.role,
        email: profile.email.clone(),
        email_verified: profile.email_verified,
        name: profile.name.clone(),
        two_factor: profile.two_factor,
        created_at: profile.created_at,
    }
}

pub(super) fn email(text: &str) -> Answer<EmailAddress> {
    EmailAddress::parse(text).map_err(|fault| Failure::field("/email", fault.to_string()))
}

/// A name that other people may see.
pub(super) fn display_name(pointer: &str, text: &str) -> Answer<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Failure::field(pointer, format!("must have 1 to {MAX_NAME_CHARS} printable characters")));
    }
    Ok(name.to_owned())
}

fn hash<P: AppPorts>(app: &App<P>, password: &str) -> Answer<String> {
    let hashed = app.config.passwords.hash(password, &app.random());
    hashed.map_err(|_| Failure::Internal { log: "a password could not be hashed".into() })
}
