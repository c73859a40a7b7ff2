//! What an organization requires of the assertions of an issuer.

mod bounds;
mod claim_path;
mod condition;
mod document;
mod error;
mod pattern;
mod policy;
mod scalar;

pub use self::claim_path::ClaimPath;
pub use self::condition::{Condition, Test};
pub use self::error::{SampleFault, Shown, TrustError};
pub use self::pattern::Pattern;
pub use self::policy::{AccountRule, EmailRule, Leeways, Samples, TrustPolicy};
pub use self::scalar::{Integer, Scalar};
