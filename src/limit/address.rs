//! Who a client is by its address. Behind proxies the address of the connection is a proxy's: those that are trusted say in a
//! header whom they speak for, and nobody else is believed.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use crate::config::{
    RateConfig,
    rate::{ClientHeader, Network},
};

/// A client as limits tell them apart. Of IPv6 a whole network of 64 bits is one client: that is what one customer of a provider
/// gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// An address, or the first one of its network.
    Known(IpAddr),
    /// This machine itself, not through a proxy: it is not limited.
    Local,
    /// The connection has none, such as one within a process.
    Unknown,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(address) => write!(f, "{address}"),
            Self::Local => f.write_str("local"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        Self::Known(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        })
    }
}

impl Address {
    /// The client of a connection from `peer`, whose request has these values in the header that proxies use, in their order.
    pub fn of<'a>(config: &RateConfig, peer: Option<IpAddr>, values: impl DoubleEndedIterator<Item = &'a str>) -> Self {
        let Some(peer) = peer else { return Self::Unknown };
        let is_trusted = |address: IpAddr| config.trusted_proxies.iter().any(|network: &Network| network.contains(address));
        let mut client = peer;
        // Each proxy adds whom it heard at the end; what stands before the first that is not trusted may be invented.
        for part in values.rev().flat_map(|value| value.rsplit(',')) {
            if !is_trusted(client) {
                break;
            }
            let named = match config.client_address_header {
                ClientHeader::XForwardedFor => plain(part),
                ClientHeader::Forwarded => forwarded(part),
            };
            match named {
                Some(address) => client = address,
                // A trusted proxy that does not say for whom is taken for the client.
                None => break,
            }
        }
        client.into()
    }
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn plain(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// `for=192.0.2.1;proto=https`, `for="[2001:db8::1]:4711"`.
fn forwarded(text: &str) -> Option<IpAddr> {
    let value = text.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value)
    })?;
    plain(value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(header: ClientHeader, peer: &str, values: &[&str]) -> String {
        let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()];
        let config = RateConfig { trusted_proxies, client_address_header: header, ..RateConfig::default() };
        Address::of(&config, peer.parse().ok(), values.iter().copied()).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let plain = |peer, values: &[&str]| client(ClientHeader::XForwardedFor, peer, values);
        assert_eq!(plain("192.0.2.9", &["203.0.113.5"]), "192.0.2.9");
        assert_eq!(plain("10.0.0.1", &["203.0.113.5"]), "203.0.113.5");
        assert_eq!(plain("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(plain("", &["203.0.113.5"]), "unknown");
    }

    #[test]
    fn what_a_client_invents_in_front_does_not_count() {
        let plain = |values: &[&str]| client(ClientHeader::XForwardedFor, "10.0.0.1", values);
        assert_eq!(plain(&["1.1.1.1, 203.0.113.5, 10.0.0.2"]), "203.0.113.5");
        assert_eq!(plain(&["1.1.1.1", "203.0.113.5", "10.0.0.2"]), "203.0.113.5");
        assert_eq!(plain(&["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(plain(&["203.0.113.5, nonsense"]), "10.0.0.1");
    }

    #[test]
    fn addresses_may_have_ports_and_brackets() {
        let plain = |value| client(ClientHeader::XForwardedFor, "::1", &[value]);
        assert_eq!(plain("203.0.113.5:4711"), "203.0.113.5");
        assert_eq!(plain("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(plain("[2001:db8:1:2::7]:4711"), "2001:db8:1:2::");
        assert_eq!(plain("[2001:db8:1:2::7]"), "2001:db8:1:2::");
        assert_eq!(plain("::ffff:203.0.113.5"), "203.0.113.5");
    }

    #[test]
    fn the_other_header_is_read_when_it_is_the_one() {
        let other = |value| client(ClientHeader::Forwarded, "10.0.0.1", &[value]);
        assert_eq!(other("for=1.1.1.1, For=203.0.113.5;proto=https;by=10.0.0.9"), "203.0.113.5");
        assert_eq!(other("for=\"[2001:db8:1:2::7]:4711\""), "2001:db8:1:2::");
        assert_eq!(other("for=unknown"), "10.0.0.1");
        assert_eq!(other("203.0.113.5"), "10.0.0.1");
    }
}
