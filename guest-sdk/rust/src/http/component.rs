//! The same over the host's `wasi:http`.

use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode as Code, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody,
    OutgoingRequest, RequestOptions, Scheme, http_error_code,
};
use wasip2::io::streams::StreamError;

use super::{Request, Response};
use crate::{Error, ErrorCode, Result};

/// What WASI writes at a time.
const WRITE_BYTES: usize = 4096;
const READ_BYTES: u64 = 64 << 10;

pub(super) fn send(request: Request) -> Result<Response> {
    let failed = |code: Code| Error::new(code_of(&code), format!("`{}`: {code:?}", request.url));
    let response = outgoing(&request)?;
    let response = wait(&response).map_err(failed)?;
    let headers = response.headers().entries().into_iter();
    let headers = headers.map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned())).collect();
    let status = response.status();
    let body = response.consume().map_err(|()| failed(Code::InternalError(None)))?;
    let body = read(&body, request.body_max_bytes).map_err(|code| match code {
        Some(code) => failed(code),
        None => {
            let allowed = request.body_max_bytes;
            Error::too_big(format!("`{}` has more than {allowed} bytes", request.url))
        }
    })?;
    Ok(Response { status, headers, body })
}

/// Hands the request to the host.
fn outgoing(request: &Request) -> Result<FutureIncomingResponse> {
    let invalid = |what: &str| Error::invalid_parameter(format!("`{}`: {what} cannot be sent", request.url));
    let (scheme, rest) = request.url.split_once("://").ok_or_else(|| invalid("what is no URL"))?;
    let scheme = match scheme {
        "https" => Scheme::Https,
        "http" => Scheme::Http,
        _ => return Err(invalid("a URL of that scheme")),
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let fields: Vec<_> =
        request.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    let fields = Fields::from_list(&fields).map_err(|_| invalid("a header"))?;
    let outgoing = OutgoingRequest::new(fields);
    let done = outgoing
        .set_method(&Method::Other(request.method.clone()))
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&path)));
    done.map_err(|()| invalid("its method or a part of the URL"))?;
    let options = RequestOptions::new();
    let pause = u64::try_from(request.timeout.as_nanos()).ok();
    let set = options
        .set_connect_timeout(pause)
        .and_then(|()| options.set_first_byte_timeout(pause))
        .and_then(|()| options.set_between_bytes_timeout(pause));
    set.map_err(|()| invalid("its timeout"))?;
    let failed = |code: Code| Error::new(code_of(&code), format!("`{}`: {code:?}", request.url));
    let body = outgoing.body().map_err(|()| invalid("its body"))?;
    let future = outgoing_handler::handle(outgoing, Some(options)).map_err(failed)?;
    if let Ok(stream) = body.write() {
        // The server may have had enough before the end: then it says so.
        let _ = request.body.chunks(WRITE_BYTES).try_for_each(|part| stream.blocking_write_and_flush(part));
    }
    OutgoingBody::finish(body, None).map_err(failed)?;
    Ok(future)
}

fn wait(future: &FutureIncomingResponse) -> std::result::Result<IncomingResponse, Code> {
    future.subscribe().block();
    // Asked once, after it was ready: there is an answer.
    future.get().and_then(std::result::Result::ok).unwrap_or(Err(Code::InternalError(None)))
}

/// The body; without a code if it is too long.
fn read(body: &IncomingBody, max_bytes: usize) -> std::result::Result<Vec<u8>, Option<Code>> {
    let stream = body.stream().map_err(|()| Some(Code::InternalError(None)))?;
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(READ_BYTES) {
            Ok(part) => all.extend(part),
            Err(StreamError::Closed) => return Ok(all),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(Some(http_error_code(&error).unwrap_or(Code::InternalError(None))));
            }
        }
        if all.len() > max_bytes {
            return Err(None);
        }
    }
}

fn code_of(code: &Code) -> ErrorCode {
    match code {
        Code::ConnectionRefused => ErrorCode::ConnectionRefused,
        Code::HttpRequestDenied | Code::DestinationIpProhibited => ErrorCode::Denied,
        Code::HttpResponseBodySize(_) => ErrorCode::TooBig,
        Code::DnsTimeout
        | Code::DnsError(_)
        | Code::DestinationNotFound
        | Code::DestinationUnavailable
        | Code::DestinationIpUnroutable
        | Code::ConnectionTimeout
        | Code::ConnectionReadTimeout
        | Code::ConnectionWriteTimeout
        | Code::ConnectionLimitReached
        | Code::HttpResponseTimeout => ErrorCode::NotAvailable,
        _ => ErrorCode::Transport,
    }
}
