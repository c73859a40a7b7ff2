//! What a token costs that was verified before: the hit in the cache beside the whole verification.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use gatehouse_benches::fixture::{AUDIENCE, Fixture, ISSUER, NOW};
use gatehouse_benches::rounds::{Contender, measure};
use jwt_validation::{Algorithm, Audience, AwsLcRs, CachedVerifier, KeySet, TokenPolicy};

const ALGORITHMS: [Algorithm; 3] = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256];

const ROUNDS: usize = 101;

/// As a busy host has them.
const CAPACITY: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "Take one token again: median ns, and the ratio to a hit.\n"
    )?;
    writeln!(
        out,
        "{:<9}{:<24}{:>10}{:>8}",
        "alg", "contender", "ns", "ratio"
    )?;
    for algorithm in ALGORITHMS {
        let fixture = Fixture::new(algorithm)?;
        let token = fixture.token.as_str();
        let policy = TokenPolicy::new(ISSUER, Audience::any_of([AUDIENCE])?);
        let keys = Arc::new(KeySet::parse(&fixture.key_set, &AwsLcRs)?);
        let cached = CachedVerifier::new(policy.clone(), CAPACITY);
        cached.verify(token, &keys, NOW)?;
        let mut contenders = [
            Contender {
                name: "hit",
                work: Box::new(|| cached.verify(token, &keys, NOW).is_ok()),
            },
            Contender {
                name: "verification",
                work: Box::new(|| policy.verify(token, &keys, NOW).is_ok()),
            },
        ];
        for figure in measure(&mut contenders, ROUNDS)? {
            let nanos = figure.time.as_secs_f64() * 1e9;
            let (name, ratio) = (figure.name, figure.ratio);
            writeln!(
                out,
                "{:<9}{name:<24}{nanos:>10.0}{ratio:>8.1}",
                algorithm.name()
            )?;
        }
        writeln!(out, "{:<9}({} octets)\n", "", token.len())?;
    }
    Ok(())
}
