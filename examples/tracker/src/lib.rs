//! A small experiment tracker that embeds Gatehouse: read it as advice.
//!
//! It serves the unchanged W&B SDK (runs, their settings, history and summary), a few pages for
//! browsers, and everything that `auth-axum` brings: the exchange of identity tokens, service
//! accounts, API keys. What embedding takes:
//!
//! 1. Open a store and build an [`Auth`](auth_axum::Auth) over it ([`start`](mod@start)).
//! 2. Put [`Auth::layer`](auth_axum::Auth::layer) around the host's routes and
//!    [`Auth::routes`](auth_axum::Auth::routes) beside them ([`host`]).
//! 3. Take [`Caller`](auth_axum::Caller) as an argument of each handler, and ask
//!    [`Auth::access`](auth_axum::Auth::access) about each project that a request names, every
//!    time (`file_stream.rs` is the shortest example).
//! 4. Keep the host's own data next to it, by the identifiers that Gatehouse gave ([`runs`]).
//!
//! # What a host in production does otherwise
//!
//! [`demo`] is for trying things out: it makes an organization with people, projects and keys, runs
//! an issuer of identity tokens inside the process, keeps API keys in a file to show them again, and
//! lets issuers be on the loopback interface. Nothing else depends on it.
//!
//! TLS, limits per client and per address belong to the reverse proxy in front. [`serve`](mod@serve)
//! bounds what a slow or greedy client costs this process, no more.
//!
//! # What is not done here
//!
//! Files and artifacts are not stored; the SDK says so and goes on. There are no quotas on runs.

pub mod demo;
mod file_stream;
mod graphql;
mod guard;
pub mod host;
pub mod options;
mod pages;
pub mod runs;
pub mod serve;
pub mod start;
