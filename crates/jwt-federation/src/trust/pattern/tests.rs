use proptest::prelude::*;

use super::*;

fn matches(pattern: &str, value: &str) -> bool {
    Pattern::parse(pattern).expect(pattern).matches(value)
}

#[test]
fn what_stars_stand_for() {
    for (name, pattern, value, expected) in [
        ("no star", "repo:acme/app", "repo:acme/app", true),
        ("one segment", "repo:acme/*:ref", "repo:acme/app:ref", true),
        ("no slash in it", "repo:acme/*", "repo:acme/app/x", false),
        ("no colon in it", "repo:acme/*", "repo:acme/app:x", false),
        ("not empty", "repo:acme/*", "repo:acme/", false),
        ("inside a segment", "v*-rc", "v1.2-rc", true),
        ("inside a segment, not empty", "v*-rc", "v-rc", false),
        ("at the beginning", "*/app", "acme/app", true),
        ("two in one segment", "a*b*c", "a1b2c", true),
        ("two that need each other's room", "*a*a", "baca", true),
        ("any segments", "repo:**", "repo:acme/app:ref:x", true),
        ("any segments, not empty", "repo:**", "repo:", false),
        ("any segments in between", "a/**/z", "a/b/c/z", true),
        ("any segments, none in between", "a/**/z", "a/z", false),
        ("slash is not colon", "a/b", "a:b", false),
        ("colon is not slash", "a:b", "a/b", false),
        ("question mark is literal", "a?c", "abc", false),
        ("question mark is itself", "a?c", "a?c", true),
        ("class is literal", "[ab]", "a", false),
        ("class is itself", "[ab]", "[ab]", true),
        ("backslash is literal", r"a\*", r"a\b", true),
        ("alternatives are literal", "a|b", "a", false),
        ("case counts", "Acme/*", "acme/app", false),
        ("a star matches a star", "a*", "a*", true),
        ("line break is no anchor", "acme", "acme\nx", false),
        ("line break inside", "a*", "a\n", true),
        ("beyond ASCII", "é*", "éü", true),
        ("NUL", "a", "a\0", false),
    ] {
        assert_eq!(matches(pattern, value), expected, "{name}");
    }
}

#[test]
fn what_is_no_pattern() {
    assert_eq!(Pattern::parse(""), None);
    assert_eq!(Pattern::parse("a***"), None);
    assert_eq!(Pattern::parse(&"a".repeat(513)), None);
    assert!(Pattern::parse(&"a".repeat(512)).is_some());
    assert!(Pattern::parse("**").is_some());
    assert!(Pattern::parse("*a*").is_some());
}

#[test]
fn values_above_the_cap_match_nothing() {
    let longest = "a".repeat(Pattern::LONGEST_VALUE);
    assert!(matches("**", &longest));
    assert!(!matches("**", &format!("{longest}a")));
}

/// Every state is in use: 512 literal octets need the last bit of the last word.
#[test]
fn the_longest_pattern_matches_itself_alone() {
    let text = "abcdefgh".repeat(64);
    assert!(matches(&text, &text));
    assert!(!matches(&text, &text[1..]));
    assert!(!matches(&text, &text[..511]));
    // A word is full at 63 tokens, at 64 and at 65.
    for length in [62, 63, 64, 65, 127, 128, 129] {
        let text = "x".repeat(length);
        assert!(matches(&text, &text), "{length}");
        assert!(!matches(&text, &"x".repeat(length - 1)), "{length}");
        assert!(!matches(&text, &"x".repeat(length + 1)), "{length}");
    }
}

