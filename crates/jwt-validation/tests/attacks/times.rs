//! Dates: JWT-057 to JWT-062.

use std::time::Duration;

use jwt_validation::{ConfigError, Error, ErrorKind, TokenPolicy, UnixTime};
use serde_json::json;

use crate::support::*;

/// A genuine token with one claim replaced by this JSON text, or added.
fn dated(name: &str, value: &str) -> String {
    let mut claims = claims_with(json!({ name: null })).to_string();
    claims.pop();
    token_with_payload(format!("{claims},\"{name}\":{value}}}"))
}

fn code(name: &str, value: impl ToString) -> Option<&'static str> {
    let verified = verify(&dated(name, &value.to_string()));
    verified.err().map(|error| error.code())
}

const NOW_SECS: i64 = NOW.as_secs();

#[test]
fn jwt_057_a_token_without_an_end() {
    let token = token_with_claims(&claims_with(json!({"exp": null})));
    let error = verify(&token).unwrap_err();
    assert_eq!(error, Error::NoExpiry);
}

#[test]
fn jwt_058_dates_of_another_type() {
    for name in ["exp", "nbf", "iat"] {
        for value in [
            "\"1700000600\"",
            "null",
            "true",
            "[1700000600]",
            "{}",
            "\"\"",
            "1e400",
        ] {
            assert_eq!(code(name, value), Some("jwt.claims"), "{name} {value}");
        }
    }
}

#[test]
fn jwt_059_an_expired_token() {
    for exp in ["0", "-1", "-1e300", "1", "1e-300", "1699999939"] {
        assert_eq!(code("exp", exp), Some("jwt.expired"), "{exp}");
    }
    let error = verify(&dated("exp", "1699999000")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
    assert_eq!(
        error,
        Error::Expired {
            expires_at: UnixTime::from_secs(1_699_999_000),
            now: NOW
        }
    );
}

#[test]
fn jwt_059_jwt_060_the_last_second() {
    // "On or after" its time a token has expired (RFC 7519 §4.1.4), here 60 seconds later.
    assert_eq!(code("exp", NOW_SECS - 59), None);
    assert_eq!(code("exp", NOW_SECS - 60), Some("jwt.expired"));
    // Rounded down: the token loses the fraction.
    assert_eq!(code("exp", "1699999940.999999999"), Some("jwt.expired"));
    let strict = policy().leeway(Duration::ZERO).unwrap();
    for (exp, code) in [(NOW_SECS, Some("jwt.expired")), (NOW_SECS + 1, None)] {
        let token = dated("exp", &exp.to_string());
        let verified = verify_with(&strict, &published(), &token, NOW);
        assert_eq!(verified.err().map(|error| error.code()), code, "{exp}");
    }
}

#[test]
fn jwt_060_jwt_061_jwt_062_a_token_that_begins_later() {
    for name in ["nbf", "iat"] {
        assert_eq!(code(name, NOW_SECS + 60), None, "{name} within the leeway");
        assert_eq!(
            code(name, NOW_SECS + 61),
            Some("jwt.not_yet_valid"),
            "{name}"
        );
        // Rounded up: the token waits for the fraction.
        assert_eq!(
            code(name, "1700000060.000000001"),
            Some("jwt.not_yet_valid"),
            "{name}"
        );
        assert_eq!(code(name, "1e300"), Some("jwt.not_yet_valid"), "{name}");
        assert_eq!(code(name, "-1e300"), None, "{name}");
    }
}

#[test]
fn jwt_060_each_date_has_a_leeway_of_its_own() {
    type Setter = fn(TokenPolicy, Duration) -> Result<TokenPolicy, ConfigError>;
    // Which date is just within a leeway of 200 seconds, and which setting allows it.
    let dates: [(&str, i64, Setter); 3] = [
        ("exp", NOW_SECS - 199, TokenPolicy::expiry_leeway),
        ("nbf", NOW_SECS + 200, TokenPolicy::not_before_leeway),
        ("iat", NOW_SECS + 200, TokenPolicy::issued_at_leeway),
    ];
    for (claim, date, _) in dates {
        let token = dated(claim, &date.to_string());
        for (setting, _, set) in dates {
            let policy = set(policy(), Duration::from_secs(200)).unwrap();
            let verified = verify_with(&policy, &published(), &token, NOW);
            assert_eq!(
                verified.is_ok(),
                claim == setting,
                "{claim} under {setting}"
            );
        }
        let policy = policy().leeway(Duration::from_secs(200)).unwrap();
        let verified = verify_with(&policy, &published(), &token, NOW);
        assert!(verified.is_ok(), "{claim} under all of them");
        let code = verify(&token).unwrap_err().code();
        let late = claim == "exp";
        let refused = if late {
            "jwt.expired"
        } else {
            "jwt.not_yet_valid"
        };
        assert_eq!(code, refused, "{claim} under the default");
    }
}

#[test]
fn dates_in_any_form_of_a_number() {
    for exp in [
        "1700000600.5",
        "1.7000006e9",
        "17000006e+2",
        "1e300",
        "18446744073709551616",
    ] {
        assert_eq!(code("exp", exp), None, "{exp}");
    }
    let claims = verify(&dated("exp", "1700000600.5")).unwrap();
    assert_eq!(claims.expires_at().as_secs(), 1_700_000_600);
    let claims = verify(&dated("exp", "1e300")).unwrap();
    assert_eq!(claims.expires_at().as_secs(), i64::MAX);
    let claims = verify(&dated("nbf", "1699999999.5")).unwrap();
    assert_eq!(claims.not_before(), Some(NOW));
    assert_eq!(claims.issued_at(), Some(UnixTime::from_secs(NOW_SECS - 10)));
}

#[test]
fn any_time_of_the_check_is_survived() {
    let token = token_with_claims(&claims());
    for now in [i64::MIN, -1, 0, i64::MAX] {
        let now = UnixTime::from_secs(now);
        assert!(verify_with(&policy(), &published(), &token, now).is_err());
    }
}

#[test]
fn a_lifetime_has_a_limit_where_the_policy_sets_one() {
    let limited = policy().max_lifetime(Some(Duration::from_secs(600)));
    let code = |exp: i64, iat: Option<i64>| {
        let token = token_with_claims(&claims_with(json!({"exp": exp, "iat": iat})));
        let verified = verify_with(&limited, &published(), &token, NOW);
        verified.err().map(|error| error.code())
    };
    let long = Some("jwt.lifetime");
    assert_eq!(code(NOW_SECS + 590, Some(NOW_SECS - 10)), None);
    assert_eq!(code(NOW_SECS + 591, Some(NOW_SECS - 10)), long);
    // An old token is not short-lived for being nearly over.
    assert_eq!(code(NOW_SECS + 1, Some(NOW_SECS - 100_000)), long);
    assert_eq!(code(NOW_SECS + 600, None), None);
    assert_eq!(code(NOW_SECS + 601, None), long);
    assert_eq!(code(i64::MAX, Some(i64::MIN)), long);
}
