//! The sizes and forms that a policy's fields can have.

use std::collections::HashSet;

use super::condition::{Condition, Test};
use super::document::is_writable;
use super::error::{Path, Shown, TrustError};
use super::policy::{AccountRule, Samples, TrustPolicy};
use super::scalar::Scalar;

/// The longest document, in octets of its shortest JSON.
const LONGEST_DOCUMENT: usize = 64 * 1024;

const LONGEST_LEEWAY: u64 = 300;
const LIFETIME: std::ops::RangeInclusive<u64> = 60..=7 * 24 * 60 * 60;
const MOST_AUDIENCES: usize = 16;
const LONGEST_AUDIENCE: usize = 1024;
const MOST_TYPES: usize = 8;
const LONGEST_TYPE: usize = 127;
const MOST_ALGORITHMS: usize = 16;
const MOST_NETWORKS: usize = 64;
const MOST_CONDITIONS: usize = 32;
const MOST_ACCOUNTS: usize = 64;
const MOST_SAMPLES: usize = 16;
const LONGEST_SAMPLE: usize = 8 * 1024;
const MOST_VALUES: usize = 256;
const LONGEST_VALUE: usize = 2048;
const LONGEST_ACCOUNT: usize = 128;

/// Checks everything that does not depend on the issuer or on what the samples do.
pub(super) fn check(policy: &TrustPolicy) -> Result<(), TrustError> {
    let root = Path::Root;
    check_times(policy)?;
    check_token(policy)?;
    check_conditions(&policy.conditions, &root.member("conditions"))?;
    check_samples(&policy.samples, &root.member("samples"))?;

    let accounts = root.member("accounts");
    at_most(
        MOST_ACCOUNTS,
        "at most 64 rules",
        policy.accounts.len(),
        &accounts,
    )?;
    let mut names = HashSet::new();
    for (index, rule) in policy.accounts.iter().enumerate() {
        let path = accounts.element(index);
        check_account(rule, &path)?;
        require(names.insert(rule.name.as_str()), || {
            let expected = "a name that no other rule has";
            TrustError::field(&path.member("name"), &rule.name, expected)
        })?;
    }

    check_length(json_length(policy))
}

/// Checks the length of the whole document, in octets.
pub(super) fn check_length(octets: usize) -> Result<(), TrustError> {
    let path = Path::Root;
    at_most(
        LONGEST_DOCUMENT,
        "a policy of at most 64 KiB",
        octets,
        &path,
    )
}

fn check_times(policy: &TrustPolicy) -> Result<(), TrustError> {
    let root = Path::Root;
    let leeway = root.member("leeway");
    for (name, seconds) in [
        ("expiry", policy.leeway.expiry),
        ("not_before", policy.leeway.not_before),
        ("issued_at", policy.leeway.issued_at),
    ] {
        require(seconds <= LONGEST_LEEWAY, || {
            TrustError::field(&leeway.member(name), seconds, "0 to 300 seconds")
        })?;
    }
    if let Some(seconds) = policy.max_lifetime {
        require(LIFETIME.contains(&seconds), || {
            let expected = "60 to 604800 seconds (seven days)";
            TrustError::field(&root.member("max_lifetime"), seconds, expected)
        })?;
    }
    if let Some(end) = policy.expires_at {
        require(is_writable(end), || {
            let found = Shown::words(format!("{} s after 1970", end.as_secs()));
            TrustError::field(&root.member("expires_at"), found, "a year from 0 to 9999")
        })?;
    }
    Ok(())
}

/// What concerns the token around its claims, and whence it comes.
fn check_token(policy: &TrustPolicy) -> Result<(), TrustError> {
    let root = Path::Root;
    let audiences = root.member("audiences");
    at_most(
        MOST_AUDIENCES,
        "at most 16 audiences",
        policy.audiences.len(),
        &audiences,
    )?;
    let mut listed = HashSet::new();
    for (index, audience) in policy.audiences.iter().enumerate() {
        require(listed.insert(audience), || {
            let expected = "an audience that is not listed before";
            TrustError::field(&audiences.element(index), audience, expected)
        })?;
        require((1..=LONGEST_AUDIENCE).contains(&audience.len()), || {
            let expected = "an audience of 1 to 1024 octets";
            TrustError::field(&audiences.element(index), audience, expected)
        })?;
    }
    let algorithms = root.member("algorithms");
    at_most(
        MOST_ALGORITHMS,
        "at most 16 algorithms",
        policy.algorithms.len(),
        &algorithms,
    )?;
    let types = root.member("types");
    at_most(MOST_TYPES, "at most 8 types", policy.types.len(), &types)?;
    for (index, typ) in policy.types.iter().enumerate() {
        require(is_media_type(typ), || {
            let expected = "a media type of at most 127 octets, with or without `application/`";
            TrustError::field(&types.element(index), typ, expected)
        })?;
    }
    let networks = root.member("networks");
    at_most(
        MOST_NETWORKS,
        "at most 64 networks",
        policy.networks.len(),
        &networks,
    )
}

