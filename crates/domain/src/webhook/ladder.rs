//! When a delivery that failed is tried again, as the specification of Standard Webhooks recommends.

/// The longest that a receiver may ask us to wait.
pub const MAX_WAIT_MS: u64 = 24 * 3_600_000;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// Between one try and the next: ten tries in about three days.
const WAITS_MS: [u64; 9] = [
    5_000,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];

/// How long to wait after try number `attempt`; `None`: that was the last.
pub fn wait_ms(attempt: u32) -> Option<u64> {
    let at = usize::try_from(attempt).ok()?.checked_sub(1)?;
    WAITS_MS.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_each_later_than_the_one_before() {
        let waits: Vec<_> = (1..).map_while(wait_ms).collect();
        assert_eq!(waits.len() + 1, 10);
        assert!(waits.is_sorted() && waits[0] == 5_000);
        assert_eq!(waits.iter().sum::<u64>() / HOUR_MS, 75);
        assert_eq!((wait_ms(0), wait_ms(10)), (None, None));
    }
}
