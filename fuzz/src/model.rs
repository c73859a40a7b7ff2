//! What a token must be to be accepted, written down a second time, from the specifications and without
//! any cleverness. It shares no code with what is under test: its own base64url, JSON and dates, and
//! OpenSSL's signatures.

use std::cmp::Ordering;

use crate::issuer::Scheme;
use crate::json::Json;

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "api";
pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const LEEWAY: i64 = 60;

/// The longest token, in octets.
const LONGEST: usize = 16 * 1024;

/// Whether `token` deserves to be accepted.
pub(crate) fn deserves(token: &str) -> bool {
    verdict(token).is_some()
}

fn verdict(token: &str) -> Option<()> {
    holds(token.len() <= LONGEST)?;
    let segments: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = segments.as_slice() else {
        return None;
    };
    let (input, _) = token.rsplit_once('.')?;
    let signature = decode(signature)?;
    let scheme = header_names(&Json::parse(&decode(header)?)?)?;
    let genuine = scheme.verifier()?.verify(input.as_bytes(), &signature);
    holds(genuine.is_ok())?;
    let claims = Json::parse(&decode(payload)?)?;
    holds(claims_pass(claims.members()?))
}

/// Carries a condition into `?`.
fn holds(condition: bool) -> Option<()> {
    condition.then_some(())
}

/// base64url without padding, in its one canonical spelling (RFC 4648 §5).
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut octets = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for character in text.chars() {
        let value = ALPHABET.find(character)?;
        bits = ((bits << 6) | u32::try_from(value).ok()?) & 0xffff;
        count = count.saturating_add(6);
        if let Some(rest) = count.checked_sub(8) {
            count = rest;
            octets.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    // What is left must be less than a character, and zero.
    let left = bits & (1_u32 << count).saturating_sub(1);
    (count < 6 && left == 0).then_some(octets)
}

fn find<'j>(members: &'j [(String, Json)], name: &str) -> Option<&'j Json> {
    let mut members = members.iter();
    members.find_map(|(found, value)| (found == name).then_some(value))
}

/// The scheme that a header names, if it may name one.
fn header_names(header: &Json) -> Option<Scheme> {
    let members = header.members()?;
    // RFC 7515 §4.1.11: no extension is understood.
    holds(find(members, "crit").is_none())?;
    // RFC 7797 §7.
    holds(find(members, "b64").is_none_or(|b64| *b64 == Json::Bool(true)))?;
    // RFC 8725 §3.11, RFC 7515 §4.1.9.
    if let Some(typ) = find(members, "typ") {
        let typ = typ.as_text()?.to_ascii_lowercase();
        holds(typ == "jwt" || typ == "application/jwt")?;
    }
    let scheme = Scheme::from_name(find(members, "alg")?.as_text()?)?;
    // Every algorithm is served by one key, so a token need not name it.
    if let Some(key_id) = find(members, "kid") {
        holds(key_id.as_text()? == scheme.key_id)?;
    }
    Some(scheme)
}

fn claims_pass(claims: &[(String, Json)]) -> bool {
    // Whoever folds names must not see another token.
    let mut folded: Vec<String> = claims.iter().map(|(name, _)| fold(name)).collect();
    folded.sort();
    let distinct = folded
        .windows(2)
        .all(|pair| !matches!(pair, [a, b] if a == b));

    let text = |name| find(claims, name).map(Json::as_text);
    let issuer = text("iss") == Some(Some(ISSUER));
    let subject = matches!(text("sub"), Some(Some(subject)) if !subject.is_empty());
    let token_id = text("jti").is_none_or(|id| id.is_some());
    let named = match find(claims, "aud") {
        Some(Json::Text(audience)) => audience == AUDIENCE,
        Some(Json::List(values)) => {
            let texts = values.iter().all(|value| value.as_text().is_some());
            texts && values.iter().any(|value| value.as_text() == Some(AUDIENCE))
        }
        _ => false,
    };

    // RFC 7519 §4.1.4: what is left of the last second does not count, so for whole seconds
    // "now < floor(exp) + leeway" is "exp >= now - leeway + 1".
    let earliest = NOW.saturating_sub(LEEWAY).saturating_add(1);
    let alive = date(claims, "exp", earliest) == Some(Some(true));
    // And "ceil(nbf) - leeway <= now" is "nbf <= now + leeway".
    let latest = NOW.saturating_add(LEEWAY).saturating_add(1);
    let begun = |name| match find(claims, name) {
        None => true,
        Some(Json::Number(number)) => {
            compare(number, latest.saturating_sub(1)) != Ordering::Greater
        }
        Some(_) => false,
    };
    distinct && issuer && subject && token_id && named && alive && begun("nbf") && begun("iat")
}

