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
    type Setter = fn(TokenPolicy, Duration) -> Result<TokenPolicy, ConfigError>;
    let policy = || TokenPolicy::new("https://issuer.example", Audience::danger_unchecked());
    let setters: [(&str, Setter); 4] = [
        ("leeway", TokenPolicy::leeway),
        ("expiry_leeway", TokenPolicy::expiry_leeway),
        ("not_before_leeway", TokenPolicy::not_before_leeway),
        ("issued_at_leeway", TokenPolicy::issued_at_leeway),
    ];
    for (name, set) in setters {
        assert!(set(policy(), Duration::from_secs(300)).is_ok(), "{name}");
        let found = Duration::from_millis(300_001);
        assert_eq!(
            set(policy(), found).unwrap_err(),
            ConfigError::Duration {
                field: name,
                found,
                min: 0,
                max: 300
            }
        );
    }
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

#[test]
fn jwt_053_jwt_054_types_that_an_administrator_states() {
    let types = TypePolicy::any_of(["JWT", "Application/Kubernetes+jwt"]).unwrap();
    for (typ, accepted) in [
        (Some("jwt"), true),
        (Some("APPLICATION/JWT"), true),
        (Some("kubernetes+jwt"), true),
        (Some("application/KUBERNETES+JWT"), true),
        (Some("application/application/jwt"), false),
        (Some("text/jwt"), false),
        (Some("at+jwt"), false),
        (Some("none"), false),
        (Some(""), false),
        (Some("application/"), false),
        (Some("jwt "), false),
        (Some("jwt;x=1"), false),
        // The Kelvin sign, which folds to `k` outside of ASCII.
        (Some("\u{212a}ubernetes+jwt"), false),
        (None, false),
    ] {
        assert_eq!(types.accepts(typ), accepted, "{typ:?}");
        let with_absent = types.clone().or_absent();
        assert_eq!(
            with_absent.accepts(typ),
            accepted || typ.is_none(),
            "{typ:?}"
        );
    }
    // A type called `none` is a type, and not its absence.
    let none = TypePolicy::any_of(["none"]).unwrap();
    assert!(none.accepts(Some("none")));
    assert!(!none.accepts(None));
}

#[test]
fn jwt_054_a_stated_type_is_one_media_type() {
    let long = "j".repeat(128);
    for typ in [
        "",
        "application/",
        "*",
        "application/*",
        "text/jwt",
        "application/application/jwt",
        "jwt;x=1",
        " jwt",
        "jwt\n",
        "jwt, at+jwt",
        "+jwt",
        "jẅt",
        &long,
    ] {
        let error = TypePolicy::any_of(["JWT", typ]).unwrap_err();
        assert!(matches!(error, ConfigError::TypeName { .. }), "{typ:?}");
    }
    let nothing: [&str; 0] = [];
    for types in [TypePolicy::any_of(nothing), TypePolicy::any_of(["a"; 17])] {
        assert_eq!(types, Err(ConfigError::TypeCount { max: 16 }));
    }
    assert!(TypePolicy::any_of(["a"; 16]).is_ok());
}

#[test]
fn a_type_policy_says_what_it_takes() {
    let listed = TypePolicy::any_of(["a", "application/b+jwt", "C"]).unwrap();
    for (policy, text) in [
        (TypePolicy::jwt(), "JWT, or none"),
        (TypePolicy::access_token(), "at+jwt"),
        (TypePolicy::logout_token(), "logout+jwt, JWT, or none"),
        (listed.clone(), "a, b+jwt, or C"),
        (listed.or_absent(), "a, b+jwt, C, or none"),
    ] {
        assert_eq!(policy.to_string(), text);
    }
}
