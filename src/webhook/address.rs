//! Where webhooks may go: to public addresses, so that nobody makes the service call what only it can reach. Names are
//! checked by what they resolve to when the connection is made; a name that changes its mind in between gains nothing.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use crate::config::WebhookConfig;

/// Longest address of an endpoint.
const MAX_URL: usize = 2_048;

/// How long reaching a receiver may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Networks of IPv4 that are not the public internet: this host, private, shared (CGNAT), loopback, link-local with the
/// clouds' metadata services, protocol assignments, documentation, benchmarks, multicast, reserved.
const NOT_PUBLIC: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Whether an address is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    !NOT_PUBLIC.iter().any(|(network, length)| (bits ^ u32::from_be_bytes(*network)) >> (32 - length) == 0)
}

/// Only what is handed out as global unicast, without the parts of it that stand for other addresses: those of IPv4 mapped,
/// translated (64:ff9b::/96), 6to4 and Teredo could lead back inside.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    let is_protocol = first == 0x2001 && second < 0x0200;
    let is_documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    let is_6to4 = first == 0x2002;
    is_global && !is_protocol && !is_documentation && !is_6to4
}

/// Reads the address of an endpoint.
///
/// # Errors
/// A sentence about what is wrong with it.
pub fn read(text: &str, allow_private: bool) -> Result<Url, &'static str> {
    if text.len() > MAX_URL {
        return Err("has at most 2048 characters");
    }
    let url = Url::parse(text).map_err(|_| "must be a URL that begins with https:// or http://")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with https:// or http://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user or a password");
    }
    match url.host_str() {
        None | Some("") => Err("must name a host"),
        Some(host) if !allow_private && names_private(host) => Err("must be a public address"),
        Some(_) => Ok(url),
    }
}

/// Whether a host of a parsed URL is an address that is not public, or a name of this machine. Numbers in other notations
/// (`2130706433`, `0x7f.1`, `017700000001`) were turned into addresses by the parser. Other names are looked up only when
/// they are called.
fn names_private(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    match host.parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Looks names up and keeps the public addresses among what is found.
struct Guard {
    allow_private: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let fit: Vec<SocketAddr> = found.filter(|address| allow_private || is_public(address.ip())).collect();
            match fit.is_empty() {
                true => Err("the name has no public address".into()),
                false => Ok(Box::new(fit.into_iter()) as Addrs),
            }
        })
    }
}

/// The client that calls receivers: no redirects, no proxies, a deadline for the whole call.
pub fn client(config: &WebhookConfig) -> reqwest::Client {
    let built = reqwest::Client::builder()
        .timeout(Duration::from_secs(config.timeout))
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Guard { allow_private: config.allow_private })
        .pool_max_idle_per_host(4)
        .user_agent(concat!("ordergraph/", env!("CARGO_PKG_VERSION")))
        .build();
    #[allow(clippy::expect_used, reason = "at start, with settings that are fixed here")]
    built.expect("the TLS library begins")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_public() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn addresses_that_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "126.1.1.1",
            "128.0.0.1",
            "169.253.1.1",
            "172.15.1.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.1.1",
            "198.17.1.1",
            "198.20.0.1",
            "223.1.1.1",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
            "2001:200::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn urls_that_are_refused_however_the_address_is_written() {
        for url in [
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com",
            "//example.com",
            "example.com",
            "http://",
            "https://user:secret@example.com/",
            "http://user@example.com/",
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://017700000001/",
            "http://0177.0.0.1/",
            "http://0/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[fd00:ec2::254]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://localhost/",
            "http://LOCALHOST:80/",
            "http://localhost./",
            "http://a.localhost/",
            "http://10.0.0.1:8080/",
            "http://192.168.0.1/",
            "http://１２７.0.0.1/",
            "http://127.0.0.1./",
        ] {
            assert!(read(url, false).is_err(), "{url}");
        }
        for url in ["https://example.com/hooks?x=1", "http://example.com:8080/", "https://8.8.8.8/", "https://[2606:4700::1]/"] {
            assert!(read(url, false).is_ok(), "{url}");
        }
        assert!(read("http://127.0.0.1:9/", true).is_ok());
        assert!(read("file:///etc/passwd", true).is_err());
        assert!(read(&format!("https://example.com/{}", "a".repeat(2_048)), false).is_err());
    }

    #[tokio::test]
    async fn names_are_judged_by_what_they_resolve_to() {
        let lookup = |allow_private| Guard { allow_private }.resolve("localhost".parse().unwrap());
        assert!(lookup(false).await.is_err());
        assert!(lookup(true).await.is_ok());
    }

    #[tokio::test]
    async fn the_client_does_not_connect_to_a_name_of_a_private_address() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        let error = client(&WebhookConfig::default()).post(url).send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        assert!(format!("{error:?}").contains("no public address"), "{error:?}");
        // Nobody knocked: the listener is still waiting for the first connection.
        let knocked = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(knocked.is_err());
    }
}
