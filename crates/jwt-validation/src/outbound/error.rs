//! Why a request was not made, or came to nothing.

use std::net::IpAddr;

use crate::error::{ErrorKind, Excerpt};

/// Why a request was not made, or came to nothing.
///
/// `Display` is safe for the administrator who typed the URL: it holds nothing that the server sent and
/// no address, and it is the same for a closed port, a time-out and a failed TLS handshake, so that
/// nobody can scan a network with it. [`detail`](Self::detail) is for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The URL can't be used. Nothing was sent.
    #[error("the URL {url} can't be used: {fault}")]
    Url {
        /// The URL.
        url: Excerpt,
        /// What is wrong with it.
        fault: UrlFault,
    },
    /// The host's address is not public. Nothing was sent.
    #[error(
        "the host {host} has no public address: have the operator allow its network for this issuer, paste the issuer's key set, or push each new set through the API"
    )]
    Address {
        /// The host.
        host: Excerpt,
        /// What it resolved to.
        found: Vec<IpAddr>,
    },
    /// No answer came: the name, the connection, TLS, the time or the framing failed.
    #[error("no answer came over a trusted connection in time")]
    Unreachable {
        /// What happened.
        reason: String,
    },
    /// The answer is a redirect, which is never followed.
    #[error("the server answered with a redirect (status {status}), which is not followed")]
    Redirect {
        /// The HTTP status.
        status: u16,
    },
    /// The answer is not a success.
    #[error("the server answered with status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The answer is compressed, which was not asked for.
    #[error("the answer is compressed, which was not asked for")]
    Encoded,
    /// The answer is too long. Reading stopped there.
    #[error("the answer is longer than {limit} octets")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

impl FetchError {
    /// The class: what only new settings can mend is misconfigured.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Url { .. } | Self::Address { .. } | Self::Redirect { .. } => {
                ErrorKind::Misconfigured
            }
            Self::Unreachable { .. }
            | Self::Status { .. }
            | Self::Encoded
            | Self::TooLarge { .. } => ErrorKind::Unavailable,
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "fetch.url",
            Self::Address { .. } => "fetch.address",
            Self::Unreachable { .. } => "fetch.unreachable",
            Self::Redirect { .. } => "fetch.redirect",
            Self::Status { .. } => "fetch.status",
            Self::Encoded => "fetch.encoded",
            Self::TooLarge { .. } => "fetch.too_large",
        }
    }

    /// What the operator should read.
    ///
    /// # Security
    /// It can hold internal addresses; not for tenants.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Address { host, found } => format!("{host} resolved to {found:?}"),
            Self::Unreachable { reason } => reason.clone(),
            other => other.to_string(),
        }
    }
}

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlFault {
    /// It is longer than 2048 octets.
    #[error("it is too long")]
    TooLong,
    /// It has white space, a control character or a backslash, which parsers read differently.
    #[error("it has a blank, a control character or a backslash")]
    Characters,
    /// It is not an absolute URL with a host.
    #[error("it is not an absolute URL")]
    Syntax,
    /// Its scheme is not https.
    #[error("its scheme is not https")]
    Scheme,
    /// It has a user name or a password.
    #[error("it has a user name or a password")]
    UserInfo,
    /// It has a fragment.
    #[error("it has a fragment")]
    Fragment,
    /// It has a query, which an issuer never has (OpenID Connect Discovery §3).
    #[error("an issuer has no query")]
    Query,
    /// Its port is neither 443 nor at least 1024.
    #[error("its port is neither 443 nor at least 1024")]
    Port,
}
