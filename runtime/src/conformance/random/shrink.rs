//! Makes a script shorter for as long as it shows what it shows: first without runs of steps, long ones first, then with
//! smaller numbers.
//!
//! A difference of a long script mostly needs few of its steps, and a play costs seconds: halves first finds that out in a
//! fraction of the plays that dropping step by step takes.

use std::time::{Duration, Instant};

use super::script::{Script, Step};

/// How often a script is played at most to make it shorter, and for how long.
const PLAYS_MAX: usize = 500;
const TIME_MAX: Duration = Duration::from_secs(60);

/// The shortest script that is found, beginning with one that `shows` it.
pub(super) fn shrink(script: Script, mut shows: impl FnMut(&Script) -> bool) -> Script {
    let (mut plays, until) = (0, Instant::now() + TIME_MAX);
    let mut still = |steps: &[Step]| {
        plays += 1;
        plays <= PLAYS_MAX && Instant::now() < until && shows(&Script { steps: steps.to_vec() })
    };
    let mut steps = script.steps;
    let mut run = steps.len().div_ceil(2);
    while run > 0 {
        let (mut at, before) = (0, steps.len());
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + run).min(steps.len()));
            if still(&fewer) {
                steps = fewer;
            } else {
                at += run;
            }
        }
        // Single steps are tried until none can go any more.
        run = if run == 1 && steps.len() < before { 1 } else { run / 2 };
    }
    for at in 0..steps.len() {
        // The simplest that still shows it, again and again until none does.
        while let Some(simpler) = simpler(&steps, at).into_iter().find_map(|step| {
            let mut changed = steps.clone();
            changed[at] = step;
            still(&changed).then_some(changed)
        }) {
            steps = simpler;
        }
    }
    Script { steps }
}

/// A step with smaller numbers, the simplest first.
fn simpler(steps: &[Step], at: usize) -> Vec<Step> {
    let Some(step) = steps.get(at) else { return Vec::new() };
    let text = step.to_string();
    let mut words = text.split(' ');
    let word = words.next().unwrap_or_default();
    let numbers: Vec<u8> = words.filter_map(|number| number.parse().ok()).collect();
    let written = |numbers: &[u8]| {
        let numbers: Vec<String> = numbers.iter().map(u8::to_string).collect();
        format!("{word} {}", numbers.join(" ")).parse().ok()
    };
    let mut all = vec![vec![0; numbers.len()]];
    for (place, number) in numbers.iter().enumerate() {
        for smaller in 0..*number {
            let mut changed = numbers.clone();
            changed[place] = smaller;
            all.push(changed);
        }
    }
    all.retain(|changed| *changed != numbers);
    all.iter().filter_map(|numbers| written(numbers)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Script {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_needed_stays_and_the_rest_goes() {
        let long =
            script("add 3; mkdir 4 5; add 1; read; delete 7 9; query 2 2; move 3 3; reopen; add 2; mark 1 1");
        let shows = |script: &Script| {
            let text = script.to_string();
            let (mkdir, moved) = (text.find("mkdir"), text.find("move"));
            mkdir.is_some() && mkdir < moved
        };
        let mut plays = 0;
        let shortest = shrink(long, |script| {
            plays += 1;
            shows(script)
        });
        assert_eq!(shortest.to_string(), "mkdir 0 0; move 0 0");
        assert!(plays < 60, "{plays}");
    }

    #[test]
    fn a_number_that_matters_stays_as_small_as_it_can_be() {
        let shows = |script: &Script| {
            script.steps.iter().any(|step| matches!(step, Step::Delete { how, .. } if *how >= 5))
        };
        assert_eq!(shrink(script("add 1; delete 3 9"), shows).to_string(), "delete 0 5");
    }

    #[test]
    fn a_script_of_nothing_stays_one() {
        assert!(shrink(script(""), |_| true).is_empty());
    }
}
