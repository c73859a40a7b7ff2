//! What an organization requires of the assertions of an issuer, and whom it takes their subjects for.
//!
//! An issuer that anybody can use (GitHub, GitLab, Google) proves nothing by its signature alone: the
//! claims say whose job it is. A [`TrustPolicy`] states what they must be. It is pure data and pure
//! functions: no I/O, no clock; the exchange asks it, the administration stores it as JSON.
//!
//! ```
//! use auth_core::{Explanation, Recorder};
//! use jwt_federation::TrustPolicy;
//! use serde_json::json;
//!
//! let policy = TrustPolicy::from_json(r#"{
//!     "email": "none",
//!     "conditions": [{"claim": "repository_owner_id", "equals": "1001"}],
//!     "samples": {
//!         "accepts": [{"repository_owner_id": "1001"}],
//!         "refuses": [{"repository_owner_id": "9999"}]
//!     },
//!     "accounts": [{
//!         "name": "releases",
//!         "account": "k3v9x0q2m7d1s8f4w6z5",
//!         "conditions": [
//!             {"claim": "repository_id", "equals": "2002"},
//!             {"claim": "sub", "pattern": "repo:acme@1001/*:ref:refs/heads/release-*"}
//!         ],
//!         "samples": {
//!             "accepts": [{
//!                 "repository_owner_id": "1001", "repository_id": "2002",
//!                 "sub": "repo:acme@1001/app@2002:ref:refs/heads/release-7"
//!             }],
//!             "refuses": [{
//!                 "repository_owner_id": "1001", "repository_id": "2002",
//!                 "sub": "repo:acme@1001/app@2002:pull_request"
//!             }]
//!         }
//!     }]
//! }"#)?;
//! let issuer = "https://token.actions.githubusercontent.com";
//! assert_eq!(policy.validate(issuer)?, []);
//!
//! // The claims of a verified assertion.
//! let claims = json!({
//!     "repository_owner_id": "1001", "repository_id": "2002",
//!     "sub": "repo:acme@1001/app@2002:ref:refs/heads/release-8",
//! });
//! let claims = claims.as_object().unwrap();
//! assert!(policy.check(claims, &mut Recorder::off()));
//! let matching = policy.matching_accounts(claims, &mut Recorder::off());
//! assert_eq!(matching[0].account.as_str(), "k3v9x0q2m7d1s8f4w6z5");
//!
//! // A job in an environment has another subject. The explanation says so.
//! let mut claims = claims.clone();
//! claims["sub"] = "repo:acme@1001/app@2002:environment:production".into();
//! let mut explanation = Explanation::default();
//! let mut recorder = Recorder::to(&mut explanation);
//! assert!(policy.matching_accounts(&claims, &mut recorder).is_empty());
//! let hint = explanation.steps().last().and_then(|step| step.near_miss.as_deref());
//! assert!(hint.unwrap().starts_with("the token's subject says `environment`"));
//! # Ok::<(), jwt_federation::TrustError>(())
//! ```
//!
//! # Conditions
//!
//! A [`Condition`] names a claim and one test. The claim is a top-level name, or a JSON pointer (RFC 6901)
//! if it begins with `/`: `/kubernetes.io/serviceaccount/uid`.
//!
//! | test | JSON | the claim must be |
//! |---|---|---|
//! | `equals` | string, boolean, integer | this value |
//! | `one_of` | list of these | one of these values |
//! | `prefix` | string | a string that begins so |
//! | `pattern` | string | a string that matches as a whole, see [`Pattern`] |
//! | `contains` | string, boolean, integer | a list that holds this value |
//! | `contains_any` | list of these | a list that holds one of these values |
//!
//! - All conditions of a list must hold.
//! - A claim that is missing, `null`, or of another type fulfils nothing: a list is no string, `"true"` is
//!   no boolean, `"7"` is no number.
//! - Strings compare octet for octet, without case folding or normalization.
//! - Integers compare exactly, from -2^63 to 2^64 - 1. A number with a fraction or an exponent equals none,
//!   so `1.9` is not `1`, and neither are `1.0` and `1e0`.
//! - There are no regular expressions, hence nothing to anchor and nothing to backtrack.
//!
//! # Samples
//!
//! Each list of conditions carries claims that it must accept and claims that it must refuse.
//! [`TrustPolicy::validate`] runs them, so that a policy which does not do what its author believes is not
//! saved. It also warns ([`WarningCode`]) of what is allowed and likely to be a mistake. A [`Preset`] is
//! a policy with samples for a known platform.
//!
//! # Limits
//!
//! | what | most |
//! |---|---|
//! | the document | 64 KiB |
//! | conditions of a list; values of a condition | 32; 256 |
//! | account rules | 64 |
//! | samples of a kind and list; each sample | 16; 8 KiB |
//! | a pattern; a value that one looks at | 512 octets; 2,048 octets |
//! | a claim's path | 256 octets, 16 levels |
//!
//! # What is not checked here
//!
//! Signature, issuer, audience and times, which are jwt-validation's to check; `enabled`, `expires_at`,
//! `networks`, `one_time` and the like are settings that the exchange applies
//! ([`TrustPolicy::is_active`], [`TrustPolicy::admits`]). Whether an account of a rule exists and belongs to the
//! organization is for whoever looks it up.
//!
//! # Threats
//!
//! Whoever runs a job controls many of its claims, and other tenants of the issuer control all claims of
//! their own jobs; neither can make a condition hold that the issuer's statement does not fulfil, nor
//! make checking cost more than the limits allow. An administrator who writes a policy decides who may
//! become an account of the own organization, and no other: the exchange looks accounts up within it.

mod bounds;
mod check;
mod claim_path;
mod condition;
mod document;
mod error;
mod lint;
mod near_miss;
mod pattern;
mod platform;
mod policy;
mod preset;
mod scalar;
mod validate;
mod warning;

pub use self::check::{CONDITION_CHECK, EMAIL_CHECK, EMAIL_VERIFIED_CHECK};
pub use self::claim_path::ClaimPath;
pub use self::condition::{Condition, Test};
pub use self::error::{SampleFault, Shown, TrustError};
pub use self::pattern::Pattern;
pub use self::policy::{AccountRule, EmailRule, Leeways, Samples, TrustPolicy};
pub use self::preset::{Filled, Parameter, Preset};
pub use self::scalar::{Integer, Scalar};
pub use self::warning::{Warning, WarningCode};
