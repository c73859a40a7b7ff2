//! Seconds since the epoch, as JWTs count them.

use std::time::Duration;

/// Whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted (RFC 7519 §2, NumericDate).
///
/// Nothing in this crate reads the wall clock: whoever verifies says what time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The moment `seconds` after the epoch; negative before it.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0
    }

    /// Later by `duration`, fractions of a second cut off; stops at the last moment that fits.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(duration.as_secs()))
    }

    /// Earlier by `duration`, fractions of a second cut off; stops at the first moment that fits.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub_unsigned(duration.as_secs()))
    }

    /// How long after `earlier` this is; zero where it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        // `abs_diff` has room for any distance between two `i64`.
        let distance = if self > earlier {
            self.0.abs_diff(earlier.0)
        } else {
            0
        };
        Duration::from_secs(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let first = UnixTime::from_secs(i64::MIN);
        let last = UnixTime::from_secs(i64::MAX);
        assert_eq!(last.plus(Duration::MAX), last);
        assert_eq!(first.minus(Duration::MAX), first);
        assert_eq!(last.since(first), Duration::from_secs(u64::MAX));
        assert_eq!(first.since(last), Duration::ZERO);
    }
}
