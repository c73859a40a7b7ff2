//! Fuzz targets of Gatehouse, as functions over bytes.
//!
//! `scripts/fuzz` runs them under libFuzzer. Without it each target is a program that replays the files
//! that it is given, and the tests of this crate replay the whole corpus on every run.

mod issuer;
mod key_set;
mod model;
mod token;

use std::error::Error;
use std::path::PathBuf;

pub use crate::key_set::{key_set, key_set_seeds};
pub use crate::token::{token, token_seeds};

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
