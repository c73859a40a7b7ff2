//! The Authorization header: FUZZ-12.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gatehouse_fuzz::authorization(data));

#[cfg(not(fuzzing))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    gatehouse_fuzz::replay(gatehouse_fuzz::authorization)
}
