//! Message authentication codes: HMAC with SHA-256 (RFC 2104).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

fn mac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    #[allow(clippy::expect_used, reason = "the algorithm takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(message);
    mac
}

/// The code of a message under a key.
pub fn sign(key: &[u8], message: &[u8]) -> [u8; 32] {
    mac(key, message).finalize().into_bytes().into()
}

/// Whether a code is that of the message under the key; takes as long for a wrong one as for the right one.
pub fn verify(key: &[u8], message: &[u8], code: &[u8]) -> bool {
    mac(key, message).verify_slice(code).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_for_its_message_and_key_alone() {
        let code = sign(b"key", b"message");
        assert!(verify(b"key", b"message", &code));
        assert!(!verify(b"key", b"massage", &code));
        assert!(!verify(b"yek", b"message", &code));
        assert!(!verify(b"key", b"message", &code[..31]));
        assert!(!verify(b"key", b"message", b""));
    }

    #[test]
    fn it_is_the_code_of_the_standard() {
        // RFC 4231, test case 2.
        let code = sign(b"Jefe", b"what do ya want for nothing?");
        let hex: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
