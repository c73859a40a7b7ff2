//! The settings of JWT issuers, and the `jti` that are remembered for them.

use auth_core::Secret;
use jwt_federation::KeySource;
use jwt_federation::trust::TrustPolicy;

use super::*;

const URL: &str = "https://ci.example.com";

fn with_policy(mut issuer: JwtIssuer, json: &str) -> JwtIssuer {
    issuer.settings.policy = TrustPolicy::from_json(json).expect("a policy");
    issuer
}

fn with_audiences(issuer: JwtIssuer, audiences: &[&str]) -> JwtIssuer {
    let json = serde_json::json!({ "audiences": audiences }).to_string();
    with_policy(issuer, &json)
}

fn changed(issuer: &JwtIssuer) -> JwtIssuer {
    let mut changed = issuer.clone();
    changed.revision = changed.revision.saturating_add(1);
    changed.updated_at = NOW.plus(std::time::Duration::from_secs(60));
    changed
}

async fn create(store: &impl Store, new: &JwtIssuer) -> Result<(), StoreError> {
    store.create_issuer(new, event("jwt_issuer.create")).await
}

async fn update(store: &impl Store, new: &JwtIssuer) -> Result<(), StoreError> {
    store.update_issuer(new, event("jwt_issuer.update")).await
}

/// All that is kept, the bearer token too.
fn whole(issuer: &JwtIssuer) -> (String, Option<&str>) {
    let bearer = issuer.settings.bearer_token.as_ref().map(Secret::expose);
    (format!("{issuer:?}"), bearer)
}

pub(crate) async fn settings_come_back_as_they_went(store: &impl Store) {
    populate(store).await.expect("a world");
    let plain = issuer("acme", URL);
    create(store, &plain).await.expect("it is new");
    let mut full = with_policy(
        changed(&plain),
        r#"{"enabled": false, "expires_at": "2027-01-31T00:00:00Z", "audiences": ["a", "b"],
            "algorithms": ["ES256"], "types": ["JWT"], "leeway": {"expiry": 5}, "max_lifetime": 900,
            "one_time": true, "networks": ["10.0.0.0/8"], "email": "none",
            "conditions": [{"claim": "repository_id", "equals": "7"}],
            "samples": {"accepts": [{"repository_id": "7"}], "refuses": [{}]},
            "accounts": [{"name": "ci", "account": "x",
                          "conditions": [{"claim": "/a/b", "one_of": [1, true, "c"]}]}]}"#,
    );
    full.settings.keys = KeySource::Url {
        jwks_uri: "https://ci.example.com/keys".into(),
    };
    full.settings.networks = vec!["10.1.0.0/16".parse().expect("a network")];
    full.settings.certificates = Some("-----BEGIN CERTIFICATE-----".into());
    full.settings.bearer_token = Some(Secret::new("hunter2"));
    update(store, &full).await.expect("nobody else changed it");
    let found = store.issuer(&full.id).await.expect("an answer");
    assert_eq!(whole(&found.expect("it is there")), whole(&full));

    let mut pasted = changed(&full);
    pasted.settings = IssuerSettings::default();
    pasted.settings.keys = KeySource::Pasted {
        jwks: r#"{"keys":[]}"#.into(),
        since: NOW,
    };
    update(store, &pasted)
        .await
        .expect("nobody else changed it");
    let found = store.issuers(&plain.organization).await.expect("issuers");
    assert_eq!(
        whole(&found[0]),
        whole(&pasted),
        "nothing of the former is left"
    );
}

pub(crate) async fn a_change_is_of_the_revision_that_was_read(store: &impl Store) {
    populate(store).await.expect("a world");
    let first = issuer("acme", URL);
    create(store, &first).await.expect("it is new");
    let second = changed(&first);
    let mut foreign = changed(&first);
    foreign.organization = OrganizationId::new("globex");
    for (name, new, expected) in [
        ("another organization's", &foreign, "not found"),
        ("one too far", &changed(&second), "conflict"),
        ("the same revision", &first, "conflict"),
        ("the next", &second, "done"),
        ("again", &second, "conflict"),
        (
            "one that is not there",
            &changed(&issuer("acme", "https://b")),
            "not found",
        ),
    ] {
        expect(store, name, expected, update(store, new)).await;
    }
    let found = store.issuer(&first.id).await.expect("an answer");
    assert_eq!(whole(&found.expect("it is there")), whole(&second));
}

