//! What the answers of providers mean for money: done, declined, rejected, or not known.

use serde_json::Value;

use super::{Decline, GatewayError, NoticeRefused};
use crate::{
    call::{Answer, Call, Caller, NoAnswer, shown},
    signature::{self, Bad},
};

impl From<NoAnswer> for GatewayError {
    fn from(none: NoAnswer) -> Self {
        Self::Unknown(none.to_string())
    }
}

impl From<Bad> for NoticeRefused {
    fn from(bad: Bad) -> Self {
        match bad {
            Bad::Signature => Self::Signature,
            Bad::Age => Self::Age,
        }
    }
}

/// How a provider words a refusal: reads its code and message from the body, and says whether they are about the buyer's
/// money (declined) or about the call (rejected).
pub struct Refusal {
    /// Whether the payer's side refused.
    pub declined: bool,
    /// The provider's code.
    pub code: String,
    /// The provider's sentence.
    pub message: String,
}

impl Refusal {
    /// For the buyer.
    pub fn decline(&self) -> Decline {
        Decline { code: shown(&self.code), message: shown(&self.message) }
    }
}

/// Calls, and reads the answer as a provider does.
///
/// # Errors
/// As [`GatewayError`] says. A conflict (409: the same key is at work) is unknown, like silence.
pub(crate) async fn ask(caller: &Caller, call: &Call, read: fn(u16, &Value) -> Refusal) -> Result<Value, GatewayError> {
    let answer = caller.send(call).await?;
    judge(caller.service(), answer, read)
}

/// What an answer means.
///
/// # Errors
/// As [`ask`].
pub fn judge(service: &str, answer: Answer, read: fn(u16, &Value) -> Refusal) -> Result<Value, GatewayError> {
    if answer.is_success() {
        return Ok(answer.body);
    }
    let refusal = read(answer.status, &answer.body);
    let decline = refusal.decline();
    Err(match answer.status {
        408 | 409 => GatewayError::Unknown(format!("{service} is still at a call with this key")),
        401 | 403 => GatewayError::Rejected(format!("{service} does not accept our keys for this ({})", decline.code)),
        400..500 if refusal.declined => GatewayError::Declined(decline),
        400..500 => GatewayError::Rejected(format!("{service}: {} ({})", decline.message, decline.code)),
        status => GatewayError::Unknown(format!("{service}: status {status}")),
    })
}

/// A good answer that lacks what it must have: the call was done, so its outcome is not known.
pub fn unreadable(service: &str, what: &str) -> GatewayError {
    GatewayError::Unknown(format!("{service}: the answer has no {what}"))
}

/// Text at a path such as `/error/code`; empty text is none.
pub fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A whole number at a path, which may be written as text.
pub fn number(body: &Value, pointer: &str) -> Option<i64> {
    let value = body.pointer(pointer)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The elements of a list at a path; none when there is no list.
pub fn list<'a>(body: &'a Value, pointer: &str) -> &'a [Value] {
    body.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The end of a card, as providers write its month and year: numbers or text, the year with two or four digits.
pub fn expires(month: Option<i64>, year: Option<i64>) -> Option<(u8, u16)> {
    let month = u8::try_from(month?).ok().filter(|month| (1..=12).contains(month))?;
    let year = u16::try_from(year?).ok()?;
    Some((month, if year < 100 { 2000 + year } else { year }))
}

/// Checks the signature of a webhook and reads its body.
///
/// # Errors
/// [`NoticeRefused`], the signature first.
pub fn signed_body(header: Option<&String>, body: &[u8], secrets: &str, now_seconds: i64) -> Result<Value, NoticeRefused> {
    let header = header.ok_or(NoticeRefused::Signature)?;
    signature::check(header, body, secrets, now_seconds)?;
    let body: Value = serde_json::from_slice(body).map_err(|_| NoticeRefused::Malformed)?;
    if body.is_object() { Ok(body) } else { Err(NoticeRefused::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(_: u16, body: &Value) -> Refusal {
        let code = text(body, "/code").unwrap_or("none").to_owned();
        Refusal { declined: code == "card_declined", message: "No: 4242424242424242".into(), code }
    }

    #[test]
    fn statuses_mean_what_they_say_about_money() {
        let judged = |status, body| judge("Bank", Answer { status, body }, read);
        assert_eq!(judged(200, json!({"id": 1})), Ok(json!({"id": 1})));
        let declined = Decline { code: "card_declined".into(), message: "No: [number]".into() };
        assert_eq!(judged(402, json!({"code": "card_declined"})), Err(GatewayError::Declined(declined)));
        assert!(matches!(judged(400, json!({"code": "bad"})), Err(GatewayError::Rejected(_))));
        assert!(matches!(judged(401, Value::Null), Err(GatewayError::Rejected(_))));
        assert!(matches!(judged(404, Value::Null), Err(GatewayError::Rejected(_))));
        assert!(matches!(judged(409, json!({"code": "card_declined"})), Err(GatewayError::Unknown(_))));
        assert!(matches!(judged(302, Value::Null), Err(GatewayError::Unknown(_))));
    }

    #[test]
    fn card_ends_are_read_in_every_spelling() {
        assert_eq!(expires(Some(12), Some(30)), Some((12, 2030)));
        assert_eq!(expires(Some(1), Some(2031)), Some((1, 2031)));
        assert_eq!(expires(Some(13), Some(2031)), None);
        assert_eq!(expires(None, Some(2031)), None);
    }
}
