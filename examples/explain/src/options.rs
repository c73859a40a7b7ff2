//! The command line.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use ipnet::IpNet;
use lexopt::{Arg, Parser, ValueExt};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Says why a JWT is, or would be, refused as an assertion: every check, what it expected, what it found.

Usage: explain --issuer URL --audience NAME [OPTIONS] [TOKEN-FILE]

The token is read from TOKEN-FILE, or from standard input; never from the command line, where other users
of the machine could see it. It is kept nowhere.

Options:
  --issuer URL        the issuer, exactly as it is registered
  --audience NAME     the organization's name, or another audience that it takes; may be given often
  --policy FILE       the issuer's trust policy, as JSON
  --jwks-uri URL      where the keys are, if the issuer has no metadata
  --jwks FILE         the keys, if the issuer can't be reached
  --network CIDR      a network that is not public and that the keys may be fetched from; may be given often
  --certificates FILE certificates to trust beside the system's, as PEM
  --allow-loopback    let an issuer on this machine use http
  --json              print the report as JSON
  -h, --help          print this

Exit status: 0 if the token would be accepted, 1 if it would be refused, 2 if nothing could be said.
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Explain(Options),
}

/// Where a text comes from.
#[derive(Clone, Debug, Default)]
pub(crate) enum Input {
    #[default]
    Stdin,
    File(PathBuf),
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) token: Input,
    pub(crate) issuer: String,
    pub(crate) audiences: Vec<String>,
    pub(crate) policy: Option<PathBuf>,
    pub(crate) jwks_uri: Option<String>,
    pub(crate) key_set: Option<PathBuf>,
    pub(crate) networks: Vec<IpNet>,
    pub(crate) certificates: Option<PathBuf>,
    pub(crate) allow_loopback: bool,
    pub(crate) json: bool,
}

impl Command {
    /// Reads the arguments, without the program's name.
    pub(crate) fn parse<I>(arguments: I) -> Result<Self, lexopt::Error>
    where
        I: IntoIterator<Item: Into<OsString>>,
    {
        let mut options = Options::default();
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("issuer") => options.issuer = parser.value()?.string()?,
                Arg::Long("audience") => options.audiences.push(parser.value()?.string()?),
                Arg::Long("policy") => options.policy = Some(parser.value()?.into()),
                Arg::Long("jwks-uri") => options.jwks_uri = Some(parser.value()?.string()?),
                Arg::Long("jwks") => options.key_set = Some(parser.value()?.into()),
                Arg::Long("network") => options.networks.push(parser.value()?.parse()?),
                Arg::Long("certificates") => options.certificates = Some(parser.value()?.into()),
                Arg::Long("allow-loopback") => options.allow_loopback = true,
                Arg::Long("json") => options.json = true,
                Arg::Short('h') | Arg::Long("help") => return Ok(Self::Help),
                Arg::Value(path) if matches!(options.token, Input::Stdin) => {
                    options.token = Input::File(path.into());
                }
                other => return Err(other.unexpected()),
            }
        }
        if options.issuer.is_empty() {
            return Err("--issuer is missing".into());
        }
        if options.audiences.is_empty() {
            return Err("--audience is missing".into());
        }
        Ok(Self::Explain(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_help_says() {
        let needed = ["--issuer", "https://i.example", "--audience", "acme"];
        for (name, more, fits) in [
            ("what is needed", &[][..], true),
            ("a file", &["token.jwt"], true),
            ("two files", &["token.jwt", "other.jwt"], false),
            ("a second audience", &["--audience", "b"], true),
            (
                "networks",
                &["--network", "10.0.0.0/8", "--network", "fd00::/8"],
                true,
            ),
            ("no network", &["--network", "ten"], false),
            ("unknown", &["--token", "x"], false),
        ] {
            let arguments = needed.iter().chain(more);
            assert_eq!(Command::parse(arguments).is_ok(), fits, "{name}");
        }
        assert!(matches!(Command::parse(["--help"]), Ok(Command::Help)));
        for lacking in [&needed[..2], &needed[2..], &[]] {
            assert!(Command::parse(lacking).is_err(), "{lacking:?}");
        }
    }
}
