//! Patterns over texts that are cut into segments by `/` and `:`.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

/// The longest pattern, in octets.
const LONGEST_PATTERN: usize = 512;

/// A set of states: state n, where n tokens are used up, is bit n.
type Word = u64;

/// A pattern of 512 octets has 513 states.
const MOST_WORDS: usize = 9;

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
    /// The states that `**` leads to.
    anything: Vec<Word>,
    /// The states that `*` leads to.
    segment: Vec<Word>,
    /// The states that each literal octet leads to.
    octets: BTreeMap<u8, Vec<Word>>,
    /// The state in which all tokens are used up.
    last: usize,
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
        let last = tokens(text).count();
        let empty = vec![0; last.saturating_add(1).div_ceil(64)];
        let mut pattern = Self {
            text: text.to_owned(),
            anything: empty.clone(),
            segment: empty.clone(),
            octets: BTreeMap::new(),
            last,
        };
        for (token, state) in tokens(text).zip(1..) {
            let states = match token {
                Token::Anything => &mut pattern.anything,
                Token::Segment => &mut pattern.segment,
                Token::Octet(octet) => {
                    let states = pattern.octets.entry(octet);
                    states.or_insert_with(|| empty.clone())
                }
            };
            set(states, state);
        }
        Some(pattern)
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
        let none = [0; MOST_WORDS];
        let mut states: [Word; MOST_WORDS] = none;
        set(&mut states, 0);
        for octet in value.bytes() {
            let literal = self.octets.get(&octet).map_or(&none[..], Vec::as_slice);
            let separator = is_separator(octet);
            let mut carry = 0;
            let mut alive = 0;
            let masks = self.anything.iter().zip(&self.segment).zip(literal);
            for (word, ((anything, segment), literal)) in states.iter_mut().zip(masks) {
                *steps = steps.saturating_add(1);
                let wild = if separator {
                    *anything
                } else {
                    anything | segment
                };
                // A token is entered from the state before it, and a wildcard also goes on.
                let entered = (*word << 1) | carry;
                carry = *word >> 63;
                *word = (entered & (literal | wild)) | (*word & wild);
                alive |= *word;
            }
            if alive == 0 {
                return false;
            }
        }
        is_set(&states, self.last)
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

fn set(states: &mut [Word], state: usize) {
    if let Some(word) = states.get_mut(state / 64) {
        *word |= 1 << (state % 64);
    }
}

fn is_set(states: &[Word], state: usize) -> bool {
    let word = states.get(state / 64).copied().unwrap_or(0);
    word & (1 << (state % 64)) != 0
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
