//! Tries to reach what it was not granted, and reports each attempt as `what: denied` or what it got.

use std::fmt::Display;

use mapistore_sdk::types::{Cell, PropertyTag, PropertyValue};
use mapistore_sdk::{Folder, Result, index};
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::{instance_network, ip_name_lookup, tcp_create_socket, udp_create_socket};

struct Snoop;

impl Folder for Snoop {
    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        let report = attempts().join("\n");
        Ok(tags.iter().map(|_| Ok(PropertyValue::Text(report.clone()))).collect())
    }
}

fn line<T, E: Display>(what: &str, tried: std::result::Result<T, E>) -> String {
    match tried {
        Ok(_) => format!("{what}: reached"),
        Err(error) => format!("{what}: denied ({})", error.to_string().replace([':', '\n'], " ")),
    }
}

fn attempts() -> Vec<String> {
    let read = |path: &str| line(path, std::fs::read(path));
    let list = |path: &str| line(path, std::fs::read_dir(path));
    let nothing = |what: &str, count: usize| {
        if count == 0 { format!("{what}: denied (there is none)") } else { format!("{what}: {count} found") }
    };
    let mut lines = vec![
        read("/etc/passwd"),
        read("etc/passwd"),
        read("/data/../bob/secret"),
        read("/data/../../mapistore.toml"),
        read("/data/link/secret"),
        read("/data/etc/passwd"),
        list("/"),
        list("/data/.."),
        list("/data/link"),
        list("/proc/self"),
        line("write outside", std::fs::write("/data/../planted", "x")),
        line("link to outside", std::fs::hard_link("/data/etc/passwd", "/data/passwd")),
        network("tcp", tcp_connect()),
        network("tcp listen", tcp_bind()),
        network("udp", udp_bind()),
        network("dns", resolve()),
        nothing("environment", std::env::vars().count()),
        nothing("arguments", std::env::args().count()),
        line("another namespace", index::ensure_ids(&["wellbehaved://bob/inbox/".into()])),
    ];
    // Its own namespace with another's name in it is its own: no record of the other's is there.
    let own =
        index::get_ids(&["snoops://bob/inbox/".into()]).map(|found| found.into_iter().flatten().count());
    lines.push(nothing("records of bob", own.unwrap_or(0)));
    let all = index::find("", "", None, 10_000).unwrap_or_default();
    let foreign = all.iter().filter(|entry| !entry.uri.starts_with("snoops://")).count();
    lines.push(nothing("foreign records", foreign));
    lines
}

const LOOPBACK: IpSocketAddress =
    IpSocketAddress::Ipv4(Ipv4SocketAddress { port: 0, address: (127, 0, 0, 1) });

fn tcp_connect() -> std::result::Result<(), ErrorCode> {
    let socket = tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4)?;
    let address = IpSocketAddress::Ipv4(Ipv4SocketAddress { port: 22, address: (127, 0, 0, 1) });
    socket.start_connect(&instance_network::instance_network(), address)?;
    socket.subscribe().block();
    socket.finish_connect().map(|_| ())
}

fn tcp_bind() -> std::result::Result<(), ErrorCode> {
    let socket = tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4)?;
    socket.start_bind(&instance_network::instance_network(), LOOPBACK)?;
    socket.finish_bind()
}

fn udp_bind() -> std::result::Result<(), ErrorCode> {
    let socket = udp_create_socket::create_udp_socket(IpAddressFamily::Ipv4)?;
    socket.start_bind(&instance_network::instance_network(), LOOPBACK)?;
    socket.finish_bind()
}

fn resolve() -> std::result::Result<(), ErrorCode> {
    let found = ip_name_lookup::resolve_addresses(&instance_network::instance_network(), "localhost")?;
    found.subscribe().block();
    found.resolve_next_address().map(|_| ())
}

/// A refusal by the network, such as `connection-refused`, means that the network was reached.
fn network(what: &str, tried: std::result::Result<(), ErrorCode>) -> String {
    match tried {
        Err(code @ (ErrorCode::AccessDenied | ErrorCode::PermanentResolverFailure)) => {
            format!("{what}: denied ({})", code.name())
        }
        Err(code) => format!("{what}: reached ({})", code.name()),
        Ok(()) => format!("{what}: reached"),
    }
}

guest_support::guest!("snoops", Snoop);
