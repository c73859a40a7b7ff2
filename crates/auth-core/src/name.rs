//! Names that people choose for organizations, teams, projects, users and service accounts.

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 128;

/// Why a text can't be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It is empty or longer than [`LONGEST_NAME`].
    #[error("a name has 1 to 128 characters")]
    Length,
    /// It does not begin with a letter or digit.
    #[error("a name begins with an ASCII letter or digit")]
    Start,
    /// It has a character that a name can't have.
    #[error("a name has only ASCII letters, digits, and . _ - after the first character")]
    Character,
}

/// Checks that `text` can be a name: 1 to 128 ASCII letters, digits, `.`, `_` or `-`, the first one a
/// letter or digit. Names stand in URLs, log lines and audience claims; in this alphabet none
/// of them needs escaping anywhere, and no other script can imitate one.
///
/// # Errors
/// [`NameError`] says which rule is broken.
pub fn check_name(text: &str) -> Result<(), NameError> {
    if text.is_empty() || text.len() > LONGEST_NAME {
        return Err(NameError::Length);
    }
    if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(NameError::Start);
    }
    if text
        .bytes()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-'))
    {
        Ok(())
    } else {
        Err(NameError::Character)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sa_021_names_are_validated() {
        for (name, text, expected) in [
            ("plain", "ml-team", Ok(())),
            ("one character", "a", Ok(())),
            ("digit first", "7up", Ok(())),
            ("dots", "a.b_c-d", Ok(())),
            ("empty", "", Err(NameError::Length)),
            ("10 KB", &"a".repeat(10_240), Err(NameError::Length)),
            ("slash", "a/b", Err(NameError::Character)),
            ("dot first", "..", Err(NameError::Start)),
            ("dash first", "-rf", Err(NameError::Start)),
            ("blank", "a b", Err(NameError::Character)),
            ("homoglyph", "аcme", Err(NameError::Start)),
            ("homoglyph inside", "acmе", Err(NameError::Character)),
            ("line break", "a\nb", Err(NameError::Character)),
            ("NUL", "a\0", Err(NameError::Character)),
        ] {
            assert_eq!(check_name(text), expected, "{name}");
        }
    }
}
