//! Writes the seeds into the corpus: `cargo run -p gatehouse-fuzz --example seed`.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    for (target, seeds) in [
        ("token", gatehouse_fuzz::token_seeds()),
        ("key_set", gatehouse_fuzz::key_set_seeds()),
    ] {
        let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "corpus", target]
            .iter()
            .collect();
        std::fs::create_dir_all(&folder)?;
        for (name, octets) in seeds {
            std::fs::write(folder.join(name), octets)?;
        }
    }
    Ok(())
}
