//! Users, organizations, teams.

use auth_core::{Key, Principal};

use super::*;

pub(crate) async fn users_are_kept_and_found(store: &impl Store) {
    let alice = User {
        instance_admin: true,
        ..user("alice")
    };
    let bob = User {
        disabled: true,
        email: None,
        display_name: String::new(),
        ..user("bob")
    };
    for new in [&bob, &alice] {
        expect(
            store,
            "create",
            "done",
            store.create_user(new, event("user.create")),
        )
        .await;
    }
    for (name, key, expected) in [
        ("by id", Key::Id(&alice.id), Some(&alice)),
        ("by name", Key::Name("alice"), Some(&alice)),
        ("disabled", Key::Name("bob"), Some(&bob)),
        ("other case", Key::Name("Alice"), None),
        ("trailing blank", Key::Name("alice "), None),
        ("empty", Key::Name(""), None),
        ("unknown id", Key::Id(&UserId::new("u-mallory")), None),
        ("a name is no id", Key::Id(&UserId::new("alice")), None),
    ] {
        assert_eq!(
            store.user(key).await.expect(name).as_ref(),
            expected,
            "{name}"
        );
    }
    let same_name = User {
        id: UserId::new("other"),
        ..user("alice")
    };
    let same_id = User {
        username: "other".into(),
        ..user("alice")
    };
    for (name, new) in [("same name", same_name), ("same id", same_id)] {
        expect(
            store,
            name,
            "conflict",
            store.create_user(&new, event("user.create")),
        )
        .await;
    }
    assert_eq!(store.users().await.expect("users"), [alice.clone(), bob]);

    let delete = || store.delete_user(&alice.id, event("user.delete"));
    expect(store, "delete", "done", delete()).await;
    expect(store, "delete again", "not found", delete()).await;
    assert_eq!(store.user(Key::Id(&alice.id)).await.expect("no user"), None);
}

pub(crate) async fn members_are_found_by_email_in_any_ascii_case(store: &impl Store) {
    populate(store).await.expect("a world");
    let acme = OrganizationId::new("acme");
    for (name, email) in [
        ("upper", "Ärger@Example.com"),
        ("none", ""),
        ("percent", "%@example.com"),
    ] {
        let email = Some(email.to_owned()).filter(|email| !email.is_empty());
        let new = User {
            email,
            ..user(name)
        };
        store
            .create_user(&new, event("user.create"))
            .await
            .expect("a user");
        let (role, audit) = (OrganizationRole::Member, event("member.set"));
        store
            .set_organization_member(&acme, &new.id, role, audit)
            .await
            .expect("a member");
    }
    for (email, expected) in [
        ("alice@example.com", vec!["alice"]),
        ("ALICE@EXAMPLE.COM", vec!["alice"]),
        ("eve@example.com", vec![]),
        ("Ärger@example.COM", vec!["upper"]),
        // Only ASCII letters have two cases here: what looks alike elsewhere may be somebody else.
        ("ärger@example.com", vec![]),
        ("%@example.com", vec!["percent"]),
        ("_ob@example.com", vec![]),
        ("alice@example.com ", vec![]),
        ("", vec![]),
    ] {
        let found = store
            .members_by_email(&acme, email)
            .await
            .expect("an answer");
        let names: Vec<_> = found.iter().map(|user| user.username.as_str()).collect();
        assert_eq!(names, expected, "{email:?}");
    }
    let found = store
        .members_by_email(&acme, "ALICE@example.com")
        .await
        .expect("an answer");
    assert_eq!(
        found[0].email.as_deref(),
        Some("alice@example.com"),
        "stored as given"
    );
}

pub(crate) async fn organizations_are_kept_and_found(store: &impl Store) {
    assert_eq!(store.sole_organization().await.expect("an answer"), None);
    let (acme, globex) = (organization("acme"), organization("globex"));
    let create = |new| store.create_organization(new, event("organization.create"));
    expect(store, "create", "done", create(&globex)).await;
    assert_eq!(
        store.sole_organization().await.expect("an answer"),
        Some(globex.clone())
    );
    expect(store, "create", "done", create(&acme)).await;
    assert_eq!(
        store.sole_organization().await.expect("an answer"),
        None,
        "two are not sole"
    );

    let other = Organization {
        id: OrganizationId::new("other"),
        ..acme.clone()
    };
    expect(store, "same name", "conflict", create(&other)).await;
    for (name, key, expected) in [
        ("by id", Key::Id(&acme.id), Some(&acme)),
        ("by name", Key::Name("acme"), Some(&acme)),
        ("other case", Key::Name("ACME"), None),
        ("unknown", Key::Name("initech"), None),
    ] {
        assert_eq!(
            store.organization(key).await.expect(name).as_ref(),
            expected,
            "{name}"
        );
    }
    assert_eq!(
        store.organizations().await.expect("both"),
        [acme.clone(), globex]
    );
    let delete = || store.delete_organization(&acme.id, event("organization.delete"));
    expect(store, "delete", "done", delete()).await;
    expect(store, "delete again", "not found", delete()).await;
}

