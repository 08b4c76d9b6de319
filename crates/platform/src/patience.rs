//! What to do about a binding that fails or is slow: try again where that is safe, and wait no longer than is of use.

use std::time::Duration;

use edgewise_domain::ports::Entropy;
use futures::future::{Either, select};
use worker::Delay;

use crate::clock::WorkerEntropy;

/// One try and two more. What is broken for longer than their pauses is the caller's to know.
const RETRIES: u32 = 2;
/// The pauses are 50 to 100 ms, then 100 to 200 ms: together less than a person notices.
const PAUSE_MS: u64 = 50;

/// Runs `attempt`, and again after a failure that `passes`. It must be safe to run after it was applied.
///
/// # Errors
/// That of the last attempt.
pub async fn retried<T, E>(attempt: impl AsyncFn() -> Result<T, E>, passes: impl Fn(&E) -> bool) -> Result<T, E> {
    for retry in 0..RETRIES {
        match attempt().await {
            Err(error) if passes(&error) => {
                let mut random = [0];
                WorkerEntropy.fill(&mut random);
                Delay::from(Duration::from_millis(pause_ms(retry, random[0]))).await;
            }
            done => return done,
        }
    }
    attempt().await
}

/// `work`, or nothing when it takes longer than `ms`.
pub async fn within<T>(ms: u64, work: impl Future<Output = T>) -> Option<T> {
    match select(Box::pin(work), Box::pin(Delay::from(Duration::from_millis(ms)))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// Twice as long each time, and up to twice that by chance, so that callers who failed together do not return together.
const fn pause_ms(retry: u32, random: u8) -> u64 {
    let least = PAUSE_MS << retry;
    least + least * random as u64 / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        assert_eq!([pause_ms(0, 0), pause_ms(0, 255)], [50, 100]);
        assert_eq!([pause_ms(1, 0), pause_ms(1, 255)], [100, 200]);
    }
}
