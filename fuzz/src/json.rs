//! A second reader of JSON, for the model alone: written after RFC 8259, and sharing nothing with the one
//! that is under test.

/// A value, its numbers as they were written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// Arrays and objects may be nested this deep, the outermost counted.
const DEEPEST: usize = 32;

/// Names that the JSON library under test keeps for itself.
const RESERVED: &str = "$serde_json::private::";

impl Json {
    /// Reads one document. Gives nothing for what RFC 8259 does not allow, and for what a token must not
    /// hold: a name twice in one object, too deep a nesting, a number that no double comes near.
    pub(crate) fn parse(octets: &[u8]) -> Option<Self> {
        let text = str::from_utf8(octets).ok()?;
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.skip_blanks();
        reader.rest.is_empty().then_some(value)
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn members(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next()?;
        self.rest = characters.as_str();
        Some(next)
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        self.skip_blanks();
        match self.rest.chars().next()? {
            'n' => self.take("null").then_some(Json::Null),
            't' => self.take("true").then_some(Json::Bool(true)),
            'f' => self.take("false").then_some(Json::Bool(false)),
            '"' => self.text().map(Json::Text),
            '[' => self.list(depth.saturating_add(1)),
            '{' => self.object(depth.saturating_add(1)),
            _ => self.number(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        let _ = self.take("[");
        let mut values = Vec::new();
        self.skip_blanks();
        if depth > DEEPEST {
            return None;
        }
        if self.take("]") {
            return Some(Json::List(values));
        }
        loop {
            values.push(self.value(depth)?);
            self.skip_blanks();
            if self.take("]") {
                return Some(Json::List(values));
            }
            self.take(",").then_some(())?;
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        let _ = self.take("{");
        let mut members: Vec<(String, Json)> = Vec::new();
        self.skip_blanks();
        if depth > DEEPEST {
            return None;
        }
        if self.take("}") {
            return Some(Json::Object(members));
        }
        loop {
            self.skip_blanks();
            let name = self.text()?;
            self.skip_blanks();
            self.take(":").then_some(())?;
            let value = self.value(depth)?;
            let twice = members.iter().any(|(earlier, _)| *earlier == name);
            if twice || name.starts_with(RESERVED) {
                return None;
            }
            members.push((name, value));
            self.skip_blanks();
            if self.take("}") {
                return Some(Json::Object(members));
            }
            self.take(",").then_some(())?;
        }
    }

    fn text(&mut self) -> Option<String> {
        self.take("\"").then_some(())?;
        let mut text = String::new();
        loop {
            match self.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escape()?),
                '\0'..='\u{1f}' => return None,
                plain => text.push(plain),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            '"' => '"',
            '\\' => '\\',
            '/' => '/',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut units = vec![self.unit()?];
                if matches!(units.as_slice(), [0xd800..=0xdbff]) {
                    self.take("\\u").then_some(())?;
                    units.push(self.unit()?);
                }
                // A surrogate without its other half is no character.
                let mut decoded = char::decode_utf16(units);
                let character = decoded.next()?.ok()?;
                decoded.next().is_none().then_some(character)?
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u16> {
        let digits: Vec<u32> = (0..4)
            .map(|_| self.next().and_then(|digit| digit.to_digit(16)))
            .collect::<Option<_>>()?;
        let unit = digits.iter().fold(0_u32, |unit, digit| (unit << 4) | digit);
        u16::try_from(unit).ok()
    }

    fn number(&mut self) -> Option<Json> {
        let mut written = String::new();
        self.sign("-", &mut written);
        let whole = self.digits(&mut written);
        let zero_in_front = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || zero_in_front {
            return None;
        }
        if self.take(".") {
            written.push('.');
            if self.digits(&mut written).is_empty() {
                return None;
            }
        }
        if self.take("e") || self.take("E") {
            written.push('e');
            self.sign("+", &mut written);
            if !written.ends_with('+') {
                self.sign("-", &mut written);
            }
            if self.digits(&mut written).is_empty() {
                return None;
            }
        }
        let double: f64 = written.parse().ok()?;
        double.is_finite().then_some(Json::Number(written))
    }

    fn sign(&mut self, sign: &str, written: &mut String) {
        if self.take(sign) {
            written.push_str(sign);
        }
    }

    fn digits(&mut self, written: &mut String) -> String {
        let end = self.rest.find(|c: char| !c.is_ascii_digit());
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        written.push_str(digits);
        digits.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_rfc_8259_allows_and_no_more() {
        for good in [
            "null",
            " [ ] ",
            "{\"a\" : [1, -0.5e+3, \"\\ud83d\\ude00\"]}",
            "-0",
            "1E5",
            "\"\u{7f}\"",
        ] {
            assert!(Json::parse(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "--1",
            "1e400",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{a:1}",
            "{\"a\":1,\"\\u0061\":2}",
            "\"\\ud800\"",
            "\"\\ude00\"",
            "\"\\ud800\\u0041\"",
            "\"\\x\"",
            "\"a",
            "\"\n\"",
            "nul",
            "{} {}",
            "\u{feff}{}",
            "NaN",
            "'a'",
        ] {
            assert_eq!(Json::parse(bad.as_bytes()), None, "{bad}");
        }
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(nested(32).as_bytes()).is_some());
        assert_eq!(Json::parse(nested(33).as_bytes()), None);
    }
}
