//! Signatures of webhooks in the form `t=<seconds>,v1=<hex>[,v1=<hex>…]`: an HMAC-SHA256 of `<seconds>.<body>`.
//!
//! Stripe, Clover and Shippo all sign so. A sender that changes its secret signs with the old and the new one for a while, and
//! we may be told both, so any signature that any secret makes is good. Comparison takes the same time whatever differs.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How old, or how far in the future, a webhook may be, in seconds.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Why a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// It is missing, unreadable or not made with any of the secrets.
    Signature,
    /// It is genuine but too old or from the future.
    Age,
}

/// Checks a header of that form. `secrets` are comma separated.
///
/// # Errors
/// [`Bad::Signature`] before [`Bad::Age`]: only who can sign learns what time it is here.
pub fn check(header: &str, body: &[u8], secrets: &str, now_seconds: i64) -> Result<(), Bad> {
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", value)) if time.is_none() => time = Some(value),
            Some(("v1", value)) => signatures.extend(unhex(value)),
            _ => {}
        }
    }
    let time = time.ok_or(Bad::Signature)?;
    let seconds: i64 = time.parse().map_err(|_| Bad::Signature)?;
    let genuine = secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty()).any(|secret| {
        signatures.iter().any(|signature| {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
            mac.update(time.as_bytes());
            mac.update(b".");
            mac.update(body);
            mac.verify_slice(signature).is_ok()
        })
    });
    if !genuine {
        return Err(Bad::Signature);
    }
    let age = now_seconds.saturating_sub(seconds);
    if !(-TOLERANCE_SECONDS..=TOLERANCE_SECONDS).contains(&age) {
        return Err(Bad::Age);
    }
    Ok(())
}

/// Whether two texts are the same, in a time that tells nothing about where they differ.
pub fn same(given: &str, secret: &str) -> bool {
    let mac = |text: &str| Hmac::<Sha256>::new_from_slice(b"compare").map(|mac| mac.chain_update(text.as_bytes()));
    match (mac(given), mac(secret)) {
        (Ok(given), Ok(secret)) => given.verify(&secret.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}

/// The bytes that 64 hexadecimal digits stand for.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // Made with `printf '1492774577.{"id":"evt_1"}' | openssl dgst -sha256 -hmac SECRET`.
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const TIME: i64 = 1_492_774_577;
    const OLD: &str = "0747100650652ef72323d15ecf021fcf28463e6c3f46c75d091a00c9fbb46a37";
    const NEW: &str = "0ff2f5a68c790e641710ef579f8bab873bd43994ccf50908722ddbee71686a50";

    #[test]
    fn a_known_signature_is_good() {
        assert_eq!(check(&format!("t={TIME},v1={NEW}"), BODY, "whsec_new", TIME + 10), Ok(()));
        assert_eq!(check(&format!("t={TIME},v1={OLD}"), BODY, "whsec_old", TIME - 10), Ok(()));
        assert_eq!(check(&format!("t={TIME}, v1={}", NEW.to_uppercase()), BODY, "whsec_new", TIME), Ok(()));
    }

    #[test]
    fn while_a_secret_changes_either_is_good() {
        assert_eq!(check(&format!("t={TIME},v1={OLD},v1={NEW},v0=abc"), BODY, "whsec_new", TIME), Ok(()));
        assert_eq!(check(&format!("t={TIME},v1={OLD}"), BODY, "whsec_new, whsec_old", TIME), Ok(()));
    }

    #[test]
    fn anything_else_is_refused() {
        for header in [
            String::new(),
            format!("t={TIME}"),
            format!("v1={NEW}"),
            format!("t={},v1={NEW}", TIME + 1),
            format!("t={TIME},v0={NEW}"),
            format!("t={TIME},v1={}", &NEW[1..]),
            format!("t={TIME},v1={}", NEW.replace('a', "g")),
            format!("t=now,v1={NEW}"),
        ] {
            assert_eq!(check(&header, BODY, "whsec_new", TIME), Err(Bad::Signature), "{header}");
        }
        let header = format!("t={TIME},v1={NEW}");
        assert_eq!(check(&header, br#"{"id":"evt_2"}"#, "whsec_new", TIME), Err(Bad::Signature));
        assert_eq!(check(&header, BODY, "whsec_other", TIME), Err(Bad::Signature));
        assert_eq!(check(&header, BODY, "", TIME), Err(Bad::Signature), "no secret signs nothing");
    }

    #[test]
    fn old_ones_and_ones_from_the_future_are_refused() {
        let header = format!("t={TIME},v1={NEW}");
        assert_eq!(check(&header, BODY, "whsec_new", TIME + TOLERANCE_SECONDS), Ok(()));
        assert_eq!(check(&header, BODY, "whsec_new", TIME + TOLERANCE_SECONDS + 1), Err(Bad::Age));
        assert_eq!(check(&header, BODY, "whsec_new", TIME - TOLERANCE_SECONDS - 1), Err(Bad::Age));
        assert_eq!(check(&header, BODY, "whsec_new", i64::MAX), Err(Bad::Age));
    }

    #[test]
    fn texts_are_the_same_only_when_they_are() {
        assert!(same("token", "token"));
        assert!(!same("token", "token2"));
        assert!(!same("", "token"));
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(header in ".{0,200}", body in proptest::collection::vec(any::<u8>(), 0..50), now in any::<i64>()) {
            prop_assert!(check(&header, &body, "whsec_new", now).is_err());
        }
    }
}
