//! The checks of one verification, told to whoever asks why.

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The check passed.
    Passed,
    /// The check failed, and with it the verification.
    Failed,
}

/// One check of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// The check's stable name (`jwt.audience`).
    pub name: &'static str,
    /// What would have passed.
    pub expected: String,
    /// What there was. Text from the token is cut short and escaped; never a key or a signature.
    pub found: String,
    /// How the check ended.
    pub verdict: Verdict,
    /// How close a failure was (`differs by a trailing slash`).
    pub near_miss: Option<String>,
}

/// Takes the checks in the order in which they were made. The last one may have failed; all before
/// it passed.
pub trait CheckRecorder: Send {
    /// Takes one check.
    fn record(&mut self, check: Check);
}

impl CheckRecorder for Vec<Check> {
    fn record(&mut self, check: Check) {
        self.push(check);
    }
}

/// A recorder or none. Nothing is described unless somebody listens.
pub(crate) struct Recorder<'a>(Option<&'a mut dyn CheckRecorder>);

impl<'a> Recorder<'a> {
    pub(crate) const fn off() -> Self {
        Self(None)
    }

    pub(crate) fn to(recorder: &'a mut dyn CheckRecorder) -> Self {
        Self(Some(recorder))
    }

    /// Tells that `name` ended as `passed` says, and gives `passed` back. `describe` says what was
    /// expected and what was found.
    pub(crate) fn check(
        &mut self,
        name: &'static str,
        passed: bool,
        describe: impl FnOnce() -> (String, String),
    ) -> bool {
        self.check_with_hint(name, passed, || {
            let (expected, found) = describe();
            (expected, found, None)
        })
    }

    /// As [`check`](Self::check), with a hint on how close a failure was.
    pub(crate) fn check_with_hint(
        &mut self,
        name: &'static str,
        passed: bool,
        describe: impl FnOnce() -> (String, String, Option<String>),
    ) -> bool {
        if let Some(recorder) = &mut self.0 {
            let (expected, found, near_miss) = describe();
            recorder.record(Check {
                name,
                expected,
                found,
                verdict: if passed {
                    Verdict::Passed
                } else {
                    Verdict::Failed
                },
                near_miss: if passed { None } else { near_miss },
            });
        }
        passed
    }
}
