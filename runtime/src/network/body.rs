//! Bodies on their way out and in, counted.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::pool::{Connection, Key};
use super::{Network, NetworkError, Slot};

/// What a guest sends.
pub(crate) type GuestBody = UnsyncBoxBody<Bytes, NetworkError>;

/// Bytes that one call may move over the network, in both directions together.
#[derive(Debug)]
pub(crate) struct Budget {
    max: u64,
    left: AtomicU64,
}

impl Budget {
    pub(crate) fn new(max: u64) -> Self {
        Self { max, left: AtomicU64::new(max) }
    }

    /// Gives the next call its full measure.
    pub(crate) fn begin_call(&self) {
        self.left.store(self.max, Ordering::Relaxed);
    }

    /// # Errors
    /// There are not so many left.
    pub(crate) fn spend(&self, bytes: usize) -> Result<(), NetworkError> {
        let spent =
            self.left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes as u64));
        spent.map(drop).map_err(|_| NetworkError::CallTooLarge { max: self.max })
    }
}

/// True once the whole of a request's body has been taken.
pub(super) type Sent = Arc<AtomicBool>;

/// A guest's body, up to a limit.
pub(super) struct RequestBody {
    inner: GuestBody,
    left: u64,
    max: u64,
    budget: Arc<Budget>,
    sent: Sent,
}

impl RequestBody {
    pub(super) fn new(inner: GuestBody, max: u64, budget: Arc<Budget>) -> (Self, Sent) {
        let sent = Sent::new(AtomicBool::new(inner.is_end_stream()));
        (Self { inner, left: max, max, budget, sent: Arc::clone(&sent) }, sent)
    }

    fn count(&mut self, frame: &Frame<Bytes>) -> Result<(), NetworkError> {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        self.left =
            self.left.checked_sub(bytes as u64).ok_or(NetworkError::RequestTooLarge { max: self.max })?;
        self.budget.spend(bytes)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = NetworkError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, NetworkError>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Err(error) = self.count(frame)
        {
            return Poll::Ready(Some(Err(error)));
        }
        if matches!(polled, Poll::Ready(None)) || self.inner.is_end_stream() {
            self.sent.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A connection while an exchange uses it.
pub(super) struct Lease {
    pub(super) connection: Connection,
    pub(super) key: Key,
    pub(super) network: Weak<Network>,
    pub(super) sent: Sent,
    pub(super) _slot: Slot,
}

impl Lease {
    /// Gives the connection back, if nothing of this exchange is left in it.
    fn end(self) {
        if let Some(network) = self.network.upgrade()
            && self.sent.load(Ordering::Relaxed)
        {
            network.keep(self.key, self.connection);
        }
    }
}

/// What a server answers, up to a limit. Read to its end, it gives its connection back; dropped before, it closes it.
pub(crate) struct ResponseBody {
    incoming: Incoming,
    lease: Option<Lease>,
    left: u64,
    max: u64,
    budget: Arc<Budget>,
    between_bytes: Duration,
    /// Runs while the guest waits for more: what it does in between is its own time.
    patience: Pin<Box<Sleep>>,
    is_waiting: bool,
}

impl ResponseBody {
    /// # Errors
    /// The server announces more than `max` bytes.
    pub(super) fn new(
        incoming: Incoming,
        lease: Lease,
        max: u64,
        budget: Arc<Budget>,
        between_bytes: Duration,
    ) -> Result<Self, NetworkError> {
        if incoming.size_hint().lower() > max {
            return Err(NetworkError::ResponseTooLarge { max });
        }
        let patience = Box::pin(sleep(between_bytes));
        let mut body = Self {
            incoming,
            lease: Some(lease),
            left: max,
            max,
            budget,
            between_bytes,
            patience,
            is_waiting: false,
        };
        body.end_if_complete();
        Ok(body)
    }

    fn count(&mut self, frame: &Frame<Bytes>) -> Result<(), NetworkError> {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        self.left =
            self.left.checked_sub(bytes as u64).ok_or(NetworkError::ResponseTooLarge { max: self.max })?;
        self.budget.spend(bytes)
    }

    fn end_if_complete(&mut self) {
        if self.incoming.is_end_stream()
            && let Some(lease) = self.lease.take()
        {
            lease.end();
        }
    }

    fn fail(&mut self, error: NetworkError) -> Poll<Option<Result<Frame<Bytes>, NetworkError>>> {
        self.lease = None;
        Poll::Ready(Some(Err(error)))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = NetworkError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, NetworkError>>> {
        let polled = Pin::new(&mut self.incoming).poll_frame(cx);
        if polled.is_ready() {
            self.is_waiting = false;
        } else if !self.is_waiting {
            self.is_waiting = true;
            let until = Instant::now() + self.between_bytes;
            self.patience.as_mut().reset(until);
        }
        match polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Err(error) = self.count(&frame) {
                    return self.fail(error);
                }
                self.end_if_complete();
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => self.fail(error.into()),
            Poll::Ready(None) => {
                if let Some(lease) = self.lease.take() {
                    lease.end();
                }
                Poll::Ready(None)
            }
            Poll::Pending => match self.patience.as_mut().poll(cx) {
                Poll::Ready(()) => self.fail(NetworkError::BetweenBytesTimeout),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
