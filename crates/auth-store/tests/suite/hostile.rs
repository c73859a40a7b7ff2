//! Texts that mean something to a database, and identifiers of somebody else.

use auth_core::{Key, Secret};
use jwt_federation::{KeySource, StoredSigningKey};

use super::*;

/// Through every text that comes in, and back out unchanged.
async fn survives(store: &impl Store, name: &str, text: &str) {
    let new = User {
        id: UserId::new(text),
        username: text.into(),
        display_name: text.into(),
        email: Some(text.into()),
        ..user("x")
    };
    let organization = Organization {
        id: OrganizationId::new(text),
        name: text.into(),
    };
    let team = Team {
        id: TeamId::new(text),
        organization: organization.id.clone(),
        name: text.into(),
    };
    let member = (PrincipalId::User(new.id.clone()), TeamRole::Member);
    let project = Project {
        id: ProjectId::new(text),
        organization: organization.id.clone(),
        team: team.id.clone(),
        name: text.into(),
        visibility: Visibility::Open,
        members: vec![member],
    };
    let account = ServiceAccount {
        id: ServiceAccountId::new(text),
        name: text.into(),
        scope: ServiceAccountScope::Team {
            organization: organization.id.clone(),
            team: team.id.clone(),
        },
        authentication: Authentication::Federated {
            issuer: text.into(),
            subject: text.into(),
        },
        created_at: NOW,
        created_by: PrincipalId::User(new.id.clone()),
    };
    let key = ApiKey {
        description: text.into(),
        ..key(robot(text), text)
    };
    let mut settings = IssuerSettings::default();
    // A policy with a longer one is refused before it comes here.
    let audience = text.get(..1024).unwrap_or(text);
    settings.policy.audiences = vec![audience.into()];
    settings.certificates = Some(text.into());
    settings.bearer_token = Some(Secret::new(text));
    settings.keys = KeySource::Pasted {
        jwks: text.into(),
        since: NOW,
    };
    let issuer = JwtIssuer::new(
        JwtIssuerId::new(text),
        organization.id.clone(),
        text,
        settings,
        NOW,
        PrincipalId::User(new.id.clone()),
    );
    let audit = || {
        event("hostile")
            .within(&organization.id)
            .to("thing", text)
            .saying(text)
    };
    let role = OrganizationRole::Member;
    store.create_user(&new, audit()).await.expect(name);
    store
        .create_organization(&organization, audit())
        .await
        .expect(name);
    store
        .set_organization_member(&organization.id, &new.id, role, audit())
        .await
        .expect(name);
    store.create_team(&team, audit()).await.expect(name);
    store
        .set_team_member(&team.id, &new.id, TeamRole::Admin, audit())
        .await
        .expect(name);
    store.create_project(&project, audit()).await.expect(name);
    store
        .create_account(&account, Some(&key), audit())
        .await
        .expect(name);
    store.create_issuer(&issuer, audit()).await.expect(name);

    let found = store.user(Key::Name(text)).await.expect(name);
    assert_eq!(found.as_ref(), Some(&new), "{name}");
    let found = store
        .members_by_email(&organization.id, text)
        .await
        .expect(name);
    assert_eq!(found, [new], "{name}");
    let found = store.organization(Key::Name(text)).await.expect(name);
    assert_eq!(found.as_ref(), Some(&organization), "{name}");
    assert_eq!(
        store.team(Key::Name(text)).await.expect(name).as_ref(),
        Some(&team),
        "{name}"
    );
    assert_eq!(
        store.project(&team.id, text).await.expect(name),
        Some(project),
        "{name}"
    );
    let found = store
        .external_account(&organization.id, text, text)
        .await
        .expect(name);
    assert_eq!(found.as_ref(), Some(&account.id), "{name}");
    assert_eq!(
        store.account(&account.id).await.expect(name),
        Some(account),
        "{name}"
    );
    let found = store.registration_for(text, audience).await.expect(name);
    assert_eq!(found.as_ref(), Some(&issuer.id), "{name}");
    let found = store
        .registration(&organization.id, text)
        .await
        .expect(name);
    assert_eq!(found.as_ref(), Some(&issuer.id), "{name}");
    let found = store.issuer(&issuer.id).await.expect(name);
    let found = found.expect(name);
    assert_eq!(format!("{found:?}"), format!("{issuer:?}"), "{name}");
    let bearer = found.settings.bearer_token.expect(name);
    assert_eq!(bearer.expose(), text, "{name}");
    let found = store.key(&key.id).await.expect(name).expect(name);
    assert_eq!(found.description, text, "{name}");
    let stored = store.newest_events(1).await.remove(0);
    assert_eq!(stored.detail, text, "{name}");
    assert_eq!(stored.target, Some(format!("thing:{text}")), "{name}");
    assert_eq!(
        stored.organization.as_ref(),
        Some(&organization.id),
        "{name}"
    );
}

