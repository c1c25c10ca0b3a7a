//! Finding card numbers in text, so that none is kept (PAY-10).

/// Signs that people write between the groups of a card number.
const BETWEEN: &[char] = &[' ', '-', '.', '\u{a0}', '\u{2010}', '\u{2011}', '\u{2013}'];

/// How many digits a card number has.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// Whether a text holds what looks like a card number: 13 to 19 digits, in one piece or in groups, whose check digit is right.
pub fn holds_card_number(text: &str) -> bool {
    let mut run: Vec<String> = vec![String::new()];
    for c in text.chars() {
        match c {
            '0'..='9' => {
                if let Some(group) = run.last_mut() {
                    group.push(c);
                }
            }
            c if BETWEEN.contains(&c) => {
                if run.last().is_some_and(|group| !group.is_empty()) {
                    run.push(String::new());
                }
            }
            _ => {
                if any_card_number(&run) {
                    return true;
                }
                run = vec![String::new()];
            }
        }
    }
    any_card_number(&run)
}

/// The same for a key: programs make them up, and of UUIDs and other hexadecimal numbers one in some hundred holds such digits by
/// chance.
pub fn is_in_key(key: &str) -> bool {
    let is_hexadecimal =
        key.chars().all(|c| c.is_ascii_hexdigit() || c == '-') && key.contains(|c: char| c.is_ascii_alphabetic());
    !is_hexadecimal && holds_card_number(key)
}

/// Whether groups that stand side by side make a card number. Part of a group is none: long references would be found.
fn any_card_number(groups: &[String]) -> bool {
    (0..groups.len()).any(|start| {
        let mut digits = String::new();
        groups[start..].iter().any(|group| {
            digits.push_str(group);
            !group.is_empty() && DIGITS.contains(&digits.len()) && passes_luhn(&digits)
        })
    })
}

/// The check that every card number passes, and one in ten of other numbers.
fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0');
            match (index % 2, value) {
                (0, value) => value,
                (_, value) if value > 4 => value * 2 - 9,
                (_, value) => value * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn card_numbers_are_found_however_they_are_written() {
        for text in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "4242-4242-4242-4242 12/27 123",
            "card 4111 1111 1111 1111 12 27",
            "paid with 378282246310005.",
            "a4222222222222b",
            "12 4000  0566 5566 5556",
        ] {
            assert!(holds_card_number(text), "{text}");
        }
    }

    #[test]
    fn a_key_that_a_program_made_up_is_none() {
        let key = "c1d7a2f4-4242-4242-4242-4242beef0123";
        assert!(holds_card_number(key) && !is_in_key(key));
        for key in ["4242 4242 4242 4242", "4242424242424242", "card 4242424242424242"] {
            assert!(is_in_key(key), "{key}");
        }
    }

    #[test]
    fn other_numbers_are_not() {
        for text in
            ["", "4242424242424241", "pm_1N3T00LkdIwHu7ixRdxpVI1Q", "ORD-20260115-0001", "123456789012", "tok_visa", "- - -"]
        {
            assert!(!holds_card_number(text), "{text}");
        }
        assert!(!holds_card_number(&"4242424242424242".repeat(2)), "32 digits in one piece are no card number");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = holds_card_number(&text);
        }

        #[test]
        fn a_number_with_its_check_digit_is_found(body in "[1-9][0-9]{14}") {
            let number = (0..10).map(|check| format!("{body}{check}")).find(|number| passes_luhn(number)).unwrap();
            let note = format!("pan {number}!");
            prop_assert!(holds_card_number(&note));
        }
    }
}
