//! Does with the network what it is told: its folder's comment is set to a command, and read as what came of it.
//!
//! `get URL`, `hasty URL` (50 ms for the first byte), `follow URL` (redirects too), `post BYTES URL`, `many COUNT URL` (at once),
//! `tcp HOST PORT`, `bind HOST PORT`, `listen`, `udp`, `config KEY`.

use std::cell::RefCell;
use std::fmt::Debug;

use mapistore_sdk::types::{Cell, Property, PropertyProblem, PropertyTag, PropertyValue};
use mapistore_sdk::{Folder, Result};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme,
};
use wasip2::io::streams::{InputStream, StreamError};
use wasip2::sockets::network::{self, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::{instance_network, ip_name_lookup, tcp_create_socket, udp_create_socket};

#[expect(
    unreachable_pub,
    unsafe_code,
    clippy::allow_attributes_without_reason,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "generated code"
)]
mod bindings {
    include!("generated.rs");
}

#[derive(Default)]
struct Fetcher {
    command: RefCell<String>,
}

impl Folder for Fetcher {
    fn set_properties(&self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        for value in values {
            if let PropertyValue::Text(command) = value.value {
                *self.command.borrow_mut() = command;
            }
        }
        Ok(Vec::new())
    }

    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        let report = run(&self.command.borrow());
        Ok(tags.iter().map(|_| Ok(PropertyValue::Text(report.clone()))).collect())
    }
}

fn run(command: &str) -> String {
    let words: Vec<_> = command.split(' ').collect();
    let number = |text: &str| text.parse().unwrap_or(0);
    let port_of = |text: &str| text.parse().unwrap_or(0);
    match words[..] {
        ["get", url] => said(get(url, None).and_then(answer)),
        ["hasty", url] => said(get(url, Some(50_000_000)).and_then(answer)),
        ["follow", url] => said(follow(url)),
        ["post", bytes, url] => said(post(url, number(bytes)).and_then(answer)),
        ["many", count, url] => many(url, number(count)),
        ["tcp", host, port] => said(tcp(host, port_of(port))),
        ["bind", host, port] => said(bind(host, port_of(port))),
        ["listen"] => said(listen()),
        ["udp"] => said(udp_create_socket::create_udp_socket(IpAddressFamily::Ipv4).map(drop)),
        ["config", key] => said(bindings::wasi::config::store::get(key)),
        _ => format!("`{command}` is no command"),
    }
}

fn said<T: Debug, E: Debug>(done: std::result::Result<T, E>) -> String {
    match done {
        Ok(done) => format!("{done:?}"),
        Err(error) => format!("error {error:?}"),
    }
}

type Http<T> = std::result::Result<T, ErrorCode>;

fn request(method: &Method, url: &str) -> OutgoingRequest {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let request = OutgoingRequest::new(Fields::new());
    let scheme = if scheme == "https" { Scheme::Https } else { Scheme::Http };
    let _ = request.set_method(method);
    let _ = request.set_scheme(Some(&scheme));
    let _ = request.set_authority(Some(authority));
    let _ = request.set_path_with_query(Some(path));
    request
}

fn wait(response: &FutureIncomingResponse) -> Http<IncomingResponse> {
    loop {
        match response.get() {
            Some(Ok(response)) => return response,
            Some(Err(())) => return Err(ErrorCode::InternalError(Some("taken already".into()))),
            None => response.subscribe().block(),
        }
    }
}

fn get(url: &str, first_byte: Option<u64>) -> Http<IncomingResponse> {
    let options = RequestOptions::new();
    let _ = options.set_first_byte_timeout(first_byte);
    wait(&outgoing_handler::handle(request(&Method::Get, url), Some(options))?)
}

fn post(url: &str, bytes: u64) -> Http<IncomingResponse> {
    let request = request(&Method::Post, url);
    let body = request.body().map_err(|()| ErrorCode::InternalError(None))?;
    let response = outgoing_handler::handle(request, None)?;
    if let Ok(stream) = body.write() {
        let chunk = vec![b'x'; 4096];
        let mut left = bytes;
        // The server, or the host, may have had enough before the end.
        while left > 0 && stream.blocking_write_and_flush(&chunk[..left.min(4096) as usize]).is_ok() {
            left -= left.min(4096);
        }
    }
    let finished = OutgoingBody::finish(body, None);
    let response = wait(&response)?;
    finished.map(|()| response)
}

