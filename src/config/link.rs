//! How links that the service hands out begin.

use clap::Args;

/// Where clients reach the service.
#[derive(Args, Clone, Debug, Default)]
pub struct LinkConfig {
    /// Address under which clients reach the service, `https://shop.example.com`; without it links are paths.
    #[arg(long, env = "PUBLIC_URL")]
    pub public_url: Option<String>,
}

impl LinkConfig {
    /// Says what is wrong with the address.
    ///
    /// # Errors
    /// In words for the one who set it.
    pub fn check(&self) -> Result<(), String> {
        let Some(url) = &self.public_url else { return Ok(()) };
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        match rest {
            Some(rest) if !rest.is_empty() && !rest.contains(['?', '#', ' ']) => Ok(()),
            _ => Err("PUBLIC_URL must begin with https:// or http:// and have no query".into()),
        }
    }

    /// The address of a path of the service; the path begins with a slash.
    pub fn absolute(&self, path: &str) -> String {
        let base = self.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
        format!("{base}{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_begin_with_the_public_address_if_there_is_one() {
        let config = |url: Option<&str>| LinkConfig { public_url: url.map(str::to_owned) };
        assert_eq!(config(None).absolute("/x"), "/x");
        assert_eq!(config(Some("https://shop.test/api/")).absolute("/x"), "https://shop.test/api/x");
        for bad in ["shop.test", "ftp://shop.test", "https://", "https://shop.test?x"] {
            assert!(config(Some(bad)).check().is_err(), "{bad}");
        }
        assert_eq!(config(Some("http://127.0.0.1:8000")).check(), Ok(()));
    }
}
