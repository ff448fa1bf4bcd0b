//! `wasi:random`, counted: what `init` takes of it is in the snapshot, and the operator is told how much that was.

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use super::HostState;

impl HostState {
    /// Bytes that the guest has taken of the random generator.
    pub(crate) fn random_bytes(&self) -> u64 {
        self.random_bytes
    }
}

/// Puts functions that count in the place of wasmtime-wasi's.
pub(super) fn shadow(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    macro_rules! shadow {
        ($($interface:literal $name:literal $trait:path, $method:ident($($length:ident)?), $bytes:expr;)*) => {
            $(linker.instance($interface)?.func_wrap(
                $name,
                |mut store: StoreContextMut<'_, HostState>, ($($length,)?): shadow!(@arguments $($length)?)| {
                    let state = store.data_mut().entered();
                    state.random_bytes = state.random_bytes.saturating_add($bytes);
                    Ok((<_ as $trait>::$method(state.wasi.random(), $($length)?)?,))
                },
            )?;)*
        };
        (@arguments) => { () };
        (@arguments $length:ident) => { (u64,) };
    }
    shadow! {
        "wasi:random/random@0.2.12" "get-random-bytes" random::Host, get_random_bytes(length), length;
        "wasi:random/random@0.2.12" "get-random-u64" random::Host, get_random_u64(), 8;
        "wasi:random/insecure@0.2.12" "get-insecure-random-bytes" insecure::Host, get_insecure_random_bytes(length), length;
        "wasi:random/insecure@0.2.12" "get-insecure-random-u64" insecure::Host, get_insecure_random_u64(), 8;
        "wasi:random/insecure-seed@0.2.12" "insecure-seed" insecure_seed::Host, insecure_seed(), 16;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::random::Host as _;
    use crate::engine::epoch::Clock;
    use crate::host::{HostState, Reach, StoreRequest};
    use crate::limits::{Limits, RANDOM_MAX_BYTES};

    #[test]
    fn one_call_answers_a_mebibyte_at_most() {
        let limits = Limits::default();
        let clock = Clock::default();
        let reach = Reach::nothing("random", &[]);
        let request = StoreRequest {
            context: None,
            limits: &limits,
            clock: &clock,
            turn: None,
            mailbox: None,
            reach: &reach,
        };
        let mut state = HostState::new(request).unwrap();
        let bytes = state.wasi.random().get_random_bytes(RANDOM_MAX_BYTES).unwrap();
        assert_eq!(bytes.len() as u64, RANDOM_MAX_BYTES);
        assert!(state.wasi.random().get_random_bytes(RANDOM_MAX_BYTES + 1).is_err());
    }
}
