//! Key sets over real sockets: KEY-001 to KEY-018, SSRF-008, and what a token can't make the verifier do.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the numbers are the tests' own"
)]

#[cfg(test)]
mod discovery;
#[cfg(test)]
mod issuer;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod rotation;
