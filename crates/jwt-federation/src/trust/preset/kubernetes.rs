//! Kubernetes service account tokens.
//!
//! Only tokens of a projected volume or of the TokenRequest API end and have an audience; the old ones
//! from Secrets never end, and are refused for that. The pod's manifest chooses the audience.

use serde_json::{Value, json};

use super::super::error::TrustError;
use super::form::{Form, Given};
use super::plan::{Plan, claims, equals, other};
use super::{ACCOUNT, AUDIENCE, Parameter};

pub(super) const NAMESPACE: Parameter = Parameter::new(
    "namespace",
    Form::Segment,
    "training",
    "The namespace of the service account",
);

pub(super) const SERVICE_ACCOUNT: Parameter = Parameter::new(
    "service_account",
    Form::Segment,
    "trainer",
    "The name of the service account",
);

pub(super) const SERVICE_ACCOUNT_UID: Parameter = Parameter::new(
    "service_account_uid",
    Form::Uuid,
    "7c0c9a52-3f1e-4a53-9d0e-2b7a86a1f0c4",
    "The uid of the service account; with it, an account that is deleted and made again under the same \
     name is another one: `kubectl get serviceaccount NAME -o jsonpath={.metadata.uid}`",
)
.optional();

pub(super) const PARAMETERS: [Parameter; 6] = [
    Parameter::new(
        "issuer",
        Form::Issuer,
        "https://k8s.acme.dev",
        "The cluster's issuer: `kubectl get --raw /.well-known/openid-configuration`",
    ),
    NAMESPACE,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_UID,
    AUDIENCE,
    ACCOUNT,
];

pub(super) fn plan(given: &Given<'_>) -> Result<Plan, TrustError> {
    cluster(given.required("issuer")?, given)
}

/// The plan for a cluster whose issuer is known.
pub(super) fn cluster(issuer: &str, given: &Given<'_>) -> Result<Plan, TrustError> {
    let (namespace, name) = (
        given.required("namespace")?,
        given.required("service_account")?,
    );
    let given_uid = given.optional("service_account_uid");
    let uid = given_uid.unwrap_or("7c0c9a52-3f1e-4a53-9d0e-2b7a86a1f0c4");
    let subject = |namespace: &str, name: &str| format!("system:serviceaccount:{namespace}:{name}");
    let pod = |namespace: &str, name: &str, uid: &str| {
        claims(json!({
            "iss": issuer,
            "sub": subject(namespace, name),
            "jti": "e1a7c9d0-5b2f-4a6c-8d3e-0f9b7a6c5d4e",
            "kubernetes.io": {
                "namespace": namespace,
                "node": {"name": "node-3", "uid": "5d8f0a1b-2c3d-4e5f-8a9b-0c1d2e3f4a5b"},
                "pod": {"name": "trainer-0", "uid": "9e8d7c6b-5a4f-4e3d-a2c1-b0a9f8e7d6c5"},
                "serviceaccount": {"name": name, "uid": uid},
            },
        }))
    };

    let mut workload = vec![
        equals("sub", &subject(namespace, name))?,
        equals("/kubernetes.io/namespace", namespace)?,
    ];
    let mut neighbours = vec![
        pod(&format!("{namespace}-dev"), name, uid),
        pod(namespace, "default", uid),
        // A token of another kind with the same subject.
        claims(
            json!({"iss": issuer, "sub": subject(namespace, name), "kubernetes.io": Value::Null}),
        ),
    ];
    if name == "default" {
        neighbours.remove(1);
    }
    if let Some(uid) = given_uid {
        workload.push(equals("/kubernetes.io/serviceaccount/uid", uid)?);
        neighbours.push(pod(namespace, name, &other(uid)));
    }
    Ok(Plan {
        issuer: issuer.to_owned(),
        subject: Some(subject(namespace, name)),
        workload,
        accepts: vec![pod(namespace, name, uid)],
        neighbours,
        ..Plan::default()
    })
}
