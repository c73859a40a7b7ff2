//! base64url and JSON of a JOSE header: FUZZ-03.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gatehouse_fuzz::encoding(data));

#[cfg(not(fuzzing))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    gatehouse_fuzz::replay(gatehouse_fuzz::encoding)
}
