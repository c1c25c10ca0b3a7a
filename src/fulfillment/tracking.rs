//! What is known of a parcel beside its goods: who carries it, its number, where to look it up, when it should come.

use chrono::NaiveDate;
use entity::fulfillment;
use serde::Serialize;

use super::change::Code;
use crate::{fault::Refusal, text};

/// Longest name of a carrier, and longest number.
const MAX_LINE: usize = 100;

/// Longest link.
const MAX_LINK: usize = 2_000;

/// What is given of a parcel; `None` leaves what is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tracking {
    /// Who carries it; empty takes it away.
    pub carrier: Option<String>,
    /// The carrier's number; empty takes it away.
    pub number: Option<String>,
    /// Where the carrier tells of it; empty takes it away.
    pub url: Option<String>,
    /// Expected day of delivery.
    pub estimated_delivery: Option<NaiveDate>,
}

impl Tracking {
    /// Only a number.
    pub fn numbered(number: Option<&str>) -> Self {
        Self { number: number.map(str::to_owned), ..Self::default() }
    }

    /// The same without blanks around it.
    ///
    /// # Errors
    /// What is wrong with it, all of it.
    pub fn cleaned(&self) -> Result<Self, Vec<Refusal<Code>>> {
        let mut refusals = Vec::new();
        let mut line = |given: &Option<String>, name: &str, max: usize| -> Option<String> {
            let cleaned = text::optional_line(given.as_deref()?, max);
            match cleaned {
                Ok(text) => Some(text.unwrap_or_default()),
                Err(problem) => {
                    refusals.push(Refusal::new(Code::InvalidInput, [name], problem));
                    None
                }
            }
        };
        let carrier = line(&self.carrier, "carrier", MAX_LINE);
        let number = line(&self.number, "trackingNumber", MAX_LINE);
        let url = line(&self.url, "trackingUrl", MAX_LINK);
        if url.as_deref().is_some_and(|url| !url.is_empty() && !is_link(url)) {
            refusals.push(Refusal::new(
                Code::InvalidInput,
                ["trackingUrl"],
                "is not a link that begins with https:// or http://",
            ));
        }
        match refusals.is_empty() {
            true => Ok(Self { carrier, number, url, estimated_delivery: self.estimated_delivery }),
            false => Err(refusals),
        }
    }

    /// Writes what is given into a row.
    pub fn apply(&self, row: &mut fulfillment::Model) {
        let set = |slot: &mut Option<String>, given: &Option<String>| {
            if let Some(text) = given {
                *slot = Some(text.clone()).filter(|text| !text.is_empty());
            }
        };
        set(&mut row.carrier, &self.carrier);
        set(&mut row.tracking_number, &self.number);
        set(&mut row.tracking_url, &self.url);
        if let Some(day) = self.estimated_delivery {
            row.estimated_delivery = Some(day.format("%Y-%m-%d").to_string());
        }
    }
}

/// Whether a text is a link that a browser may open: anything but the web's own schemes could run as a script.
pub(super) fn is_link(text: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(text) else { return false };
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_the_web_are_links() {
        for link in ["https://track.example/1?n=2", "http://a.example"] {
            assert!(is_link(link), "{link}");
        }
        for link in ["javascript:alert(1)", "data:text/html,x", "track.example/1", "//a.example", "https://", "ftp://a.example"] {
            assert!(!is_link(link), "{link}");
        }
    }
}
