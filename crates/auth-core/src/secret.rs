//! Text that must never show.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A password, key, token or client secret.
///
/// `Debug` prints no part of it, there is no `Display`, no `Serialize` and no `PartialEq`; the
/// memory is cleared when it is dropped. [`Secret::expose`] is the one way to the text, so that a
/// search for that word finds every use.
///
/// ```
/// use auth_core::Secret;
///
/// let secret = Secret::new("correct horse");
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert!(secret.matches(&Secret::new("correct horse")));
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that must send or hash it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in constant time; only the lengths can be told apart by time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_text_never_shows() {
        let secret = Secret::new("hunter2");
        assert!(!format!("{secret:?} {secret:#?}").contains("hunter2"));
        assert_eq!(secret.expose(), "hunter2");
    }

    /// Time can't be measured here without now and then being wrong. What can be shown is that there is
    /// one comparison, that it is the one of `subtle`, and that `==` does not compile.
    #[test]
    fn jwt_073_the_only_comparison_takes_constant_time() {
        trait Comparison<Marker> {
            fn is_not_derived() {}
        }
        struct Derived;
        impl<T: ?Sized> Comparison<()> for T {}
        impl<T: ?Sized + PartialEq> Comparison<Derived> for T {}
        // If `Secret` were `PartialEq`, this would be ambiguous.
        <Secret as Comparison<_>>::is_not_derived();

        let source = include_str!("secret.rs");
        let (code, _) = source.split_once("#[cfg(test)]").unwrap();
        assert_eq!(code.matches(".ct_eq(").count(), 1);
        assert!(code.contains("use subtle::ConstantTimeEq;"));
        for other in [" == ", " != ", "PartialEq)]", ".eq(", ".cmp("] {
            assert!(!code.contains(other), "{other}");
        }
    }

    #[test]
    fn matches_the_whole_text_only() {
        let secret = Secret::new("abc");
        for (name, other, same) in [
            ("same", "abc", true),
            ("prefix", "ab", false),
            ("longer", "abcd", false),
            ("other case", "ABC", false),
            ("empty", "", false),
        ] {
            assert_eq!(secret.matches(&Secret::new(other)), same, "{name}");
        }
    }
}
