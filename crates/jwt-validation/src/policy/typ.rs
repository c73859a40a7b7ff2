//! The kinds of tokens, told apart by the header's `typ` (RFC 8725 §3.11).

/// Which values of the header's `typ` are taken.
///
/// They are media types, so case does not matter, and `application/` in front may be left out
/// (RFC 7515 §4.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypePolicy {
    typ: &'static str,
    may_be_absent: bool,
    jwt_too: bool,
    description: &'static str,
}

impl TypePolicy {
    /// ID Tokens and assertions: `JWT`, or no `typ` at all. An access token or a logout token of the
    /// same issuer is refused.
    #[must_use]
    pub const fn jwt() -> Self {
        Self {
            typ: "jwt",
            may_be_absent: true,
            jwt_too: false,
            description: "JWT, or none",
        }
    }

    /// Access tokens: `at+jwt`, and it must be there (RFC 9068 §4).
    #[must_use]
    pub const fn access_token() -> Self {
        Self {
            typ: "at+jwt",
            may_be_absent: false,
            jwt_too: false,
            description: "at+jwt",
        }
    }

    /// Logout tokens: `logout+jwt`, or what [`jwt`](Self::jwt) takes, since providers older than the
    /// explicit type are many (OpenID Connect Back-Channel Logout 1.0 §2.4). Their `events` claim tells
    /// them from ID Tokens; the caller must check it.
    #[must_use]
    pub const fn logout_token() -> Self {
        Self {
            typ: "logout+jwt",
            may_be_absent: true,
            jwt_too: true,
            description: "logout+jwt, JWT, or none",
        }
    }

    /// Exactly this type, without `application/`, and it must be there.
    #[must_use]
    pub const fn exactly(typ: &'static str) -> Self {
        Self {
            typ,
            may_be_absent: false,
            jwt_too: false,
            description: typ,
        }
    }

    /// What is taken, in words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        self.description
    }

    pub(crate) fn accepts(self, typ: Option<&str>) -> bool {
        let Some(typ) = typ else {
            return self.may_be_absent;
        };
        let subtype = match typ.split_at_checked("application/".len()) {
            Some((prefix, subtype)) if prefix.eq_ignore_ascii_case("application/") => subtype,
            _ => typ,
        };
        subtype.eq_ignore_ascii_case(self.typ)
            || (self.jwt_too && subtype.eq_ignore_ascii_case("jwt"))
    }
}
