//! What verifying a token costs, beside the bare signature check.

use std::error::Error;
use std::io::Write as _;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use gatehouse_benches::contender::OpenIdConnect;
use gatehouse_benches::fixture::{AUDIENCE, Fixture, ISSUER, NOW};
use gatehouse_benches::rounds::{Contender, measure};
use jwt_validation::{Algorithm, Audience, AwsLcRs, Josekit, KeySet, TokenPolicy};

const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];

const ROUNDS: usize = 101;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "Verify one token: median µs, and the ratio to the bare signature check.\n"
    )?;
    writeln!(
        out,
        "{:<9}{:<34}{:>9}{:>8}",
        "alg", "contender", "µs", "ratio"
    )?;
    for algorithm in ALGORITHMS {
        let fixture = Fixture::new(algorithm)?;
        let octets = fixture.token.len();
        for figure in measure(&mut contenders(&fixture)?, ROUNDS)? {
            let micros = figure.time.as_secs_f64() * 1e6;
            let (name, ratio) = (figure.name, figure.ratio);
            writeln!(
                out,
                "{:<9}{name:<34}{micros:>9.2}{ratio:>8.2}",
                algorithm.name()
            )?;
        }
        writeln!(out, "{:<9}({octets} octets)\n", "")?;
    }
    Ok(())
}

fn contenders(fixture: &Fixture) -> Result<Vec<Contender<'_>>, Box<dyn Error>> {
    let (input, signature) = fixture.signed_parts()?;
    let floor = floor(fixture)?;
    let policy = TokenPolicy::new(ISSUER, Audience::any_of([AUDIENCE])?);
    let aws_lc_rs = KeySet::parse(&fixture.key_set, &AwsLcRs)?;
    let josekit = KeySet::parse(&fixture.key_set, &Josekit)?;
    let (key, validation) = jsonwebtoken_parts(fixture)?;
    let token = fixture.token.as_str();
    let openidconnect = OpenIdConnect::new(fixture)?;
    let same_policy = policy.clone();
    Ok(vec![
        Contender {
            name: "floor: aws-lc-rs",
            work: Box::new(move || floor.verify_sig(input.as_bytes(), &signature).is_ok()),
        },
        Contender {
            name: "jwt-validation, aws-lc-rs",
            work: Box::new(move || policy.verify(token, &aws_lc_rs, NOW).is_ok()),
        },
        Contender {
            name: "jwt-validation, josekit",
            work: Box::new(move || same_policy.verify(token, &josekit, NOW).is_ok()),
        },
        Contender {
            name: "josekit decode_with_verifier",
            work: Box::new(move || {
                josekit::jwt::decode_with_verifier(token, &*fixture.josekit).is_ok()
            }),
        },
        Contender {
            name: "jsonwebtoken decode, aws-lc-rs",
            work: Box::new(move || {
                jsonwebtoken::decode::<serde_json::Map<String, serde_json::Value>>(
                    token,
                    &key,
                    &validation,
                )
                .is_ok()
            }),
        },
        Contender {
            name: "openidconnect IdToken::claims",
            work: Box::new(move || openidconnect.verify(token)),
        },
    ])
}

/// The key, parsed once, with nothing around it.
fn floor(fixture: &Fixture) -> Result<ParsedPublicKey, Box<dyn Error>> {
    let octets = |name| Ok::<_, Box<dyn Error>>(fixture.parameter(name)?.1);
    let point = || Ok::<_, Box<dyn Error>>([vec![4], octets("x")?, octets("y")?].concat());
    let rsa = || {
        Ok::<_, Box<dyn Error>>(RsaPublicKeyComponents {
            n: octets("n")?,
            e: octets("e")?,
        })
    };
    Ok(match fixture.algorithm {
        Algorithm::Rs256 => rsa()?.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)?,
        Algorithm::Ps256 => rsa()?.to_parsed_public_key(&RSA_PSS_2048_8192_SHA256)?,
        Algorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point()?)?,
        Algorithm::Es384 => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point()?)?,
        _ => ParsedPublicKey::new(&ED25519, octets("x")?)?,
    })
}

fn jsonwebtoken_parts(
    fixture: &Fixture,
) -> Result<(jsonwebtoken::DecodingKey, jsonwebtoken::Validation), Box<dyn Error>> {
    use jsonwebtoken::{Algorithm as Alg, DecodingKey, Validation};

    let text = |name| Ok::<_, Box<dyn Error>>(fixture.parameter(name)?.0);
    let ec = || Ok::<_, Box<dyn Error>>(DecodingKey::from_ec_components(text("x")?, text("y")?)?);
    let rsa = || Ok::<_, Box<dyn Error>>(DecodingKey::from_rsa_components(text("n")?, text("e")?)?);
    let (algorithm, key) = match fixture.algorithm {
        Algorithm::Rs256 => (Alg::RS256, rsa()?),
        Algorithm::Ps256 => (Alg::PS256, rsa()?),
        Algorithm::Es256 => (Alg::ES256, ec()?),
        Algorithm::Es384 => (Alg::ES384, ec()?),
        _ => (Alg::EdDSA, DecodingKey::from_ed_components(text("x")?)?),
    };
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    Ok((key, validation))
}
