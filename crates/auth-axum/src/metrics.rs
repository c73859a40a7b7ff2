//! What this node knows of its issuers' keys, for a monitoring system.

use std::fmt::Write as _;
use std::time::Duration;

use jwt_federation::JwtIssuerId;
use jwt_validation::{Serving, SourceState};

use crate::auth::Auth;

/// One family of metrics: its name, type and help, and its value for a source, where it has one.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    value: fn(&SourceState) -> Option<u64>,
}

const FAMILIES: [Family; 10] = [
    Family {
        name: "gatehouse_jwks_up",
        kind: "gauge",
        help: "1 while the node has keys of the issuer that serve, fresh or stale.",
        value: |state| Some(u64::from(state.serving != Serving::Nothing)),
    },
    Family {
        name: "gatehouse_jwks_stale",
        kind: "gauge",
        help: "1 while the keys that serve are past their lifetime, since they could not be renewed.",
        value: |state| Some(u64::from(state.serving == Serving::Stale)),
    },
    Family {
        name: "gatehouse_jwks_age_seconds",
        kind: "gauge",
        help: "Time since the last fetch that succeeded.",
        value: |state| seconds(state.age),
    },
    Family {
        name: "gatehouse_jwks_unchanged_seconds",
        kind: "gauge",
        help: "Time since the key set became what it is.",
        value: |state| seconds(state.unchanged_for),
    },
    Family {
        name: "gatehouse_jwks_serves_seconds",
        kind: "gauge",
        help: "How much longer the keys serve if every fetch fails.",
        value: |state| seconds(state.serves_for),
    },
    Family {
        name: "gatehouse_jwks_keys",
        kind: "gauge",
        help: "Keys that can be used.",
        value: |state| u64::try_from(state.keys.len()).ok(),
    },
    Family {
        name: "gatehouse_jwks_skipped_keys",
        kind: "gauge",
        help: "Keys that are published and can't be used.",
        value: |state| u64::try_from(state.skipped.len()).ok(),
    },
    Family {
        name: "gatehouse_jwks_fetches_total",
        kind: "counter",
        help: "Fetches that began.",
        value: |state| Some(state.counters.fetches),
    },
    Family {
        name: "gatehouse_jwks_fetch_failures_total",
        kind: "counter",
        help: "Fetches that failed.",
        value: |state| Some(state.counters.failures),
    },
    Family {
        name: "gatehouse_jwks_refused_fetches_total",
        kind: "counter",
        help: "Fetches that unknown key ids asked for and the cooldown refused.",
        value: |state| Some(state.counters.refused),
    },
];

fn seconds(duration: Option<Duration>) -> Option<u64> {
    duration.map(|duration| duration.as_secs())
}

impl Auth {
    /// What this node knows of its issuers' keys, in the text format of Prometheus (version 0.0.4). The
    /// label `jwt_issuer` is the registration's identifier, of at most
    /// [`MOST_SOURCES`](jwt_federation::JwtIssuers::MOST_SOURCES); nothing that an issuer or a caller
    /// chose is in it.
    ///
    /// There is no route for it: who may read it is the host's to decide.
    #[must_use]
    pub fn metrics(&self) -> String {
        render(self.issuers().states())
    }
}

fn render(mut states: Vec<(JwtIssuerId, SourceState)>) -> String {
    states.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut text = String::new();
    for family in &FAMILIES {
        let Family {
            name, kind, help, ..
        } = family;
        // Writing to a String has no way to fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (id, state) in &states {
            if let Some(value) = (family.value)(state) {
                let _ = writeln!(text, "{name}{{jwt_issuer=\"{id}\"}} {value}");
            }
        }
    }
    text
}
