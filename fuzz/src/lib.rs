//! Fuzz targets of Gatehouse, as functions over bytes.
//!
//! `scripts/fuzz` runs them under libFuzzer. Without it each target is a program that replays the files
//! that it is given, and the tests of this crate replay the whole corpus on every run.

mod authorization;
mod differences;
mod differential;
mod encoding;
mod issuer;
mod json;
mod key_set;
mod model;
mod outbound_url;
mod peers;
mod seed;
mod token;
mod trust;

use std::error::Error;
use std::path::PathBuf;

pub use crate::authorization::authorization;
pub use crate::differences::{DIFFERENCES, Difference, Verdict, Verdicts};
pub use crate::differential::differential;
pub use crate::encoding::encoding;
pub use crate::issuer::{SCHEMES, Scheme};
pub use crate::key_set::key_set;
pub use crate::outbound_url::outbound_url;
pub use crate::seed::Seed;
pub use crate::token::token;
pub use crate::trust::trust;

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// The target. It panics where a property does not hold.
    pub run: fn(&[u8]),
    /// Where the search begins: a file for each case that the unit tables hold.
    pub seeds: fn() -> Vec<Seed>,
}

/// All targets.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "authorization",
        run: authorization,
        seeds: authorization::seeds,
    },
    Target {
        name: "differential",
        run: differential,
        seeds: differential::seeds,
    },
    Target {
        name: "encoding",
        run: encoding,
        seeds: encoding::seeds,
    },
    Target {
        name: "key_set",
        run: key_set,
        seeds: key_set::seeds,
    },
    Target {
        name: "outbound_url",
        run: outbound_url,
        seeds: outbound_url::seeds,
    },
    Target {
        name: "token",
        run: token,
        seeds: token::seeds,
    },
    Target {
        name: "trust",
        run: trust,
        seeds: trust::seeds,
    },
];

/// Feeds `target` with the files that are named on the command line.
///
/// # Errors
/// If a file can't be read.
pub fn replay(target: fn(&[u8])) -> Result<(), Box<dyn Error>> {
    for path in std::env::args_os().skip(1).map(PathBuf::from) {
        target(&std::fs::read(&path)?);
    }
    Ok(())
}
