//! Amazon Web Services.
//!
//! An account that turned outbound identity federation on has an issuer of its own, and its principals
//! get tokens by `sts:GetWebIdentityToken`, for an audience of their choice. What AWS says of the
//! principal stands below the claim `https://sts.amazonaws.com/`. Pods of EKS get Kubernetes tokens from
//! the issuer of their cluster.

use serde_json::json;

use super::super::error::{Shown, TrustError};
use super::form::{Form, Given, refused};
use super::kubernetes::{self, NAMESPACE, SERVICE_ACCOUNT, SERVICE_ACCOUNT_UID};
use super::plan::{Plan, claims, equals, other};
use super::{ACCOUNT, AUDIENCE, Parameter};

/// A name with slashes in it, so that the pointer is full of escapes (RFC 6901 §3).
const ACCOUNT_CLAIM: &str = "/https:~1~1sts.amazonaws.com~1/aws_account";

pub(super) const STS_PARAMETERS: [Parameter; 5] = [
    Parameter::new(
        "issuer",
        Form::Issuer,
        "https://3f2b8c1d-7e6a-4f50-9b8c-1d2e3f4a5b6c.tokens.sts.global.api.aws",
        "The issuer of the account: `aws iam get-outbound-web-identity-federation-info`",
    ),
    Parameter::new(
        "account_id",
        Form::Segment,
        "210987654321",
        "The account: 12 digits",
    ),
    Parameter::new(
        "principal",
        Form::Arn,
        "arn:aws:iam::210987654321:role/trainer",
        "The ARN of the role or user; for a role, the role's own and not a session's",
    ),
    AUDIENCE,
    ACCOUNT,
];

pub(super) const EKS_PARAMETERS: [Parameter; 7] = [
    Parameter::new(
        "region",
        Form::Segment,
        "eu-central-1",
        "The region of the cluster",
    ),
    Parameter::new(
        "cluster",
        Form::Segment,
        "0A1B2C3D4E5F60718293A4B5C6D7E8F9",
        "The last part of the cluster's issuer: `aws eks describe-cluster --name NAME --query \
         cluster.identity.oidc.issuer`",
    ),
    NAMESPACE,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_UID,
    AUDIENCE,
    ACCOUNT,
];

pub(super) fn sts(given: &Given<'_>) -> Result<Plan, TrustError> {
    let (issuer, account) = (given.required("issuer")?, given.required("account_id")?);
    let principal = given.required("principal")?;
    if account.len() != 12 || !account.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(refused("account_id", Shown::text(account), "12 digits"));
    }
    if principal.split(':').nth(4) != Some(account) {
        let expected = "the ARN of a principal of this account";
        return Err(refused("principal", Shown::text(principal), expected));
    }
    let token = |account: &str, principal: &str| {
        claims(json!({
            "iss": issuer,
            "sub": principal,
            "jti": "0d9c8b7a-6f5e-4d3c-b2a1-908f7e6d5c4b",
            "https://sts.amazonaws.com/": {
                "aws_account": account,
                "source_region": "eu-central-1",
                "org_id": "o-a1b2c3d4e5",
                "principal_tags": {"team": "training"},
            },
        }))
    };
    let foreign = other(account);
    Ok(Plan {
        issuer: issuer.to_owned(),
        subject: Some(principal.to_owned()),
        tenant: vec![equals(ACCOUNT_CLAIM, account)?],
        workload: vec![equals("sub", principal)?],
        accepts: vec![token(account, principal)],
        strangers: vec![token(&foreign, &principal.replace(account, &foreign))],
        neighbours: vec![token(account, &format!("{principal}-dev"))],
    })
}

pub(super) fn eks(given: &Given<'_>) -> Result<Plan, TrustError> {
    let (region, cluster) = (given.required("region")?, given.required("cluster")?);
    let issuer = format!("https://oidc.eks.{region}.amazonaws.com/id/{cluster}");
    kubernetes::cluster(&issuer, given)
}