/// RFC 6838 §4.2, the part before `/` left out or not.
fn is_media_type(text: &str) -> bool {
    let subtype = text.split_once('/').map_or(text, |(_, subtype)| subtype);
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$&-^_.+/".contains(&octet);
    text.len() <= LONGEST_TYPE
        && !text.starts_with('/')
        && !subtype.is_empty()
        && !subtype.contains('/')
        && text.bytes().all(allowed)
}

pub(super) fn check_account(rule: &AccountRule, path: &Path<'_>) -> Result<(), TrustError> {
    auth_core::check_name(&rule.name).map_err(|_| {
        let expected = "1 to 128 ASCII letters, digits, and . _ - after the first character";
        TrustError::field(&path.member("name"), &rule.name, expected)
    })?;
    let account = rule.account.as_str();
    require((1..=LONGEST_ACCOUNT).contains(&account.len()), || {
        let expected = "a service account's identifier of 1 to 128 octets";
        TrustError::field(&path.member("account"), account, expected)
    })?;
    let conditions = path.member("conditions");
    require(!rule.conditions.is_empty(), || {
        let expected = "a condition; a rule without one would take every subject of the issuer";
        TrustError::field(&conditions, Shown::words("empty"), expected)
    })?;
    check_conditions(&rule.conditions, &conditions)?;
    check_samples(&rule.samples, &path.member("samples"))
}

fn check_conditions(conditions: &[Condition], path: &Path<'_>) -> Result<(), TrustError> {
    at_most(
        MOST_CONDITIONS,
        "at most 32 conditions",
        conditions.len(),
        path,
    )?;
    for (index, condition) in conditions.iter().enumerate() {
        check_condition(condition, &path.element(index))?;
    }
    Ok(())
}

pub(super) fn check_condition(condition: &Condition, path: &Path<'_>) -> Result<(), TrustError> {
    let path = path.member(condition.test.name());
    match &condition.test {
        Test::OneOf(values) | Test::ContainsAny(values) => {
            require((1..=MOST_VALUES).contains(&values.len()), || {
                TrustError::field(&path, values.len(), "1 to 256 values")
            })?;
            for (index, value) in values.iter().enumerate() {
                check_value(value, &path.element(index))?;
            }
            Ok(())
        }
        Test::Equals(value) | Test::Contains(value) => check_value(value, &path),
        Test::Prefix(prefix) => require((1..=LONGEST_VALUE).contains(&prefix.len()), || {
            TrustError::field(&path, prefix, "a text of 1 to 2048 octets")
        }),
        // What can be a pattern was settled when it was parsed.
        Test::Pattern(_) => Ok(()),
    }
}

fn check_value(value: &Scalar, path: &Path<'_>) -> Result<(), TrustError> {
    let text = value.as_text().unwrap_or_default();
    require(text.len() <= LONGEST_VALUE, || {
        TrustError::field(path, text, "a text of at most 2048 octets")
    })
}

fn check_samples(samples: &Samples, path: &Path<'_>) -> Result<(), TrustError> {
    for (name, sample) in [("accepts", &samples.accepts), ("refuses", &samples.refuses)] {
        let path = path.member(name);
        at_most(MOST_SAMPLES, "at most 16 samples", sample.len(), &path)?;
        for (index, claims) in sample.iter().enumerate() {
            let path = path.element(index);
            at_most(
                LONGEST_SAMPLE,
                "claims of at most 8 KiB",
                json_length(claims),
                &path,
            )?;
        }
    }
    Ok(())
}

fn require(holds: bool, error: impl FnOnce() -> TrustError) -> Result<(), TrustError> {
    if holds { Ok(()) } else { Err(error()) }
}

fn at_most(
    most: usize,
    expected: &'static str,
    found: usize,
    path: &Path<'_>,
) -> Result<(), TrustError> {
    require(found <= most, || TrustError::field(path, found, expected))
}

/// The length of the shortest JSON; what can't be written counts as too long.
fn json_length(value: &impl serde::Serialize) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |json| json.len())
}
