//! The client's JSON, for people to read.

use serde_json::{Map, Value};

use super::tables::Fact;

/// A run's settings. The client wraps each as `{"value": ...}`, and adds its own under `_wandb`.
pub(super) fn settings(json: Option<&str>) -> Vec<Fact> {
    facts(json, |value| match value {
        Value::Object(wrapped) => match wrapped.get("value") {
            Some(value) => text(value),
            None => text(value),
        },
        value => text(value),
    })
}

/// A run's latest values.
pub(super) fn values(json: Option<&str>) -> Vec<Fact> {
    facts(json, text)
}

/// The members of an object, or nothing where the text is none that a strict reader takes.
pub(super) fn object(json: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(json).ok()
}

/// Strings without quotes, all else as JSON.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn facts(json: Option<&str>, show: impl Fn(&Value) -> String) -> Vec<Fact> {
    let Some(json) = json else { return Vec::new() };
    let Some(members) = object(json) else {
        // Bare `NaN`, which the client writes: better as it is than not at all.
        return vec![Fact {
            name: "JSON".to_owned(),
            value: json.to_owned(),
        }];
    };
    let members = members.iter().filter(|(name, _)| !is_internal(name));
    let mut facts: Vec<_> = members
        .map(|(name, value)| Fact {
            name: name.clone(),
            value: show(value),
        })
        .collect();
    facts.sort_by(|a, b| a.name.cmp(&b.name));
    facts
}

/// Whether the client added it for itself.
pub(super) fn is_internal(name: &str) -> bool {
    name.starts_with('_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(facts: &[Fact]) -> Vec<(&str, &str)> {
        facts
            .iter()
            .map(|fact| (fact.name.as_str(), fact.value.as_str()))
            .collect()
    }

    #[test]
    fn settings_come_out_of_their_wrapping() {
        let config = r#"{"_wandb":{"value":1},"lr":{"value":0.1,"desc":null},"name":{"value":"x"},
            "bare":3,"nested":{"a":1}}"#;
        assert_eq!(
            shown(&settings(Some(config))),
            [
                ("bare", "3"),
                ("lr", "0.1"),
                ("name", "x"),
                ("nested", r#"{"a":1}"#)
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_shown_as_it_is() {
        assert_eq!(
            shown(&values(Some(r#"{"loss":NaN}"#))),
            [("JSON", r#"{"loss":NaN}"#)]
        );
        assert_eq!(shown(&values(None)), []);
    }
}
