//! Money while an answer streams: held before the model is asked, topped up as it speaks, and the end when there is no
//! more. What a turn has cost is settled by the outbox of the catalogue (`room`), once.

use std::rc::Rc;

use edgewise_domain::{
    chat::{conversation::Wish, turn::Trouble},
    models::{Prompt, failure::FailureKind, list::BUILTIN},
    money::LIMIT_REACHED,
    ports::Accounts,
};
use edgewise_platform::{log, objects::AccountObjects};
use edgewise_protocol::{
    api::ModelRoute,
    calls::account::{AccountName, Call, Reply},
    money::{Hold, Settlement},
    price::Price,
};
use futures::future::join_all;

use super::room::Room;

/// A hold is asked for again when so much of its time is left: the deadlines are looked at every second.
const RENEW_BEFORE_MS: u64 = 60_000;

/// What is held for the turn that runs.
#[derive(Default)]
pub struct Holds {
    epoch: u64,
    /// In all; `None`: no limit applies.
    held_micro_usd: Option<u64>,
    lapses_at_ms: u64,
    /// Less was given than was asked for: there is no more.
    exhausted: bool,
    /// Somebody is being asked.
    asking: bool,
}

/// Before the model is asked: holds what the prompt and the first words cost. Nothing is held where the asker's own key
/// pays.
///
/// # Errors
/// The trouble that the turn is in when there is not so much, or when nobody says.
pub async fn admit(
    room: &Rc<Room>,
    epoch: u64,
    route: &ModelRoute,
    prompt: &Prompt,
    own_key: bool,
) -> Result<(), Trouble> {
    room.holds.replace(Holds { epoch, ..Holds::default() });
    if own_key || route.provider == BUILTIN {
        // What it says is not charged at the price of whoever spoke before.
        room.with(|log| {
            log.priced(epoch, own_key.then_some(Price::NOTHING), prompt);
            Ok(())
        });
        return Ok(());
    }
    let price = route.price.or_else(|| room.config.as_ref()?.prices.of(&route.model));
    let wish = room.with(|log| {
        log.priced(epoch, price, prompt);
        Ok(log.wish(epoch))
    });
    let Some(wish) = wish.flatten().filter(|wish| !wish.payers.is_empty()) else { return Ok(()) };
    hold(room, epoch, &wish).await?;
    let held_micro_usd = room.holds.borrow().held_micro_usd;
    // Its prompt and a first word, or nothing.
    if held_micro_usd.is_some_and(|held| held <= wish.committed_micro_usd) { Err(limit_reached()) } else { Ok(()) }
}

/// After words came, and every second: asks for more before it is spent, and ends the answer when it is.
pub fn watch(room: &Rc<Room>, epoch: u64) {
    let is_limited = |holds: &Holds| holds.epoch == epoch && holds.held_micro_usd.is_some();
    if !is_limited(&room.holds.borrow()) {
        return;
    }
    let Some(wish) = room.read(|log| Ok(log.wish(epoch))).flatten() else { return };
    let now_ms = room.now_ms();
    let (spent, ask) = {
        let holds = room.holds.borrow();
        let Some(held) = holds.held_micro_usd else { return };
        // While somebody is being asked, a chunk may be lent: they answer long before it is spent.
        let lent = if holds.asking { wish.chunk_micro_usd } else { 0 };
        let is_low = !holds.exhausted && wish.committed_micro_usd.saturating_add(wish.chunk_micro_usd / 2) > held;
        let is_old = now_ms.saturating_add(RENEW_BEFORE_MS) > holds.lapses_at_ms;
        let spent = wish.committed_micro_usd >= held.saturating_add(lent);
        (spent && (holds.asking || holds.exhausted), !holds.asking && (is_low || is_old || spent))
    };
    if spent {
        return cut(room, epoch);
    }
    if ask {
        room.holds.borrow_mut().asking = true;
        let asking = Rc::clone(room);
        room.spawn(async move {
            let answer = hold(&asking, epoch, &wish).await;
            {
                let mut holds = asking.holds.borrow_mut();
                if holds.epoch != epoch {
                    return;
                }
                holds.asking = false;
            }
            match answer {
                // What was said meanwhile counts.
                Ok(()) => watch(&asking, epoch),
                Err(_) => log::warn(format_args!("money: nobody said whether there is more, asked again soon")),
            }
        });
    }
}

