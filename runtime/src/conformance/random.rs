//! Random operations on a backend and on a model of it: what the two then have has to be the same.
//!
//! A sequence of steps is a [`Script`]. Steps name objects by their place among those that there are, so that any part of a
//! script is a script as well: a difference shrinks to the shortest one that shows it, which is printed and can
//! be run again. Each sequence has an owner of its own, and a seed made of the run's seed and its number.

mod model;
mod play;
mod script;
mod shrink;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};

pub use script::{Script, ScriptError};

use super::Kit;
use super::expect::Stop;
use super::trial::Trial;
use play::Player;

/// The longest sequence; the shortest has no step.
const STEPS_MAX: usize = 80;

/// How a random run ended.
#[derive(Clone, Debug)]
pub struct RandomReport {
    /// The seed that it began with; none if a script was played.
    pub seed: Option<u64>,
    /// How many steps were made, those of shrinking not counted.
    pub operations: usize,
    /// The first difference, if there is one.
    pub difference: Option<Difference>,
    /// Why no more steps were made, if the backend has nothing to make them in.
    pub not_claimed: Option<String>,
}

/// A backend and its model do not agree.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The shortest script that was found to show it.
    pub script: Script,
    /// What is different.
    pub problem: String,
    /// It is the host that failed, not the backend.
    pub by_host: bool,
    /// The calls of that script, and what came back.
    pub calls: Vec<String>,
}

impl Kit {
    /// Plays random scripts until `operations` steps were made or a difference is found.
    pub fn random(&self, seed: u64, operations: usize) -> RandomReport {
        let made = AtomicUsize::new(0);
        let next = AtomicUsize::new(0);
        // The difference of the sequence with the least number: the same, however many threads there are.
        let first: Mutex<Option<(usize, Ended)>> = Mutex::new(None);
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let found = first.lock().unwrap_or_else(PoisonError::into_inner).is_some();
                if found || made.load(Ordering::Relaxed) >= operations {
                    return;
                }
                let left = operations - made.load(Ordering::Relaxed).min(operations);
                if let Err(ended) = self.sequence(seed, number, left, &made) {
                    let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                    if first.as_ref().is_none_or(|(earlier, _)| number < *earlier) {
                        *first = Some((number, ended));
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..super::THREADS {
                scope.spawn(work);
            }
            work();
        });
        let ended = first.into_inner().unwrap_or_else(PoisonError::into_inner);
        RandomReport::new(Some(seed), made.into_inner(), ended.map(|(_, ended)| ended))
    }

    /// Plays one script.
    pub fn play(&self, script: &Script) -> RandomReport {
        RandomReport::new(None, script.len(), self.compare(script).err())
    }

    /// Plays one random sequence; answers its difference, shrunk.
    fn sequence(&self, seed: u64, number: usize, left: usize, made: &AtomicUsize) -> Result<(), Ended> {
        let own_seed = seed ^ (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(own_seed), ..Config::default() });
        let strategy = script::scripts(self.capabilities, self.is_durable(), STEPS_MAX.min(left.max(1)));
        let script = match strategy.new_tree(&mut runner) {
            Ok(tree) => tree.current(),
            Err(reason) => return Err(Ended::NotClaimed(reason.to_string())),
        };
        made.fetch_add(script.len(), Ordering::Relaxed);
        match self.compare(&script) {
            Err(Ended::Differs(difference)) => {
                let differs = |script: &_| matches!(self.compare(script), Err(Ended::Differs(_)));
                let shortest = shrink::shrink(script, differs);
                // It may not show itself a second time; what was seen is told all the same.
                Err(self.compare(&shortest).err().unwrap_or(Ended::Differs(difference)))
            }
            Err(Ended::NotClaimed(reason)) => {
                made.fetch_sub(script.len(), Ordering::Relaxed);
                Err(Ended::NotClaimed(reason))
            }
            Ok(()) => Ok(()),
        }
    }

    /// Plays a script on the backend and on the model.
    fn compare(&self, script: &Script) -> Result<(), Ended> {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let trial = Trial::new(self, format!("random-{run}"));
        let played = Player::start(&trial).and_then(|mut player| player.play(script));
        let (problem, by_host) = match super::outcome(played) {
            super::Outcome::Passed => return Ok(()),
            super::Outcome::Failed(problem) => (problem, false),
            super::Outcome::BrokenByHost(problem) => (problem, true),
            // There is nothing to play with: that is no agreement.
            super::Outcome::NotClaimed(reason) => return Err(Ended::NotClaimed(reason)),
        };
        let difference = Difference { script: script.clone(), problem, by_host, calls: trial.log.lines() };
        Err(Ended::Differs(difference))
    }
}

/// Why a run ended before its last step.
enum Ended {
    Differs(Difference),
    NotClaimed(String),
}

impl RandomReport {
    fn new(seed: Option<u64>, operations: usize, ended: Option<Ended>) -> Self {
        let (difference, not_claimed) = match ended {
            None => (None, None),
            Some(Ended::Differs(difference)) => (Some(difference), None),
            Some(Ended::NotClaimed(reason)) => (None, Some(reason)),
        };
        Self { seed, operations, difference, not_claimed }
    }
}

/// What a behaviour says of a random run.
pub(super) fn agree(trial: &Trial<'_>, seed: u64, operations: usize) -> super::expect::Done {
    trial.start()?;
    let report = trial.kit.random(seed, operations);
    if let Some(reason) = report.not_claimed {
        return Err(Stop::NotClaimed(reason));
    }
    match report.difference {
        None => Ok(()),
        Some(difference) => {
            for call in &difference.calls {
                trial.log.remark(call);
            }
            let problem = format!("{}; shown by --script '{}'", difference.problem, difference.script);
            Err(if difference.by_host { Stop::Host(problem) } else { Stop::Failed(problem) })
        }
    }
}
