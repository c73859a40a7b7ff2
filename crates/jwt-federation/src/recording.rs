//! Joins the checks of jwt-validation to the explanation that a host reads.

use auth_core::Recorder;
use jwt_validation::{Check, CheckRecorder, Verdict};

/// Passes each check on.
pub(crate) struct Checks<'a>(pub(crate) Recorder<'a>);

impl CheckRecorder for Checks<'_> {
    fn record(&mut self, check: Check) {
        let passed = check.verdict == Verdict::Passed;
        self.0
            .check(check.name, passed, || (check.expected, check.found));
        if let Some(hint) = check.near_miss {
            self.0.near_miss(|| hint);
        }
    }
}
