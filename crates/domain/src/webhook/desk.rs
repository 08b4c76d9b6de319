//! Calls to an endpoint: whoever asks is shown to `authorize`, and the platform's own calls come from nobody.

use edgewise_protocol::{
    calls::webhook::{Call, Reply, Request},
    ids::UserId,
};

use super::{MAX_PAGE, endpoint::Endpoint, store::Store};
use crate::{
    access::{Principal, authorize},
    chat::send::StoreError,
    ports::Sql,
};

/// Answers a call. What is held may be begun by it, or taken away.
///
/// # Errors
/// [`StoreError`]; what is held may differ from the store then.
pub fn handle<Q: Sql>(
    held: &mut Option<Endpoint<Q>>,
    store: impl FnOnce() -> Store<Q>,
    now_ms: u64,
    request: Request,
) -> Result<Reply, StoreError> {
    let Some(user) = request.user else { return platform(held, now_ms, request.call) };
    if let (None, Call::Begin { endpoint }) = (&*held, &request.call)
        && endpoint.user == user
    {
        *held = Some(Endpoint::begin(store(), endpoint.as_ref().clone())?);
    }
    match held {
        Some(endpoint) => answer(endpoint, user, now_ms, request.call),
        None => Ok(Reply::NotFound),
    }
}

fn platform<Q: Sql>(held: &mut Option<Endpoint<Q>>, now_ms: u64, call: Call) -> Result<Reply, StoreError> {
    match (call, held.as_mut()) {
        (Call::Append { events }, Some(endpoint)) => endpoint.append(now_ms, events)?,
        (Call::Erase, _) => held.take().map_or(Ok(()), Endpoint::erase)?,
        _ => return Ok(Reply::NotFound),
    }
    Ok(Reply::Done)
}

fn answer<Q: Sql>(endpoint: &mut Endpoint<Q>, user: UserId, now_ms: u64, call: Call) -> Result<Reply, StoreError> {
    let (principal, own) = (Principal { user, memberships: &[] }, endpoint.owner());
    let (Ok(read), Ok(write)) = (authorize(&principal, own), authorize(&principal, own)) else {
        return Ok(Reply::NotFound);
    };
    match call {
        Call::Begin { .. } | Call::Show => {}
        Call::Change { change } => endpoint.change(write, now_ms, change)?,
        Call::Rotate { sealed } => endpoint.rotate(write, now_ms, sealed)?,
        Call::ReplayAfter { seq } => endpoint.replay_after(write, seq)?,
        Call::ReplayFrom { event_id } => {
            if !endpoint.replay_from(write, &event_id)? {
                return Ok(Reply::NoEvent);
            }
        }
        Call::Attempts { before, limit } => {
            return Ok(Reply::Attempts { page: endpoint.attempts(read, before, limit.clamp(1, MAX_PAGE))? });
        }
        Call::Events { after, limit, dead } => {
            return Ok(Reply::Events { page: endpoint.events(read, after, limit.clamp(1, MAX_PAGE), dead)? });
        }
        Call::Append { .. } | Call::Erase => return Ok(Reply::NotFound),
    }
    Ok(Reply::Endpoint { endpoint: Box::new(endpoint.view(read, now_ms)) })
}
