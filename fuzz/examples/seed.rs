//! Writes the seeds into the corpus: `cargo run -p gatehouse-fuzz --example seed`.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    for target in gatehouse_fuzz::TARGETS {
        let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "corpus", target.name]
            .iter()
            .collect();
        std::fs::create_dir_all(&folder)?;
        for seed in (target.seeds)() {
            std::fs::write(folder.join(seed.name), seed.octets)?;
        }
    }
    Ok(())
}
