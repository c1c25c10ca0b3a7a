//! The words of notifications and the letters around them: templates of the program, and those of a folder in their stead.
//!
//! `order_shipped.txt` holds the words of a kind: its first line is the title, the rest the message. `mail.txt` and
//! `mail.html` are the letter around them; `order_shipped.mail.txt` and `order_shipped.mail.html` stand in for a kind alone.
//! Values are escaped in HTML.

use std::path::Path;

use entity::stored::NotificationKind as Kind;
use minijinja::{Environment, UndefinedBehavior, value::Serde};
use serde::Serialize;

use super::letter::{Facts, Letter, Line, OrderFacts};
use crate::fault::Fault;

/// Longest title and message, in characters.
const MAX_TITLE: usize = 200;
const MAX_MESSAGE: usize = 2_000;

/// What a user is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub title: String,
    /// A few sentences.
    pub message: String,
}

/// An e-mail's two forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bodies {
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// The templates in use.
pub struct Templates {
    env: Environment<'static>,
    /// Those of the program, for when one of a folder fails.
    own: Environment<'static>,
}

/// The program's words of a kind.
const fn words_of(kind: Kind) -> &'static str {
    match kind {
        Kind::OrderCreated => include_str!("template/order_created.txt"),
        Kind::OrderConfirmed => include_str!("template/order_confirmed.txt"),
        Kind::OrderShipped => include_str!("template/order_shipped.txt"),
        Kind::FulfillmentShipped => include_str!("template/fulfillment_shipped.txt"),
        Kind::OrderDelivered => include_str!("template/order_delivered.txt"),
        Kind::FulfillmentDelivered => include_str!("template/fulfillment_delivered.txt"),
        Kind::OrderCancelled => include_str!("template/order_cancelled.txt"),
        Kind::OrderRefunded => include_str!("template/order_refunded.txt"),
        Kind::PaymentCaptured => include_str!("template/payment_captured.txt"),
        Kind::PaymentFailed => include_str!("template/payment_failed.txt"),
        Kind::RefundSucceeded => include_str!("template/refund_succeeded.txt"),
        Kind::OrderOverdue => include_str!("template/order_overdue.txt"),
    }
}

fn name(kind: Kind, ending: &str) -> String {
    format!("{}{ending}", kind.as_str().to_lowercase())
}

impl Templates {
    /// The program's templates with those of a folder in their stead.
    ///
    /// # Errors
    /// A sentence that names the template that cannot be used.
    pub fn load(folder: Option<&Path>) -> Result<Self, String> {
        let own = builtin()?;
        let mut env = own.clone();
        if let Some(folder) = folder {
            add_folder(&mut env, folder)?;
        }
        let templates = Self { env, own };
        templates.try_each()?;
        Ok(templates)
    }

    /// The words of a kind. A template of the folder that fails on these facts is logged, and the program's own is used: the
    /// words of one order must not hold up those of all others.
    ///
    /// # Errors
    /// When the program's own fails.
    pub fn words(&self, kind: Kind, facts: &Facts) -> Result<Words, Fault> {
        let name = name(kind, ".txt");
        let text = render(&self.env, &name, facts).or_else(|error| {
            tracing::error!(template = name, error, "a template failed; the program's own is used");
            render(&self.own, &name, facts)
        });
        Ok(split(&text.map_err(Fault::Internal)?))
    }

    /// The letter of a kind.
    ///
    /// # Errors
    /// When a template fails.
    pub fn bodies(&self, kind: Kind, letter: &Letter) -> Result<Bodies, Fault> {
        self.try_bodies(kind, letter).map_err(Fault::Internal)
    }

    fn try_bodies(&self, kind: Kind, letter: &Letter) -> Result<Bodies, String> {
        let form = |ending: &str| {
            let special = name(kind, &format!(".mail.{ending}"));
            match self.env.get_template(&special).is_ok() {
                true => render(&self.env, &special, letter),
                false => render(&self.env, &format!("mail.{ending}"), letter),
            }
        };
        Ok(Bodies { text: form("txt")?, html: form("html")? })
    }

    /// Renders everything once, so that what is wrong is told at start and not when somebody orders.
    fn try_each(&self) -> Result<(), String> {
        for kind in Kind::all() {
            for is_buyer in [true, false] {
                let facts = sample(kind, is_buyer);
                let words = split(&render(&self.env, &name(kind, ".txt"), &facts)?);
                if words.title.is_empty() || words.message.is_empty() {
                    return Err(format!("template {}: needs a title in its first line and a message", name(kind, ".txt")));
                }
                let items = vec![Line { name: "Pouch".to_owned(), quantity: 2, total: "59.98".to_owned() }];
                let Words { title, message } = words;
                let letter = Letter { facts, title, message, name: None, items, total: "59.98".to_owned() };
                self.try_bodies(kind, &letter)?;
            }
        }
        Ok(())
    }
}

fn builtin() -> Result<Environment<'static>, String> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    for kind in Kind::all() {
        add(&mut env, name(kind, ".txt"), words_of(kind).to_owned())?;
    }
    add(&mut env, "mail.txt".to_owned(), include_str!("template/mail.txt").to_owned())?;
    add(&mut env, "mail.html".to_owned(), include_str!("template/mail.html").to_owned())?;
    Ok(env)
}

fn add_folder(env: &mut Environment<'static>, folder: &Path) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("TEMPLATE_DIR {}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_template = path.extension().is_some_and(|ending| ending == "txt" || ending == "html");
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| is_template) else { continue };
        add(env, name.to_owned(), std::fs::read_to_string(&path).map_err(unreadable)?)?;
    }
    Ok(())
}

