//! What stands in the file.

use std::collections::BTreeMap;

use auth_core::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::{Date, Month, OffsetDateTime, Time};

use super::problem::FileProblem;
use crate::access_token::{AccessToken, can_be_sent};
use crate::base_url::BaseUrl;

/// Values that nobody here interprets, as the text that they are.
type Raw = BTreeMap<String, Box<RawValue>>;

/// The file's content: the entries by base URL, and members beside `credentials`, which the format
/// doesn't have yet.
#[derive(Default)]
pub(super) struct Document {
    entries: Raw,
    others: Raw,
}

const CREDENTIALS: &str = "credentials";

/// An entry, its members in the SDK's order. It also has others when an older SDK wrote it.
#[derive(Serialize, Deserialize)]
struct Entry {
    expires_at: String,
    access_token: String,
}

impl Document {
    pub(super) fn parse(content: &[u8]) -> Result<Self, FileProblem> {
        let corrupt = |_| FileProblem::Corrupt;
        let mut others: Raw = serde_json::from_slice(content).map_err(corrupt)?;
        let entries = match others.remove(CREDENTIALS) {
            Some(entries) => serde_json::from_str(entries.get()).map_err(corrupt)?,
            None => Raw::new(),
        };
        Ok(Self { entries, others })
    }

    /// Two spaces deep, no final newline, as the SDK writes it.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, FileProblem> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Part<'a> {
            Entries(&'a Raw),
            Other(&'a RawValue),
        }
        let others = self.others.iter();
        let mut parts: BTreeMap<&str, Part<'_>> = others
            .map(|(name, value)| (name.as_str(), Part::Other(value)))
            .collect();
        parts.insert(CREDENTIALS, Part::Entries(&self.entries));
        serde_json::to_vec_pretty(&parts).map_err(|_| FileProblem::Unwritable)
    }

    /// The entry of a server; `None` where it is missing or malformed.
    pub(super) fn entry(&self, base_url: &BaseUrl) -> Option<AccessToken> {
        let raw = self.entries.get(base_url.as_str())?;
        let entry: Entry = serde_json::from_str(raw.get()).ok()?;
        let secret = Secret::new(entry.access_token);
        let expires_at = parse_utc(&entry.expires_at)?;
        can_be_sent(secret.expose()).then(|| AccessToken::stored(secret, expires_at))
    }

    pub(super) fn set(&mut self, base_url: &BaseUrl, token: &AccessToken) {
        let Some(entry) = raw_entry(token) else {
            self.entries.remove(base_url.as_str());
            return;
        };
        self.entries.insert(base_url.as_str().to_owned(), entry);
    }

    /// Removes the entry of a server if it holds `secret`; whether it did.
    pub(super) fn remove(&mut self, base_url: &BaseUrl, secret: &Secret) -> bool {
        let held = self.entry(base_url);
        let holds = held.is_some_and(|held| held.secret().matches(secret));
        holds && self.entries.remove(base_url.as_str()).is_some()
    }
}

/// The entry as text, indented for its place in the file.
fn raw_entry(token: &AccessToken) -> Option<Box<RawValue>> {
    let entry = Entry {
        expires_at: format_utc(token.expires_at())?,
        access_token: token.secret().expose().to_owned(),
    };
    let flat = serde_json::to_string_pretty(&entry).ok()?;
    RawValue::from_string(flat.replace('\n', "\n    ")).ok()
}

/// `YYYY-MM-DD HH:MM:SS`, UTC; `None` beyond the year 9999.
fn format_utc(moment: Timestamp) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp(moment.as_secs()).ok()?;
    (0..=9999).contains(&moment.year()).then(|| {
        let (date, time) = (moment.date(), moment.time());
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            date.year(),
            u8::from(date.month()),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        )
    })
}

