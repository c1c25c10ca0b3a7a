//! Signatures by the Standard Webhooks specification: HMAC-SHA256 over `id.timestamp.body`, one for each valid secret.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use entity::{
    time::Timestamp,
    webhook_endpoint::{self, SigningSecret},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{clock::random_bytes, fault::Fault};

/// What secrets begin with.
const PREFIX: &str = "whsec_";

/// A new secret.
pub fn new_secret() -> SigningSecret {
    SigningSecret(format!("{PREFIX}{}", STANDARD.encode(random_bytes::<32>())))
}

/// The signature of a message, `v1,` and base64.
fn sign(secret: &SigningSecret, id: &str, seconds: i64, body: &str) -> Result<String, Fault> {
    let corrupt = || Fault::Corrupt("the secret of a webhook endpoint".into());
    let key = secret.0.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok()).ok_or_else(corrupt)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| corrupt())?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// The header `webhook-signature`: signatures by each secret that is valid now, the current one first.
///
/// # Errors
/// When a stored secret is not one.
pub fn header(endpoint: &webhook_endpoint::Model, id: &str, now: Timestamp, body: &str) -> Result<String, Fault> {
    let seconds = now.millis().div_euclid(1_000);
    let mut header = sign(&endpoint.secret, id, seconds, body)?;
    let is_valid = endpoint.previous_until.is_some_and(|until| now < until);
    if let Some(previous) = endpoint.previous_secret.as_ref().filter(|_| is_valid) {
        header.push(' ');
        header.push_str(&sign(previous, id, seconds, body)?);
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        let secret = SigningSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into());
        let signature = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(sign(&SigningSecret("whsec_!".into()), "a", 1, "b").is_err());
        assert_eq!(format!("{secret:?}"), "whsec_…");
    }

    #[test]
    fn secrets_are_long_and_differ() {
        let (one, other) = (new_secret(), new_secret());
        assert_ne!(one, other);
        assert_eq!(STANDARD.decode(&one.0[PREFIX.len()..]).unwrap().len(), 32);
    }
}