pub(crate) async fn store_001_a_text_is_never_a_statement(store: &impl Store) {
    for (name, text) in [
        ("statement", "'; DROP TABLE auth_users; --"),
        ("tautology", "' OR '1'='1"),
        ("double quote", "\" OR \"\"=\""),
        ("parameter", "$1"),
        ("other parameter", "?1"),
        ("wildcards", "%_"),
        ("backslash", "\\'\\"),
        ("comment", "/* x */ -- y"),
        ("identifier", "[x] `y`"),
    ] {
        survives(store, name, text).await;
    }
    assert_eq!(store.users().await.expect("users").len(), 9);
}

pub(crate) async fn store_002_a_text_comes_back_as_it_went(store: &impl Store) {
    let long = "1 MB: ".to_owned() + &"é".repeat(1 << 19);
    for (name, text) in [
        ("four octets", "🦀🦀"),
        ("combining", "e\u{301}"),
        ("composed", "\u{e9}"),
        ("right to left", "\u{202e}abc"),
        ("line break", "a\r\nb"),
        ("blank at the end", "a "),
        ("only a blank", " "),
        ("number", "007"),
        ("exponent", "1e3"),
        ("null", "NULL"),
        ("long", &long),
    ] {
        survives(store, name, text).await;
    }
}

pub(crate) async fn a_private_key_comes_back_as_it_went(store: &impl Store) {
    let text = "{\"d\":\"'; DROP TABLE auth_signing_keys; --\"}";
    let new = StoredSigningKey {
        key_id: "' --".into(),
        private_jwk: Secret::new(text),
        created_at: NOW,
        signs_from: NOW,
    };
    store
        .add_signing_key(&new, None, event("x"))
        .await
        .expect("a key");
    let stored = store.signing_keys().await.expect("keys").remove(0);
    assert_eq!(
        (stored.key_id.as_str(), stored.private_jwk.expose()),
        ("' --", text)
    );
}

pub(crate) async fn store_006_an_identifier_of_another_organization_gives_nothing(
    store: &impl Store,
) {
    populate(store).await.expect("a world");
    let theirs = issuer("globex", "https://ci.example.com");
    store
        .create_issuer(&theirs, event("x"))
        .await
        .expect("an issuer");
    let account = team_account("globex", "labs", "bot");
    let first = key(robot("labs-bot"), "aaaaaaaaaa");
    store
        .create_account(&account, Some(&first), event("x"))
        .await
        .expect("an account");
    let theirs = project("globex", "labs", "p");
    store
        .create_project(&theirs, event("x"))
        .await
        .expect("a project");

    let account = async |new: ServiceAccount| store.create_account(&new, None, event("x")).await;
    let project = async |new: Project| store.create_project(&new, event("x")).await;
    let foreign_team = team_account("acme", "labs", "x");
    expect(
        store,
        "team account in a foreign team",
        "not found",
        account(foreign_team),
    )
    .await;
    let foreign_default = organization_account("acme", "labs", "x");
    expect(
        store,
        "foreign default team",
        "not found",
        account(foreign_default),
    )
    .await;
    let foreign_team = super::project("acme", "labs", "x");
    expect(
        store,
        "project in a foreign team",
        "not found",
        project(foreign_team),
    )
    .await;

    let acme = OrganizationId::new("acme");
    let id = JwtIssuerId::new("globex https://ci.example.com");
    expect(
        store,
        "issuer",
        "not found",
        store.delete_issuer(&acme, &id, event("x")),
    )
    .await;
    let id = ApiKeyId::new("aaaaaaaaaa");
    expect(
        store,
        "key",
        "not found",
        store.revoke_key(&person("alice"), &id, event("x")),
    )
    .await;
    let (ml, eve) = (TeamId::new("ml"), user_id("eve"));
    let set = store.set_team_member(&ml, &eve, TeamRole::Member, event("x"));
    expect(store, "their person in our team", "forbidden", set).await;
    let alice = person("alice");
    let set = store.set_project_member(&theirs.id, &alice, TeamRole::Member, event("x"));
    expect(store, "our person in their project", "forbidden", set).await;
    assert_eq!(
        store
            .members_by_email(&acme, "eve@example.com")
            .await
            .expect("an answer"),
        []
    );
    assert_eq!(store.project(&ml, "p").await.expect("an answer"), None);
}
