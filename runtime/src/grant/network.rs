//! Places on the network: what is asked for, where the operator allows it.
//!
//! A name is granted with its port. An address that is not public is granted by itself only, whether the guest wrote it or a
//! name resolved to it: nobody who answers for a name may point a guest at the operator's own machines.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::GrantError;
use crate::manifest::{Host, Request};

/// A place on the network that the operator allows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkAllowance {
    /// A name, an address, a network, or `*`.
    pub host: Host,
    /// The TCP port.
    pub port: u16,
}

impl fmt::Display for NetworkAllowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.to_string();
        let port = self.port;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// What a backend may reach on the network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NetworkGrant {
    /// What the guest may name: what is both asked for and allowed.
    pub places: Vec<NetworkAllowance>,
    /// Addresses that are not public and may be reached all the same. The operator's word alone: an author cannot know
    /// where a name leads in the operator's network.
    #[serde(skip)]
    addresses: Vec<NetworkAllowance>,
    /// The backend has a manifest: what it does not ask for there, it does not get.
    #[serde(skip)]
    has_manifest: bool,
}

impl NetworkGrant {
    /// Puts together what is asked for and what is allowed; without a request, the operator's word alone counts.
    ///
    /// # Errors
    /// A place is asked for and nothing of it is allowed, or a port is 0.
    pub(crate) fn new(request: Option<&Request>, allowed: &[NetworkAllowance]) -> Result<Self, GrantError> {
        let places = match request {
            None => allowed.to_vec(),
            Some(request) => {
                let mut places = Vec::new();
                for wanted in &request.network {
                    let both = allowed.iter().filter(|allowance| allowance.port == wanted.port);
                    let both: Vec<_> = both
                        .filter_map(|allowance| narrower(&wanted.host, &allowance.host))
                        .map(|host| NetworkAllowance { host, port: wanted.port })
                        .collect();
                    if both.is_empty() {
                        let place = NetworkAllowance { host: wanted.host.clone(), port: wanted.port };
                        return Err(GrantError::PlaceNotAllowed { place, reason: wanted.reason.clone() });
                    }
                    places.extend(both);
                }
                places
            }
        };
        if let Some(place) = places.iter().chain(allowed).find(|place| place.port == 0) {
            return Err(GrantError::Port { place: place.clone() });
        }
        let addresses = allowed.iter().filter(|allowance| matches!(allowance.host, Host::Net(_)));
        Ok(Self { places, addresses: addresses.cloned().collect(), has_manifest: request.is_some() })
    }

    /// Whether nothing is granted.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether the guest may name this host. Where it leads is for [`Self::permits_address`].
    pub(crate) fn permits(&self, host: &Host, port: u16) -> bool {
        self.places
            .iter()
            .any(|place| place.port == port && narrower(&place.host, host).as_ref() == Some(host))
    }

    /// Whether this address may be connected to, for a host that was permitted: it is public, or allowed by itself.
    pub(crate) fn permits_address(&self, address: IpAddr, port: u16) -> bool {
        let address = address.to_canonical();
        is_public(address)
            || self.addresses.iter().any(|place| {
                place.port == port && matches!(place.host, Host::Net(net) if net.contains(&address))
            })
    }

    /// The ports at which a host may be reached.
    pub(crate) fn ports<'a>(&'a self, host: &'a Host) -> impl Iterator<Item = u16> + 'a {
        let named = self.places.iter().filter(|place| narrower(&place.host, host).as_ref() == Some(host));
        named.map(|place| place.port)
    }

    /// Whether the backend's own manifest has to ask for a place before it can be granted.
    pub(crate) fn has_manifest(&self) -> bool {
        self.has_manifest
    }
}

/// What is in both; none if they have nothing in common, or nothing that can be written as one of them.
fn narrower(one: &Host, other: &Host) -> Option<Host> {
    match (one, other) {
        (Host::Any, host) | (host, Host::Any) => Some(host.clone()),
        (Host::Name(one), Host::Name(other)) => (one == other).then(|| Host::Name(one.clone())),
        (Host::Net(one), Host::Net(other)) if one.contains(other) => Some(Host::Net(*other)),
        (Host::Net(one), Host::Net(other)) if other.contains(one) => Some(Host::Net(*one)),
        _ => None,
    }
}

const fn v4(a: u8, b: u8, c: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), length)
}

