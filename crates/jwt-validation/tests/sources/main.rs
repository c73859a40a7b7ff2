//! Key sets over real sockets: the cases KEY and SSRF, and what a token can't make the verifier do.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the numbers are the tests' own"
)]

#[cfg(test)]
mod bearer;
#[cfg(test)]
mod conditional;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod issuer;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod tls;