pub(crate) async fn fed_013_an_audience_leads_to_one_registration(store: &impl Store) {
    populate(store).await.expect("a world");
    let acme = with_audiences(issuer("acme", URL), &["a", "b"]);
    let globex = with_audiences(issuer("globex", URL), &["b"]);
    create(store, &acme).await.expect("it is new");
    expect(
        store,
        "a taken audience",
        "conflict",
        create(store, &globex),
    )
    .await;
    assert_eq!(
        store
            .issuer(&globex.id)
            .await
            .expect("an answer")
            .map(|i| i.id),
        None
    );
    let globex = with_audiences(globex, &["c"]);
    create(store, &globex).await.expect("the audience is free");
    let elsewhere = with_audiences(issuer("globex", "https://other.example.com"), &["a"]);
    create(store, &elsewhere)
        .await
        .expect("another issuer's audience");

    let taking = with_audiences(changed(&globex), &["c", "a"]);
    expect(store, "taking one", "conflict", update(store, &taking)).await;
    for (issuer, audience, expected) in [
        (URL, "a", Some(&acme.id)),
        (URL, "b", Some(&acme.id)),
        (URL, "c", Some(&globex.id)),
        (URL, "A", None),
        (URL, "%", None),
        ("https://other.example.com", "a", Some(&elsewhere.id)),
        ("https://other.example.com", "c", None),
    ] {
        let found = store
            .registration_for(issuer, audience)
            .await
            .expect("an answer");
        assert_eq!(found.as_ref(), expected, "{issuer} {audience}");
    }

    let without = with_audiences(changed(&acme), &["b"]);
    update(store, &without)
        .await
        .expect("nobody else changed it");
    update(store, &taking).await.expect("it is free now");
    let found = store.registration_for(URL, "a").await.expect("an answer");
    assert_eq!(found, Some(globex.id.clone()));
    store
        .delete_issuer(&acme.organization, &acme.id, event("jwt_issuer.delete"))
        .await
        .expect("it is there");
    assert!(
        store
            .registration_for(URL, "b")
            .await
            .expect("an answer")
            .is_none()
    );
}

pub(crate) async fn a_registration_is_found_by_organization_and_issuer(store: &impl Store) {
    populate(store).await.expect("a world");
    let (acme, globex) = (issuer("acme", URL), issuer("globex", URL));
    create(store, &acme).await.expect("it is new");
    assert!(store.is_registered(URL).await.expect("an answer"));
    assert!(
        !store
            .is_registered("https://CI.example.com")
            .await
            .expect("an answer")
    );
    let of = async |organization: &str, issuer: &str| {
        let organization = OrganizationId::new(organization);
        let found = store.registration(&organization, issuer).await;
        found.expect("an answer")
    };
    assert_eq!(of("acme", URL).await, Some(acme.id.clone()));
    assert_eq!(of("globex", URL).await, None);
    create(store, &globex).await.expect("it is new there");
    assert_eq!(of("globex", URL).await, Some(globex.id));
    assert_eq!(of("acme", "https://ci.example.com/").await, None);
}

pub(crate) async fn some_subjects_of_an_issuer_are_listed(store: &impl Store) {
    populate(store).await.expect("a world");
    for (organization, team, name, url) in [
        ("acme", "ml", "b", URL),
        ("acme", "ops", "a", URL),
        ("acme", "ml", "c", "https://other.example.com"),
        ("globex", "labs", "d", URL),
    ] {
        let account = federated(team_account(organization, team, name), url, name);
        store
            .create_account(&account, None, event("service_account.create"))
            .await
            .expect("it is new");
    }
    let acme = OrganizationId::new("acme");
    let listed = async |most| {
        let found = store.external_subjects(&acme, URL, most).await;
        let found = found.expect("an answer").into_iter();
        found.map(|(subject, _)| subject).collect::<Vec<_>>()
    };
    assert_eq!(listed(10).await, ["a", "b"]);
    assert_eq!(listed(1).await, ["a"]);
}

const DIGEST: [u8; 32] = [7; 32];

fn later(seconds: u64) -> Timestamp {
    NOW.plus(std::time::Duration::from_secs(seconds))
}

