//! The whole host, asked as its clients ask it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod file_stream;
mod pages;
mod refusals;
mod restart;
mod sdk_queries;
mod world;