fn add(env: &mut Environment<'static>, name: String, source: String) -> Result<(), String> {
    env.add_template_owned(name.clone(), source).map_err(|error| format!("template {name}: {error:#}"))
}

fn render(env: &Environment<'static>, name: &str, values: &impl Serialize) -> Result<String, String> {
    let template = env.get_template(name).map_err(|error| format!("template {name}: {error:#}"))?;
    template.render(Serde(values)).map_err(|error| format!("template {name}: {error:#}"))
}

/// The first line and the rest. Neither has control characters, so that a title fits a header.
fn split(text: &str) -> Words {
    let (title, message) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
    let clean = |text: &str, max: usize| {
        let text: String = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
        text.trim().chars().take(max).collect::<String>()
    };
    Words { title: clean(title, MAX_TITLE), message: clean(message, MAX_MESSAGE) }
}

fn sample(kind: Kind, is_buyer: bool) -> Facts {
    Facts {
        shop: "Shop".to_owned(),
        public_url: Some("https://shop.example.com".to_owned()),
        kind: kind.as_str(),
        is_buyer,
        amount: Some("59.98".to_owned()).filter(|_| is_buyer),
        tracking_number: Some("T1".to_owned()).filter(|_| is_buyer),
        order: OrderFacts {
            number: "ORD-20260115-0001".to_owned(),
            status: "Confirmed",
            date: "2026-01-15".to_owned(),
            currency: "EUR".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn letter(kind: Kind, words: Words, name: &str) -> Letter {
        let line = |name: &str| Line { name: name.to_owned(), quantity: 2, total: "59.98".to_owned() };
        Letter {
            facts: sample(kind, true),
            title: words.title,
            message: words.message,
            name: Some(name.to_owned()),
            items: vec![line("Pouch"), line("<script>alert(1)</script>")],
            total: "119.96".to_owned(),
        }
    }

    #[test]
    fn the_words_of_every_kind() {
        let templates = Templates::load(None).unwrap();
        let mut all = String::new();
        for kind in Kind::all() {
            let Words { title, message } = templates.words(kind, &sample(kind, true)).unwrap();
            writeln!(all, "{title} | {message}").unwrap();
        }
        insta::assert_snapshot!(all);
    }

    #[test]
    fn a_letter_in_both_forms_with_hostile_names() {
        let templates = Templates::load(None).unwrap();
        let words = templates.words(Kind::OrderShipped, &sample(Kind::OrderShipped, true)).unwrap();
        let bodies = templates.bodies(Kind::OrderShipped, &letter(Kind::OrderShipped, words, "<b>\"Ada\"</b>")).unwrap();
        assert!(!bodies.html.contains("<script>") && !bodies.html.contains("<b>"), "{}", bodies.html);
        assert!(bodies.html.contains("&lt;script&gt;"));
        insta::assert_snapshot!(bodies.text, @r#"
        Hello <b>"Ada"</b>,

        Your order ORD-20260115-0001 has been shipped. Tracking number: T1.

        Order ORD-20260115-0001 of 2026-01-15: Confirmed

        2 × Pouch: 59.98 EUR
        2 × <script>alert(1)</script>: 59.98 EUR

        Total: 119.96 EUR

        https://shop.example.com

        Shop
        "#);
    }

    #[test]
    fn a_title_is_one_line_without_control_characters() {
        let words = split("Order\r\u{7}1\nline one\r\nline two\n");
        assert_eq!(words, Words { title: "Order  1".into(), message: "line one \nline two".into() });
        assert_eq!(split(&"x".repeat(500)).title.len(), MAX_TITLE);
    }

    #[test]
    fn a_folder_stands_in_and_is_checked_at_start() {
        let folder = std::env::temp_dir().join(format!("ordergraph-templates-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        write("order_shipped.txt", "Unterwegs: {{ order.number }}\nIhre Bestellung ist unterwegs.");
        write("order_shipped.mail.html", "<p>{{ message }}</p>");
        let templates = Templates::load(Some(&folder)).unwrap();
        let words = templates.words(Kind::OrderShipped, &sample(Kind::OrderShipped, true)).unwrap();
        assert_eq!(words.title, "Unterwegs: ORD-20260115-0001");
        let bodies = templates.bodies(Kind::OrderShipped, &letter(Kind::OrderShipped, words, "Ada")).unwrap();
        assert_eq!(bodies.html, "<p>Ihre Bestellung ist unterwegs.</p>");
        assert!(bodies.text.contains("Hello Ada"));
        for (text, complaint) in [
            ("{{ order.nunber }}\nx", "template order_shipped.txt"),
            ("{% if %}", "template order_shipped.txt"),
            ("only a title", "needs a title in its first line and a message"),
        ] {
            write("order_shipped.txt", text);
            let problem = Templates::load(Some(&folder)).err().unwrap();
            assert!(problem.contains(complaint), "{problem}");
        }
        // One that fails on some facts only: the program's own words are used.
        write("order_shipped.txt", "{{ order.number }}\n{% if tracking_number == 'T9' %}{{ nothing }}{% endif %}ok");
        let templates = Templates::load(Some(&folder)).unwrap();
        let facts = Facts { tracking_number: Some("T9".into()), ..sample(Kind::OrderShipped, true) };
        assert_eq!(templates.words(Kind::OrderShipped, &facts).unwrap().title, "Order ORD-20260115-0001 is on its way");
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(Templates::load(Some(&folder)).err().unwrap().contains("TEMPLATE_DIR"));
    }
}
