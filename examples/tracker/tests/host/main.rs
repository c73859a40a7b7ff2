//! The whole host, asked as its clients ask it.

mod file_stream;
mod pages;
mod refusals;
mod restart;
mod sdk_queries;
mod world;
