//! HTTP through `wasi:http`: the host makes the connection, TLS included, where `[[request.network]]` in `backend.toml` asks for the
//! place and the operator allows it. Natively a test says with [`answers`] what there is.
//!
//! ```
//! # use mapistore_sdk::http;
//! # http::answers(|request| Ok(http::Response { status: 200, headers: vec![], body: request.url.clone().into() }));
//! let answer = http::get("https://api.example.org/notes").header("accept", "application/json").send()?;
//! assert_eq!(answer.status, 200);
//! # Ok::<_, mapistore_sdk::Error>(())
//! ```

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(not(target_arch = "wasm32"))]
mod double;

use std::time::Duration;

use crate::Result;

#[cfg(target_arch = "wasm32")]
use component::send;
#[cfg(not(target_arch = "wasm32"))]
use double::send;

#[cfg(not(target_arch = "wasm32"))]
pub use double::answers;

/// A request that is yet to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// `http://` or `https://`, a host, perhaps a port, a path and a query; what is no letter in these is encoded already.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// How long the connection, the first byte and each pause may take. Default 3 s: a call has 10 s for all of it.
    pub timeout: Duration,
    /// The longest body of an answer. Default 8 MiB.
    pub body_max_bytes: usize,
}

/// What a server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Such as 200. No status is an error here.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// A request for what is at a URL. Redirects are not followed.
pub fn get(url: impl Into<String>) -> Request {
    Request::new("GET", url)
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::from_secs(3),
            body_max_bytes: 8 << 20,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sends it, and reads the whole answer.
    ///
    /// # Errors
    /// `invalid-parameter`: it cannot be a request. `denied`: the place is not granted. `connection-refused`, `not-available`,
    /// `transport`: what became of the connection. `too-big`: the answer is longer than `body_max_bytes`.
    pub fn send(self) -> Result<Response> {
        send(self)
    }
}

impl Response {
    /// The first header of this name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}
