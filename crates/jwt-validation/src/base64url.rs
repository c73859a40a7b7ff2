//! base64url without padding, in its canonical form only (RFC 7515 §2).
//!
//! The engine refuses padding, white space and non-zero trailing bits. One octet string has one
//! spelling, so that no two tokens differ and verify alike (RFC 4648 §3.5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Fault;

pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Fault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Fault::Base64)
}

#[cfg(any(feature = "josekit", test))]
pub(crate) fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_string_has_one_spelling() {
        for octets in [&b""[..], b"f", b"fo", b"foo", &[0xfb, 0xff]] {
            assert_eq!(decode(&encode(octets)), Ok(octets.to_vec()));
        }
        for (name, text) in [
            ("padding", "Zg=="),
            ("trailing bits", "Zh"),
            ("trailing bits of three", "Zm9"),
            ("one character too many", "Zm9vY"),
            ("standard alphabet", "+/8"),
            ("blank", "Zm 9v"),
            ("line break", "Zm9v\n"),
            ("NUL", "Zm9v\0"),
            ("not ASCII", "Zm9é"),
        ] {
            assert_eq!(decode(text), Err(Fault::Base64), "{name}");
        }
    }
}
