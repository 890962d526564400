//! Networks: whose requests count together, and which machines in front of us are believed.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A network: all addresses that begin with the same bits, such as `10.0.0.0/8` or `2001:db8::/32`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Network {
    /// All bits behind the prefix are 0.
    first: IpAddr,
    prefix: u8,
}

/// Tells that a text names no network.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "must be a network such as 10.0.0.0/8, 2001:db8::/32 or one address, with nothing set behind its prefix"
)]
pub struct NetworkError;

impl Network {
    /// Returns the network whose requests are counted together with those of an address: the address itself, or, with IPv6,
    /// the network that one customer of a provider has.
    #[must_use]
    pub fn of_client(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 64,
        };
        Self {
            first: masked(address, prefix),
            prefix,
        }
    }

    /// Tells whether an address is in it. IPv4 addresses that are written as IPv6 are IPv4 addresses.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.prefix) == self.first
    }
}

/// Clears all bits behind the prefix.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let gone = 32_u32.saturating_sub(prefix.into());
            let mask = u32::MAX.checked_shl(gone).unwrap_or(0);
            IpAddr::V4((address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let gone = 128_u32.saturating_sub(prefix.into());
            let mask = u128::MAX.checked_shl(gone).unwrap_or(0);
            IpAddr::V6((address.to_bits() & mask).into())
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (first, prefix) = match text.split_once('/') {
            Some((first, prefix)) => (first, Some(prefix)),
            None => (text, None),
        };
        let first: IpAddr = first.parse().map_err(|_| NetworkError)?;
        let longest = if first.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().map_err(|_| NetworkError)?
            }
            Some(_) => return Err(NetworkError),
            None => longest,
        };
        if prefix > longest || masked(first, prefix) != first || first.to_canonical() != first {
            return Err(NetworkError);
        }
        Ok(Self { first, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// Finds the address that a request came from. Of what `X-Forwarded-For` says, `forwarded` in the order of the header, only
/// that is believed which machines have added that are trusted: from the right, as far as it is theirs. What is no address
/// ends the reading: the last that was believed counts.
#[must_use]
pub fn client_address<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[Network],
) -> IpAddr {
    let mut address = peer.to_canonical();
    for said in forwarded.rev() {
        if !trusted.iter().any(|network| network.contains(address)) {
            break;
        }
        let Some(before) = read_address(said.trim()) else {
            break;
        };
        address = before;
    }
    address
}

/// Reads an address; some proxies add the port.
fn read_address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok().or_else(|| {
        let with_port = text.parse::<std::net::SocketAddr>().ok();
        with_port.map(|address| address.ip())
    });
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client(peer: &str, header: &str, trusted: &[&str]) -> String {
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        client_address(ip(peer), header.split(','), &trusted).to_string()
    }

    #[test]
    fn networks_are_read_and_written() {
        for text in [
            "10.0.0.0/8",
            "0.0.0.0/0",
            "203.0.113.7/32",
            "2001:db8::/32",
            "::/0",
            "::1/128",
        ] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
        assert_eq!(
            "192.0.2.1".parse::<Network>().unwrap().to_string(),
            "192.0.2.1/32"
        );
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0/8",
            "::/129",
            "2001:db8::1/64",
            "::ffff:10.0.0.0/104",
            "proxy.example.com",
            "10.0.0.0/8 ",
            "10.0.0.0/8/8",
        ] {
            assert_eq!(text.parse::<Network>(), Err(NetworkError), "{text}");
        }
    }

    #[test]
    fn a_network_contains_its_addresses_and_no_others() {
        let network: Network = "10.16.0.0/12".parse().unwrap();
        assert!(network.contains(ip("10.16.0.0")) && network.contains(ip("10.31.255.255")));
        assert!(network.contains(ip("::ffff:10.20.0.1")));
        for outside in ["10.15.255.255", "10.32.0.0", "::", "2001:db8::1"] {
            assert!(!network.contains(ip(outside)), "{outside}");
        }
        let all: Network = "::/0".parse().unwrap();
        assert!(all.contains(ip("2001:db8::1")) && !all.contains(ip("10.0.0.1")));
    }

    #[test]
    fn a_client_is_counted_by_its_address_or_its_network() {
        let of = |text| Network::of_client(ip(text)).to_string();
        assert_eq!(of("203.0.113.7"), "203.0.113.7/32");
        assert_eq!(of("::ffff:203.0.113.7"), "203.0.113.7/32");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    }

    #[test]
    fn nobody_is_believed_who_is_not_trusted() {
        assert_eq!(client("203.0.113.7", "10.0.0.1", &[]), "203.0.113.7");
        assert_eq!(
            client("203.0.113.7", "198.51.100.1", &["10.0.0.0/8"]),
            "203.0.113.7"
        );
        assert_eq!(
            client("::ffff:203.0.113.7", "198.51.100.1", &["10.0.0.0/8"]),
            "203.0.113.7"
        );
    }

    #[test]
    fn what_trusted_machines_add_is_read_from_the_right() {
        let trusted = ["10.0.0.0/8", "fd00::/8"];
        for (header, expected) in [
            ("198.51.100.1", "198.51.100.1"),
            // What the client wrote itself stands left of what the first of ours added.
            ("127.0.0.1, 10.9.9.9, 198.51.100.1", "198.51.100.1"),
            ("198.51.100.1, 10.0.0.2,fd00::1", "198.51.100.1"),
            ("2001:db8::7, 10.0.0.2", "2001:db8::7"),
            ("198.51.100.1:51515", "198.51.100.1"),
            ("[2001:db8::7]:51515", "2001:db8::7"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("", "10.0.0.1"),
            ("unknown", "10.0.0.1"),
            ("198.51.100.1, unknown", "10.0.0.1"),
            ("198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"),
            ("198.51.100.1, , 10.0.0.2", "10.0.0.2"),
            ("198.51.100.1, 10.0.0.0/8", "10.0.0.1"),
            ("198.51.100.1\t", "198.51.100.1"),
        ] {
            assert_eq!(client("10.0.0.1", header, &trusted), expected, "{header}");
        }
    }
}
