//! Reads a token, asks its issuer for keys, and prints every check of an exchange in order.
//!
//! The checks are those of `POST /api/v1/organizations/{org}/jwt-issuers/explain`, without a store: whose
//! account or email address a subject is, a server has to say.

mod options;
mod report;

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use auth_core::{Clock, Secret, SystemClock};
use jwt_federation::{Explained, TrustError, TrustPolicy, explain_token};
use jwt_validation::{
    Audience, GuardedClient, JwksSource, KeySet, KeySetError, OutboundPolicy, SourceConfig,
    default_backend,
};

use crate::options::{Command, HELP, Input, Options};

/// A token has at most 16 KiB, a policy 64, a key set 1,024; what is longer is cut, and refused for that.
const LONGEST_INPUT: u64 = 1025 * 1024;

/// Why nothing could be explained.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}; see --help")]
    Usage(#[from] lexopt::Error),
    #[error("{path} can't be read: {source}")]
    File { path: String, source: io::Error },
    #[error("the policy can't be used: {0}")]
    Policy(#[from] TrustError),
    #[error("the key set can't be used: {0}")]
    KeySet(#[from] KeySetError),
    #[error("{0}")]
    Settings(#[from] jwt_validation::ConfigError),
    #[error("the report can't be written: {0}")]
    Output(io::Error),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "explain: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<ExitCode, Error> {
    let options = match Command::parse(std::env::args_os().skip(1))? {
        Command::Help => {
            print(HELP)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Explain(options) => options,
    };
    let explained = explain(&options).await?;
    let text = if options.json {
        serde_json::to_string_pretty(&explained).unwrap_or_default() + "\n"
    } else {
        report::text(&explained)
    };
    print(&text)?;
    Ok(if explained.accepted {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn explain(options: &Options) -> Result<Explained, Error> {
    let token = Secret::new(read(&options.token)?);
    let policy = match &options.policy {
        Some(path) => TrustPolicy::from_json(&read(&Input::File(path.clone()))?)?,
        None => TrustPolicy::default(),
    };
    let mut audiences = options.audiences.clone();
    audiences.extend(policy.audiences.iter().cloned());
    let audience = Audience::any_of(audiences)?;
    let source = source(options)?;
    let now = SystemClock.now();
    Ok(explain_token(&source, &options.issuer, audience, &policy, &token, now).await)
}

fn source(options: &Options) -> Result<JwksSource, Error> {
    if let Some(path) = &options.key_set {
        let json = read(&Input::File(path.clone()))?;
        let keys = KeySet::parse(json.as_bytes(), default_backend())?;
        return Ok(JwksSource::fixed(keys));
    }
    let mut outbound = OutboundPolicy::default().allow_loopback_http(options.allow_loopback);
    for network in &options.networks {
        outbound = outbound.allow_network(*network);
    }
    if let Some(path) = &options.certificates {
        outbound = outbound.trust_certificates(read(&Input::File(path.clone()))?);
    }
    let client = Arc::new(GuardedClient::new(outbound)?);
    let config = SourceConfig::default();
    Ok(match &options.jwks_uri {
        Some(jwks_uri) => JwksSource::url(jwks_uri.as_str(), client, config),
        None => JwksSource::discovery(options.issuer.as_str(), client, config),
    })
}

fn read(input: &Input) -> Result<String, Error> {
    let mut text = String::new();
    let outcome = match input {
        Input::Stdin => io::stdin().take(LONGEST_INPUT).read_to_string(&mut text),
        Input::File(path) => std::fs::File::open(path)
            .and_then(|file| file.take(LONGEST_INPUT).read_to_string(&mut text)),
    };
    let failed = |source| Error::File {
        path: input.to_string(),
        source,
    };
    outcome.map_err(failed)?;
    Ok(text)
}

fn print(text: &str) -> Result<(), Error> {
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(Error::Output)
}
