//! ID tokens of Google service accounts, from the metadata server or the IAM Credentials API.
//!
//! The subject is the account's unique id, a number that is never given again; the email address is,
//! and stands in the token only if it was asked for.

use serde_json::json;

use super::super::error::TrustError;
use super::form::{Form, Given};
use super::plan::{Plan, but, claims, equals, other};
use super::{ACCOUNT, AUDIENCE, Parameter};

const ISSUER: &str = "https://accounts.google.com";

pub(super) const PARAMETERS: [Parameter; 3] = [
    Parameter::new(
        "unique_id",
        Form::Number,
        "104857600000000000017",
        "The unique id of the service account: `gcloud iam service-accounts describe EMAIL \
         --format='value(uniqueId)'`",
    ),
    AUDIENCE,
    ACCOUNT,
];

pub(super) fn plan(given: &Given<'_>) -> Result<Plan, TrustError> {
    let id = given.required("unique_id")?;
    let token = claims(json!({
        "iss": ISSUER,
        "sub": id,
        "azp": id,
        "email": "trainer@acme-ml.iam.gserviceaccount.com",
        "email_verified": true,
    }));
    Ok(Plan {
        issuer: ISSUER.to_owned(),
        subject: Some(id.to_owned()),
        workload: vec![equals("sub", id)?],
        neighbours: vec![
            // Somebody else made an account of the same address after this one was deleted.
            but(&token, "sub", &other(id)),
        ],
        accepts: vec![token],
        ..Plan::default()
    })
}
