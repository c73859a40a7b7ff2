//! The binary `tracker`; see the library.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;
use tracker::options::{Command, HELP, Options};
use tracker::start::Tracker;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Command::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(options)) => run(&options).await,
        Ok(_) => io::stdout().write_all(HELP.as_bytes()).map_err(Into::into),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "tracker: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    // Before anything else: a signal that comes while the demo is set up counts too.
    let stop = stop(
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let tracker = Tracker::start(options).await?;
    if let Some(path) = &options.ready_file {
        tracker.demo.write_ready_file(path)?;
    }
    // Nobody may be reading; that is no reason to stop.
    let _ = io::stdout().write_all(tracker.demo.banner().as_bytes());
    tracker.run(stop).await;
    Ok(())
}

async fn stop(mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
}

/// An error with all that caused it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
