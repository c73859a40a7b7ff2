//! The attack and conformance cases JWT-001 to JWT-072. Each token meets both backends, which must give
//! the same answer.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the numbers are the tests' own"
)]

#[cfg(test)]
mod algorithm;
#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod form;
#[cfg(test)]
mod header;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod record;
#[cfg(test)]
mod signature;
#[cfg(test)]
mod support;
#[cfg(test)]
mod times;
