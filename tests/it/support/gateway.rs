//! A payment provider for tests: keeps payments as a provider does, answers the same key with the same effect once, and does
//! for its next calls what a test scripts.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use ordergraph::{
    money::Currency,
    payment::gateway::{
        Card, Decline, Gateway, GatewayError, Headers, Intent, Notice, NoticeRefused, RefundSnapshot, RefundState, SavedMethod,
        Snapshot, State,
    },
};
use tokio::sync::Notify;

/// What the provider does with its next call that moves money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Says no for good, before it keeps anything.
    Decline,
    /// Keeps the payment as failed, and says why.
    Fail,
    /// Says that the call is wrong.
    Reject,
    /// Waits for the buyer.
    Ask,
    /// Does it, and the answer is lost.
    LoseAnswer,
    /// The call never arrives.
    Unreachable,
    /// Does it, and never answers.
    Hang,
    /// Takes a refund on, and needs time.
    Later,
}

#[derive(Default)]
struct Book {
    payments: HashMap<String, Snapshot>,
    done: HashMap<String, Answer>,
    scripts: VecDeque<Script>,
    calls: Vec<String>,
    forgotten: Vec<String>,
    count: usize,
    /// Whether refunds are told with the keys they were asked for with.
    tells_keys: bool,
}

#[derive(Clone)]
enum Answer {
    Payment(String),
    Refund(RefundSnapshot),
    Refused(GatewayError),
}

/// The provider. Cloning shares it.
#[derive(Clone, Default)]
pub struct Provider {
    book: Arc<Mutex<Book>>,
    /// Told when a call hangs.
    pub hangs: Arc<Notify>,
}

fn declined() -> Decline {
    Decline { code: "card_declined".into(), message: "Your card was declined.".into() }
}

impl Provider {
    /// What it does with its next calls.
    pub fn script(&self, scripts: &[Script]) {
        self.book.lock().unwrap().scripts.extend(scripts);
    }

    /// Tells refunds with their keys from now on.
    pub fn tell_keys(&self) {
        self.book.lock().unwrap().tells_keys = true;
    }

    /// The calls that moved or promised money, in their order; a repeated one is there once.
    pub fn calls(&self) -> Vec<String> {
        self.book.lock().unwrap().calls.clone()
    }

    /// The methods it was asked to forget.
    pub fn forgotten(&self) -> Vec<String> {
        self.book.lock().unwrap().forgotten.clone()
    }

    /// Something happens at the provider without us: in its dashboard, or in the buyer's browser.
    pub fn happens(&self, reference: &str, change: impl FnOnce(&mut Snapshot)) {
        change(self.book.lock().unwrap().payments.get_mut(reference).unwrap());
    }

    /// The buyer pays in the browser.
    pub fn buyer_pays(&self, reference: &str, minor: i64) {
        self.happens(reference, |payment| {
            payment.state = State::Captured;
            payment.authorized_minor = minor;
            payment.captured_minor = minor;
        });
    }

    /// A payment as it stands.
    pub fn payment(&self, reference: &str) -> Snapshot {
        self.book.lock().unwrap().payments[reference].clone()
    }

    /// Does `effect` once per key, as the script says.
    async fn once(
        &self,
        key: &str,
        call: String,
        effect: impl FnOnce(&mut Book, Option<Script>) -> Result<Answer, GatewayError>,
    ) -> Result<Answer, GatewayError> {
        let (answer, script) = {
            let mut book = self.book.lock().unwrap();
            if let Some(answer) = book.done.get(key).cloned() {
                return answer.open();
            }
            let script = book.scripts.pop_front();
            match script {
                Some(Script::Unreachable) => return Err(GatewayError::Unknown("connection refused".into())),
                Some(Script::Reject) => return Err(GatewayError::Rejected("no such thing".into())),
                Some(Script::Decline) => {
                    book.done.insert(key.to_owned(), Answer::Refused(GatewayError::Declined(declined())));
                    return Err(GatewayError::Declined(declined()));
                }
                _ => {}
            }
            let answer = effect(&mut book, script)?;
            book.calls.push(call);
            book.done.insert(key.to_owned(), answer.clone());
            (answer, script)
        };
        match script {
            Some(Script::LoseAnswer) => Err(GatewayError::Unknown("timeout".into())),
            Some(Script::Hang) => {
                self.hangs.notify_one();
                std::future::pending().await
            }
            _ => answer.open(),
        }
    }

