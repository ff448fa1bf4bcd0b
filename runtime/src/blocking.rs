//! For callers without an async runtime of their own.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Waits for `future`, and makes its calls on this thread where the context is idle: half the price of handing
/// them to a worker and more. Inside of an async runtime, await the future instead.
pub fn wait<F: Future>(future: F) -> F::Output {
    let _allowed = crate::executor::allow_blocking();
    let mut future = pin!(future);
    // What this thread does itself is done by then: most callers need no waker, which costs an allocation.
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => pollster::block_on(future),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ready_at_once_is_waited_for() {
        let (answer, answered) = futures_channel::oneshot::channel();
        let thread = std::thread::spawn(move || answer.send(7));
        assert_eq!(wait(answered), Ok(7));
        thread.join().unwrap().unwrap();
    }
}
