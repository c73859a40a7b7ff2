//! Our verifier, josekit's and jsonwebtoken's on the same tokens: FUZZ-02.

#[cfg(test)]
mod differential {
    use gatehouse_fuzz::{DIFFERENCES, SCHEMES, Verdict, differential};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    #[test]
    fn fuzz_02_each_known_difference_is_as_the_table_says() {
        for row in DIFFERENCES {
            assert_eq!(row.verdicts_now(), row.verdicts, "{}", row.name);
            let taken = if row.verdicts.refusal.is_none() {
                Verdict::Accepts
            } else {
                Verdict::Refuses
            };
            let same = [row.verdicts.josekit, row.verdicts.jsonwebtoken] == [taken; 2];
            assert!(!same, "{} is no difference", row.name);
            assert!(!row.reason.is_empty(), "{}", row.name);
        }
    }

    #[test]
    fn the_documentation_has_the_same_table() {
        let page = include_str!("../../docs/jwt-checks.md");
        let (_, section) = page.split_once("## Tokens on which").unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let documented: Vec<&str> = rows.collect();
        assert_eq!(documented.len(), DIFFERENCES.len());
        for row in DIFFERENCES {
            let word = |verdict| match verdict {
                Verdict::Accepts => "takes",
                Verdict::Refuses => "refuses",
                Verdict::Panics => "panics",
            };
            let ours = row
                .verdicts
                .refusal
                .map_or_else(|| "take".to_owned(), |code| format!("refuse: `{code}`"));
            let line = format!(
                "| `{}` | {ours} | {} | {} | {} |",
                row.name,
                word(row.verdicts.josekit),
                word(row.verdicts.jsonwebtoken),
                row.reason
            );
            assert!(documented.contains(&line.as_str()), "missing:\n{line}");
        }
    }

    /// A member of a header or a claims set, as often right as wrong.
    fn member(
        name: &'static str,
        values: &'static [&'static str],
    ) -> impl Strategy<Value = String> {
        let name = prop_oneof![
            20 => Just(format!("\"{name}\"")),
            1 => Just(format!("\"\\u{:04x}{}\"", name.as_bytes()[0], &name[1..])),
            1 => Just(format!("\"{}\"", name.to_uppercase())),
        ];
        let value = prop_oneof![
            8 => Just(values[0].to_owned()),
            4 => select(values).prop_map(str::to_owned),
            1 => select(STRANGE).prop_map(str::to_owned),
        ];
        (name, value).prop_map(|(name, value)| format!("{name}:{value}"))
    }

    const STRANGE: &[&str] = &[
        "null",
        "true",
        "0",
        "-1",
        "1e5",
        "1e400",
        "\"\"",
        "\"\\ud800\"",
        "[]",
        "{}",
        "[1]",
        "{\"a\":1,\"a\":2}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        "\"api\" ",
        "01",
        "\u{7f}",
        "\"\u{1}\"",
        "\"é\u{200b}\"",
    ];

    fn object(
        required: Vec<BoxedStrategy<String>>,
        optional: Vec<BoxedStrategy<String>>,
    ) -> impl Strategy<Value = String> {
        let optional = proptest::strategy::Union::new(optional);
        let members = (required, vec(optional, 0..3), any::<u8>());
        members.prop_map(|(mut members, more, dropped)| {
            members.extend(more);
            // Now and then one is missing.
            if let Some(index) = usize::from(dropped).checked_sub(240)
                && index < members.len()
            {
                members.remove(index);
            }
            format!("{{{}}}", members.join(","))
        })
    }

    fn header(scheme: usize) -> impl Strategy<Value = String> {
        let alg = format!("\"alg\":\"{}\"", SCHEMES[scheme].name);
        let alg = prop_oneof![
            10 => Just(alg),
            1 => member("alg", &["\"EdDSA\"", "\"none\"", "\"HS256\"", "\"Ed25519\"", "\"PS256\""]),
        ];
        let optional = vec![
            member(
                "kid",
                &["\"ed\"", "\"rsa\"", "\"ec\"", "\"shared\"", "\"p384\""],
            )
            .boxed(),
            member(
                "typ",
                &["\"JWT\"", "\"application/jwt\"", "\"at+jwt\"", "\"jWt\""],
            )
            .boxed(),
            member("crit", &["[\"exp\"]", "[]", "[\"b64\"]"]).boxed(),
            member("b64", &["true", "false"]).boxed(),
            member("jwk", &["{\"kty\":\"oct\"}", "1"]).boxed(),
            member("x", &["1"]).boxed(),
        ];
        object(vec![alg.boxed()], optional)
    }

    fn claims() -> impl Strategy<Value = String> {
        let required = vec![
            member(
                "iss",
                &["\"https://issuer.example\"", "\"https://issuer.example/\""],
            )
            .boxed(),
            member("sub", &["\"a\"", "\"\""]).boxed(),
            member(
                "aud",
                &["\"api\"", "[\"x\",\"api\"]", "\"apia\"", "[\"api\",1]"],
            )
            .boxed(),
            member(
                "exp",
                &[
                    "1700000600",
                    "1.7000006e9",
                    "1699999941",
                    "1699999940.9",
                    "1e300",
                    "17e-1",
                ],
            )
            .boxed(),
        ];
        let optional = vec![
            member("nbf", &["1700000060", "1700000060.1", "-1", "1e-3"]).boxed(),
            member("iat", &["1700000060.0", "17000000600e-1", "1700000061"]).boxed(),
            member("jti", &["\"x\"", "1"]).boxed(),
            member("x", &["{\"y\":[1,2,{\"z\":null}]}"]).boxed(),
            member("sub", &["\"b\""]).boxed(),
        ];
        object(required, optional)
    }

    fn token() -> impl Strategy<Value = (u8, u8, String, String)> {
        (0..9_u8).prop_flat_map(|scheme| {
            let tampering = prop_oneof![6 => Just(0_u8), 1 => 1..9_u8];
            (Just(scheme), tampering, header(scheme.into()), claims())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn fuzz_02_nobody_and_not_the_model_disagrees(
            (scheme, tampering, header, claims) in token()
        ) {
            let digit = |value: u8| b'0'.saturating_add(value);
            let mut data = vec![digit(scheme), digit(tampering)];
            data.extend(header.bytes());
            data.push(b'\n');
            data.extend(claims.bytes());
            differential(&data);
        }
    }
}
