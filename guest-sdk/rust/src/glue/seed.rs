//! Gives hash maps another seed in every context.
//!
//! The standard library draws the seed of [`RandomState`] once, into a variable of the thread, and counts it up for every
//! new map. A map in `init` makes it draw; from then on the variable is in the snapshot, and the maps of all contexts of all
//! tenants would have seeds that follow from it: who knows one can make the others' maps slow, or learns what another's
//! order of rows tells. So the variable is looked for right after `init`: it holds what was drawn, and is where the count goes on.
//! In the first call of each context, fresh random bytes are written there. Maps that `init` filled keep a copy of their
//! own seed, and work as before.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether the author wants what `init` drew.
static SHARED: AtomicBool = AtomicBool::new(false);

/// Has all contexts begin with the hash seed of `init`, as the snapshot has it. Called in `init`.
///
/// Without this every context gets a seed of its own, so that no tenant knows the order or the collisions of another's
/// maps. It costs one call of the host's random generator for each context, and a map that is made the same way in two
/// contexts has two orders. An author who depends on one order, or who counts every microsecond of `create-context`,
/// calls this. A map that `init` itself filled has the same seed everywhere in any case.
pub fn share_hash_seed() {
    SHARED.store(true, Relaxed);
}

#[cfg(target_arch = "wasm32")]
mod memory {
    #![expect(unsafe_code, reason = "the standard library has no way to set the seed of its hash maps")]

    use std::hash::RandomState;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::SHARED;

    /// Where the seed is, after `init`; 0 if it was not found, or is not to be changed. Part of the snapshot.
    static PLACE: AtomicUsize = AtomicUsize::new(0);

    const WORD: usize = size_of::<u64>();
    const _: () = assert!(size_of::<RandomState>() == 2 * WORD, "the seed of a hash map is two words");

    pub(in crate::glue) fn after_init() {
        if SHARED.load(Relaxed) {
            return;
        }
        match find() {
            Some(place) => {
                PLACE.store(place, Relaxed);
                write(place, [0; 2]);
            }
            // Another version of the standard library: said aloud, and a test of the SDK's fails.
            None => log::error!("the seed of hash maps was not found: all contexts share it"),
        }
        // What was drawn here is in no map: without its traces, the same component has the same image.
        scrub();
    }

    pub(in crate::glue) fn before_first_call() {
        let place = PLACE.swap(0, Relaxed);
        if place != 0 {
            write(place, random());
        }
    }

    fn write(place: usize, seed: [u64; 2]) {
        // SAFETY: `find` saw that these are the two words of the thread's own seed, of which nobody has a reference:
        // the standard library copies it out and in. Nothing else runs in a component.
        unsafe { (place as *mut [u64; 2]).write_volatile(seed) };
    }

    /// Overwrites the part of the stack that functions called from here have used.
    #[inline(never)]
    fn scrub() {
        let mut used = [0_u8; 8 << 10];
        std::hint::black_box(&mut used);
    }

    /// The two words of a new map's seed.
    fn draw() -> [u64; 2] {
        // SAFETY: of the same size, and both are plain words.
        unsafe { std::mem::transmute::<RandomState, [u64; 2]>(RandomState::new()) }
    }

    /// The address where the standard library keeps the seed of the next map: the one variable that holds the seed of the
    /// last one, counted up, and does so again after another map was made.
    #[inline(never)]
    fn find() -> Option<usize> {
        unsafe extern "C" {
            // Of the linker: where variables begin and end. The stack, with copies of the seed, is elsewhere.
            static __global_base: u8;
            static __data_end: u8;
        }
        let (start, end) = (&raw const __global_base as usize, &raw const __data_end as usize);
        // Which of the two words it counts up is its own business, and so is their order.
        let next = |seed: [u64; 2]| [[seed[0].wrapping_add(1), seed[1]], [seed[0], seed[1].wrapping_add(1)]];
        let wanted = next(draw());
        let places = (start.next_multiple_of(WORD)..end.saturating_sub(WORD)).step_by(WORD);
        let candidates: Vec<usize> = places.filter(|place| wanted.contains(&at(*place))).collect();
        let wanted = next(draw());
        let mut moved = candidates.into_iter().filter(|place| wanted.contains(&at(*place)));
        let place = moved.next()?;
        moved.next().is_none().then_some(place)
    }

    fn at(place: usize) -> [u64; 2] {
        // SAFETY: the place is within the memory, and aligned. Volatile: what is there belongs to others.
        unsafe { (place as *const [u64; 2]).read_volatile() }
    }

    fn random() -> [u64; 2] {
        // Of the host itself: setting up the adapter of preview 1 would take each context five pages.
        [(); 2].map(|()| wasip2::random::random::get_random_u64())
    }
}

#[cfg(target_arch = "wasm32")]
pub(super) use memory::{after_init, before_first_call};

#[cfg(not(target_arch = "wasm32"))]
pub(super) fn after_init() {
    // Natively there is no snapshot: each process draws its own.
    let _ = SHARED.load(Relaxed);
}

#[cfg(not(target_arch = "wasm32"))]
pub(super) fn before_first_call() {}