/// Whether the date `name` is at least `bound`; `Some(None)` where it is no number, nothing where it is
/// absent.
fn date(claims: &[(String, Json)], name: &str, bound: i64) -> Option<Option<bool>> {
    find(claims, name).map(|value| match value {
        Json::Number(number) => Some(compare(number, bound) != Ordering::Less),
        _ => None,
    })
}

fn fold(name: &str) -> String {
    let upper = name.chars().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).collect()
}

/// Compares a JSON number, exactly and however long, with a bound above zero.
fn compare(number: &str, bound: i64) -> Ordering {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent = whole(exponent);
    let (int, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{int}{fraction}");
    let significant = digits.trim_start_matches('0');
    // Negative, or zero.
    if significant.starts_with('-') || significant.trim_matches('0').is_empty() {
        return Ordering::Less;
    }
    let zeros = digits.len().saturating_sub(significant.len());
    // The number is 0.SIGNIFICANT times ten to the power of this.
    let power = length(int.len())
        .saturating_sub(length(zeros))
        .saturating_add(exponent);
    let bound = bound.to_string();
    power.cmp(&length(bound.len())).then_with(|| {
        significant
            .trim_end_matches('0')
            .cmp(bound.trim_end_matches('0'))
    })
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// A whole number; one of more than eighteen digits is as good as the largest.
fn whole(text: &str) -> i64 {
    let negative = text.starts_with('-');
    let digits = text.trim_start_matches(['+', '-']).trim_start_matches('0');
    let magnitude = match digits {
        "" => 0,
        _ if digits.len() > 18 => i64::MAX,
        _ => digits.parse().unwrap_or(i64::MAX),
    };
    if negative {
        magnitude.saturating_neg()
    } else {
        magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_exactly() {
        for (number, order) in [
            ("1700000000", Ordering::Equal),
            ("1700000000.0", Ordering::Equal),
            ("1.7e9", Ordering::Equal),
            ("17E+8", Ordering::Equal),
            ("0.00017e13", Ordering::Equal),
            ("1700000000.0000000000000000001", Ordering::Greater),
            ("1699999999.9999999999999999999", Ordering::Less),
            ("0", Ordering::Less),
            ("-1700000000", Ordering::Less),
            ("-0.0e99", Ordering::Less),
            ("1e300", Ordering::Greater),
            ("1e-99999999999999999999", Ordering::Less),
            ("0e99999999999999999999", Ordering::Less),
            ("17000000000", Ordering::Greater),
            ("170000000", Ordering::Less),
            ("18", Ordering::Less),
        ] {
            assert_eq!(compare(number, 1_700_000_000), order, "{number}");
        }
    }

    #[test]
    fn one_spelling_for_each_octet_string() {
        assert_eq!(decode("Zm9v"), Some(b"foo".to_vec()));
        assert_eq!(decode("-_8"), Some(vec![0xfb, 0xff]));
        assert_eq!(decode(""), Some(vec![]));
        for text in ["Zh", "Zm9", "Zm9vY", "Zg==", "+/8", "Zm 9v", "é"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
