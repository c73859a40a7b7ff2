//! The demo's issuer of identity tokens: in place of a Kubernetes cluster or a CI service.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use auth_testkit::TestIssuer;

use super::DemoError;
use super::credentials::Credentials;

/// Starts the issuer with the address and the key that it had before, if it was there before.
pub(super) async fn start(
    data_dir: &Path,
    credentials: &mut Credentials,
) -> Result<TestIssuer, DemoError> {
    let address = credentials
        .issuer
        .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let issuer = TestIssuer::builder()
        .address(address)
        .signing_key_file(data_dir.join("issuer-signing-key.json"))
        .start()
        .await
        .map_err(|source| DemoError::Issuer {
            address,
            source: Box::new(source),
        })?;
    if credentials.issuer.is_none() {
        credentials.issuer = Some(issuer.address());
        credentials.save()?;
    }
    Ok(issuer)
}
