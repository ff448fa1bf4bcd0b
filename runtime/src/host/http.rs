//! `wasi:http/outgoing-handler`, over the backend's connections.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::{Request, Response};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p2::types::HostOutgoingRequest;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use super::outside::{Outside, report};
use super::{HostState, Journal};
use crate::manifest::Host;
use crate::network::{Exchange, NetworkError, Timeouts};

/// What becomes of a store's requests.
pub(super) struct Outgoing {
    /// None if nothing is granted.
    pub(super) outside: Option<Outside>,
    pub(super) journal: Journal,
}

type Sent = wasmtime_wasi_http::Result<(Response<WasiBody>, Ended)>;
type Ended = Box<dyn Future<Output = wasmtime_wasi_http::Result<()>> + Send>;

impl WasiHttpHooks for Outgoing {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Ended,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let reporter = Reporter { outside: self.outside.clone(), journal: self.journal.clone() };
        let Some(outside) = self.outside.clone() else {
            let denied = reporter.code(&nowhere(&request));
            return Box::new(std::future::ready(Err(denied)));
        };
        let slot = match outside.slot() {
            Ok(slot) => slot,
            Err(error) => return Box::new(std::future::ready(Err(reporter.code(&error)))),
        };
        let timeouts = within(Timeouts::of(outside.network.limits()), options);
        // What is wrong with the guest's own body it knows.
        let request = request.map(|body| body.map_err(|_| NetworkError::Unfinished).boxed_unsync());
        Box::new(async move {
            let Outside { network, owner, budget, .. } = outside;
            match network.send(Exchange { owner, request, timeouts, budget, slot }).await {
                Ok(response) => {
                    let response =
                        response.map(|body| body.map_err(move |error| reporter.code(&error)).boxed_unsync());
                    // The connection belongs to the network, which sees to its end.
                    Ok((response, Box::new(std::future::ready(Ok(()))) as Ended))
                }
                Err(error) => Err(reporter.code(&error)),
            }
        })
    }
}

impl WasiHttpView for HostState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let Self { outgoing, table, http, .. } = self.entered();
        WasiHttpCtxView { hooks: outgoing, table, ctx: http }
    }
}

/// The interfaces and their version that wasmtime-wasi-http links.
const HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";
const TYPES: &str = "wasi:http/types@0.2.12";

/// Links `wasi:http`, with two functions of our own. wasmtime's `handle` keeps a request's options until the store is dropped, though
/// they were handed over: a thousand requests were all that a context could make. Its `http-error-code` does not know the errors that
/// its own streams end with, and a guest would not learn why an answer ended.
pub(super) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_sync(linker)?;
    linker.allow_shadowing(true);
    linker.instance(HANDLER)?.func_wrap(
        "handle",
        |mut store: StoreContextMut<'_, HostState>,
         (request, options): (Resource<HostOutgoingRequest>, Option<Resource<RequestOptions>>)| {
            let mut http = store.data_mut().http();
            let given = options.as_ref().map(|options| Resource::<RequestOptions>::new_own(options.rep()));
            let handled = outgoing_handler::Host::handle(&mut http, request, options);
            if let Some(given) = given {
                http.table.delete(given)?;
            }
            match handled {
                Ok(future) => Ok((Ok(future),)),
                Err(error) => Ok((Err(error.downcast()?),)),
            }
        },
    )?;
    linker.instance(TYPES)?.func_wrap(
        "http-error-code",
        |mut store: StoreContextMut<'_, HostState>, (error,): (Resource<wasmtime::Error>,)| {
            let error = store.data_mut().entered().table.get(&error)?;
            let code = error.downcast_ref::<ErrorCode>().cloned();
            Ok((code.or_else(|| error.downcast_ref::<Error>().map(of_a_body)),))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The code of an error that a body can end with.
fn of_a_body(error: &Error) -> ErrorCode {
    match error {
        Error::HttpRequestBodySize(bytes) => ErrorCode::HttpRequestBodySize(*bytes),
        Error::HttpResponseBodySize(bytes) => ErrorCode::HttpResponseBodySize(*bytes),
        Error::ConnectionReadTimeout => ErrorCode::ConnectionReadTimeout,
        Error::HttpResponseIncomplete => ErrorCode::HttpResponseIncomplete,
        Error::HttpProtocolError => ErrorCode::HttpProtocolError,
        other => ErrorCode::InternalError(Some(other.to_string())),
    }
}

/// A guest may be less patient than the limits, and not more.
fn within(limits: Timeouts, options: Option<RequestOptions>) -> Timeouts {
    let options = options.unwrap_or_default();
    let less = |limit: Duration, asked: Option<Duration>| asked.map_or(limit, |asked| asked.min(limit));
    Timeouts {
        connect: less(limits.connect, options.connect_timeout),
        first_byte: less(limits.first_byte, options.first_byte_timeout),
        between_bytes: less(limits.between_bytes, options.between_bytes_timeout),
    }
}

/// The refusal of a request where nothing is granted.
fn nowhere(request: &Request<WasiBody>) -> NetworkError {
    let uri = request.uri();
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
    match uri.host().unwrap_or_default().parse::<Host>() {
        Ok(host) => NetworkError::Denied { host, port },
        Err(_) => NetworkError::Uri { uri: uri.to_string() },
    }
}

/// Tells the operator in words, and the guest by code.
struct Reporter {
    outside: Option<Outside>,
    journal: Journal,
}

impl Reporter {
    fn code(&self, error: &NetworkError) -> Error {
        report(&self.journal, self.outside.as_ref(), error);
        match error {
            NetworkError::Uri { .. } => Error::HttpRequestUriInvalid,
            NetworkError::Method => Error::HttpRequestMethodInvalid,
            NetworkError::Denied { .. } | NetworkError::DeniedName { .. } => Error::HttpRequestDenied,
            NetworkError::NotPublic { .. } => Error::DestinationIpProhibited,
            NetworkError::Lookup { .. } => Error::DnsError { rcode: None, info_code: None },
            NetworkError::NotFound { .. } => Error::DestinationNotFound,
            NetworkError::TooManyConnections { .. } => Error::ConnectionLimitReached,
            NetworkError::ConnectTimeout => Error::ConnectionTimeout,
            NetworkError::Connect { source } => match source.kind() {
                std::io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
                _ => Error::DestinationUnavailable,
            },
            NetworkError::NoRoots { .. } => Error::ConfigurationError,
            NetworkError::Certificate { .. } => Error::TlsCertificateError,
            NetworkError::Tls { .. } => Error::TlsProtocolError,
            NetworkError::FirstByteTimeout => Error::HttpResponseTimeout,
            NetworkError::BetweenBytesTimeout => Error::ConnectionReadTimeout,
            NetworkError::RequestTooLarge { max } => Error::HttpRequestBodySize(Some(*max)),
            NetworkError::ResponseTooLarge { max } => Error::HttpResponseBodySize(Some(*max)),
            NetworkError::HeadersTooLarge => Error::HttpResponseHeaderSectionSize(None),
            NetworkError::CallTooLarge { .. } => Error::InternalError(Some(error.to_string())),
            NetworkError::Unfinished => Error::HttpProtocolError,
            NetworkError::Incomplete => Error::HttpResponseIncomplete,
            NetworkError::Protocol { .. } => Error::HttpProtocolError,
        }
    }
}
