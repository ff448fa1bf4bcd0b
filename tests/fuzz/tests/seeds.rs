//! Each target over its seeds, over what small changes make of them, and over bytes of no meaning: the same inputs every time.
//! What libFuzzer finds becomes a seed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::Once;

use fuzz::TARGETS;

/// How many inputs are made for each target, besides its seeds. Those that compile WebAssembly take longer for each.
const MADE: usize = 500;

/// xorshift64*: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % end.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// One of the seeds with some changes; every fourth time, bytes of no meaning.
    fn input(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        if seeds.is_empty() || self.below(4) == 0 {
            return (0..self.below(300)).map(|_| self.byte()).collect();
        }
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(8) {
            let (at, end) = (self.below(input.len()), self.below(input.len() + 1));
            let range = at.min(end)..end.max(at);
            match self.below(6) {
                0 | 1 if !input.is_empty() => input[at] = self.byte(),
                2 => input.insert(at, self.byte()),
                3 => drop(input.drain(range)),
                4 => input.extend_from_within(range),
                5 => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len() + 1);
                    input.truncate(at);
                    input.extend_from_slice(&other[from..]);
                }
                _ => input.push(self.byte()),
            }
        }
        input
    }
}

/// A panic on any thread ends the test: the runtime turns those of its own threads into errors.
fn end_at_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            report(panic);
            std::process::abort();
        }));
    });
}

fn run(name: &str, made: usize) {
    end_at_panics();
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<_> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    seeds.iter().for_each(|seed| target(seed));
    let mut random = Random(0x6D61_7069);
    (0..made).for_each(|_| target(&random.input(&seeds)));
}

macro_rules! targets {
    ($($name:ident: $made:expr;)*) => {
        $(#[test] fn $name() { run(stringify!($name), $made) })*

        #[test]
        fn every_target_is_run() {
            assert_eq!(TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>(), [$(stringify!($name)),*]);
        }
    };
}

targets! {
    answers: MADE / 5;
    calendar: MADE;
    component: MADE / 5;
    config: MADE;
    contact: MADE;
    expression: MADE;
    index: MADE;
    mail: MADE;
    manifest: MADE;
    restriction: MADE;
    sort: MADE;
    uri: MADE;
    wave: MADE;
}
