//! The rules again, as a table that a person can check line by line, and properties over all inputs.

use proptest::prelude::*;

use super::*;
use crate::attribution::Attribution;
use crate::directory::{Memberships, User};
use crate::id::{ProjectId, ServiceAccountId, TeamId, UserId};
use crate::identity::Method;
use crate::time::Timestamp;

/// Everybody who could knock, in the words of the table.
const WHO: [&str; 11] = [
    "org admin",
    "team admin",
    "team member",
    "team viewer",
    "org member",
    "stranger",
    "org account",
    "team account",
    "other team's account",
    "other org's account",
    "confined elsewhere",
];

/// Rows: who. Columns: read and write of an open, public, team and restricted project, then manage.
/// `y` granted, `-` refused. Nobody here is added by name.
const TABLE: [&str; 11] = [
    // open  public team   restr. manage
    "yy      yy     yy     --     y", // org admin
    "yy      yy     yy     --     y", // team admin
    "yy      yy     yy     --     -", // team member
    "yy      y-     y-     --     -", // team viewer
    "yy      y-     --     --     -", // org member
    "--      --     --     --     -", // stranger
    "yy      yy     yy     --     -", // org account
    "yy      yy     yy     --     -", // team account
    "yy      y-     --     --     -", // other team's account
    "--      --     --     --     -", // other org's account
    "--      --     --     --     -", // confined elsewhere
];

const VISIBILITIES: [Visibility; 4] = [
    Visibility::Open,
    Visibility::Public,
    Visibility::Team,
    Visibility::Restricted,
];

fn project(visibility: Visibility) -> Project {
    Project {
        id: ProjectId::new("p"),
        organization: OrganizationId::new("acme"),
        team: TeamId::new("ml"),
        name: "p".into(),
        visibility,
        members: Vec::new(),
    }
}

fn team() -> Team {
    Team {
        id: TeamId::new("ml"),
        organization: OrganizationId::new("acme"),
        name: "ml".into(),
    }
}

fn user(organizations: &[(&str, OrganizationRole)], teams: &[(&str, TeamRole)]) -> Identity {
    let memberships = Memberships {
        organizations: organizations
            .iter()
            .map(|(o, r)| (OrganizationId::new(*o), *r))
            .collect(),
        teams: teams.iter().map(|(t, r)| (TeamId::new(*t), *r)).collect(),
    };
    let user = User {
        id: UserId::new("u"),
        username: "u".into(),
        display_name: String::new(),
        email: None,
        instance_admin: false,
        disabled: false,
    };
    Identity::new(
        Principal::User { user, memberships },
        Method::ApiKey,
        Timestamp::from_secs(0),
    )
}

/// The same user as an administrator of the instance.
fn promoted(identity: &Identity) -> Identity {
    let mut principal = identity.principal().clone();
    if let Principal::User { user, .. } = &mut principal {
        user.instance_admin = true;
    }
    Identity::new(principal, identity.method(), identity.authenticated_at())
}

fn account(scope: ServiceAccountScope) -> Identity {
    let principal = Principal::ServiceAccount {
        id: ServiceAccountId::new("s"),
        name: "s".into(),
        scope,
    };
    Identity::new(principal, Method::ApiKey, Timestamp::from_secs(0))
}

fn organization_account(organization: &str) -> Identity {
    account(ServiceAccountScope::Organization {
        organization: OrganizationId::new(organization),
        default_team: TeamId::new("any"),
    })
}

fn team_account(team: &str) -> Identity {
    account(ServiceAccountScope::Team {
        organization: OrganizationId::new("acme"),
        team: TeamId::new(team),
    })
}

