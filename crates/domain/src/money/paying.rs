//! Paying for one attempt beside a turn: money is held before a model is asked, and settled under the attempt's key.

use edgewise_protocol::{
    calls::account::{AccountName, Call, Reply},
    money::{Part, Settlement},
};
use futures::future::join_all;

use super::annotation::Bill;
use crate::ports::Accounts;

/// Who pays, and the part of them that has limits of its own.
pub type Payer = (AccountName, Option<Part>);

/// Holds what the attempt may cost. `false`: a limit was reached.
///
/// # Errors
/// Why nobody knows.
pub async fn hold(accounts: &impl Accounts, payers: &[Payer], bill: &Bill) -> Result<bool, String> {
    let Some(want_micro_usd) = bill.wanted_micro_usd() else { return Ok(true) };
    for (name, part) in payers {
        let call = Call::Reserve { lease: bill.key.clone(), want_micro_usd, part: *part };
        match accounts.call(name, call).await {
            Ok(Reply::Held { hold }) if hold.as_ref().is_none_or(|hold| hold.held_micro_usd >= want_micro_usd) => {}
            Ok(Reply::Held { .. } | Reply::OverBudget) => {
                give_back(accounts, payers, bill).await;
                return Ok(false);
            }
            Ok(_) => return Err("nobody said what may be spent".into()),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(true)
}

/// What was held for an attempt that is not made. Lost, it lapses.
async fn give_back(accounts: &impl Accounts, payers: &[Payer], bill: &Bill) {
    let settlements = vec![Settlement { lease: bill.key.clone(), cost_micro_usd: 0 }];
    let tell = payers.iter().map(async |(name, _)| {
        _ = accounts.call(name, Call::Settle { settlements: settlements.clone() }).await;
    });
    join_all(tell).await;
}

/// Tells those who hold the money what attempts have cost. Again changes nothing.
///
/// # Errors
/// Why somebody may not have heard.
pub async fn settle(accounts: &impl Accounts, payers: &[Payer], settlements: &[Settlement]) -> Result<(), String> {
    if settlements.is_empty() {
        return Ok(());
    }
    for (name, _) in payers {
        let call = Call::Settle { settlements: settlements.to_vec() };
        accounts.call(name, call).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}
