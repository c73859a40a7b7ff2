//! The corpus is replayed on every test run, and begins with the seeds.

#[cfg(test)]
mod corpus {
    use std::path::PathBuf;

    type Seeds = Vec<(String, Vec<u8>)>;

    fn folder(target: &str) -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "corpus", target]
            .iter()
            .collect()
    }

    fn replay(target: &str, run: fn(&[u8]), seeds: Seeds) {
        for entry in std::fs::read_dir(folder(target)).unwrap() {
            run(&std::fs::read(entry.unwrap().path()).unwrap());
        }
        for (name, octets) in seeds {
            let stored = std::fs::read(folder(target).join(&name));
            assert_eq!(
                stored.ok(),
                Some(octets),
                "{target}/{name}: run the example `seed`"
            );
        }
    }

    #[test]
    fn jwt_072_tokens() {
        let seeds = gatehouse_fuzz::token_seeds();
        replay("token", gatehouse_fuzz::token, seeds);
    }

    #[test]
    fn fuzz_04_key_sets() {
        let seeds = gatehouse_fuzz::key_set_seeds();
        replay("key_set", gatehouse_fuzz::key_set, seeds);
    }
}
