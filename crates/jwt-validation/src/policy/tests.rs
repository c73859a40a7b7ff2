use super::*;

#[test]
fn jwt_067_an_empty_audience_list_is_no_policy() {
    let nothing: [&str; 0] = [];
    assert_eq!(Audience::any_of(nothing), Err(ConfigError::NoAudience));
    assert_eq!(Audience::any_of(["a", ""]), Err(ConfigError::NoAudience));
    let audience = Audience::any_of(["a", "b"]).unwrap();
    assert!(audience.accepts(&["x", "b"]));
    assert!(!audience.accepts::<&str>(&[]));
    assert!(Audience::danger_unchecked().accepts::<&str>(&[]));
}

#[test]
fn jwt_059_the_leeway_is_at_most_five_minutes() {
    let policy = || TokenPolicy::new("https://issuer.example", Audience::danger_unchecked());
    assert!(policy().leeway(Duration::from_secs(300)).is_ok());
    let error = policy().leeway(Duration::from_millis(300_001)).unwrap_err();
    assert!(matches!(
        error,
        ConfigError::Duration {
            field: "leeway",
            ..
        }
    ));
}

#[test]
fn types_are_media_types() {
    for (policy, typ, accepted) in [
        (TypePolicy::jwt(), None, true),
        (TypePolicy::jwt(), Some("JWT"), true),
        (TypePolicy::jwt(), Some("jwt"), true),
        (TypePolicy::jwt(), Some("application/jwt"), true),
        (TypePolicy::jwt(), Some("Application/JWT"), true),
        (
            TypePolicy::jwt(),
            Some("application/application/jwt"),
            false,
        ),
        (TypePolicy::jwt(), Some("text/jwt"), false),
        (TypePolicy::jwt(), Some("JOSE"), false),
        (TypePolicy::jwt(), Some(""), false),
        (TypePolicy::jwt(), Some("at+jwt"), false),
        (TypePolicy::access_token(), None, false),
        (TypePolicy::access_token(), Some("JWT"), false),
        (TypePolicy::access_token(), Some("AT+JWT"), true),
        (TypePolicy::access_token(), Some("application/at+jwt"), true),
        (TypePolicy::logout_token(), None, true),
        (TypePolicy::logout_token(), Some("JWT"), true),
        (TypePolicy::logout_token(), Some("logout+jwt"), true),
        (TypePolicy::logout_token(), Some("at+jwt"), false),
        (
            TypePolicy::exactly("secevent+jwt"),
            Some("secevent+jwt"),
            true,
        ),
        (TypePolicy::exactly("secevent+jwt"), None, false),
    ] {
        assert_eq!(policy.accepts(typ), accepted, "{policy:?} {typ:?}");
    }
}
