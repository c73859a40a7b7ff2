//! Randomness comes in through a source, as time does.

use std::fmt;

/// Fills buffers with unpredictable octets.
pub trait Random: Send + Sync + fmt::Debug {
    /// Fills `buffer`.
    ///
    /// # Errors
    /// [`RandomError`] where the source fails; nothing may be derived from `buffer` then.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError>;
}

/// The source of randomness failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system's random source failed")]
#[non_exhaustive]
pub struct RandomError;

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(buffer).map_err(|_| RandomError)
    }
}

/// Draws `length` characters of `[0-9a-z]`, each of the 36 equally likely.
///
/// # Errors
/// [`RandomError`] where `source` fails.
pub fn alphanumeric(source: &dyn Random, length: usize) -> Result<String, RandomError> {
    const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    // 252 = 7 * 36: octets above it would favour the first characters.
    const FAIR: u8 = 252;
    let mut text = String::with_capacity(length);
    let mut buffer = [0_u8; 64];
    while text.len() < length {
        source.fill(&mut buffer)?;
        let fair = buffer.iter().filter(|octet| **octet < FAIR);
        let drawn = fair.filter_map(|octet| ALPHABET.get(usize::from(octet % 36)));
        for character in drawn.take(length.saturating_sub(text.len())) {
            text.push(char::from(*character));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_the_length_and_alphabet() {
        for length in [0, 1, 24, 200] {
            let text = alphanumeric(&OsRandom, length).expect("the system has randomness");
            assert_eq!(text.len(), length);
            assert!(
                text.bytes()
                    .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
            );
        }
    }

    #[test]
    fn uses_each_character_about_as_often() {
        let text = alphanumeric(&OsRandom, 36_000).expect("the system has randomness");
        for character in ('0'..='9').chain('a'..='z') {
            let count = text.matches(character).count();
            // 1,000 expected, deviation 31: six deviations either way.
            assert!((800..1_200).contains(&count), "{character}: {count}");
        }
    }

    #[test]
    fn a_failing_source_is_an_error() {
        #[derive(Debug)]
        struct Broken;
        impl Random for Broken {
            fn fill(&self, _: &mut [u8]) -> Result<(), RandomError> {
                Err(RandomError)
            }
        }
        assert_eq!(alphanumeric(&Broken, 8), Err(RandomError));
    }
}
