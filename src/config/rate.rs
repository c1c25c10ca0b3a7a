//! Settings of rate limits: how much of what, and who a client is behind proxies.

use std::{fmt, net::IpAddr, num::NonZeroU32, str::FromStr, time::Duration};

use clap::{Args, ValueEnum};

/// How often something may be done: `5/min`, `100/s`, `1000/h`, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// As often as anyone likes.
    Off,
    /// So often in so long, at once or spread over it.
    At(NonZeroU32, Unit),
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl Unit {
    /// How long it is.
    pub fn duration(self) -> Duration {
        Duration::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
        })
    }
}

/// Most of a rate: beyond it a limit limits nothing.
const MOST: u32 = 1_000_000;

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let wrong = || format!("`{text}` is no rate: write 5/min, 100/s, 1000/h or off");
        let (count, unit) = text.split_once('/').ok_or_else(wrong)?;
        let unit = match unit {
            "s" => Unit::Second,
            "min" => Unit::Minute,
            "h" => Unit::Hour,
            _ => return Err(wrong()),
        };
        let count = count.parse().ok().and_then(NonZeroU32::new).filter(|count| count.get() <= MOST).ok_or_else(wrong)?;
        Ok(Self::At(count, unit))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::At(count, Unit::Second) => write!(f, "{count}/s"),
            Self::At(count, Unit::Minute) => write!(f, "{count}/min"),
            Self::At(count, Unit::Hour) => write!(f, "{count}/h"),
        }
    }
}

/// Addresses that begin alike: `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no network: write 10.0.0.0/8, fd00::/8 or one address");
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

impl Network {
    /// Whether an address is of the network. An IPv4 address is the same when it is written as IPv6.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => alike(own.to_bits().into(), other.to_bits().into(), 32, self.bits),
            (IpAddr::V6(own), IpAddr::V6(other)) => alike(own.to_bits(), other.to_bits(), 128, self.bits),
            _ => false,
        }
    }
}

/// Whether two numbers of `length` bits begin with the same `bits`.
fn alike(one: u128, other: u128, length: u32, bits: u32) -> bool {
    (one ^ other).checked_shr(length - bits).unwrap_or(0) == 0
}

/// The header in which trusted proxies name the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClientHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Rate limits (C-32).
#[derive(Args, Clone, Debug)]
pub struct RateConfig {
    /// Attempts at anything guessable, per address and per account: `5/min`, `100/h`, `off`.
    #[arg(long, env = "RATE_LIMIT_AUTH", default_value = "5/min")]
    pub rate_limit_auth: Rate,
    /// Requests of those who are not signed in, per address; one that costs more than 100 counts as several.
    #[arg(long, env = "RATE_LIMIT_ANON", default_value = "60/min")]
    pub rate_limit_anon: Rate,
    /// Requests of each user; one that costs more than 100 counts as several.
    #[arg(long, env = "RATE_LIMIT_USER", default_value = "600/min")]
    pub rate_limit_user: Rate,
    /// Calls of orderCreate of each user.
    #[arg(long, env = "RATE_LIMIT_ORDER_CREATE", default_value = "30/min")]
    pub rate_limit_order_create: Rate,
    /// Whether those who call from this machine itself, not through a proxy, are limited too.
    #[arg(long, env = "RATE_LIMIT_LOCAL", default_value_t = false, action = clap::ArgAction::Set)]
    pub rate_limit_local: bool,
    /// Addresses and networks of proxies that are believed who the client is, comma separated.
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<Network>,
    /// The header in which they say so; they must replace or extend what clients send in it.
    #[arg(long, env = "CLIENT_ADDRESS_HEADER", value_enum, default_value_t = ClientHeader::XForwardedFor)]
    pub client_address_header: ClientHeader,
}

impl Default for RateConfig {
    fn default() -> Self {
        let per_minute = |count| NonZeroU32::new(count).map_or(Rate::Off, |count| Rate::At(count, Unit::Minute));
        Self {
            rate_limit_auth: per_minute(5),
            rate_limit_anon: per_minute(60),
            rate_limit_user: per_minute(600),
            rate_limit_order_create: per_minute(30),
            rate_limit_local: false,
            trusted_proxies: Vec::new(),
            client_address_header: ClientHeader::XForwardedFor,
        }
    }
}

impl RateConfig {
    /// No limits at all.
    pub fn off() -> Self {
        Self {
            rate_limit_auth: Rate::Off,
            rate_limit_anon: Rate::Off,
            rate_limit_user: Rate::Off,
            rate_limit_order_create: Rate::Off,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_they_are_written_and_nothing_else_is() {
        for text in ["5/min", "100/s", "1000/h", "1000000/min", "off"] {
            assert_eq!(text.parse::<Rate>().map(|rate| rate.to_string()), Ok(text.to_owned()));
        }
        for wrong in ["", "5", "0/min", "-1/s", "5/day", "1000001/s", "OFF", "five/min", "5/min "] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn networks_hold_the_addresses_that_begin_alike() {
        let holds = |network: &str, address: &str| network.parse::<Network>().unwrap().contains(address.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("127.0.0.1", "127.0.0.1") && !holds("127.0.0.1", "127.0.0.2"));
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(holds("0.0.0.0/0", "8.8.8.8") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("::/0", "2001:db8::1") && holds("fd00::/8", "fdff::1") && !holds("fd00::/8", "fe00::1"));
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/x", "host"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_defaults_of_the_program_are_those_of_the_flags() {
        use clap::Parser;
        #[derive(Parser)]
        struct Flags {
            #[command(flatten)]
            rate: RateConfig,
        }
        assert_eq!(format!("{:?}", Flags::parse_from(["x"]).rate), format!("{:?}", RateConfig::default()));
    }
}
