//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};

/// What `--help` prints.
pub const HELP: &str = "\
A small experiment tracker that embeds Gatehouse, with an organization to try things out on.

Usage: tracker [OPTIONS]

Options:
  --listen ADDRESS:PORT   where to listen [default: 127.0.0.1:8080]; port 0 takes a free one
  --data-dir DIR          where to keep the database and the demo's keys [default: ./demo-data]
  --access-token-lifetime SECONDS
                          how long access tokens live, 60 to 86400 [default: 3600]
  --ready-file FILE       write addresses and keys to FILE, as JSON, once requests are answered
  -h, --help              print this

The log goes to standard error; RUST_LOG sets its level.
";

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// To print [`HELP`].
    Help,
    /// To run the server.
    Run(Options),
}

/// How to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where data is kept.
    pub data_dir: PathBuf,
    /// How long access tokens live; Gatehouse's default where it is not given.
    pub access_token_lifetime: Option<Duration>,
    /// Where to write addresses and keys once requests are answered.
    pub ready_file: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data_dir: PathBuf::from("demo-data"),
            access_token_lifetime: None,
            ready_file: None,
        }
    }
}

impl Command {
    /// Reads the arguments, without the program's name.
    ///
    /// # Errors
    /// [`lexopt::Error`], whose text is for the user.
    pub fn parse<I>(arguments: I) -> Result<Self, lexopt::Error>
    where
        I: IntoIterator<Item: Into<OsString>>,
    {
        let mut options = Options::default();
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("listen") => options.listen = parser.value()?.parse()?,
                Arg::Long("data-dir") => options.data_dir = parser.value()?.into(),
                Arg::Long("access-token-lifetime") => {
                    let seconds = parser.value()?.parse()?;
                    options.access_token_lifetime = Some(Duration::from_secs(seconds));
                }
                Arg::Long("ready-file") => options.ready_file = Some(parser.value()?.into()),
                Arg::Short('h') | Arg::Long("help") => return Ok(Self::Help),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Self::Run(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_help_says() {
        let defaults = Options::default();
        let all = Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: "d".into(),
            access_token_lifetime: Some(Duration::from_secs(310)),
            ready_file: Some("r".into()),
        };
        for (name, arguments, expected) in [
            ("nothing", &[][..], Some(Command::Run(defaults))),
            (
                "all",
                &[
                    "--listen",
                    "127.0.0.1:0",
                    "--data-dir=d",
                    "--access-token-lifetime=310",
                    "--ready-file",
                    "r",
                ],
                Some(Command::Run(all)),
            ),
            ("help", &["--help"], Some(Command::Help)),
            ("short help", &["-h"], Some(Command::Help)),
            ("no port", &["--listen", "127.0.0.1"], None),
            ("no value", &["--data-dir"], None),
            ("no number", &["--access-token-lifetime=1h"], None),
            ("unknown", &["--verbose"], None),
            ("stray", &["demo"], None),
        ] {
            assert_eq!(Command::parse(arguments).ok(), expected, "{name}");
        }
    }
}