pub(crate) async fn members_have_a_role(store: &impl Store) {
    populate(store).await.expect("a world");
    let (acme, ml) = (OrganizationId::new("acme"), TeamId::new("ml"));
    let bob = store
        .memberships(&user_id("bob"))
        .await
        .expect("memberships");
    assert_eq!(bob.organization_role(&acme), Some(OrganizationRole::Member));
    assert_eq!(bob.team_role(&ml), Some(TeamRole::Member));
    assert_eq!(bob.team_role(&TeamId::new("ops")), Some(TeamRole::ViewOnly));
    assert_eq!((bob.organizations.len(), bob.teams.len()), (2, 3));

    let (bob, admin) = (user_id("bob"), OrganizationRole::Admin);
    let promote = store.set_organization_member(&acme, &bob, admin, event("member.set"));
    expect(store, "promote", "done", promote).await;
    let promote = store.set_team_member(&ml, &bob, TeamRole::Admin, event("member.set"));
    expect(store, "promote in the team", "done", promote).await;
    let bob = store
        .memberships(&user_id("bob"))
        .await
        .expect("memberships");
    assert_eq!(bob.organization_role(&acme), Some(OrganizationRole::Admin));
    assert_eq!(bob.team_role(&ml), Some(TeamRole::Admin));
    assert_eq!(
        bob.teams.len(),
        3,
        "another role in the organization takes no team away"
    );

    let members = store.organization_members(&acme).await.expect("members");
    let members: Vec<_> = members
        .iter()
        .map(|(user, role)| (&*user.username, *role))
        .collect();
    assert_eq!(
        members,
        [
            ("alice", admin),
            ("bob", admin),
            ("carol", OrganizationRole::Member)
        ]
    );
    let members = store.team_members(&ml).await.expect("members");
    let members: Vec<_> = members
        .iter()
        .map(|(user, role)| (&*user.username, *role))
        .collect();
    assert_eq!(
        members,
        [("alice", TeamRole::Admin), ("bob", TeamRole::Admin)]
    );

    let nobody = user_id("mallory");
    let set = |organization, user| {
        let organization = OrganizationId::new(organization);
        async move {
            let (role, audit) = (OrganizationRole::Member, event("member.set"));
            store
                .set_organization_member(&organization, user, role, audit)
                .await
        }
    };
    expect(store, "unknown user", "not found", set("acme", &nobody)).await;
    expect(
        store,
        "unknown organization",
        "not found",
        set("initech", &user_id("bob")),
    )
    .await;
}

pub(crate) async fn teams_are_kept_and_found(store: &impl Store) {
    populate(store).await.expect("a world");
    let ml = team("acme", "ml");
    for (name, key, expected) in [
        ("by id", Key::Id(&ml.id), Some(&ml)),
        ("by name", Key::Name("ml"), Some(&ml)),
        ("other case", Key::Name("ML"), None),
    ] {
        assert_eq!(
            store.team(key).await.expect(name).as_ref(),
            expected,
            "{name}"
        );
    }
    let acme = OrganizationId::new("acme");
    assert_eq!(
        store.teams(&acme).await.expect("teams"),
        [ml, team("acme", "ops")]
    );

    let create = async |new: &Team| store.create_team(new, event("team.create")).await;
    let taken = Team {
        id: TeamId::new("other"),
        ..team("globex", "ml")
    };
    expect(
        store,
        "name of another organization's",
        "conflict",
        create(&taken),
    )
    .await;
    let orphan = team("initech", "tps");
    expect(store, "unknown organization", "not found", create(&orphan)).await;
}

pub(crate) async fn only_members_of_the_organization_join_its_teams(store: &impl Store) {
    populate(store).await.expect("a world");
    for (name, team, user, expected) in [
        ("member", "ml", "carol", "done"),
        ("stranger", "ml", "eve", "forbidden"),
        ("nobody", "ml", "mallory", "forbidden"),
        ("unknown team", "tps", "carol", "not found"),
    ] {
        let (team, user) = (TeamId::new(team), user_id(user));
        let audit = event("member.set");
        expect(
            store,
            name,
            expected,
            store.set_team_member(&team, &user, TeamRole::Member, audit),
        )
        .await;
    }
    let members = store
        .team_members(&TeamId::new("ml"))
        .await
        .expect("members");
    assert_eq!(members.len(), 3);
}

pub(crate) async fn a_disabled_user_is_no_principal(store: &impl Store) {
    populate(store).await.expect("a world");
    let fired = User {
        disabled: true,
        ..user("fired")
    };
    store
        .create_user(&fired, event("user.create"))
        .await
        .expect("a user");
    let found = store.principal(&person("fired")).await.expect("an answer");
    assert_eq!(found, None);
    assert_eq!(
        store
            .principal(&person("mallory"))
            .await
            .expect("an answer"),
        None
    );

    let found = store.principal(&person("alice")).await.expect("an answer");
    let Some(Principal::User {
        user: found,
        memberships,
    }) = found
    else {
        panic!("alice is a user")
    };
    assert_eq!(found, user("alice"));
    let expected = store
        .memberships(&user_id("alice"))
        .await
        .expect("memberships");
    assert_eq!(memberships, expected);
}
