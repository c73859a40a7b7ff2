//! What the tokens of GitHub Actions prove, and what only their jobs say.

use super::super::condition::Condition;
use super::{is_exact, only};

/// Whether the condition ties the token to an id that is never given to somebody else.
pub(super) fn pins_id(condition: &Condition) -> bool {
    match condition.claim.as_str() {
        "repository_id" | "repository_owner_id" => is_exact(&condition.test),
        "sub" => only(condition, has_owner_id),
        _ => false,
    }
}

/// Whether a subject, or the beginning of one, is `repo:OWNER@ID/...`.
fn has_owner_id(subject: &str) -> bool {
    let owner = subject.strip_prefix("repo:");
    let owner = owner.and_then(|rest| rest.split_once('/'));
    let id = owner.and_then(|(owner, _)| owner.split_once('@'));
    id.is_some_and(|(_, id)| !id.is_empty() && id.bytes().all(|octet| octet.is_ascii_digit()))
}

/// Whether the claim says what whoever opens a pull request wants it to say: the name of the branch, who
/// opened it, and what the workflow in that branch is called.
pub(super) fn is_chosen_by_pull_requests(condition: &Condition) -> bool {
    let chosen = ["ref", "head_ref", "actor", "workflow"];
    chosen.contains(&condition.claim.as_str())
}

/// Whether no token of a pull request fulfils the condition.
pub(super) fn rules_out_pull_requests(condition: &Condition) -> bool {
    match condition.claim.as_str() {
        "event_name" => {
            is_exact(&condition.test) && only(condition, |event| !event.starts_with("pull_request"))
        }
        // Of a subject with a ref, a pull request has another one; that of an environment it can have.
        "sub" => only(condition, |subject| {
            let mut parts = subject.splitn(4, ':');
            parts.next() == Some("repo")
                && parts.next().is_some()
                && parts.next() == Some("ref")
                && parts.next().is_some()
        }),
        _ => false,
    }
}
