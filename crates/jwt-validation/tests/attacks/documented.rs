//! The page that compares checks names tests; they must exist.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_tests_that_the_documentation_names_exist() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks");
    let mut sources = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        sources.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let page = include_str!("../../../../docs/jwt-checks.md");
    // The test stands in the third column of the first table.
    let cells = page.lines().filter_map(|line| line.split(" | ").nth(2));
    let names: BTreeSet<&str> = cells
        .filter_map(|cell| cell.strip_prefix('`')?.strip_suffix('`'))
        .filter(|name| name.contains('_'))
        .collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(sources.contains(&format!("fn {name}(")), "{name}");
    }
}
