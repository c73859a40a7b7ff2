use serde_json::json;

use super::*;

fn parse(body: serde_json::Value) -> Result<Chunk, ChunkError> {
    Chunk::parse(body.to_string().as_bytes())
}

#[test]
fn reads_what_the_client_sends() {
    let chunk = parse(json!({
        "files": {
            "wandb-history.jsonl": { "offset": 7, "content": ["{\"a\":NaN}", "{}"] },
            "wandb-summary.json": { "offset": 0, "content": ["{\"a\":1}", "{\"a\":2}"] },
            "wandb-events.jsonl": { "offset": 0, "content": ["{}"] },
            "output.log": { "offset": 0, "content": ["hello"] },
        },
        "uploaded": ["config.yaml"],
        "dropped": 0,
    }));
    let lines = vec!["{\"a\":NaN}".to_owned(), "{}".to_owned()];
    let expected = Chunk {
        history: Lines { first: 7, lines },
        summary: Some("{\"a\":2}".to_owned()),
        end: None,
    };
    assert_eq!(chunk, Ok(expected));
}

#[test]
fn an_empty_object_is_a_sign_of_life() {
    assert_eq!(parse(json!({})), Ok(Chunk::default()));
    assert_eq!(
        parse(json!({ "files": null, "complete": false })),
        Ok(Chunk::default())
    );
}

#[test]
fn the_end_says_how_it_went() {
    for (name, body, expected) in [
        (
            "well",
            json!({ "complete": true, "exitcode": 0 }),
            Some(State::Finished),
        ),
        (
            "badly",
            json!({ "complete": true, "exitcode": 1 }),
            Some(State::Failed),
        ),
        (
            "by a signal",
            json!({ "complete": true, "exitcode": -9 }),
            Some(State::Failed),
        ),
        (
            "in silence",
            json!({ "complete": true }),
            Some(State::Crashed),
        ),
        ("not yet", json!({ "complete": false, "exitcode": 0 }), None),
    ] {
        let end = parse(body).map(|chunk| chunk.end.map(End::state));
        assert_eq!(end, Ok(expected), "{name}");
    }
}

#[test]
fn what_is_no_file_stream_is_refused() {
    for (name, body) in [
        ("no JSON", "{"),
        ("a list", "[1]"),
        ("text", "\"files\""),
        (
            "content is text",
            r#"{"files":{"wandb-history.jsonl":{"offset":0,"content":"x"}}}"#,
        ),
        (
            "lines are objects",
            r#"{"files":{"wandb-history.jsonl":{"offset":0,"content":[{}]}}}"#,
        ),
        (
            "before the beginning",
            r#"{"files":{"x":{"offset":-1,"content":[]}}}"#,
        ),
        (
            "offset is a fraction",
            r#"{"files":{"x":{"offset":0.5,"content":[]}}}"#,
        ),
        (
            "offset is no u64",
            r#"{"files":{"x":{"offset":99999999999999999999,"content":[]}}}"#,
        ),
        ("exit code is text", r#"{"complete":true,"exitcode":"0"}"#),
        ("rest", "{}{}"),
    ] {
        let refused = Chunk::parse(body.as_bytes());
        assert!(
            matches!(refused, Err(ChunkError::Malformed { .. })),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn limits_hold() {
    let history = |offset: u64, content: Vec<String>| {
        parse(
            json!({ "files": { "wandb-history.jsonl": { "offset": offset, "content": content } } }),
        )
    };
    let summary = |line: String| {
        parse(json!({ "files": { "wandb-summary.json": { "offset": 0, "content": [line] } } }))
    };
    let empty = |count| vec![String::new(); count];
    let last = u64::try_from(LONGEST_HISTORY - 1).expect("it is positive");
    for (name, chunk, taken) in [
        ("most lines", history(0, empty(MOST_LINES)), true),
        ("a line too many", history(0, empty(MOST_LINES + 1)), false),
        ("last place", history(last, empty(1)), true),
        ("beyond the last place", history(last, empty(2)), false),
        ("far beyond", history(u64::MAX, empty(1)), false),
        (
            "longest line",
            history(0, vec!["x".repeat(LONGEST_LINE)]),
            true,
        ),
        (
            "line too long",
            history(0, vec!["x".repeat(LONGEST_LINE + 1)]),
            false,
        ),
        ("longest summary", summary("x".repeat(LONGEST_LINE)), true),
        (
            "summary too long",
            summary("x".repeat(LONGEST_LINE + 1)),
            false,
        ),
    ] {
        match chunk {
            Ok(_) => assert!(taken, "{name}"),
            Err(error) => {
                assert!(!taken, "{name}");
                assert!(
                    matches!(error, ChunkError::TooLarge { .. }),
                    "{name}: {error:?}"
                );
            }
        }
    }
}