#[test]
fn fuzz_14_the_worst_patterns_take_linear_steps() {
    let value = "a".repeat(Pattern::LONGEST_VALUE);
    for pattern in [
        "*a".repeat(256),
        "**a".repeat(170),
        "a*".repeat(256),
        "**a*a".repeat(102),
        format!("{}b", "*a".repeat(255)),
        format!("{}b", "**a".repeat(170)),
        "a".repeat(512),
    ] {
        let mut steps = 0;
        Pattern::parse(&pattern)
            .expect("short enough")
            .run(&value, &mut steps);
        assert!(steps <= value.len() * MOST_WORDS, "{pattern}: {steps}");
    }
    // What can't match any more is left alone.
    let mut steps = 0;
    Pattern::parse("b*").expect("short").run(&value, &mut steps);
    assert_eq!(steps, 1);
    // Half the value, half the steps.
    let pattern = Pattern::parse(&"**a".repeat(170)).expect("short enough");
    let (mut whole, mut half) = (0, 0);
    pattern.run(&value, &mut whole);
    pattern.run(&value[..1024], &mut half);
    assert_eq!(whole, 2 * half);
}

/// Says the same as the table in the documentation, by trying everything.
fn reference(pattern: &[u8], value: &[u8]) -> bool {
    let any = |rest: &[u8], most: usize| (1..=most).any(|n| reference(rest, &value[n..]));
    match pattern {
        [] => value.is_empty(),
        [b'*', b'*', rest @ ..] => any(rest, value.len()),
        [b'*', rest @ ..] => {
            let segment = value.iter().take_while(|octet| !b"/:".contains(octet));
            any(rest, segment.count())
        }
        [octet, rest @ ..] => value.first() == Some(octet) && reference(rest, &value[1..]),
    }
}

fn text(alphabet: &'static str, longest: usize) -> impl Strategy<Value = String> {
    let letters: Vec<char> = alphabet.chars().collect();
    prop::collection::vec(prop::sample::select(letters), 0..=longest)
        .prop_map(|letters| letters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn fuzz_14_agrees_with_the_slow_reference(
        pattern in text("ab/:**", 9),
        value in text("ab/:*", 10),
    ) {
        if let Some(compiled) = Pattern::parse(&pattern) {
            prop_assert_eq!(
                compiled.matches(&value),
                reference(pattern.as_bytes(), value.as_bytes())
            );
        }
    }

    /// A value that is made from the pattern matches.
    #[test]
    fn fuzz_14_wildcards_take_what_they_stand_for(
        pieces in prop::collection::vec((text("ab/:é", 4), text("abé", 3), text("ab/:", 3)), 1..5),
    ) {
        let (mut pattern, mut value) = (String::new(), String::new());
        for (literal, segment, anything) in pieces {
            pattern.push_str(&format!("{literal}|*|**|"));
            value.push_str(&format!("{literal}|x{segment}|x{anything}|"));
        }
        prop_assert!(matches(&pattern, &value));
    }

    #[test]
    fn fuzz_14_is_anchored_at_both_ends(
        pattern in text("ab/:*", 9),
        value in text("ab/:", 9),
        more in text("ab/:z", 3),
    ) {
        // What ends and begins with a literal takes nothing outside of it.
        let Some(compiled) = Pattern::parse(&format!("<{pattern}>")) else { return Ok(()) };
        let value = format!("<{value}>");
        if compiled.matches(&value) && !more.is_empty() {
            let (before, after) = (format!("{more}{value}"), format!("{value}{more}"));
            prop_assert!(!compiled.matches(&before));
            prop_assert!(!compiled.matches(&after));
        }
    }

    #[test]
    fn fuzz_14_without_wildcard_it_is_equality(
        pattern in text("ab/:?[\\", 6),
        value in text("ab/:?[\\", 6),
    ) {
        if let Some(compiled) = Pattern::parse(&pattern) {
            prop_assert!(compiled.matches(&pattern));
            prop_assert_eq!(compiled.matches(&value), pattern == value);
        }
    }

    #[test]
    fn fuzz_14_any_text_is_read_without_panic(pattern in ".{0,600}", value in ".{0,2100}") {
        if let Some(compiled) = Pattern::parse(&pattern) {
            let mut steps = 0;
            compiled.run(&value, &mut steps);
            prop_assert!(steps <= value.len().saturating_mul(MOST_WORDS));
        }
    }
}
