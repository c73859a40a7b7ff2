//! NumericDate (RFC 7519 §2): a JSON number of seconds, fractions allowed, read from its digits.
//!
//! A detour over floating point would round, and sometimes in the token's favour: the double nearest
//! to `1700000000.99999999999` is the next whole second.

/// The whole seconds around a date. `exp` uses the earlier one, `nbf` and `iat` the later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NumericDate {
    pub(crate) floor: i64,
    pub(crate) ceil: i64,
}

impl NumericDate {
    /// Reads one JSON value; gives nothing unless it is a number. Dates that an `i64` can't hold become
    /// the last or the first that it can. What a double can't hold at all is refused, as every other
    /// number in a token is.
    pub(crate) fn parse(json: &str) -> Option<Self> {
        let (negative, unsigned) = match json.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, json),
        };
        if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let finite = unsigned.parse::<f64>().is_ok_and(f64::is_finite);
        let (whole, has_fraction) = magnitude(unsigned).filter(|_| finite)?;
        let up = whole.saturating_add(i64::from(has_fraction));
        Some(if negative {
            // -(2^63 - 1) stands for all that is earlier: nobody can tell it from -2^63.
            Self {
                floor: up.saturating_neg(),
                ceil: whole.saturating_neg(),
            }
        } else {
            Self {
                floor: whole,
                ceil: up,
            }
        })
    }
}

/// The whole part, as far as an `i64` goes, and whether anything but zeros follows it.
fn magnitude(number: &str) -> Option<(i64, bool)> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (number, 0),
    };
    let (int, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // So many digits, counted from the left, belong to the whole part.
    let whole_digits = i64::try_from(int.len()).ok()?.saturating_add(exponent);

    let mut whole: i64 = 0;
    let mut has_fraction = false;
    let mut position: i64 = 0;
    for digit in int.bytes().chain(fraction.bytes()) {
        let value = digit.checked_sub(b'0').filter(|&value| value <= 9)?;
        if position < whole_digits {
            whole = shift_in(whole, value);
        } else {
            has_fraction |= value != 0;
        }
        position = position.saturating_add(1);
    }
    // The zeros that the exponent appends; nineteen of them fill an `i64`.
    let zeros = whole_digits.saturating_sub(position).clamp(0, 19);
    let whole = (0..zeros).fold(whole, |whole, _| shift_in(whole, 0));
    Some((whole, has_fraction))
}

const fn shift_in(whole: i64, digit: u8) -> i64 {
    whole.saturating_mul(10).saturating_add(digit as i64)
}

/// An exponent; one that an `i64` can't hold becomes so large that the result is the same.
fn parse_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let value = digits.bytes().try_fold(0_i64, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|&digit| digit <= 9)?;
        Some(shift_in(value, digit))
    })?;
    Some(if negative {
        value.saturating_neg()
    } else {
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_of_a_json_number() {
        for (json, floor, ceil) in [
            ("0", 0, 0),
            ("-0", 0, 0),
            ("-0.0e5", 0, 0),
            ("1700000000", 1_700_000_000, 1_700_000_000),
            ("1700000000.0", 1_700_000_000, 1_700_000_000),
            ("1700000000.5", 1_700_000_000, 1_700_000_001),
            // The nearest double is 1700000001.
            ("1700000000.99999999999", 1_700_000_000, 1_700_000_001),
            ("1.7e9", 1_700_000_000, 1_700_000_000),
            ("17E+8", 1_700_000_000, 1_700_000_000),
            ("17000000005e-1", 1_700_000_000, 1_700_000_001),
            ("1e-300", 0, 1),
            ("-1.5", -2, -1),
            ("-1e-9", -1, 0),
            // 2^53 + 1 has no double.
            (
                "9007199254740993",
                9_007_199_254_740_993,
                9_007_199_254_740_993,
            ),
            ("9223372036854775807", i64::MAX, i64::MAX),
            ("9223372036854775808", i64::MAX, i64::MAX),
            ("18446744073709551616", i64::MAX, i64::MAX),
            ("1e300", i64::MAX, i64::MAX),
            ("-1e300", -i64::MAX, -i64::MAX),
            ("0e999999999999999999999", 0, 0),
            ("1e-999999999999999999999", 0, 1),
        ] {
            let expected = NumericDate { floor, ceil };
            assert_eq!(NumericDate::parse(json), Some(expected), "{json}");
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for json in [
            "\"1\"", "null", "true", "[1]", "{}", "1e400", "", "-", "NaN", "1e", "0x10",
        ] {
            assert_eq!(NumericDate::parse(json), None, "{json}");
        }
    }

    #[test]
    fn a_long_exponent_costs_no_more_than_its_digits() {
        assert_eq!(NumericDate::parse("1e2147483648"), None);
        let long = format!("1{}", "0".repeat(300));
        assert_eq!(NumericDate::parse(&long).unwrap().floor, i64::MAX);
    }
}