fn identity(who: &str) -> Identity {
    use OrganizationRole::{Admin, Member};
    match who {
        "org admin" => user(&[("acme", Admin)], &[]),
        "team admin" => user(&[("acme", Member)], &[("ml", TeamRole::Admin)]),
        "team member" => user(&[("acme", Member)], &[("ml", TeamRole::Member)]),
        "team viewer" => user(&[("acme", Member)], &[("ml", TeamRole::ViewOnly)]),
        "org member" => user(&[("acme", Member)], &[("other", TeamRole::Admin)]),
        "stranger" => user(&[("globex", Admin)], &[("ml", TeamRole::Admin)]),
        "org account" => organization_account("acme"),
        "team account" => team_account("ml"),
        "other team's account" => team_account("other"),
        "other org's account" => organization_account("globex"),
        "confined elsewhere" => user(&[("acme", Admin)], &[("ml", TeamRole::Admin)])
            .confined_to(OrganizationId::new("globex")),
        other => panic!("no such row: {other}"),
    }
}

fn is_granted(decision: Decision) -> bool {
    decision.granted().is_ok()
}

#[test]
fn decides_as_the_table_says() {
    for (who, row) in WHO.iter().zip(TABLE) {
        let cells: Vec<&str> = row.split_whitespace().collect();
        let identity = identity(who);
        for (visibility, cell) in VISIBILITIES.iter().zip(&cells) {
            let project = project(*visibility);
            let granted = [Action::Read, Action::Write].map(|action| {
                if is_granted(decide(&identity, &project, action)) {
                    'y'
                } else {
                    '-'
                }
            });
            assert_eq!(
                String::from_iter(granted),
                **cell,
                "{who} in a {visibility:?} project"
            );
            let manages = is_granted(decide(&identity, &project, Action::Manage));
            assert_eq!(
                manages,
                cells[4] == "y",
                "{who} manages a {visibility:?} project"
            );
        }
    }
}

