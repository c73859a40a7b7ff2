//! A file of a corpus.

/// A named input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The file's name: what the input is about.
    pub name: String,
    /// The input.
    pub octets: Vec<u8>,
}

impl Seed {
    pub(crate) fn new(name: impl Into<String>, octets: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            octets: octets.into(),
        }
    }
}
