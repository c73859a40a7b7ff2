//! API keys, in the forms that the W&B SDK sends.

use auth_core::Secret;

use crate::error::ConfigError;

/// An API key that a server may take.
#[derive(Clone, Debug)]
pub struct ApiKey(Secret);

impl ApiKey {
    /// Checks the form, as the SDK does before it sends one: three parts of letters, digits, `_` and `-`
    /// with dots between them, or, after everything up to the first `-`, at least 40 such characters.
    ///
    /// # Errors
    /// [`ConfigError::ApiKey`]
    pub fn parse(key: Secret) -> Result<Self, ConfigError> {
        let text = key.expose();
        if text.trim() != text {
            return Err(ConfigError::ApiKey {
                expected: "no whitespace around it",
            });
        }
        let parts: Vec<&str> = text.split('.').collect();
        if parts.len() == 3 && parts.iter().all(|part| is_word(part)) {
            return Ok(Self(key));
        }
        let secret = text.split_once('-').map_or(text, |(_, secret)| secret);
        if !is_word(secret) {
            return Err(ConfigError::ApiKey {
                expected: "letters, digits, _ and - only",
            });
        }
        // ASCII only, so octets are characters.
        if secret.len() < 40 {
            return Err(ConfigError::ApiKey {
                expected: "at least 40 characters after the first -",
            });
        }
        Ok(Self(key))
    }

    /// The key itself.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

fn is_word(text: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-');
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_forms_that_the_sdk_takes() {
        let forty = "a1".repeat(20);
        for (name, key, taken) in [
            ("40 hex", forty.clone(), true),
            ("local", format!("local-{forty}"), true),
            ("cloud", format!("wandb_v1_{}", "x".repeat(77)), true),
            ("dash in the secret", format!("local-{forty}-a"), true),
            ("JWT", "a_.b-.c".into(), true),
            ("39", forty[1..].into(), false),
            ("39 after the dash", format!("local-{}", &forty[1..]), false),
            (
                "a dash near the end",
                format!("{}-{}", &forty[..34], &forty[..8]),
                false,
            ),
            ("bang", format!("{forty}!"), false),
            ("bang before the dash", format!("lo!cal-{forty}"), true),
            ("space before", format!(" {forty}"), false),
            ("space before a prefix", format!(" local-{forty}"), false),
            ("line after", format!("{forty}\n"), false),
            ("space inside", format!("{forty} {forty}"), false),
            ("letters of elsewhere", "é".repeat(40), false),
            ("empty part", "a..c".into(), false),
            ("four parts", "a.b.c.d".into(), false),
            ("empty", String::new(), false),
        ] {
            let parsed = ApiKey::parse(Secret::new(key.as_str()));
            assert_eq!(parsed.is_ok(), taken, "{name}");
            if let Err(error) = parsed {
                assert!(
                    key.is_empty() || !format!("{error:?} {error}").contains(&key),
                    "{name}"
                );
            }
        }
    }
}
