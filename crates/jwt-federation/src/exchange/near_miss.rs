//! How close an assertion came. For administrators: nothing is decided by it.

use auth_core::Organization;

/// Why a text is no compact JWS, if that is a likely mistake.
pub(super) fn form(text: &str) -> Option<&'static str> {
    let segments = text.split('.').take(6).count();
    Some(if text.is_empty() {
        "it is empty: was the file written before it was read?"
    } else if text
        .get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "))
    {
        "it begins with \"Bearer \": give the token alone"
    } else if text.starts_with(['"', '\'']) {
        "it is in quotes: give the token alone"
    } else if text.starts_with('{') {
        "it is JSON: give the token that stands in it"
    } else if text.contains(char::is_whitespace) {
        "there is white space inside: was the token broken into lines?"
    } else if segments == 5 {
        "it has five segments: it is encrypted (JWE), and the issuer must sign instead"
    } else if segments == 2 || (segments == 3 && text.ends_with('.')) {
        "it has no signature: was it cut, or is it unsecured?"
    } else if segments == 1 {
        "it is one segment: an opaque token, not a JWT?"
    } else if text.contains(['+', '/', '=']) {
        "it is in base64, not in base64url without padding"
    } else {
        return None;
    })
}

/// What the audiences of an assertion have to do with the organization, although none is its name.
pub(super) fn audience(
    organization: &Organization,
    names: &[String],
    found: &[String],
    base_url: &str,
    shared: &str,
) -> Option<String> {
    if found.is_empty() {
        let name = &organization.name;
        return Some(format!(
            "there is none: ask the platform for a token with the audience {name:?}"
        ));
    }
    let name = &organization.name;
    let of = |found: &String| {
        let what = if found == organization.id.as_str() {
            "is this organization's identifier"
        } else if found == shared {
            "is shared, and the instance has several organizations"
        } else if found.strip_prefix(base_url).is_some_and(is_below) {
            "is this server's URL"
        } else {
            return names.iter().find_map(|name| {
                let hint = jwt_validation::near_miss(name, found)?;
                Some(format!("{hint}; expected {name:?}"))
            });
        };
        Some(format!("{found:?} {what}; its name is {name:?}"))
    };
    found.iter().find_map(of)
}

/// What follows a base URL.
fn is_below(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

#[cfg(test)]
mod tests {
    use auth_core::OrganizationId;

    use super::*;

    #[test]
    fn tells_what_a_text_is_instead() {
        for (text, expected) in [
            ("", Some("empty")),
            ("Bearer a.b.c", Some("Bearer")),
            ("bearer a.b.c", Some("Bearer")),
            ("\"a.b.c\"", Some("quotes")),
            ("{\"value\":\"a.b.c\"}", Some("JSON")),
            ("a.b\nb.c", Some("white space")),
            ("a.b.c.d.e", Some("five segments")),
            ("a.b", Some("no signature")),
            ("a.b.", Some("no signature")),
            ("abc", Some("one segment")),
            ("a.b=.c", Some("base64url")),
            ("a.b.c", None),
            ("ü", Some("one segment")),
        ] {
            let hint = form(text);
            let fits = match (hint, expected) {
                (Some(hint), Some(expected)) => hint.contains(expected),
                (hint, expected) => hint.is_none() && expected.is_none(),
            };
            assert!(fits, "{text}: {hint:?}");
        }
    }

    #[test]
    fn tells_what_an_audience_is_instead() {
        let organization = Organization {
            id: OrganizationId::new("acme-id"),
            name: "acme".into(),
        };
        let names = ["acme".to_owned(), "https://acme.example/jobs".to_owned()];
        for (found, expected) in [
            (&[][..], Some("there is none")),
            (&["acme-id"], Some("identifier")),
            (&["x", "ACME"], Some("case")),
            (&["https://acme.example/jobs/"], Some("slash")),
            (&["wandb"], Some("several organizations")),
            (&["https://host.example"], Some("this server's URL")),
            (
                &["https://host.example/oidc/token"],
                Some("this server's URL"),
            ),
            (&["https://host.example.evil"], None),
            (&["globex"], None),
        ] {
            let found: Vec<_> = found.iter().map(|text| (*text).to_owned()).collect();
            let hint = audience(
                &organization,
                &names,
                &found,
                "https://host.example",
                "wandb",
            );
            let fits = match (&hint, expected) {
                (Some(hint), Some(expected)) => hint.contains(expected),
                (hint, expected) => hint.is_none() && expected.is_none(),
            };
            assert!(fits, "{found:?}: {hint:?}");
        }
    }
}
