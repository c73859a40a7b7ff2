//! Access tokens that Microsoft Entra gives to applications and managed identities, version 2.0.
//!
//! `oid` is the service principal, `azp` the application, `tid` the tenant; the audience is the client id
//! of the application registration that stands for this host. Registrations give version 2.0 tokens only
//! with `requestedAccessTokenVersion` 2 in their manifest; version 1.0 has another issuer, and is not
//! filled in here.

use serde_json::json;

use super::super::error::TrustError;
use super::form::{Form, Given};
use super::plan::{Plan, but, claims, equals, other};
use super::{ACCOUNT, Parameter};

pub(super) const PARAMETERS: [Parameter; 5] = [
    Parameter::new(
        "tenant_id",
        Form::Uuid,
        "2f6d1c3b-8a7e-4d5c-9b0a-1e2f3d4c5b6a",
        "The tenant's id (directory id)",
    ),
    Parameter::new(
        "object_id",
        Form::Uuid,
        "8b7a6c5d-4e3f-4a2b-8c1d-0e9f8a7b6c5d",
        "The object id of the service principal or managed identity, not of the registration",
    ),
    Parameter::new(
        "application_id",
        Form::Uuid,
        "4c5d6e7f-8a9b-4c0d-9e1f-2a3b4c5d6e7f",
        "The client id of the application or managed identity",
    ),
    Parameter::new(
        "audience",
        Form::Text,
        "1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
        "The client id of the registration that stands for this host; tokens of version 2.0 have it as \
         audience",
    ),
    ACCOUNT,
];

pub(super) fn plan(given: &Given<'_>) -> Result<Plan, TrustError> {
    let tenant = given.required("tenant_id")?;
    let object = given.required("object_id")?;
    let application = given.required("application_id")?;
    let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let token = claims(json!({
        "iss": issuer,
        "aud": given.required("audience")?,
        "sub": object,
        "oid": object,
        "azp": application,
        "azpacr": "2",
        "tid": tenant,
        "ver": "2.0",
    }));
    Ok(Plan {
        issuer,
        // Without a person behind it, the subject is the service principal.
        subject: Some(object.to_owned()),
        tenant: vec![equals("tid", tenant)?],
        workload: vec![equals("oid", object)?, equals("azp", application)?],
        strangers: vec![but(&token, "tid", &other(tenant))],
        neighbours: vec![
            but(&token, "oid", &other(object)),
            // A token that another application got on the identity's behalf.
            but(&token, "azp", &other(application)),
        ],
        accepts: vec![token],
    })
}
