use std::borrow::Cow;
use std::fmt::Write as _;

use super::*;

/// Reads `s` as a string, `n` as raw text, and skips everything else.
#[derive(Debug, Default)]
struct Probe<'de> {
    s: Option<Cow<'de, str>>,
    list: Option<Vec<Cow<'de, str>>>,
    n: Option<&'de str>,
}

impl<'de> Members<'de> for Probe<'de> {
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        value: MemberValue<'_, 'de, A>,
    ) -> Result<(), A::Error> {
        match name {
            "s" => self.s = Some(value.string("s")?),
            "list" => self.list = Some(value.string_or_strings("list")?),
            "n" => self.n = Some(value.raw()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

fn read(json: &[u8], rule: NameRule) -> Result<Probe<'_>, Fault> {
    let mut probe = Probe::default();
    read_object(json, rule, &mut probe).map(|()| probe)
}

fn fault(json: &[u8]) -> Option<Fault> {
    read(json, NameRule::DistinctWhenFolded).err()
}

#[test]
fn jwt_028_only_one_object_is_read() {
    for (name, json, expected) in [
        ("array", "[]", Fault::NotAnObject),
        ("string", "\"{}\"", Fault::NotAnObject),
        ("number", "1", Fault::NotAnObject),
        ("null", "null", Fault::NotAnObject),
        ("true", "true", Fault::NotAnObject),
        ("nothing", "", Fault::Syntax),
        ("garbage", "%", Fault::Syntax),
        ("cut short", "{\"s\":\"x\"", Fault::Syntax),
        ("two documents", "{}{}", Fault::Syntax),
        ("trailing bytes", "{}x", Fault::Syntax),
        ("trailing NUL", "{}\0", Fault::Syntax),
    ] {
        assert_eq!(fault(json.as_bytes()), Some(expected), "{name}");
    }
    assert_eq!(fault(b" {} \r\n\t"), None);
}

#[test]
fn jwt_029_only_utf_8_is_read() {
    for (name, json, expected) in [
        ("invalid", &b"{\"a\":\"\xff\"}"[..], Fault::Utf8),
        ("overlong", b"{\"a\":\"\xc0\xaf\"}", Fault::Utf8),
        ("surrogate", b"{\"a\":\"\xed\xa0\x80\"}", Fault::Utf8),
        ("UTF-16, big-endian", b"\0{\0}", Fault::Syntax),
        ("UTF-16, little-endian", b"{\0}\0", Fault::Syntax),
        ("byte order mark", b"\xef\xbb\xbf{}", Fault::Syntax),
        (
            "lone surrogate, skipped",
            br#"{"a":"\ud800"}"#,
            Fault::Syntax,
        ),
        (
            "lone surrogate in a name",
            br#"{"\udc00":1}"#,
            Fault::Syntax,
        ),
        ("raw control character", b"{\"a\":\"\n\"}", Fault::Syntax),
    ] {
        assert_eq!(fault(json), Some(expected), "{name}");
    }
}

/// serde_json would read the inner text in place of the object, unseen by all checks.
#[test]
fn names_that_the_json_library_keeps_for_itself_are_refused() {
    for (name, json) in [
        (
            "raw value",
            r#"{"a":{"$serde_json::private::RawValue":"{\"b\":1,\"b\":2}"}}"#,
        ),
        (
            "broken raw value",
            r#"{"a":{"$serde_json::private::RawValue":1}}"#,
        ),
        ("number", r#"{"a":[{"$serde_json::private::Number":"1"}]}"#),
        (
            "escaped",
            r#"{"a":{"\u0024serde_json::private::RawValue":"[]"}}"#,
        ),
        ("top level", r#"{"$serde_json::private::RawValue":"{}"}"#),
    ] {
        assert_eq!(
            fault(json.as_bytes()),
            Some(Fault::ReservedMember),
            "{name}"
        );
    }
}

#[test]
fn jwt_030_no_name_occurs_twice() {
    for (name, json) in [
        ("plain", r#"{"a":1,"a":1}"#),
        ("escaped", r#"{"sub":1,"\u0073ub":2}"#),
        ("read member", r#"{"s":"x","s":"x"}"#),
        ("nested", r#"{"a":{"b":1,"b":2}}"#),
        ("nested in an array", r#"{"a":[[{"b":1,"b":2}]]}"#),
    ] {
        assert_eq!(
            fault(json.as_bytes()),
            Some(Fault::DuplicateMember),
            "{name}"
        );
    }
    assert_eq!(fault(br#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#), None);
}

#[test]
fn names_that_differ_by_case_do_not_stand_side_by_side() {
    for (name, json) in [
        ("ASCII", r#"{"sub":1,"SUB":2}"#),
        ("long s", r#"{"sub":1,"ſub":2}"#),
        ("Kelvin sign", r#"{"kid":1,"\u212aid":2}"#),
        ("Greek", r#"{"ς":1,"Σ":2}"#),
    ] {
        let read = |rule| read(json.as_bytes(), rule).err();
        let look_alike = Some(Fault::LookAlikeMember);
        assert_eq!(read(NameRule::DistinctWhenFolded), look_alike, "{name}");
        assert_eq!(read(NameRule::Distinct), None, "{name}");
    }
}

#[test]
fn many_names_are_told_apart_like_few() {
    let object = |last: &str| {
        let mut json = String::from("{");
        for index in 0..1000 {
            write!(json, "\"name{index}\":{index},").unwrap();
        }
        write!(json, "\"{last}\":0}}").unwrap();
        json
    };
    for (last, expected) in [
        ("other", None),
        ("name3", Some(Fault::DuplicateMember)),
        ("name999", Some(Fault::DuplicateMember)),
        ("NAME3", Some(Fault::LookAlikeMember)),
        ("NAME999", Some(Fault::LookAlikeMember)),
    ] {
        assert_eq!(fault(object(last).as_bytes()), expected, "{last}");
    }
}

#[test]
fn jwt_031_escaped_names_mean_what_they_say() {
    let probe = read(br#"{"\u0073":"\u0041\ud83d\ude00"}"#, NameRule::Distinct).unwrap();
    assert_eq!(probe.s.as_deref(), Some("A\u{1f600}"));
}

#[test]
fn jwt_032_only_json_is_read() {
    for json in [
        r#"{"a":NaN}"#,
        r#"{"a":Infinity}"#,
        r#"{"a":-Infinity}"#,
        r#"{"a":1,}"#,
        r#"{"a":[1,]}"#,
        "{'a':1}",
        "{a:1}",
        r#"{"a":1}// end"#,
        r#"{/* x */"a":1}"#,
        r#"{"a":01}"#,
        r#"{"a":+1}"#,
        r#"{"a":.5}"#,
        r#"{"a":0x10}"#,
        r#"{"a":1e400}"#,
        r#"{"a":TRUE}"#,
        r#"{"a":"\x41"}"#,
    ] {
        assert_eq!(fault(json.as_bytes()), Some(Fault::Syntax), "{json}");
    }
}

#[test]
fn jwt_033_nesting_ends_at_32() {
    let arrays = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    assert_eq!(fault(arrays(31).as_bytes()), None);
    assert_eq!(fault(arrays(32).as_bytes()), Some(Fault::TooDeep));
    assert_eq!(fault(objects(32).as_bytes()), None);
    assert_eq!(fault(objects(33).as_bytes()), Some(Fault::TooDeep));
    // Deep enough to end a process that recurses.
    for depth in [5_000, 500_000] {
        assert_eq!(fault(arrays(depth).as_bytes()), Some(Fault::TooDeep));
        assert_eq!(fault(objects(depth).as_bytes()), Some(Fault::TooDeep));
        let read = format!("{{\"n\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(
            fault(read.as_bytes()),
            None,
            "raw text is not descended into"
        );
    }
}

#[test]
fn a_wrong_type_is_not_an_absent_member() {
    for value in ["null", "1", "true", "[]", "{}", "[\"x\"]"] {
        let json = format!("{{\"s\":{value}}}");
        assert_eq!(
            fault(json.as_bytes()),
            Some(Fault::MemberType("s")),
            "{value}"
        );
    }
    for value in [
        "null",
        "1",
        "true",
        "{}",
        "[1]",
        "[\"x\",null]",
        "[[\"x\"]]",
    ] {
        let json = format!("{{\"list\":{value}}}");
        assert_eq!(
            fault(json.as_bytes()),
            Some(Fault::MemberType("list")),
            "{value}"
        );
    }
}
