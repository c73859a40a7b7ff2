//! Tokens under three implementations: FUZZ-02.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gatehouse_fuzz::differential(data));

#[cfg(not(fuzzing))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    gatehouse_fuzz::replay(gatehouse_fuzz::differential)
}
