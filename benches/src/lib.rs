//! Benchmarks of Gatehouse: `cargo bench -p gatehouse-benches`.
//!
//! A figure on its own says more about the machine than about the code. So every contender does the same
//! work on the same token in turns, and what is shown is its ratio to the *floor*: the bare signature
//! check, which nobody can go below.

pub mod contender;
pub mod fixture;
pub mod rounds;
