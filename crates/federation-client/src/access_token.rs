//! What an exchange gives.

use std::time::Duration;

use auth_core::{Secret, Timestamp};

/// Access tokens are replaced when no more than this is left, as in the W&B SDK.
pub(crate) const MARGIN: Duration = Duration::from_secs(300);

/// An access token and its end, by this machine's clock.
#[derive(Clone, Debug)]
pub struct AccessToken {
    secret: Secret,
    expires_at: Timestamp,
    refresh_at: Timestamp,
}

impl AccessToken {
    /// A token received at `now`. It is replaced five minutes before its end, or at half its life where
    /// that is less, so that a short one is used more than once.
    pub(crate) fn received(secret: Secret, now: Timestamp, lifetime: Duration) -> Self {
        let margin = MARGIN.min(Duration::from_secs(lifetime.as_secs() / 2));
        Self {
            secret,
            expires_at: now.plus(lifetime),
            refresh_at: now.plus(lifetime.saturating_sub(margin)),
        }
    }

    /// A token from the credentials file, where only its end is known.
    pub(crate) fn stored(secret: Secret, expires_at: Timestamp) -> Self {
        let margin = i64::try_from(MARGIN.as_secs()).unwrap_or(i64::MAX);
        Self {
            secret,
            expires_at,
            refresh_at: Timestamp::from_secs(expires_at.as_secs().saturating_sub(margin)),
        }
    }

    /// The token itself, for the `Authorization` header.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// When it ends.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.refresh_at
    }

    pub(crate) fn is_valid_for(&self, rest: Duration, now: Timestamp) -> bool {
        now.plus(rest) < self.expires_at
    }
}

/// Whether `text` is short enough and can stand in a header (RFC 6750 §2.1).
pub(crate) fn can_be_sent(text: &str) -> bool {
    const LONGEST: usize = 16 * 1024;
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|octet| octet.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_replaced_five_minutes_early_or_at_half_its_life() {
        let now = Timestamp::from_secs(1000);
        for (lifetime, fresh_for) in [
            (3600, 3300),
            (601, 301),
            (600, 300),
            (310, 155),
            (60, 30),
            (1, 1),
        ] {
            let lifetime = Duration::from_secs(lifetime);
            let token = AccessToken::received(Secret::new("t"), now, lifetime);
            let last = Timestamp::from_secs(1000 + fresh_for - 1);
            assert!(token.is_fresh(last), "{lifetime:?}");
            assert!(
                !token.is_fresh(last.plus(Duration::from_secs(1))),
                "{lifetime:?}"
            );
        }
    }

    #[test]
    fn a_stored_one_needs_more_than_five_minutes() {
        let token = AccessToken::stored(Secret::new("t"), Timestamp::from_secs(1000));
        assert!(token.is_fresh(Timestamp::from_secs(699)));
        assert!(!token.is_fresh(Timestamp::from_secs(700)));
    }
}
