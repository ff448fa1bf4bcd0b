//! How a place on the network is written: a name, an address, a network of addresses, or `*`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// What stands for a host in `backend.toml` and in `mapistore.toml`. Whatever way it was written in, equal things are equal:
/// names are lower-case and in their ASCII form, an IPv4 address inside of an IPv6 one is the IPv4 address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Host {
    /// `*`: every name, and every address that is public.
    Any,
    /// A DNS name.
    Name(String),
    /// An address, as a network of one, or a network.
    Net(IpNet),
}

/// A text that is no host.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a host: write a DNS name, an IP address, a network such as `10.0.0.0/8`, or `*`")]
pub struct InvalidHost(String);

impl FromStr for Host {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let invalid = || InvalidHost(text.to_owned());
        if text == "*" {
            return Ok(Self::Any);
        }
        if text.contains('/') {
            let net: IpNet = text.parse().map_err(|_| invalid())?;
            // The bits below the mask have no meaning, and two texts of one network are one.
            return Ok(Self::Net(net.trunc()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::of(address));
        }
        // Knows every way in which the resolver would read an address: `127.1`, `0x7f000001`, `[::1]`.
        match url::Host::parse(text).map_err(|_| invalid())? {
            url::Host::Ipv4(address) => Ok(Self::of(address.into())),
            url::Host::Ipv6(address) => Ok(Self::of(address.into())),
            url::Host::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(&name);
                if name.is_empty() || name.contains('*') {
                    Err(invalid())
                } else {
                    Ok(Self::Name(name.into()))
                }
            }
        }
    }
}

impl Host {
    /// One address.
    pub fn of(address: IpAddr) -> Self {
        Self::Net(address.to_canonical().into())
    }
}

impl TryFrom<String> for Host {
    type Error = InvalidHost;

    fn try_from(text: String) -> Result<Self, InvalidHost> {
        text.parse()
    }
}

impl From<Host> for String {
    fn from(host: Host) -> Self {
        host.to_string()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Name(name) => f.write_str(name),
            Self::Net(net) if net.prefix_len() == net.max_prefix_len() => write!(f, "{}", net.addr()),
            Self::Net(net) => write!(f, "{net}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_is_one_host_whatever_way_it_is_written_in() {
        let same = [
            ("API.Example.org.", "api.example.org"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("127.1", "127.0.0.1"),
            ("0x7f000001", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("[::1]", "::1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.1.2.3/32", "10.1.2.3"),
        ];
        for (written, meant) in same {
            let host: Host = written.parse().unwrap();
            assert_eq!(host.to_string(), meant, "{written}");
            assert_eq!(host, meant.parse().unwrap(), "{written}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_with_the_forms_that_are() {
        for wrong in
            ["", ".", "a b", "user@host", "*.example.org", "10.0.0.0/33", "http://x", "[::1", "1.2.3.4.5.6/8"]
        {
            let error = wrong.parse::<Host>().unwrap_err().to_string();
            assert!(error.contains("DNS name"), "{wrong}: {error}");
        }
    }
}
