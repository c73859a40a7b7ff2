//! What an organization requires of the assertions of an issuer.

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