fn many(url: &str, count: u64) -> String {
    let pending: Vec<_> =
        (0..count).map(|_| outgoing_handler::handle(request(&Method::Get, url), None)).collect();
    let done = pending.iter().map(|response| match response {
        Ok(response) => wait(response),
        Err(error) => Err(error.clone()),
    });
    // All of the answers are held before the first is read.
    let done: Vec<_> = done.collect();
    done.into_iter().map(|response| said(response.and_then(answer))).collect::<Vec<_>>().join("\n")
}

fn follow(url: &str) -> Http<(u16, String)> {
    let response = get(url, None)?;
    match response.headers().get("location").first() {
        Some(location) => answer(get(&String::from_utf8_lossy(location), None)?),
        None => answer(response),
    }
}

/// The status and the body.
fn answer(response: IncomingResponse) -> Http<(u16, String)> {
    let body = response.consume().map_err(|()| ErrorCode::InternalError(None))?;
    let stream = body.stream().map_err(|()| ErrorCode::InternalError(None))?;
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(bytes) => all.extend(bytes),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => {
                let code = wasip2::http::types::http_error_code(&error);
                return Err(code.unwrap_or(ErrorCode::InternalError(Some(error.to_debug_string()))));
            }
        }
    }
    Ok((
        response.status(),
        format!("{} bytes: {}", all.len(), String::from_utf8_lossy(&all[..all.len().min(80)])),
    ))
}

type Net<T> = std::result::Result<T, network::ErrorCode>;

fn address(host: &str, port: u16) -> Net<IpSocketAddress> {
    let found = ip_name_lookup::resolve_addresses(&instance_network::instance_network(), host)?;
    found.subscribe().block();
    loop {
        match found.resolve_next_address()? {
            Some(IpAddress::Ipv4(address)) => {
                return Ok(IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address }));
            }
            Some(IpAddress::Ipv6(_)) => {}
            None => return Err(network::ErrorCode::NameUnresolvable),
        }
    }
}

/// The first line that the other side says. An address in digits is not looked up.
fn tcp(host: &str, port: u16) -> Net<String> {
    let parts: Vec<u8> = host.split('.').filter_map(|part| part.parse().ok()).collect();
    let address = match parts[..] {
        [a, b, c, d] => IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (a, b, c, d) }),
        _ => address(host, port)?,
    };
    let socket = tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4)?;
    socket.start_connect(&instance_network::instance_network(), address)?;
    socket.subscribe().block();
    let (input, output) = socket.finish_connect()?;
    let _ = output.blocking_write_and_flush(b"GET / HTTP/1.0\r\n\r\n");
    let line = first_line(&input);
    drop((input, output));
    Ok(line)
}

fn first_line(input: &InputStream) -> String {
    let mut line = Vec::new();
    while !line.contains(&b'\n') {
        match input.blocking_read(1 << 16) {
            Ok(bytes) => line.extend(bytes),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => return error.to_debug_string(),
        }
    }
    String::from_utf8_lossy(&line).lines().next().unwrap_or_default().to_owned()
}

fn unbound() -> Net<TcpSocket> {
    tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4)
}

fn bind(host: &str, port: u16) -> Net<()> {
    let parts: Vec<u8> = host.split('.').filter_map(|part| part.parse().ok()).collect();
    let [a, b, c, d] = parts[..] else { return Err(network::ErrorCode::InvalidArgument) };
    let local = IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (a, b, c, d) });
    let socket = unbound()?;
    socket.start_bind(&instance_network::instance_network(), local)?;
    socket.finish_bind()
}

fn listen() -> Net<()> {
    let socket = unbound()?;
    socket.start_listen()?;
    socket.finish_listen()
}

guest_support::guest!("fetches", Fetcher::default());
