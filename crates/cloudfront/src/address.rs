//! The viewers' addresses that a policy allows.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// One IPv4 address or one IPv4 network in CIDR form, the only two that CloudFront knows.
///
/// Viewers on mobile networks change their address: bind to one only with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AddressRange {
    address: Ipv4Addr,
    prefix: u8,
}

impl AddressRange {
    /// Claims that a viewer at this address is inside. An IPv4 address that a dual-stack socket
    /// shows as IPv6 (`::ffff:a.b.c.d`) counts as IPv4; any other IPv6 address is outside.
    #[must_use]
    pub fn contains(&self, viewer: IpAddr) -> bool {
        let IpAddr::V4(viewer) = viewer.to_canonical() else {
            return false;
        };
        let mask = u32::MAX
            .checked_shl(32 - u32::from(self.prefix))
            .unwrap_or(0);
        viewer.to_bits() & mask == self.address.to_bits() & mask
    }
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    /// Reads `a.b.c.d` (one address) or `a.b.c.d/nn`.
    fn from_str(text: &str) -> Result<Self, AddressRangeError> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        let address = address.parse().map_err(|_| AddressRangeError)?;
        match prefix.parse::<u8>() {
            Ok(number) if number <= 32 && number.to_string() == prefix => Ok(Self {
                address,
                prefix: number,
            }),
            _ => Err(AddressRangeError),
        }
    }
}

/// Writes the form that policies hold, always with the length of the prefix.
impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// The text is not an IPv4 address or network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a policy takes one IPv4 address or one IPv4 network such as 203.0.113.0/24")]
pub struct AddressRangeError;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_inside(range: &str, viewer: &str) -> bool {
        range
            .parse::<AddressRange>()
            .unwrap()
            .contains(viewer.parse().unwrap())
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        assert!(is_inside("203.0.113.7", "203.0.113.7"));
        assert!(is_inside("203.0.113.7", "::ffff:203.0.113.7"));
        assert!(is_inside("203.0.113.0/24", "203.0.113.255"));
        assert!(is_inside("203.0.113.9/24", "203.0.113.1"));
        assert!(is_inside("0.0.0.0/0", "198.51.100.1"));
        assert!(!is_inside("203.0.113.7", "203.0.113.8"));
        assert!(!is_inside("203.0.113.0/24", "203.0.114.0"));
        assert!(!is_inside("0.0.0.0/0", "2001:db8::1"));
        assert!(!is_inside("128.0.0.0/1", "127.255.255.255"));
    }

    #[test]
    fn anything_but_ipv4_is_refused() {
        for text in [
            "",
            "203.0.113",
            "203.0.113.256",
            "203.0.113.07",
            "203.0.113.7/33",
            "203.0.113.7/",
            "203.0.113.7/+8",
            "203.0.113.7/08",
            "203.0.113.7/8/8",
            "2001:db8::/32",
            " 203.0.113.7",
        ] {
            assert_eq!(
                text.parse::<AddressRange>(),
                Err(AddressRangeError),
                "{text}"
            );
        }
    }
}
