//! What an operator is told of a source when a verification is recorded. Nothing is decided by it.

use std::fmt::Write as _;
use std::time::Duration;

use crate::error::Excerpt;
use crate::key_set::KeySet;
use crate::record::{Check, CheckRecorder, Verdict};
use crate::source::state::{Serving, SourceState};
use crate::time::UnixTime;

/// So many key ids are named; the rest are counted.
const NAMED: usize = 8;

/// How old the set of a source is: `fetched 12 s ago and last changed 3 h ago`.
pub(super) fn age(state: &SourceState, now: UnixTime) -> String {
    let Some((age, unchanged)) = state.age.zip(state.unchanged_for) else {
        return match state.pasted_age(now) {
            Some(age) => format!("pasted {} ago", rough(age)),
            None => "pasted".to_owned(),
        };
    };
    let mut text = format!(
        "fetched {} ago and last changed {} ago",
        rough(age),
        rough(unchanged)
    );
    if state.serving == Serving::Stale {
        text.push_str("; its lifetime is over");
    }
    if let Some((error, age)) = state.last_error.as_ref().zip(state.last_error_age) {
        // Writing to a string can't fail.
        let _ = write!(text, "; {} ago a fetch failed: {error}", rough(age));
    }
    text
}

/// Where to look when the set does not have the key that a token names.
pub(super) fn unknown_key(
    key_id: &str,
    keys: &KeySet,
    state: &SourceState,
    now: UnixTime,
) -> String {
    let mut text = format!("the key set was {}; it has ", age(state, now));
    let ids: Vec<&str> = keys.keys().iter().filter_map(|key| key.key_id()).collect();
    if ids.is_empty() {
        text.push_str("no key with an id");
    } else {
        let named: Vec<String> = ids
            .iter()
            .take(NAMED)
            .map(|id| Excerpt::new(id).to_string())
            .collect();
        let _ = write!(text, "the keys {}", named.join(", "));
        let others = ids.len().saturating_sub(NAMED);
        if others > 0 {
            let _ = write!(text, " and {others} more");
        }
    }
    if let Some(id) = ids.iter().find(|id| id.eq_ignore_ascii_case(key_id)) {
        let _ = write!(text, "; differs by case from {}", Excerpt::new(id));
    }
    text
}

/// Passes checks on, and adds a hint to the one that found no key.
pub(super) struct Hinting<'a> {
    pub(super) recorder: &'a mut dyn CheckRecorder,
    pub(super) hint: Option<String>,
}

impl CheckRecorder for Hinting<'_> {
    fn record(&mut self, mut check: Check) {
        if check.name == "jwt.key"
            && check.verdict == Verdict::Failed
            && let Some(hint) = self.hint.take()
        {
            check.near_miss = Some(match check.near_miss.take() {
                Some(other) => format!("{other}; {hint}"),
                None => hint,
            });
        }
        self.recorder.record(check);
    }
}

/// A duration in the largest unit of which there are two or more, cut off.
fn rough(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    for (length, name) in units {
        let count = seconds.checked_div(length).unwrap_or(0);
        if count >= 2 {
            return format!("{count} {name}");
        }
    }
    format!("{seconds} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_a_unit_that_fits() {
        for (seconds, text) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
            (172_799, "47 h"),
            (172_800, "2 d"),
            (u64::MAX, "213503982334601 d"),
        ] {
            assert_eq!(rough(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_hint_goes_to_the_check_that_failed_for_want_of_a_key_and_no_other() {
        let check = |name, verdict, near_miss: Option<&str>| Check {
            name,
            expected: String::new(),
            found: String::new(),
            verdict,
            near_miss: near_miss.map(str::to_owned),
        };
        let mut told: Vec<Check> = Vec::new();
        let mut hinting = Hinting {
            recorder: &mut told,
            hint: Some("hint".to_owned()),
        };
        hinting.record(check("jwt.alg", Verdict::Failed, None));
        hinting.record(check("jwt.key", Verdict::Passed, None));
        hinting.record(check("jwt.key", Verdict::Failed, Some("other")));
        hinting.record(check("jwt.key", Verdict::Failed, None));
        let hints: Vec<_> = told
            .iter()
            .map(|check| check.near_miss.as_deref())
            .collect();
        assert_eq!(hints, [None, None, Some("other; hint"), None]);
    }
}
