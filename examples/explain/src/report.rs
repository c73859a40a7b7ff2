//! The report for a person.

use auth_core::{Step, Verdict};
use jwt_federation::Explained;

/// One line for each check, with what was expected and found below those that did not pass.
pub(crate) fn text(explained: &Explained) -> String {
    let mut text = String::new();
    for step in explained.steps.steps() {
        text.push_str(&line(step));
    }
    text.push_str(&verdict(explained));
    text
}

fn line(step: &Step) -> String {
    let mark = match step.verdict {
        Verdict::Passed => "ok     ",
        Verdict::Failed => "FAILED ",
        _ => "open   ",
    };
    let mut line = format!("{mark}{}", step.check);
    if step.verdict == Verdict::Passed {
        line.push_str(&format!("  {}\n", step.found));
        return line;
    }
    line.push_str(&format!(
        "\n         expected: {}\n         found:    {}\n",
        step.expected, step.found
    ));
    if let Some(hint) = &step.near_miss {
        line.push_str(&format!("         hint:     {hint}\n"));
    }
    line
}

fn verdict(explained: &Explained) -> String {
    let whom = match (&explained.principal, &explained.decided_by) {
        (Some(principal), Some(because)) => format!("{principal}, by {because}"),
        _ => "whoever has this subject at the server".to_owned(),
    };
    match explained.code {
        None => format!("\naccepted, as {whom}\n"),
        Some(code) => format!("\nrefused: {code}\n"),
    }
}