    fn snapshot(&self, reference: &str) -> Result<Snapshot, GatewayError> {
        let book = self.book.lock().unwrap();
        let found = book.payments.get(reference).cloned();
        let mut found = found.ok_or_else(|| GatewayError::Rejected("no such payment".into()))?;
        if !book.tells_keys {
            found.refunds.iter_mut().for_each(|refund| refund.key = None);
        }
        Ok(found)
    }
}

impl Answer {
    fn open(self) -> Result<Self, GatewayError> {
        match self {
            Self::Refused(error) => Err(error),
            other => Ok(other),
        }
    }
}

#[async_trait]
impl Gateway for Provider {
    async fn begin(&self, key: &str, intent: &Intent<'_>) -> Result<Snapshot, GatewayError> {
        let (ours, amount, method) = (intent.payment, intent.amount_minor, intent.method.map(str::to_owned));
        let (save, capture, customer) = (intent.save_method, intent.capture, intent.customer.map(str::to_owned));
        let call = format!("begin {amount} {} {}", method.as_deref().unwrap_or("-"), customer.as_deref().unwrap_or("-"));
        let answer = self.once(key, call, |book, script| {
            book.count += 1;
            let reference = format!("pay_{}", book.count);
            let card = Card { brand: "visa".into(), last4: "4242".into(), expires: Some((12, 2030)) };
            let (state, is_tried) = match (script, &method) {
                (Some(Script::Fail), _) => (State::Failed, false),
                (Some(Script::Ask), _) | (_, None) => (State::RequiresAction, false),
                _ if capture => (State::Captured, true),
                _ => (State::Authorized, true),
            };
            let is_asked = state == State::RequiresAction;
            let payment = Snapshot {
                state,
                reference: reference.clone(),
                payment: Some(ours),
                authorized_minor: if is_tried { amount } else { 0 },
                captured_minor: if is_tried && capture { amount } else { 0 },
                refunded_minor: 0,
                refunds: Vec::new(),
                client_secret: is_asked.then(|| format!("{reference}_secret")),
                redirect_url: is_asked.then(|| format!("https://pay.test/{reference}")),
                card: method.is_some().then(|| card.clone()),
                saved: (save && is_tried).then(|| SavedMethod {
                    token: format!("saved_{}", method.clone().unwrap_or_default()),
                    customer: Some(customer.clone().unwrap_or_else(|| "cus_1".into())),
                    card: Some(card),
                }),
                decline: (state == State::Failed).then(declined),
            };
            book.payments.insert(reference.clone(), payment);
            Ok(Answer::Payment(reference))
        });
        self.told(answer.await?)
    }

    async fn confirm(&self, key: &str, reference: &str, method: Option<&str>, capture: bool) -> Result<Snapshot, GatewayError> {
        let call = format!("confirm {} {capture}", method.unwrap_or("-"));
        let reference = reference.to_owned();
        let answer = self.once(key, call, |book, script| {
            let payment = book.payments.get_mut(&reference).ok_or_else(|| GatewayError::Rejected("no such payment".into()))?;
            let (state, decline) = match script {
                Some(Script::Fail) => (State::Failed, Some(declined())),
                _ if capture => (State::Captured, None),
                _ => (State::Authorized, None),
            };
            payment.state = state;
            payment.decline = decline;
            if state != State::Failed {
                payment.authorized_minor = 6_000;
                payment.captured_minor = if capture { 6_000 } else { 0 };
            }
            Ok(Answer::Payment(reference))
        });
        self.told(answer.await?)
    }

