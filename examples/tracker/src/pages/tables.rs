//! What the pages show, in the form in which they show it.

use std::collections::BTreeSet;

use auth_core::PrincipalId;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::json;
use crate::runs::{Attributed, Run};

/// The most columns of a history; what has more is shown in part.
const MOST_COLUMNS: usize = 50;
/// The column that comes first, and with every line.
const STEP: &str = "_step";

/// A name and a value.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) value: String,
}

/// A run in a table, or at the head of its own page.
#[derive(Clone, Debug)]
pub(super) struct RunRow {
    pub(super) name: String,
    pub(super) display_name: String,
    pub(super) state: &'static str,
    pub(super) made_at: String,
    pub(super) made_by: String,
    pub(super) credited: String,
    pub(super) lines: i64,
}

impl From<Run> for RunRow {
    fn from(run: Run) -> Self {
        let kind = match run.created_by {
            PrincipalId::ServiceAccount(_) => "service account ",
            _ => "",
        };
        Self {
            made_at: moment(run.created_at.as_secs()),
            made_by: format!("{kind}{}", run.created_by_name),
            credited: match run.attributed {
                Attributed::Nobody => String::new(),
                Attributed::Credited { username } => username,
                Attributed::Unqualified { claimed } => format!("nobody ({claimed:?} was claimed)"),
            },
            lines: run.history_line_count,
            name: run.name,
            display_name: run.display_name,
            state: run.state.as_str(),
        }
    }
}

/// The beginning of a history.
#[derive(Clone, Debug, Default)]
pub(super) struct HistoryTable {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// How many lines there are, those included that are not shown.
    pub(super) all: i64,
}

impl HistoryTable {
    pub(super) fn new(lines: &[String], all: i64) -> Self {
        let objects: Vec<_> = lines.iter().map(|line| json::object(line)).collect();
        let names = objects.iter().flatten().flat_map(|members| members.keys());
        let names: BTreeSet<&String> = names.filter(|name| !json::is_internal(name)).collect();
        let names = names.into_iter().take(MOST_COLUMNS).cloned();
        let columns: Vec<String> = std::iter::once(STEP.to_owned()).chain(names).collect();
        let rows = objects
            .iter()
            .zip(lines)
            .map(|(members, line)| match members {
                Some(members) => columns
                    .iter()
                    .map(|name| members.get(name).map(json::text).unwrap_or_default())
                    .collect(),
                None => vec![line.clone()],
            });
        Self {
            rows: rows.collect(),
            columns,
            all,
        }
    }

    /// Whether there are lines that are not shown.
    pub(super) fn is_cut_short(&self) -> bool {
        i64::try_from(self.rows.len()).is_ok_and(|shown| shown < self.all)
    }
}

fn moment(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    moment
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_becomes_a_table() {
        let lines = [
            r#"{"loss":0.5,"_step":0,"_runtime":3}"#,
            r#"{"loss":NaN}"#,
            r#"{"_step":2}"#,
        ];
        let table = HistoryTable::new(&lines.map(str::to_owned), 7);
        assert_eq!(table.columns, ["_step", "loss"]);
        let rows = [vec!["0", "0.5"], vec![r#"{"loss":NaN}"#], vec!["2", ""]];
        assert_eq!(table.rows, rows);
        assert!(table.is_cut_short());
        assert!(!HistoryTable::new(&[], 0).is_cut_short());
    }

    #[test]
    fn moments_are_in_utc() {
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
        assert_eq!(moment(i64::MAX), "");
    }
}
