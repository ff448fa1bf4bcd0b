//! For callers without an async runtime of their own.

/// Waits for `future`, and makes its calls on this thread where the context is idle: half the price of handing
/// them to a worker and more. Inside of an async runtime, await the future instead.
pub fn wait<F: Future>(future: F) -> F::Output {
    let _allowed = crate::executor::allow_blocking();
    pollster::block_on(future)
}
