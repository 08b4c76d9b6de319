//! Keys of the asker's own: fetched from their account when a provider is about to be asked, opened here, and kept for
//! no longer than the question.

use std::rc::Rc;

use edgewise_domain::{
    chat::turn::Trouble,
    identity::vault::NONCE_BYTES,
    models::own_key,
    ports::{Accounts, Entropy},
};
use edgewise_platform::{clock::WorkerEntropy, log};
use edgewise_protocol::{
    api::ModelRoute,
    calls::account::{AccountName, Call, Reply, SealedKey},
    ids::UserId,
    timestamp::Timestamp,
};

use super::room::Room;

/// The key that is used for a question. It has no `Debug`: nothing of it is to reach a log.
#[derive(Clone)]
pub struct OwnKey {
    pub secret: String,
    /// The provider refused it the last time.
    pub was_refused: bool,
    user: UserId,
    provider: String,
    created_at: Timestamp,
}

/// The asker's own key for the route's provider; `None`: they have none, and the deployment pays. Only who has any
/// costs a call.
///
/// # Errors
/// The trouble that the turn is in: nobody says, or the key cannot be read. Nothing is asked at our expense then.
pub async fn find(room: &Rc<Room>, epoch: u64, route: &ModelRoute) -> Result<Option<OwnKey>, Trouble> {
    let Some(config) = &room.config else { return Ok(None) };
    let Some(user) = room.read(|log| Ok(log.own_keys_of(epoch))).flatten() else { return Ok(None) };
    if !config.providers.contains_key(&route.provider) {
        return Ok(None);
    }
    let provider = own_key::name_of(&route.provider).to_owned();
    let call = Call::UseProviderKey { provider: provider.clone() };
    let SealedKey { key, sealed } = match room.accounts.call(&AccountName::User(user), call).await {
        Ok(Reply::ProviderKey { key: Some(key) }) => *key,
        Ok(Reply::ProviderKey { key: None }) => {
            uses(room, epoch, false);
            return Ok(None);
        }
        Ok(_) | Err(_) => {
            log::warn(format_args!("model: an account did not say whether there is a key of its own"));
            return Err(Trouble::Cut);
        }
    };
    let context = own_key::context(user, &provider);
    let Some(secret) = config.vault.open(&context, &sealed) else {
        log::warn(format_args!("model: a key of a user's own cannot be opened"));
        return Err(own_key::unreadable(&provider));
    };
    let own = OwnKey { secret, was_refused: key.refused_at.is_some(), user, provider, created_at: key.created_at };
    if config.vault.is_old(&sealed) {
        let mut nonce = [0; NONCE_BYTES];
        WorkerEntropy.fill(&mut nonce);
        let sealed = config.vault.seal(&nonce, &context, &own.secret);
        note(room, own.clone(), None, sealed);
    }
    uses(room, epoch, true);
    Ok(Some(own))
}

fn uses(room: &Rc<Room>, epoch: u64, own_key: bool) {
    room.with(|log| {
        log.use_own_key(epoch, own_key);
        Ok(())
    });
}

/// The provider refuses the key, or accepts it again. Nobody waits: the next question tells again.
pub fn judge(room: &Rc<Room>, own: OwnKey, refused: bool) {
    note(room, own, Some(refused), None);
}

fn note(room: &Rc<Room>, own: OwnKey, refused: Option<bool>, sealed: Option<String>) {
    let accounts = room.accounts.clone();
    let OwnKey { user, provider, created_at, .. } = own;
    room.spawn(async move {
        let call = Call::NoteProviderKey { provider, created_at, refused, sealed };
        if accounts.call(&AccountName::User(user), call).await.is_err() {
            log::warn(format_args!("model: an account has not heard of its own key, and is told with the next use"));
        }
    });
}