const fn v6(a: u16, b: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

/// What IANA's registry of special-purpose addresses does not call globally reachable, and multicast.
#[rustfmt::skip]
const NOT_PUBLIC_V4: [Ipv4Net; 14] = [
    v4(0, 0, 0, 8), // this network
    v4(10, 0, 0, 8), // private
    v4(100, 64, 0, 10), // between carriers and their customers
    v4(127, 0, 0, 8), // loopback
    v4(169, 254, 0, 16), // link-local, where clouds keep credentials
    v4(172, 16, 0, 12), // private
    v4(192, 0, 0, 24), // protocol assignments
    v4(192, 0, 2, 24), // documentation
    v4(192, 88, 99, 24), // relays from IPv6, deprecated
    v4(192, 168, 0, 16), // private
    v4(198, 18, 0, 15), // benchmarks
    v4(198, 51, 100, 24), // documentation
    v4(203, 0, 113, 24), // documentation
    v4(224, 0, 0, 3), // multicast, reserved, broadcast
];

/// Global unicast addresses: everything else in IPv6 is local, mapped, multicast or not assigned.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

/// What is not public among them.
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    // Protocol assignments, Teredo among them, which carries an IPv4 address.
    v6(0x2001, 0, 23),
    // Documentation.
    v6(0x2001, 0xdb8, 32),
    v6(0x3fff, 0, 20),
    // 6to4 carries an IPv4 address.
    v6(0x2002, 0, 16),
];

/// Whether an address is one of the whole Internet's.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => NOT_PUBLIC_V4.iter().all(|net| !net.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && NOT_PUBLIC_V6.iter().all(|net| !net.contains(&address))
        }
    }
}

/// A place as a line of `mapistore.toml`, for whoever is to allow it. Who only looked a name up named no port.
pub(crate) fn toml_line(backend: &str, host: &Host, port: Option<u16>) -> String {
    let port = port.map_or_else(|| "PORT".into(), |port| port.to_string());
    format!("[[backend.{backend}.network]] host = \"{host}\" port = {port}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::NetworkRequest;

    fn place(text: &str) -> NetworkAllowance {
        let (host, port) = text.rsplit_once(':').unwrap();
        NetworkAllowance { host: host.parse().unwrap(), port: port.parse().unwrap() }
    }

    fn grant(asked: Option<&[&str]>, allowed: &[&str]) -> Result<NetworkGrant, GrantError> {
        let request = asked.map(|asked| {
            let network = asked.iter().map(|text| {
                let place = place(text);
                NetworkRequest { host: place.host, port: place.port, reason: "mail".into() }
            });
            Request { network: network.collect(), ..Request::default() }
        });
        let allowed: Vec<_> = allowed.iter().map(|text| place(text)).collect();
        NetworkGrant::new(request.as_ref(), &allowed)
    }

    fn permits(grant: &NetworkGrant, text: &str) -> bool {
        let place = place(text);
        grant.permits(&place.host, place.port)
    }

    #[test]
    fn a_place_is_granted_where_it_is_asked_for_and_allowed() {
        let granted = grant(Some(&["a.example:443"]), &["a.example:443", "b.example:443"]).unwrap();
        assert!(permits(&granted, "a.example:443"));
        for not in ["b.example:443", "a.example:80", "x.a.example:443", "1.1.1.1:443"] {
            assert!(!permits(&granted, not), "{not}");
        }
        let error = grant(Some(&["a.example:443"]), &["a.example:80"]).unwrap_err().to_string();
        assert!(error.contains("a.example:443") && error.contains("(mail)"), "{error}");
    }

    #[test]
    fn who_asks_for_any_host_gets_those_that_are_allowed_and_the_reverse() {
        let narrow =
            grant(Some(&["*:993"]), &["imap.example:993", "a.example:443", "10.0.0.0/8:993"]).unwrap();
        assert!(permits(&narrow, "imap.example:993") && permits(&narrow, "10.1.1.1:993"));
        assert!(!permits(&narrow, "other.example:993") && !permits(&narrow, "a.example:443"));
        let wide = grant(Some(&["a.example:443"]), &["*:443"]).unwrap();
        assert!(permits(&wide, "a.example:443") && !permits(&wide, "b.example:443"));
    }

    #[test]
    fn an_address_that_is_not_public_is_allowed_by_itself_only() {
        let any = grant(None, &["*:443"]).unwrap();
        assert!(permits(&any, "a.example:443") && permits(&any, "127.0.0.1:443"));
        let local = "127.0.0.1".parse().unwrap();
        assert!(!any.permits_address(local, 443));
        assert!(any.permits_address("1.1.1.1".parse().unwrap(), 443));
        let with = grant(Some(&["localhost:443"]), &["localhost:443", "127.0.0.0/8:443"]).unwrap();
        assert!(with.permits_address(local, 443) && !with.permits_address(local, 80));
        assert!(!permits(&with, "127.0.0.1:443"), "the guest did not ask to name it");
    }

    #[test]
    fn private_local_and_special_addresses_are_not_public_in_any_of_their_forms() {
        let not_public = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in not_public {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "193.0.0.1",
            "2606:4700::1111",
            "2a00::1",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn port_0_is_refused() {
        assert!(grant(None, &["a.example:0"]).unwrap_err().to_string().contains("a.example:0"));
    }
}
