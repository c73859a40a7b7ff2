//! Ways to misbehave.

/// How an issuer misbehaves. Tokens are signed as ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Every answer has this status, and no content. What is no status (100 to 999) becomes 500.
    Status(u16),
    /// Requests are taken and not answered, until the issuer stops.
    Hang,
    /// The discovery document is another issuer's; the JWK Set is right.
    WrongIssuer,
    /// Answers are no JSON, though they say so.
    Garbage,
    /// Answers are right, behind 16 MiB of blanks: whoever does not bound what it reads takes them.
    Huge,
}
