//! The corpus is replayed on every test run, and begins with the seeds.

#[cfg(test)]
mod corpus {
    use std::path::{Path, PathBuf};

    use gatehouse_fuzz::TARGETS;

    fn folder(parts: &[&str]) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(parts.iter().collect::<PathBuf>())
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn replay(name: &str) {
        let target = TARGETS.iter().find(|target| target.name == name).unwrap();
        let folder = folder(&["corpus", name]);
        let files = names(&folder);
        assert!(!files.is_empty());
        for file in files {
            (target.run)(&std::fs::read(folder.join(file)).unwrap());
        }
        for seed in (target.seeds)() {
            let stored = std::fs::read(folder.join(&seed.name)).ok();
            let same = stored == Some(seed.octets);
            assert!(same, "{name}/{}: run the example `seed`", seed.name);
        }
    }

    #[test]
    fn jwt_072_fuzz_01_tokens() {
        replay("token");
    }

    #[test]
    fn fuzz_02_tokens_under_three_implementations() {
        replay("differential");
    }

    #[test]
    fn fuzz_03_base64url_and_json() {
        replay("encoding");
    }

    #[test]
    fn fuzz_04_key_sets() {
        replay("key_set");
    }

    #[test]
    fn fuzz_09_outbound_urls() {
        replay("outbound_url");
    }

    #[test]
    fn fuzz_12_authorization_headers() {
        replay("authorization");
    }

    #[test]
    fn fuzz_14_trust_policies_and_patterns() {
        replay("trust");
    }

    #[test]
    fn every_target_is_built_and_has_a_corpus() {
        let mut targets: Vec<String> = TARGETS.iter().map(|target| target.name.into()).collect();
        targets.sort();
        assert_eq!(names(&folder(&["corpus"])), targets);
        let sources: Vec<String> = targets.iter().map(|name| format!("{name}.rs")).collect();
        assert_eq!(names(&folder(&["fuzz_targets"])), sources);
    }
}