#[test]
fn a_restricted_project_is_for_those_added_by_name() {
    let user_id = PrincipalId::User(UserId::new("u"));
    let account_id = PrincipalId::ServiceAccount(ServiceAccountId::new("s"));
    for (name, who, member, role, expected) in [
        (
            "member",
            "org member",
            &user_id,
            TeamRole::Member,
            [true, true, false],
        ),
        (
            "viewer",
            "org member",
            &user_id,
            TeamRole::ViewOnly,
            [true, false, false],
        ),
        (
            "project admin",
            "org member",
            &user_id,
            TeamRole::Admin,
            [true, true, true],
        ),
        (
            "org account",
            "org account",
            &account_id,
            TeamRole::Member,
            [true, true, false],
        ),
        (
            "team account",
            "team account",
            &account_id,
            TeamRole::Member,
            [true, true, false],
        ),
        (
            "account as admin",
            "team account",
            &account_id,
            TeamRole::Admin,
            [true, true, false],
        ),
        (
            "viewing account",
            "team account",
            &account_id,
            TeamRole::ViewOnly,
            [true, false, false],
        ),
        (
            "added stranger",
            "stranger",
            &user_id,
            TeamRole::Admin,
            [false, false, false],
        ),
        (
            "added foreign account",
            "other org's account",
            &account_id,
            TeamRole::Admin,
            [false; 3],
        ),
        (
            "same id of another kind",
            "org member",
            &PrincipalId::ServiceAccount(ServiceAccountId::new("u")),
            TeamRole::Admin,
            [false; 3],
        ),
    ] {
        let mut project = project(Visibility::Restricted);
        project.members.push((member.clone(), role));
        let found = [Action::Read, Action::Write, Action::Manage]
            .map(|action| is_granted(decide(&identity(who), &project, action)));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn refusals_name_their_rule() {
    for (who, visibility, action, rule) in [
        (
            "org admin",
            Visibility::Restricted,
            Action::Read,
            Rule::NotAddedByName,
        ),
        (
            "team viewer",
            Visibility::Team,
            Action::Write,
            Rule::ViewOnly,
        ),
        (
            "org member",
            Visibility::Team,
            Action::Read,
            Rule::NotInTeam,
        ),
        (
            "stranger",
            Visibility::Open,
            Action::Read,
            Rule::OtherOrganization,
        ),
        (
            "team account",
            Visibility::Team,
            Action::Manage,
            Rule::NotForServiceAccounts,
        ),
        (
            "other team's account",
            Visibility::Public,
            Action::Write,
            Rule::NotInTeam,
        ),
        (
            "other org's account",
            Visibility::Open,
            Action::Write,
            Rule::OtherOrganization,
        ),
        (
            "confined elsewhere",
            Visibility::Open,
            Action::Read,
            Rule::OtherOrganization,
        ),
        (
            "team member",
            Visibility::Team,
            Action::Manage,
            Rule::NeedsProjectAdmin,
        ),
    ] {
        let decision = decide(&identity(who), &project(visibility), action);
        assert_eq!(decision, Decision::Denied(rule), "{who}");
    }
    assert_eq!(Rule::NotAddedByName.code(), "access.not_added_by_name");
}

#[test]
fn projects_are_made_by_those_who_write_in_the_team() {
    for (who, expected) in WHO.iter().zip([
        true, true, true, false, false, false, true, true, false, false, false,
    ]) {
        assert_eq!(
            is_granted(decide_create_project(&identity(who), &team())),
            expected,
            "{who}"
        );
    }
}

#[test]
fn administration_needs_the_role_in_that_very_place() {
    let acme = OrganizationId::new("acme");
    for (who, of_organization, of_team) in [
        ("org admin", true, true),
        ("team admin", false, true),
        ("team member", false, false),
        ("org member", false, false),
        ("stranger", false, false),
        ("org account", false, false),
        ("team account", false, false),
        ("confined elsewhere", false, false),
    ] {
        let identity = identity(who);
        let organization = decide_administration(&identity, Realm::Organization(&acme));
        assert_eq!(
            is_granted(organization),
            of_organization,
            "{who}, organization"
        );
        let team = team();
        let of_this_team = decide_administration(&identity, Realm::Team(&team));
        assert_eq!(is_granted(of_this_team), of_team, "{who}, team");
        assert!(
            !is_granted(decide_administration(&identity, Realm::Instance)),
            "{who}, instance"
        );
    }
}

#[test]
fn an_instance_admin_loses_the_instance_when_confined() {
    let admin = promoted(&identity("stranger"));
    let acme = OrganizationId::new("acme");
    assert!(is_granted(decide_administration(&admin, Realm::Instance)));
    assert!(is_granted(decide_administration(
        &admin,
        Realm::Organization(&acme)
    )));
    let confined = admin.confined_to(acme.clone());
    assert!(!is_granted(decide_administration(
        &confined,
        Realm::Instance
    )));
    assert!(!is_granted(decide_administration(
        &confined,
        Realm::Organization(&acme)
    )));
}

#[test]
fn who_came_by_federation_manages_and_administers_nothing() {
    let acme = OrganizationId::new("acme");
    let team = team();
    for who in ["org admin", "team admin", "team member"] {
        let other = identity(who);
        let principal = other.principal().clone();
        let federated = Identity::new(principal, Method::Federation, other.authenticated_at());
        for realm in [
            Realm::Organization(&acme),
            Realm::Team(&team),
            Realm::Instance,
        ] {
            let decision = decide_administration(&federated, realm);
            assert_eq!(decision, Decision::Denied(Rule::NotForFederation), "{who}");
        }
        for visibility in VISIBILITIES {
            let project = project(visibility);
            let manages = decide(&federated, &project, Action::Manage);
            assert_eq!(manages, Decision::Denied(Rule::NotForFederation), "{who}");
            for action in [Action::Read, Action::Write] {
                let same = decide(&other, &project, action);
                assert_eq!(
                    decide(&federated, &project, action),
                    same,
                    "{who} works as ever"
                );
            }
        }
    }
}

fn any_identity() -> impl Strategy<Value = Identity> {
    let org = prop::sample::select(vec!["acme", "globex"]);
    let team = prop::sample::select(vec!["ml", "other"]);
    let org_role = prop::sample::select(vec![OrganizationRole::Admin, OrganizationRole::Member]);
    let team_role =
        prop::sample::select(vec![TeamRole::Admin, TeamRole::Member, TeamRole::ViewOnly]);
    let a_user = (
        prop::collection::vec((org.clone(), org_role), 0..3),
        prop::collection::vec((team.clone(), team_role), 0..3),
        any::<bool>(),
        prop::option::of(org.clone()),
    )
        .prop_map(|(organizations, teams, instance_admin, confined)| {
            let mut identity = user(&organizations, &teams);
            if instance_admin {
                identity = promoted(&identity);
            }
            match confined {
                Some(organization) => identity.confined_to(OrganizationId::new(organization)),
                None => identity,
            }
        });
    let an_account = (any::<bool>(), org, team).prop_map(|(wide, organization, team)| {
        let (organization, team) = (OrganizationId::new(organization), TeamId::new(team));
        account(if wide {
            ServiceAccountScope::Organization {
                organization,
                default_team: team,
            }
        } else {
            ServiceAccountScope::Team { organization, team }
        })
    });
    prop_oneof![a_user, an_account]
}

fn any_project() -> impl Strategy<Value = Project> {
    let member = prop::sample::select(vec![
        PrincipalId::User(UserId::new("u")),
        PrincipalId::ServiceAccount(ServiceAccountId::new("s")),
        PrincipalId::User(UserId::new("somebody else")),
    ]);
    let role = prop::sample::select(vec![TeamRole::Admin, TeamRole::Member, TeamRole::ViewOnly]);
    (
        prop::sample::select(VISIBILITIES.to_vec()),
        prop::sample::select(vec!["ml", "other"]),
        prop::collection::vec((member, role), 0..3),
    )
        .prop_map(|(visibility, team, members)| Project {
            team: TeamId::new(team),
            members,
            ..project(visibility)
        })
}

fn any_action() -> impl Strategy<Value = Action> {
    prop::sample::select(vec![Action::Read, Action::Write, Action::Manage])
}

proptest! {
    #[test]
    fn nobody_acts_outside_the_confinement(
        identity in any_identity(), project in any_project(), action in any_action(),
    ) {
        if !identity.may_enter(&project.organization) {
            prop_assert_eq!(decide(&identity, &project, action), Decision::Denied(Rule::OtherOrganization));
        }
    }

    #[test]
    fn whoever_writes_reads(identity in any_identity(), project in any_project()) {
        if is_granted(decide(&identity, &project, Action::Write)) {
            prop_assert!(is_granted(decide(&identity, &project, Action::Read)));
        }
    }

    #[test]
    fn nobody_enters_a_restricted_project_unnamed(
        identity in any_identity(), project in any_project(),
    ) {
        let named = project.members.iter().any(|(member, _)| *member == identity.principal().id());
        if project.visibility == Visibility::Restricted && !named {
            prop_assert!(!is_granted(decide(&identity, &project, Action::Read)));
            prop_assert!(!is_granted(decide(&identity, &project, Action::Write)));
        }
    }

    #[test]
    fn service_accounts_manage_nothing(identity in any_identity(), project in any_project()) {
        if matches!(identity.principal(), Principal::ServiceAccount { .. }) {
            prop_assert!(!is_granted(decide(&identity, &project, Action::Manage)));
        }
    }

    #[test]
    fn attribution_changes_no_decision(
        identity in any_identity(), project in any_project(), action in any_action(),
    ) {
        let before = decide(&identity, &project, action);
        let credited = identity.attributed(Attribution::Unqualified { claimed: "root".into() });
        prop_assert_eq!(decide(&credited, &project, action), before);
    }
}