/// `None` for every other spelling: such an entry counts as expired.
fn parse_utc(text: &str) -> Option<Timestamp> {
    let shape = b"0000-00-00 00:00:00";
    let fits = text.len() == shape.len()
        && text.bytes().zip(shape).all(|(found, wanted)| match wanted {
            b'0' => found.is_ascii_digit(),
            other => found == *other,
        });
    if !fits {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<u8>().ok();
    let year = text.get(..4)?.parse().ok()?;
    let month = Month::try_from(part(5, 7)?).ok()?;
    let date = Date::from_calendar_date(year, month, part(8, 10)?).ok()?;
    let time = Time::from_hms(part(11, 13)?, part(14, 16)?, part(17, 19)?).ok()?;
    let moment = date.with_time(time).assume_utc();
    Some(Timestamp::from_secs(moment.unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base_url() -> BaseUrl {
        BaseUrl::parse("https://wandb.example.test/").expect("a base URL")
    }

    #[test]
    fn is_written_octet_for_octet_as_the_sdk_does() {
        let mut document = Document::default();
        let expires_at = parse_utc("2026-11-23 21:52:27").expect("a moment");
        document.set(
            &base_url(),
            &AccessToken::stored(Secret::new("wb_at_9f"), expires_at),
        );
        let expected = r#"{
  "credentials": {
    "https://wandb.example.test": {
      "expires_at": "2026-11-23 21:52:27",
      "access_token": "wb_at_9f"
    }
  }
}"#;
        let written = document.to_json().expect("JSON");
        assert_eq!(String::from_utf8(written.clone()).expect("text"), expected);
        let read = Document::parse(&written).expect("what was written");
        let entry = read.entry(&base_url()).expect("the entry");
        assert_eq!(
            (entry.secret().expose(), entry.expires_at()),
            ("wb_at_9f", expires_at)
        );
        assert_eq!(read.to_json().expect("JSON"), written);
    }

    #[test]
    fn keeps_what_it_does_not_know() {
        let content = br#"{"version": 2.50, "credentials": {"https://a.example":
            {"expires_at":"x", "more":[1e400, {"a":1,"a":2}], "access_token":"\u0041"}, "b": null}}"#;
        let mut document = Document::parse(content).expect("a document");
        let token = AccessToken::stored(Secret::new("t"), Timestamp::from_secs(0));
        document.set(&base_url(), &token);
        let written = String::from_utf8(document.to_json().expect("JSON")).expect("text");
        let kept = r#"{"expires_at":"x", "more":[1e400, {"a":1,"a":2}], "access_token":"\u0041"}"#;
        assert!(written.contains(kept), "{written}");
        assert!(written.contains(r#""b": null"#) && written.contains(r#""version": 2.50"#));
        assert!(document.remove(&base_url(), &Secret::new("t")));
        assert!(!document.remove(&base_url(), &Secret::new("t")));
    }

    #[test]
    fn only_the_entry_that_holds_the_token_is_removed() {
        let mut document = Document::default();
        document.set(
            &base_url(),
            &AccessToken::stored(Secret::new("new"), Timestamp::from_secs(0)),
        );
        assert!(!document.remove(&base_url(), &Secret::new("old")));
        assert!(document.entry(&base_url()).is_some());
    }

    #[test]
    fn an_entry_that_cannot_be_trusted_is_none() {
        for (name, entry) in [
            ("no end", r#"{"access_token":"t"}"#),
            ("no token", r#"{"expires_at":"2026-11-23 21:52:27"}"#),
            (
                "empty token",
                r#"{"expires_at":"2026-11-23 21:52:27","access_token":""}"#,
            ),
            (
                "token with a line",
                r#"{"expires_at":"2026-11-23 21:52:27","access_token":"a\nb"}"#,
            ),
            ("number", r#"{"expires_at":1764021147,"access_token":"t"}"#),
            (
                "RFC 3339",
                r#"{"expires_at":"2026-11-23T21:52:27Z","access_token":"t"}"#,
            ),
            (
                "no such day",
                r#"{"expires_at":"2026-02-30 21:52:27","access_token":"t"}"#,
            ),
            (
                "no such hour",
                r#"{"expires_at":"2026-02-20 24:52:27","access_token":"t"}"#,
            ),
            (
                "zone",
                r#"{"expires_at":"2026-11-23 21:52:27+01","access_token":"t"}"#,
            ),
            (
                "sign",
                r#"{"expires_at":"+026-11-23 21:52:27","access_token":"t"}"#,
            ),
            ("text", r#""t""#),
            ("null", "null"),
        ] {
            let content = format!(r#"{{"credentials":{{"https://wandb.example.test":{entry}}}}}"#);
            let document = Document::parse(content.as_bytes()).expect(name);
            assert!(document.entry(&base_url()).is_none(), "{name}");
        }
    }

    #[test]
    fn an_older_sdks_entry_is_read() {
        let content = br#"{
    "credentials": {
        "https://wandb.example.test": {
            "access_token": "t",
            "token_type": "Bearer",
            "expires_at": "1970-01-01 00:00:07"
        }
    }
}"#;
        let entry = Document::parse(content)
            .expect("a document")
            .entry(&base_url());
        assert_eq!(
            entry.expect("an entry").expires_at(),
            Timestamp::from_secs(7)
        );
    }

    #[test]
    fn moments_go_there_and_back() {
        for seconds in [0, 951_782_400, 1_764_021_147, 253_402_300_799] {
            let moment = Timestamp::from_secs(seconds);
            let text = format_utc(moment).expect("a moment within the format");
            assert_eq!(parse_utc(&text), Some(moment), "{text}");
        }
        assert_eq!(format_utc(Timestamp::from_secs(253_402_300_800)), None);
        assert_eq!(format_utc(Timestamp::from_secs(i64::MAX)), None);
    }

    #[test]
    fn what_is_not_this_format_is_corrupt() {
        for content in [
            "",
            "[]",
            "null",
            "{",
            r#"{"credentials":[]}"#,
            r#"{"credentials":1}"#,
            "{}{}",
        ] {
            let parsed = Document::parse(content.as_bytes());
            assert!(matches!(parsed, Err(FileProblem::Corrupt)), "{content}");
        }
        assert!(Document::parse(b"{}").is_ok());
    }
}
