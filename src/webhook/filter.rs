//! Which events an endpoint wants. Rules: no query, no clock.

/// The type of a kind of event: `ORDER_CONFIRMED` is `order.confirmed`.
pub fn event_type(kind: &str) -> String {
    kind.to_ascii_lowercase().replacen('_', ".", 1)
}

/// Whether a list of wanted types has a kind: by its name, or by its noun and `*`. An empty list has every kind.
pub fn wants(wanted: &[String], kind: &str) -> bool {
    let kind = event_type(kind);
    wanted.is_empty()
        || wanted.iter().any(|wanted| match wanted.strip_suffix('*') {
            Some(noun) => kind.starts_with(noun),
            None => kind == *wanted,
        })
}

/// Whether a text may stand in a list of wanted types: `order.confirmed`, `order.*`.
pub fn is_type(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    match text.split_once('.') {
        Some((noun, verb)) => text.len() <= 64 && is_word(noun) && (verb == "*" || is_word(verb)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_types() {
        assert_eq!(event_type("ORDER_OUT_FOR_DELIVERY"), "order.out_for_delivery");
        assert_eq!(event_type("PING"), "ping");
    }

    #[test]
    fn lists_have_names_and_nouns() {
        let list = |types: &[&str]| types.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert!(wants(&[], "STORE_CREATED"));
        assert!(wants(&list(&["order.shipped", "order.confirmed"]), "ORDER_CONFIRMED"));
        assert!(wants(&list(&["order.*"]), "ORDER_CONFIRMED"));
        assert!(!wants(&list(&["order.*"]), "STORE_CREATED"));
        assert!(!wants(&list(&["order.ship"]), "ORDER_SHIPPED"));
    }

    #[test]
    fn what_is_a_type() {
        for good in ["order.confirmed", "order.*", "shipping.method_created"] {
            assert!(is_type(good), "{good}");
        }
        for bad in ["", "*", "order", "order.", ".x", "Order.confirmed", "order.a*", "order.a.b", "order.é"] {
            assert!(!is_type(bad), "{bad}");
        }
    }
}
