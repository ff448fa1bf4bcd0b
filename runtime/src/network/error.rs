//! How an exchange with the outside fails.

use std::error::Error as _;
use std::net::IpAddr;

use crate::manifest::Host;

/// See the module. Each has the limit's name in it, if it is a limit.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetworkError {
    #[error("`{uri}` is not the URI of a request")]
    Uri { uri: String },
    #[error("the method `CONNECT` is not for guests")]
    Method,
    #[error("`{host}` at port {port} is not granted")]
    Denied { host: Host, port: u16 },
    #[error("`{host}` is not granted at any port")]
    DeniedName { host: Host },
    #[error("`{host}` is at `{address}`, which is not public, and not allowed by itself at port {port}")]
    NotPublic { host: Host, address: IpAddr, port: u16 },
    #[error("`{name}` could not be looked up")]
    Lookup { name: String, source: std::io::Error },
    #[error("`{host}` has no address")]
    NotFound { host: Host },
    #[error("all connections are in use: `{limit}` is {max}")]
    TooManyConnections { limit: &'static str, max: u32 },
    #[error("no connection within `network_connect_timeout_ms`")]
    ConnectTimeout,
    #[error("no connection")]
    Connect { source: std::io::Error },
    #[error("no certificate of this system is usable: {problem}")]
    NoRoots { problem: String },
    #[error("the certificate is not valid")]
    Certificate { source: std::io::Error },
    #[error("TLS failed")]
    Tls { source: std::io::Error },
    #[error("no answer within `network_first_byte_timeout_ms`")]
    FirstByteTimeout,
    #[error("nothing more within `network_between_bytes_timeout_ms`")]
    BetweenBytesTimeout,
    #[error("the request has more than {max} bytes (`network_request_max_bytes`)")]
    RequestTooLarge { max: u64 },
    #[error("the answer has more than {max} bytes (`network_response_max_bytes`)")]
    ResponseTooLarge { max: u64 },
    #[error("the headers of the answer are larger than `network_headers_max_bytes`")]
    HeadersTooLarge,
    #[error("the call moved more than {max} bytes (`network_call_max_bytes`)")]
    CallTooLarge { max: u64 },
    #[error("the guest did not finish its request")]
    Unfinished,
    #[error("the answer ended early")]
    Incomplete,
    #[error("this is not HTTP/1.1: {problem}")]
    Protocol { problem: String },
}

impl From<hyper::Error> for NetworkError {
    fn from(error: hyper::Error) -> Self {
        // A body of ours that ended the exchange says why.
        let mut cause = error.source();
        while let Some(inner) = cause {
            if let Some(ours) = inner.downcast_ref::<Self>() {
                return match ours {
                    Self::RequestTooLarge { max } => Self::RequestTooLarge { max: *max },
                    Self::CallTooLarge { max } => Self::CallTooLarge { max: *max },
                    _ => Self::Unfinished,
                };
            }
            cause = inner.source();
        }
        if error.is_parse_too_large() {
            return Self::HeadersTooLarge;
        }
        if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            return Self::Incomplete;
        }
        Self::Protocol { problem: error.to_string() }
    }
}
