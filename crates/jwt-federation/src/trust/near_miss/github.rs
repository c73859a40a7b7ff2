//! Subjects of GitHub Actions, which come in two forms and in several kinds.

use super::super::pattern::Pattern;

/// `repo:OWNER/NAME:CONTEXT`, or the immutable form `repo:OWNER@ID/NAME@ID:CONTEXT` that repositories
/// of github.com made since July 2026, and those that opted in, have.
struct Subject<'t> {
    owner: &'t str,
    name: &'t str,
    immutable: bool,
    context: &'t str,
}

impl<'t> Subject<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let (owner, rest) = text.strip_prefix("repo:")?.split_once('/')?;
        let (name, context) = rest.split_once(':')?;
        let (plain_owner, owner_id) = split_id(owner);
        let (plain_name, name_id) = split_id(name);
        Some(Self {
            owner: plain_owner,
            name: plain_name,
            // A pattern may have a wildcard in the place of one of them.
            immutable: owner_id || name_id,
            context,
        })
    }

    /// What comes after the repository: `environment`, `ref`, `pull_request`, or something of the
    /// owner's choice.
    fn kind(&self) -> &'t str {
        self.context.split(':').next().unwrap_or_default()
    }

    /// Whether `found` is the repository that this pattern means, ids left aside.
    fn means(&self, found: &Self) -> bool {
        let pattern = Pattern::parse(&format!("{}/{}", self.owner, self.name));
        pattern.is_some_and(|pattern| pattern.matches(&format!("{}/{}", found.owner, found.name)))
    }
}

/// Splits `name@id`; a name of GitHub has no `@`.
fn split_id(text: &str) -> (&str, bool) {
    text.split_once('@')
        .map_or((text, false), |(name, _)| (name, true))
}

/// Compares an expected subject, wildcards and all, with the one in the token.
pub(super) fn subjects(expected: &str, found: &str) -> Option<String> {
    let (expected, found) = (Subject::parse(expected)?, Subject::parse(found)?);
    if !expected.means(&found) {
        return None;
    }
    if expected.immutable != found.immutable {
        let (is, wanted) = if found.immutable {
            ("immutable form, with ids", "form with names only")
        } else {
            ("form with names only", "immutable form, with ids")
        };
        return Some(format!(
            "the token's subject has the {is}, and the condition expects the {wanted}"
        ));
    }
    let (is, wanted) = (found.kind(), expected.kind());
    let known = ["environment", "ref", "pull_request"];
    (is != wanted && known.contains(&is) && known.contains(&wanted)).then(|| {
        format!(
            "the token's subject says `{is}`, and the condition expects `{wanted}`: {}",
            why(is)
        )
    })
}

/// When a subject is of this kind.
fn why(kind: &str) -> &'static str {
    match kind {
        "environment" => "the job runs in an environment, which takes the place of the ref",
        "pull_request" => "the workflow was started by a pull request",
        _ => "the job runs in no environment",
    }
}
