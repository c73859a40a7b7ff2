//! The kinds of tokens, told apart by the header's `typ` (RFC 8725 §3.11).

use std::fmt;
use std::sync::Arc;

use crate::error::{ConfigError, Excerpt};

/// Which values of the header's `typ` are taken.
///
/// They are media types, so case does not matter, and `application/` in front may be left out
/// (RFC 7515 §4.1.9). `Display` says what is taken, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypePolicy {
    kinds: Kinds,
    may_be_absent: bool,
}

/// Subtypes of `application`, without it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kinds {
    One(&'static str),
    OneOrJwt(&'static str),
    Listed(Arc<[String]>),
}

impl TypePolicy {
    /// The most types that a list can have. No issuer is known to use more than two.
    pub const MAX_TYPES: usize = 16;

    /// ID Tokens and assertions: `JWT`, or no `typ` at all. An access token or a logout token of the
    /// same issuer is refused.
    #[must_use]
    pub const fn jwt() -> Self {
        Self {
            kinds: Kinds::One("JWT"),
            may_be_absent: true,
        }
    }

    /// Access tokens: `at+jwt`, and it must be there (RFC 9068 §4).
    #[must_use]
    pub const fn access_token() -> Self {
        Self::exactly("at+jwt")
    }

    /// Logout tokens: `logout+jwt`, or what [`jwt`](Self::jwt) takes, since providers older than the
    /// explicit type are many (OpenID Connect Back-Channel Logout 1.0 §2.4). Their `events` claim tells
    /// them from ID Tokens; the caller must check it.
    #[must_use]
    pub const fn logout_token() -> Self {
        Self {
            kinds: Kinds::OneOrJwt("logout+jwt"),
            may_be_absent: true,
        }
    }

    /// Exactly this type, without `application/`, and it must be there.
    #[must_use]
    pub const fn exactly(typ: &'static str) -> Self {
        Self {
            kinds: Kinds::One(typ),
            may_be_absent: false,
        }
    }

    /// One of these types, which an administrator has stated, and it must be there:
    /// [`or_absent`](Self::or_absent) also takes tokens without `typ`. No text in the list means that;
    /// `none` is a type that nobody uses.
    ///
    /// A type may begin with `application/`. What follows is one name as RFC 6838 §4.2 has it: at most
    /// 127 ASCII letters, digits and `!#$&-^_.+`, the first a letter or a digit. Other top-level types,
    /// parameters and wildcards are not possible.
    ///
    /// ```
    /// use jwt_validation::{ConfigError, TypePolicy};
    ///
    /// let types = TypePolicy::any_of(["JWT", "application/kubernetes+jwt"])?;
    /// assert_eq!(types.to_string(), "JWT, or kubernetes+jwt");
    /// assert!(matches!(TypePolicy::any_of(["*"]), Err(ConfigError::TypeName { .. })));
    /// # Ok::<(), ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::TypeCount`] if the list is empty or has more than
    /// [`MAX_TYPES`](Self::MAX_TYPES) types; [`ConfigError::TypeName`] if one of them is no media type.
    ///
    /// # Security
    /// Each type here is a kind of token that passes for what the caller expects. An issuer's access
    /// tokens (`at+jwt`) and logout tokens (`logout+jwt`) are no proof of identity.
    pub fn any_of<S: AsRef<str>>(types: impl IntoIterator<Item = S>) -> Result<Self, ConfigError> {
        let mut kinds: Vec<String> = Vec::new();
        for typ in types {
            let subtype = without_application(typ.as_ref());
            if !is_media_type_name(subtype) {
                let found = Excerpt::new(typ.as_ref());
                return Err(ConfigError::TypeName { found });
            }
            if kinds.len() == Self::MAX_TYPES {
                return Err(ConfigError::TypeCount {
                    max: Self::MAX_TYPES,
                });
            }
            kinds.push(subtype.to_owned());
        }
        if kinds.is_empty() {
            return Err(ConfigError::TypeCount {
                max: Self::MAX_TYPES,
            });
        }
        Ok(Self {
            kinds: Kinds::Listed(kinds.into()),
            may_be_absent: false,
        })
    }

    /// The same, and tokens without `typ` too.
    #[must_use]
    pub fn or_absent(self) -> Self {
        Self {
            may_be_absent: true,
            ..self
        }
    }

    pub(crate) fn accepts(&self, typ: Option<&str>) -> bool {
        let Some(typ) = typ else {
            return self.may_be_absent;
        };
        let found = without_application(typ);
        self.kinds().any(|kind| found.eq_ignore_ascii_case(kind))
    }

    fn kinds(&self) -> impl Iterator<Item = &str> {
        let (fixed, listed): ([Option<&str>; 2], &[String]) = match &self.kinds {
            Kinds::One(kind) => ([Some(kind), None], &[]),
            Kinds::OneOrJwt(kind) => ([Some(kind), Some("JWT")], &[]),
            Kinds::Listed(kinds) => ([None, None], kinds),
        };
        let fixed = fixed.into_iter().flatten();
        fixed.chain(listed.iter().map(String::as_str))
    }
}

impl fmt::Display for TypePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let absent = self.may_be_absent.then_some("none");
        let accepted: Vec<&str> = self.kinds().chain(absent).collect();
        match accepted.as_slice() {
            [others @ .., last] if !others.is_empty() => {
                write!(f, "{}, or {last}", others.join(", "))
            }
            only => f.write_str(&only.concat()),
        }
    }
}

fn without_application(typ: &str) -> &str {
    match typ.split_at_checked("application/".len()) {
        Some((prefix, subtype)) if prefix.eq_ignore_ascii_case("application/") => subtype,
        _ => typ,
    }
}

/// RFC 6838 §4.2, `restricted-name`.
fn is_media_type_name(text: &str) -> bool {
    text.len() <= 127
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&octet))
}
