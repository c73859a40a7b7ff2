//! The checks of one decision, in order, for whoever asks why.

use std::fmt;

use serde::Serialize;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The check passed.
    Passed,
    /// The check failed, and with it the decision.
    Failed,
    /// The check could not be made here; what it would say is open.
    Skipped,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The check's stable name (`jwt.audience`).
    pub check: &'static str,
    /// What would have passed.
    pub expected: String,
    /// What there was; never a secret.
    pub found: String,
    /// How it ended.
    pub verdict: Verdict,
    /// How close a failure was (`differs by a trailing slash`).
    pub near_miss: Option<String>,
}

/// The checks that were made, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Explanation {
    steps: Vec<Step>,
}

impl Explanation {
    /// The steps so far.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// Where a resolver writes its checks: into an [`Explanation`], or nowhere at no cost.
///
/// ```
/// use auth_core::{Explanation, Recorder, Verdict};
///
/// let mut explanation = Explanation::default();
/// let mut recorder = Recorder::to(&mut explanation);
/// let door_is_open = recorder.check("door.open", false, || ("open".into(), "shut".into()));
/// assert!(!door_is_open);
/// assert_eq!(explanation.steps()[0].verdict, Verdict::Failed);
/// ```
#[derive(Default)]
pub struct Recorder<'a>(Option<&'a mut Explanation>);

impl<'a> Recorder<'a> {
    /// Records nothing; the closures that would describe a check are never called.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// Records into `explanation`.
    pub const fn to(explanation: &'a mut Explanation) -> Self {
        Self(Some(explanation))
    }

    /// Whether anybody listens.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The same recorder, for a callee.
    pub fn reborrow(&mut self) -> Recorder<'_> {
        Recorder(self.0.as_deref_mut())
    }

    /// Writes that `check` ended as `passed` says, and gives `passed` back. `describe` says what was
    /// expected and what was found.
    pub fn check(
        &mut self,
        check: &'static str,
        passed: bool,
        describe: impl FnOnce() -> (String, String),
    ) -> bool {
        let verdict = if passed {
            Verdict::Passed
        } else {
            Verdict::Failed
        };
        self.push(check, verdict, describe);
        passed
    }

    /// Writes that `check` could not be made here.
    pub fn skip(&mut self, check: &'static str, describe: impl FnOnce() -> (String, String)) {
        self.push(check, Verdict::Skipped, describe);
    }

    fn push(
        &mut self,
        check: &'static str,
        verdict: Verdict,
        describe: impl FnOnce() -> (String, String),
    ) {
        if let Some(explanation) = &mut self.0 {
            let (expected, found) = describe();
            explanation.steps.push(Step {
                check,
                expected,
                found,
                verdict,
                near_miss: None,
            });
        }
    }

    /// Adds a hint to the last step.
    pub fn near_miss(&mut self, hint: impl FnOnce() -> String) {
        if let Some(step) = self
            .0
            .as_mut()
            .and_then(|explanation| explanation.steps.last_mut())
        {
            step.near_miss = Some(hint());
        }
    }
}

impl fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorder").field(&self.is_on()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_and_the_hint() {
        let mut explanation = Explanation::default();
        let mut recorder = Recorder::to(&mut explanation);
        assert!(recorder.check("first", true, || ("a".into(), "a".into())));
        assert!(
            !recorder
                .reborrow()
                .check("second", false, || ("b".into(), "B".into()))
        );
        recorder.near_miss(|| "only the case differs".into());
        recorder.skip("third", || ("c".into(), "unknown".into()));
        let names: Vec<_> = explanation.steps().iter().map(|step| step.check).collect();
        assert_eq!(names, ["first", "second", "third"]);
        assert_eq!(explanation.steps()[2].verdict, Verdict::Skipped);
        assert_eq!(explanation.steps()[0].near_miss, None);
        assert_eq!(
            explanation.steps()[1].near_miss.as_deref(),
            Some("only the case differs")
        );
    }

    #[test]
    fn describes_nothing_when_nobody_listens() {
        let mut recorder = Recorder::off();
        assert!(recorder.check("unheard", true, || unreachable!("nobody listens")));
        recorder.near_miss(|| unreachable!("nobody listens"));
        recorder.skip("unheard", || unreachable!("nobody listens"));
    }
}
