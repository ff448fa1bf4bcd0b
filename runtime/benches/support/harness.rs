//! How the benches measure and what they print: a baseline and ours in turns, in one run on one machine. Knows nothing
//! of what is measured.

use std::time::{Duration, Instant};

/// That of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// True when everything is to run once, small: Cargo passes `--bench` under `cargo bench` only.
pub(crate) fn is_small() -> bool {
    !std::env::args().any(|argument| argument == "--bench")
}

/// What the rounds took, on both sides.
pub(crate) struct Rounds {
    baseline: Vec<Duration>,
    ours: Vec<Duration>,
}

/// Does `round` as often as said. It answers what the baseline took, and what ours took right after.
pub(crate) fn rounds(count: usize, mut round: impl FnMut() -> (Duration, Duration)) -> Rounds {
    let (baseline, ours) = (0..count).map(|_| round()).unzip();
    Rounds { baseline, ours }
}

impl Rounds {
    pub(crate) fn baseline(&self) -> Duration {
        median(self.baseline.clone())
    }

    pub(crate) fn ours(&self) -> Duration {
        median(self.ours.clone())
    }

    /// How many times as long as the baseline ours took, from the lowest to the highest tenth of the rounds.
    fn spread(&self) -> (f64, f64) {
        let pairs = self.baseline.iter().zip(&self.ours);
        let mut ratios: Vec<f64> = pairs.map(|(baseline, ours)| ratio(*baseline, *ours)).collect();
        ratios.sort_by(f64::total_cmp);
        let tenth = ratios.len() / 10;
        (ratios[tenth], ratios[ratios.len() - 1 - tenth])
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ratio(baseline: Duration, ours: Duration) -> f64 {
    ours.as_secs_f64() / baseline.as_secs_f64()
}

/// What one of `times` runs took.
pub(crate) fn each(times: u32, mut run: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..times).for_each(|_| run());
    start.elapsed() / times
}

/// Set by `just bench` after the first of its benches, so that all of them make one table.
const CONTINUED: &str = "BENCH_CONTINUED";

/// Prints what is measured; before that where, and the head of the table, if this is where the table begins.
pub(crate) fn head(title: &str) {
    static BEGUN: std::sync::Once = std::sync::Once::new();
    BEGUN.call_once(|| {
        if std::env::var_os(CONTINUED).is_none() {
            println!("{}", machine());
            println!(
                "{:<44} {:>12} {:>12} {:>7} {:>14}  bar",
                "medians", "baseline", "mapistore", "ratio", "10% to 90%"
            );
        }
    });
    println!("{title}");
}

/// Prints one row of the table.
pub(crate) fn row(what: &str, bar: &str, rounds: &Rounds) {
    let (baseline, ours) = (rounds.baseline(), rounds.ours());
    let (low, high) = rounds.spread();
    let spread = format!("{low:.2} to {high:.2}");
    line(what, [&format!("{baseline:.2?}"), &format!("{ours:.2?}")], ratio(baseline, ours), &spread, bar);
}

/// Prints one row of what is not a time, or was measured once.
pub(crate) fn line(what: &str, [baseline, ours]: [&str; 2], ratio: f64, spread: &str, bar: &str) {
    println!("  {what:<42} {baseline:>12} {ours:>12} {ratio:>7.3} {spread:>14}  {bar}");
}

/// The processor, how many of it, and the kernel.
pub(crate) fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown CPU");
    let model = model.trim_start_matches([':', ' ', '\t']);
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{count} x {model}, kernel {}", read("/proc/sys/kernel/osrelease").trim())
}