/// Holds what is wished for, or as much as there is, and notes it.
async fn hold(room: &Rc<Room>, epoch: u64, wish: &Wish) -> Result<(), Trouble> {
    let now_ms = room.now_ms();
    let known = room.holds.borrow().held_micro_usd.is_some();
    let each = wish.payers.iter().map(|(name, lease, part)| {
        // What came with the message does for its beginning, so that it costs no call.
        let first = wish.first.as_ref().filter(|first| {
            let lasts = first.lapses_at_ms > now_ms.saturating_add(RENEW_BEFORE_MS);
            !known && first.lease == *lease && first.held_micro_usd >= wish.want_micro_usd && lasts
        });
        let call = Call::Reserve { lease: lease.clone(), want_micro_usd: wish.want_micro_usd, part: *part };
        async move {
            match first {
                Some(first) => Ok(Some(first.clone())),
                None => reserve(&room.accounts, name, call).await,
            }
        }
    });
    let held = join_all(each).await.into_iter().collect::<Result<Vec<Option<Hold>>, Trouble>>()?;
    let mut holds = room.holds.borrow_mut();
    if holds.epoch != epoch {
        return Ok(());
    }
    holds.held_micro_usd = held.iter().flatten().map(|hold| hold.held_micro_usd).min();
    holds.lapses_at_ms = held.iter().flatten().map(|hold| hold.lapses_at_ms).min().unwrap_or(u64::MAX);
    holds.exhausted = holds.held_micro_usd.is_some_and(|held| held < wish.want_micro_usd);
    Ok(())
}

async fn reserve(accounts: &AccountObjects, name: &AccountName, call: Call) -> Result<Option<Hold>, Trouble> {
    match accounts.call(name, call).await {
        Ok(Reply::Held { hold }) => Ok(hold),
        Ok(Reply::OverBudget) => Err(limit_reached()),
        Ok(_) => Err(Trouble::Cut),
        Err(error) => {
            log::warn(format_args!("money: {error}"));
            Err(Trouble::Cut)
        }
    }
}

/// Ends the answer: what was said is kept.
fn cut(room: &Rc<Room>, epoch: u64) {
    let now_ms = room.now_ms();
    room.with(|log| log.trouble(epoch, now_ms, limit_reached()));
}

fn limit_reached() -> Trouble {
    Trouble::Refused { kind: FailureKind::OverBudget, retry_after_ms: None, sentence: LIMIT_REACHED.into() }
}

/// Tells those who hold money what turns have cost. `false`: not all have heard; each may be told again.
pub async fn settle(accounts: &AccountObjects, settlements: Vec<(AccountName, Settlement)>) -> bool {
    let mut by_name: Vec<(AccountName, Vec<Settlement>)> = Vec::new();
    for (name, settlement) in settlements {
        match by_name.iter_mut().find(|(known, _)| *known == name) {
            Some((_, same)) => same.push(settlement),
            None => by_name.push((name, vec![settlement])),
        }
    }
    let each = by_name.into_iter().map(async |(name, settlements)| {
        match accounts.call(&name, Call::Settle { settlements }).await {
            Ok(Reply::Done) => true,
            Ok(_) | Err(_) => {
                log::warn(format_args!("money: {name} has not heard what was spent, and is told again"));
                false
            }
        }
    });
    join_all(each).await.into_iter().all(|heard| heard)
}

/// Gives back what came with a message that made no turn, such as one that was sent again.
pub fn release_unused(room: &Rc<Room>) {
    let unused = room.with(|log| Ok(log.take_unused_hold())).flatten();
    if let Some(unused) = unused {
        let accounts = room.accounts.clone();
        // Lost, it lapses.
        room.spawn(async move {
            settle(&accounts, vec![unused]).await;
        });
    }
}
