//! How often the store is asked about keys that nobody here knows.

use std::sync::{Mutex, PoisonError};

use auth_core::Timestamp;

/// More than honest bearers ever need: one question answers all of them at once.
const PER_SECOND: u32 = 64;

/// So many questions in each second, and no more.
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<Spent>);

#[derive(Debug, Default)]
struct Spent {
    second: Option<Timestamp>,
    count: u32,
}

impl Budget {
    /// Takes one question out of this second's budget; false where it is used up.
    pub(super) fn take(&self, now: Timestamp) -> bool {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.second != Some(now) {
            *spent = Spent {
                second: Some(now),
                count: 0,
            };
        }
        spent.count = spent.count.saturating_add(1);
        spent.count <= PER_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_has_its_budget_and_no_more() {
        let budget = Budget::default();
        for second in [7, 8, 3] {
            let now = Timestamp::from_secs(second);
            let granted = (0..1000).filter(|_| budget.take(now)).count();
            assert_eq!(granted, 64, "second {second}");
        }
    }
}