    async fn capture(&self, key: &str, reference: &str, amount: i64, _: Currency) -> Result<Snapshot, GatewayError> {
        let reference = reference.to_owned();
        let answer = self.once(key, format!("capture {amount}"), |book, _| {
            let payment = book.payments.get_mut(&reference).ok_or_else(|| GatewayError::Rejected("no such payment".into()))?;
            if payment.state != State::Authorized {
                return Err(GatewayError::Rejected("wrong state".into()));
            }
            payment.state = State::Captured;
            payment.captured_minor = amount;
            Ok(Answer::Payment(reference))
        });
        self.told(answer.await?)
    }

    async fn void(&self, key: &str, reference: &str) -> Result<Snapshot, GatewayError> {
        let reference = reference.to_owned();
        let answer = self.once(key, "void".into(), |book, _| {
            let payment = book.payments.get_mut(&reference).ok_or_else(|| GatewayError::Rejected("no such payment".into()))?;
            if payment.captured_minor > 0 {
                return Err(GatewayError::Rejected("captured".into()));
            }
            payment.state = State::Cancelled;
            Ok(Answer::Payment(reference))
        });
        self.told(answer.await?)
    }

    async fn refund(
        &self,
        key: &str,
        reference: &str,
        amount: i64,
        _: Currency,
        _: Option<&str>,
    ) -> Result<RefundSnapshot, GatewayError> {
        let (reference, own_key) = (reference.to_owned(), key.to_owned());
        let answer = self.once(key, format!("refund {amount}"), |book, script| {
            book.count += 1;
            let id = format!("re_{}", book.count);
            let payment = book.payments.get_mut(&reference).ok_or_else(|| GatewayError::Rejected("no such payment".into()))?;
            if payment.refunded_minor + amount > payment.captured_minor {
                return Err(GatewayError::Rejected("more than was captured".into()));
            }
            let state = if script == Some(Script::Later) { RefundState::Pending } else { RefundState::Succeeded };
            let refund = RefundSnapshot { reference: id, key: Some(own_key), amount_minor: amount, state, decline: None };
            payment.refunded_minor += amount;
            payment.refunds.push(refund.clone());
            Ok(Answer::Refund(refund))
        });
        match answer.await? {
            Answer::Refund(refund) => Ok(refund),
            Answer::Payment(_) | Answer::Refused(_) => panic!("a key of something else"),
        }
    }

    async fn look(&self, reference: &str) -> Result<Snapshot, GatewayError> {
        self.snapshot(reference)
    }

    async fn forget_method(&self, token: &str) -> Result<(), GatewayError> {
        self.book.lock().unwrap().forgotten.push(token.to_owned());
        Ok(())
    }

    async fn notice(&self, headers: &Headers, body: &[u8], now_seconds: i64) -> Result<Notice, NoticeRefused> {
        let body: serde_json::Value = serde_json::from_slice(body).map_err(|_| NoticeRefused::Malformed)?;
        if headers.get("x-signature").map(String::as_str) != Some("good") {
            return Err(NoticeRefused::Signature);
        }
        if body["sent"].as_i64().is_some_and(|sent| (now_seconds - sent).abs() > 300) {
            return Err(NoticeRefused::Age);
        }
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        Ok(Notice {
            event: text("event").ok_or(NoticeRefused::Malformed)?,
            kind: text("kind").unwrap_or_default(),
            reference: text("reference"),
        })
    }
}

impl Provider {
    fn told(&self, answer: Answer) -> Result<Snapshot, GatewayError> {
        match answer {
            Answer::Payment(reference) => self.snapshot(&reference),
            Answer::Refund(_) | Answer::Refused(_) => panic!("a key of something else"),
        }
    }
}
