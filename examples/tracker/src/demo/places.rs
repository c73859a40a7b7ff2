//! The demo's names.

/// The organization.
pub(super) const ORGANIZATION: &str = "acme";
/// The team that the service accounts work in.
pub(super) const TEAM: &str = "ml-team";
/// Another team.
pub(super) const OTHER_TEAM: &str = "platform";

/// A project of the team that anyone in the organization reads and writes.
pub(super) const OPEN_PROJECT: &str = "open-project";
/// A project that is the team's.
pub(super) const TEAM_PROJECT: &str = "team-project";
/// A project of the team that only alice was added to.
pub(super) const RESTRICTED_PROJECT: &str = "restricted-project";

/// The service account that has a key and works in the team.
pub(super) const TEAM_ACCOUNT: &str = "ml-ci";
/// The service account that has a key and works in the whole organization.
pub(super) const ORGANIZATION_ACCOUNT: &str = "org-ci";
/// The service account that shows identity tokens, and works in the team.
pub(super) const FEDERATED_ACCOUNT: &str = "k8s-trainer";
/// Its subject, in the form that Kubernetes gives to service accounts of its own.
pub(super) const FEDERATED_SUBJECT: &str = "system:serviceaccount:ml:trainer";
/// The address of alice, which is the subject of her identity tokens.
pub(super) const ALICE_EMAIL: &str = "alice@acme.example";
