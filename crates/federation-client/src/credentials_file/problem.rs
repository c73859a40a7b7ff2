//! Why a credentials file is not read or not written.

use std::io;

/// Why a credentials file is not read or not written. None of these fails a sign-in.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileProblem {
    #[error("it is a link, a directory or a device")]
    NotAFile,
    #[error("it is above 1 MiB")]
    TooLarge,
    #[error("it is not in the format of a credentials file")]
    Corrupt,
    #[error("another program holds the lock")]
    Locked,
    #[error("the disk did not answer in time")]
    TimedOut,
    #[error("{0}")]
    Io(io::ErrorKind),
    #[error("it can't be written as JSON")]
    Unwritable,
}

impl From<io::Error> for FileProblem {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}
