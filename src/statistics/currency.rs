//! The one currency that figures are in.

use std::collections::BTreeMap;

use crate::{fault::Fault, money::Currency};

/// All currencies that were counted, by code, and the one the figures are in: the one asked for; else the one most rows
/// use, the first by code of several; none when nothing was counted.
///
/// # Errors
/// For a stored code that is not of ISO 4217.
pub fn choose(
    asked: Option<Currency>,
    counts: impl IntoIterator<Item = (String, i64)>,
) -> Result<(Option<Currency>, Vec<Currency>), Fault> {
    let mut by_currency: BTreeMap<Currency, i64> = BTreeMap::new();
    for (code, count) in counts {
        let currency = Currency::from_code(&code).ok_or_else(|| Fault::Corrupt(format!("currency {code}")))?;
        *by_currency.entry(currency).or_default() += count;
    }
    let most = by_currency.values().max();
    let common = by_currency.iter().find(|(_, count)| Some(*count) == most).map(|(currency, _)| *currency);
    Ok((asked.or(common), by_currency.into_keys().collect()))
}

/// Adds amounts, refusing rather than wrapping.
///
/// # Errors
/// Beyond 64 bits.
pub fn add(sum: &mut i64, amount: i64) -> Result<(), Fault> {
    *sum = sum.checked_add(amount).ok_or_else(|| Fault::Internal("a sum is out of range".into()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_currency_of_most_rows_is_chosen_unless_one_is_asked_for() {
        let eur = Currency::from_code("EUR").unwrap();
        let brl = Currency::from_code("BRL").unwrap();
        let jpy = Currency::from_code("JPY").unwrap();
        let counts = || [("EUR".to_owned(), 2), ("BRL".to_owned(), 1), ("BRL".to_owned(), 1)];
        assert_eq!(choose(None, counts()).unwrap(), (Some(brl), vec![brl, eur]));
        assert_eq!(choose(None, counts().into_iter().take(2)).unwrap(), (Some(eur), vec![brl, eur]));
        assert_eq!(choose(Some(jpy), counts()).unwrap(), (Some(jpy), vec![brl, eur]));
        assert_eq!(choose(None, []).unwrap(), (None, vec![]));
        assert!(choose(None, [("???".to_owned(), 1)]).is_err());
    }
}
