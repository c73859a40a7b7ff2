//! How often and how soon a request that failed is sent again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_core::{Random, Timestamp};

/// When to try again after 429, 5xx, a broken connection or silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts in all, the first included. Default: 4, as in the W&B SDK.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles from there, and up to a quarter is added at random
    /// so that many clients don't come back together. Default: 1 second.
    pub first_delay: Duration,
    /// Attempts and waits together. An answer whose `Retry-After` is beyond it ends the attempts.
    /// Default: 60 seconds.
    pub total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_delay: Duration::from_secs(1),
            total: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// The wait after attempt number `attempt`, counted from 1; `None` where it was the last one.
    pub(crate) fn delay(
        &self,
        attempt: u32,
        retry_after: Option<Duration>,
        spent: Duration,
        random: &dyn Random,
    ) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(16);
        let delay = self.first_delay.saturating_mul(1_u32 << doublings);
        let mut octet = [0_u8; 1];
        // Without randomness there is no jitter; that is no reason to give up.
        let _ = random.fill(&mut octet);
        let [octet] = octet;
        let jitter = delay.saturating_mul(u32::from(octet)).checked_div(4 * 255);
        let delay = delay.saturating_add(jitter.unwrap_or_default());
        let delay = retry_after.map_or(delay, |asked| asked.max(delay));
        (spent.saturating_add(delay) < self.total).then_some(delay)
    }
}

/// Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.
pub(crate) fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|octet| octet.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date: SystemTime = httpdate::parse_http_date(value).ok()?;
    let seconds = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let date = Timestamp::from_secs(i64::try_from(seconds).ok()?);
    Some(date.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use auth_core::RandomError;

    #[derive(Debug)]
    struct Fixed(u8);

    impl Random for Fixed {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
            buffer.fill(self.0);
            Ok(())
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_and_end() {
        let policy = RetryPolicy::default();
        let waits: Vec<_> = (1..=5)
            .map(|attempt| policy.delay(attempt, None, Duration::ZERO, &Fixed(0)))
            .collect();
        assert_eq!(
            waits,
            [Some(SECOND), Some(2 * SECOND), Some(4 * SECOND), None, None]
        );
    }

    #[test]
    fn jitter_adds_a_quarter_at_most() {
        let policy = RetryPolicy::default();
        let most = policy.delay(2, None, Duration::ZERO, &Fixed(255));
        let most = most.expect("not the last attempt");
        assert!(most > Duration::from_millis(2490) && most <= Duration::from_millis(2500));
    }

    #[test]
    fn retry_after_lengthens_a_wait_and_is_bounded() {
        let policy = RetryPolicy::default();
        let delay =
            |seconds, spent| policy.delay(1, Some(seconds * SECOND), spent * SECOND, &Fixed(0));
        assert_eq!(delay(0, 0), Some(SECOND));
        assert_eq!(delay(20, 0), Some(20 * SECOND));
        assert_eq!(delay(20, 45), None, "not within the total");
        assert_eq!(delay(u32::MAX, 0), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Timestamp::from_secs(784_111_770);
        for (value, expected) in [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("-1", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(parse_retry_after(value, now), expected, "{value:?}");
        }
    }
}
