//! An HTTP server at 127.0.0.1 that does what a path asks for, good or bad.

use std::io::{BufRead, BufReader, Read as _, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc;

/// It says which connection an answer came over.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) ended: mpsc::Receiver<()>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, ended) = mpsc::channel();
        std::thread::spawn(move || {
            for (number, connection) in listener.incoming().enumerate() {
                let tell = tell.clone();
                std::thread::spawn(move || {
                    // It ends with an error when the guest's side goes away.
                    let _ = serve(connection.unwrap(), number);
                    let _ = tell.send(());
                });
            }
        });
        Self { port, ended }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

fn serve(mut stream: TcpStream, number: usize) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
                break;
            }
            headers.push(header.trim().to_ascii_lowercase());
        }
        match path.split_once('?').map_or(&*path, |(path, _)| path) {
            // Until the other side has had enough of waiting.
            "/never" => while reader.read_line(&mut line)? > 0 {},
            "/stalls" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nsome")?;
                while reader.read_line(&mut line)? > 0 {}
            }
            "/endless" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
                loop {
                    stream.write_all(b"400\r\n")?;
                    stream.write_all(&[b'x'; 0x400])?;
                    stream.write_all(b"\r\n")?;
                }
            }
            "/announces" => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")?,
            // One that does not end.
            "/header" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nx: ")?;
                loop {
                    stream.write_all(&[b'y'; 0x400])?;
                }
            }
            "/elsewhere" => {
                let to = path.split_once('?').map_or("", |(_, to)| to);
                write!(stream, "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")?;
            }
            // How long the body is.
            "/takes" => answer(&mut stream, &taken(&mut reader, &headers)?.to_string())?,
            _ => answer(&mut stream, &format!("connection {number}"))?,
        }
    }
}

fn answer(stream: &mut TcpStream, body: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Reads a body, in chunks or of a length, and counts its bytes.
fn taken(reader: &mut impl BufRead, headers: &[String]) -> std::io::Result<u64> {
    if let Some(length) = headers.iter().find_map(|header| header.strip_prefix("content-length: ")) {
        let length = length.parse().map_err(std::io::Error::other)?;
        return std::io::copy(&mut reader.take(length), &mut std::io::sink());
    }
    let mut all = 0;
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = u64::from_str_radix(size.trim(), 16).map_err(std::io::Error::other)?;
        all += std::io::copy(&mut reader.by_ref().take(size), &mut std::io::sink())?;
        reader.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(all);
        }
    }
}
