//! Tries to reach what it was not granted, and reports each attempt as `what: denied` or what it got.

use std::fmt::Display;

use mapistore_sdk::types::{Cell, PropertyTag, PropertyValue};
use mapistore_sdk::{Folder, Result, index};

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
        line("tcp", std::net::TcpStream::connect("127.0.0.1:22")),
        line("udp", std::net::UdpSocket::bind("127.0.0.1:0")),
        line("dns", std::net::ToSocketAddrs::to_socket_addrs("localhost:80")),
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

guest_support::guest!("snoops", Snoop);
