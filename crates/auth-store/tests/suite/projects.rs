//! Projects and those added to them by name.

use super::*;

async fn find(store: &impl Store, team: &str, name: &str) -> Option<Project> {
    store
        .project(&TeamId::new(team), name)
        .await
        .expect("an answer")
}

pub(crate) async fn projects_are_kept_and_found(store: &impl Store) {
    populate(store).await.expect("a world");
    let account = team_account("acme", "ml", "ci");
    store
        .create_account(&account, None, event("account.create"))
        .await
        .expect("an account");
    let members = vec![
        (robot("ml-ci"), TeamRole::Member),
        (person("alice"), TeamRole::Admin),
        (person("carol"), TeamRole::ViewOnly),
    ];
    let vision = Project {
        visibility: Visibility::Restricted,
        members,
        ..project("acme", "ml", "vision")
    };
    let create = async |new: &Project| store.create_project(new, event("project.create")).await;
    expect(store, "create", "done", create(&vision)).await;
    expect(
        store,
        "create",
        "done",
        create(&project("acme", "ml", "audio")),
    )
    .await;
    expect(
        store,
        "same name, other team",
        "done",
        create(&project("acme", "ops", "vision")),
    )
    .await;
    let again = Project {
        id: ProjectId::new("other"),
        ..project("acme", "ml", "vision")
    };
    expect(store, "same name", "conflict", create(&again)).await;

    assert_eq!(find(store, "ml", "vision").await.as_ref(), Some(&vision));
    assert_eq!(find(store, "ml", "Vision").await, None);
    assert_eq!(find(store, "labs", "vision").await, None);
    let listed = store.projects(&TeamId::new("ml")).await.expect("projects");
    assert_eq!(listed, [project("acme", "ml", "audio"), vision.clone()]);

    let open = async |id: &ProjectId| {
        store
            .set_visibility(id, Visibility::Open, event("project.set_visibility"))
            .await
    };
    expect(store, "open", "done", open(&vision.id)).await;
    expect(store, "unknown", "not found", open(&ProjectId::new("none"))).await;
    let found = find(store, "ml", "vision").await.expect("the project");
    assert_eq!(found.visibility, Visibility::Open);

    let delete = async || {
        store
            .delete_project(&vision.id, event("project.delete"))
            .await
    };
    expect(store, "delete", "done", delete()).await;
    expect(store, "delete again", "not found", delete()).await;
    assert_eq!(find(store, "ml", "vision").await, None);
}

pub(crate) async fn every_visibility_and_role_is_kept(store: &impl Store) {
    populate(store).await.expect("a world");
    for (name, visibility, role) in [
        ("a", Visibility::Open, TeamRole::Admin),
        ("b", Visibility::Public, TeamRole::Member),
        ("c", Visibility::Team, TeamRole::ViewOnly),
        ("d", Visibility::Restricted, TeamRole::Admin),
    ] {
        let members = vec![(person("bob"), role)];
        let new = Project {
            visibility,
            members,
            ..project("acme", "ml", name)
        };
        store
            .create_project(&new, event("project.create"))
            .await
            .expect(name);
        assert_eq!(find(store, "ml", name).await, Some(new), "{name}");
    }
}

pub(crate) async fn only_the_organizations_own_are_added_to_a_project(store: &impl Store) {
    populate(store).await.expect("a world");
    for account in [
        team_account("acme", "ml", "ci"),
        organization_account("globex", "labs", "spy"),
    ] {
        store
            .create_account(&account, None, event("account.create"))
            .await
            .expect("an account");
    }
    store
        .create_project(&project("acme", "ml", "vision"), event("project.create"))
        .await
        .expect("a project");
    let id = ProjectId::new("ml-vision");
    let set = async |project: &ProjectId, member: PrincipalId, role| {
        store
            .set_project_member(project, &member, role, event("member.set"))
            .await
    };
    for (name, member, expected) in [
        ("member of the team", person("bob"), "done"),
        ("member of the organization", person("carol"), "done"),
        ("stranger", person("eve"), "forbidden"),
        ("nobody", person("mallory"), "forbidden"),
        ("own account", robot("ml-ci"), "done"),
        (
            "another organization's account",
            robot("globex-spy"),
            "forbidden",
        ),
        ("no account", robot("none"), "forbidden"),
    ] {
        expect(store, name, expected, set(&id, member, TeamRole::Member)).await;
    }
    let unknown = ProjectId::new("none");
    expect(
        store,
        "project",
        "not found",
        set(&unknown, person("bob"), TeamRole::Member),
    )
    .await;

    for member in [person("bob"), robot("ml-ci")] {
        expect(
            store,
            "other role",
            "done",
            set(&id, member, TeamRole::Admin),
        )
        .await;
    }
    let mut members = find(store, "ml", "vision")
        .await
        .expect("the project")
        .members;
    members.sort_by(|(left, _), (right, _)| left.cmp(right));
    assert_eq!(
        members,
        [
            (person("bob"), TeamRole::Admin),
            (person("carol"), TeamRole::Member),
            (robot("ml-ci"), TeamRole::Admin),
        ]
    );

    let remove = async |member: PrincipalId| {
        store
            .remove_project_member(&id, &member, event("member.remove"))
            .await
    };
    for member in [person("bob"), robot("ml-ci")] {
        expect(store, "remove", "done", remove(member.clone())).await;
        expect(store, "remove again", "not found", remove(member)).await;
    }
    let left = find(store, "ml", "vision")
        .await
        .expect("the project")
        .members;
    assert_eq!(left, [(person("carol"), TeamRole::Member)]);
}

pub(crate) async fn a_project_with_a_stranger_is_not_made(store: &impl Store) {
    populate(store).await.expect("a world");
    for (name, stranger) in [("user", person("eve")), ("account", robot("none"))] {
        let members = vec![
            (person("bob"), TeamRole::Member),
            (stranger, TeamRole::Member),
        ];
        let new = Project {
            members,
            ..project("acme", "ml", "vision")
        };
        expect(
            store,
            name,
            "forbidden",
            store.create_project(&new, event("project.create")),
        )
        .await;
        assert_eq!(find(store, "ml", "vision").await, None, "{name}");
    }
}
