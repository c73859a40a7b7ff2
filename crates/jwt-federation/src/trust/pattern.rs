//! Patterns over texts that are cut into segments by `/` and `:`.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

/// The longest pattern, in octets.
const LONGEST_PATTERN: usize = 512;

/// One word of the set of states. A pattern of 512 octets has 513 states.
type Word = u64;
const MOST_WORDS: usize = 9;
type States = [Word; MOST_WORDS];

/// A pattern over a text that is cut into segments by `/` and `:`, as subjects are.
///
/// | in the pattern | stands for |
/// |---|---|
/// | `*` | one or more octets other than `/` and `:`; it may stand inside a segment (`release-*`) |
/// | `**` | one or more octets of any kind, separators too |
/// | anything else | itself; there are no other special characters and no escapes |
///
/// A value matches as a whole or not at all: there is nothing to anchor. Three stars in a row are
/// refused. Values of more than 2,048 octets match nothing.
///
/// ```
/// use jwt_federation::trust::Pattern;
///
/// let pattern = Pattern::parse("repo:acme/*:ref:refs/heads/release-*").unwrap();
/// assert!(pattern.matches("repo:acme/app:ref:refs/heads/release-7"));
/// assert!(!pattern.matches("repo:acme/app:ref:refs/heads/release-7/fix"));
/// assert!(!pattern.matches("repo:acme/app:ref:refs/heads/release-"));
/// assert!(!pattern.matches("xrepo:acme/app:ref:refs/heads/release-7"));
/// ```
///
/// # Cost
/// All the ways to match are followed at once, 64 to a machine word: at most 9 word operations for each
/// octet of the value, whatever the pattern. Nothing is tried twice.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    /// Bit n + 1: token n is `**`.
    anything: States,
    /// Bit n + 1: token n is `*`.
    segment: States,
    /// Bit n + 1: token n is this octet.
    octets: BTreeMap<u8, States>,
    /// The last state: all tokens are used up.
    accepted: States,
    /// How many words the pattern needs.
    words: usize,
}

/// What one place of a pattern stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Octet(u8),
    Segment,
    Anything,
}

impl Pattern {
    /// The longest value that is looked at, in octets; longer ones match nothing.
    pub const LONGEST_VALUE: usize = 2048;

    /// What can be a pattern, in words.
    pub(super) const EXPECTED: &'static str =
        "a pattern of 1 to 512 octets with at most two stars in a row";

    /// Reads a pattern of 1 to 512 octets. `None` where it is empty, longer, or has three stars in a
    /// row.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > LONGEST_PATTERN || text.contains("***") {
            return None;
        }
        let mut pattern = Self {
            text: text.to_owned(),
            anything: [0; MOST_WORDS],
            segment: [0; MOST_WORDS],
            octets: BTreeMap::new(),
            accepted: [0; MOST_WORDS],
            words: 0,
        };
        let mut state = 0;
        for token in tokens(text) {
            state += 1;
            set(pattern.mask(token), state);
        }
        set(&mut pattern.accepted, state);
        pattern.words = state / 64 + 1;
        Some(pattern)
    }

    /// The states that `token` leads to.
    fn mask(&mut self, token: Token) -> &mut States {
        match token {
            Token::Anything => &mut self.anything,
            Token::Segment => &mut self.segment,
            Token::Octet(octet) => self.octets.entry(octet).or_insert([0; MOST_WORDS]),
        }
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `value` matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.run(value, &mut 0)
    }

    /// As [`matches`](Self::matches), and adds the word operations that it took to `steps`.
    fn run(&self, value: &str, steps: &mut usize) -> bool {
        if value.len() > Self::LONGEST_VALUE {
            return false;
        }
        let mut states: States = [0; MOST_WORDS];
        set(&mut states, 0);
        for octet in value.bytes() {
            let literal = self.literal(octet);
            let separator = is_separator(octet);
            let mut carry = 0;
            let mut alive = 0;
            let masks = self.anything.iter().zip(&self.segment).zip(literal);
            for (word, ((anything, segment), literal)) in
                states.iter_mut().zip(masks).take(self.words)
            {
                *steps = steps.saturating_add(1);
                let wild = if separator {
                    *anything
                } else {
                    anything | segment
                };
                let entered = (*word << 1) | carry;
                carry = *word >> 63;
                // A token is entered from the state before it; a wildcard also goes on.
                *word = (entered & (literal | wild)) | (*word & wild);
                alive |= *word;
            }
            if alive == 0 {
                return false;
            }
        }
        states
            .iter()
            .zip(&self.accepted)
            .any(|(states, accepted)| states & accepted != 0)
    }

    fn literal(&self, octet: u8) -> &States {
        const NONE: &States = &[0; MOST_WORDS];
        self.octets.get(&octet).unwrap_or(NONE)
    }

    /// The text in front of the first wildcard.
    pub(super) fn literal_prefix(&self) -> &str {
        self.text.split('*').next().unwrap_or_default()
    }

    /// The same pattern with every `*` allowed to cross separators.
    pub(super) fn crossing(&self) -> Self {
        let mut crossing = self.clone();
        for (anything, segment) in crossing.anything.iter_mut().zip(&mut crossing.segment) {
            *anything |= std::mem::take(segment);
        }
        crossing
    }
}

/// What cuts a text into segments.
pub(super) const fn is_separator(octet: u8) -> bool {
    matches!(octet, b'/' | b':')
}

fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut octets = text.bytes().peekable();
    std::iter::from_fn(move || {
        Some(match octets.next()? {
            b'*' => match octets.next_if_eq(&b'*') {
                Some(_) => Token::Anything,
                None => Token::Segment,
            },
            octet => Token::Octet(octet),
        })
    })
}

fn set(states: &mut States, state: usize) {
    if let Some(word) = states.get_mut(state / 64) {
        *word |= 1 << (state % 64);
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