async fn spend(
    store: &impl Store,
    id: &JwtIssuerId,
    digest: [u8; 32],
    until: u64,
    now: u64,
) -> Result<(), StoreError> {
    let audit = event("sign_in.assertion");
    store
        .spend_jwt_id(id, &digest, later(until), later(now), audit)
        .await
}

pub(crate) async fn fed_008_a_jti_is_spent_once_for_each_registration(store: &impl Store) {
    populate(store).await.expect("a world");
    let (acme, globex) = (issuer("acme", URL), issuer("globex", URL));
    create(store, &acme).await.expect("it is new");
    create(store, &globex).await.expect("it is new");
    let missing = JwtIssuerId::new("missing");
    for (name, id, digest, expected) in [
        ("first", &acme.id, DIGEST, "done"),
        ("again", &acme.id, DIGEST, "conflict"),
        ("another jti", &acme.id, [8; 32], "done"),
        ("the same elsewhere", &globex.id, DIGEST, "done"),
        ("no registration", &missing, DIGEST, "not found"),
    ] {
        // One event for each that is spent, and none for the others.
        expect(store, name, expected, spend(store, id, digest, 600, 0)).await;
    }
    let spent = async |id: &JwtIssuerId, digest, now| {
        store
            .is_spent(id, &digest, later(now))
            .await
            .expect("an answer")
    };
    assert!(spent(&acme.id, DIGEST, 599).await);
    assert!(!spent(&acme.id, DIGEST, 600).await);
    assert!(!spent(&globex.id, [8; 32], 0).await);
}

pub(crate) async fn fed_008_of_parallel_presentations_one_wins(store: &impl Store) {
    populate(store).await.expect("a world");
    let acme = issuer("acme", URL);
    create(store, &acme).await.expect("it is new");
    let before = store.newest_events(1_000).await.len();
    let counts = races::at_once(store, |store, _| {
        let id = JwtIssuerId::new(format!("acme {URL}"));
        async move { spend(&store, &id, DIGEST, 600, 0).await }
    })
    .await;
    let expected = std::collections::BTreeMap::from([("done", 1), ("conflict", 19)]);
    assert_eq!(counts, expected);
    assert_eq!(
        store.newest_events(1_000).await.len(),
        before.saturating_add(1)
    );
}

pub(crate) async fn fed_009_a_jti_is_forgotten_when_its_time_is_over(store: &impl Store) {
    populate(store).await.expect("a world");
    let (acme, globex) = (issuer("acme", URL), issuer("globex", URL));
    create(store, &acme).await.expect("it is new");
    create(store, &globex).await.expect("it is new");
    for number in 0..50 {
        let spent = spend(store, &acme.id, [number; 32], 100, 0).await;
        spent.expect("it is new");
    }
    spend(store, &globex.id, DIGEST, 100, 0)
        .await
        .expect("it is new");
    assert_eq!(store.count_spent().await, 51);
    expect(
        store,
        "while it counts",
        "conflict",
        spend(store, &acme.id, DIGEST, 200, 99),
    )
    .await;
    // The time of all is over, and the next one clears them away; the other registration's stay until
    // its own next one.
    spend(store, &acme.id, DIGEST, 200, 100)
        .await
        .expect("it is forgotten");
    assert_eq!(store.count_spent().await, 2);
    store
        .delete_issuer(&acme.organization, &acme.id, event("jwt_issuer.delete"))
        .await
        .expect("it is there");
    assert_eq!(
        store.count_spent().await,
        1,
        "they go with the registration"
    );
}

pub(crate) async fn fed_009_a_registration_remembers_a_bounded_number(store: &impl Store) {
    populate(store).await.expect("a world");
    let (acme, globex) = (issuer("acme", URL), issuer("globex", URL));
    create(store, &acme).await.expect("it is new");
    create(store, &globex).await.expect("it is new");
    store
        .fill_with_spent(&acme.id, MOST_SPENT - 1, later(100))
        .await;
    spend(store, &acme.id, [1; 32], 100, 0)
        .await
        .expect("the last that fits");
    expect(
        store,
        "one more",
        "forbidden",
        spend(store, &acme.id, [2; 32], 100, 0),
    )
    .await;
    spend(store, &globex.id, [2; 32], 100, 0)
        .await
        .expect("another's memory is its own");
    spend(store, &acme.id, [2; 32], 200, 100)
        .await
        .expect("there is room again");
}
