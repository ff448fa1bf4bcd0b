//! The conformance kit: what is right passes, and each of many deliberately wrong backends fails on what it does wrong.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use guest_mutants::MUTANTS;
use mapistore::conformance::{Behaviour, Kit, Outcome, Plan, Report};
use tests::registered::kit;

fn all() -> Plan {
    Plan::default()
}

fn only(ids: &[&str]) -> Plan {
    Plan { only: ids.iter().map(|id| (*id).to_owned()).collect(), threads: 1 }
}

/// Everything that is not as it should be, with the calls that show it.
fn complaints(report: &Report) -> String {
    let bad = report
        .findings
        .iter()
        .filter(|finding| matches!(finding.outcome, Outcome::Failed(_) | Outcome::BrokenByHost(_)));
    let told = bad.map(|finding| {
        let id = finding.behaviour.id;
        format!("{} {id}: {:?}\n  {}\n", report.backend, finding.outcome, finding.calls.join("\n  "))
    });
    told.collect()
}

fn passes(kit: &Kit, claimed_at_least: usize) {
    let report = kit.run(&all()).unwrap();
    assert!(report.is_clean(), "{}", complaints(&report));
    assert_eq!(report.findings.len(), Behaviour::all().count());
    let passed = report.count(|outcome| *outcome == Outcome::Passed);
    assert!(passed >= claimed_at_least, "only {passed} passed");
}

#[test]
fn memory_passes_every_behaviour_that_it_claims() {
    passes(&kit("mapistore-memory", None, &[]), 160);
}

#[test]
fn maildir_passes_every_behaviour_that_it_claims() {
    passes(&kit("mapistore-maildir", Some("/mail"), &[]), 160);
}

#[test]
fn vdir_passes_every_behaviour_that_it_claims() {
    passes(&kit("mapistore-vdir", Some("/vdir"), &[]), 140);
}

#[test]
fn fallback_passes_every_behaviour_that_it_claims() {
    passes(&kit("mapistore-fallback", None, &[]), 200);
}

#[test]
fn a_small_honest_backend_passes_and_the_host_does_what_it_does_not_claim() {
    let report = kit("guest-well-behaved", None, &[]).run(&all()).unwrap();
    assert!(report.is_clean(), "{}", complaints(&report));
    let finding = |id: &str| report.findings.iter().find(|finding| finding.behaviour.id == id).unwrap();
    for id in ["TA-07", "TA-10", "TA-18"] {
        assert!(
            finding(id).by_host && finding(id).outcome == Outcome::Passed,
            "{id}: {:?}",
            finding(id).outcome
        );
    }
    assert!(matches!(finding("FO-01").outcome, Outcome::NotClaimed(_)), "{:?}", finding("FO-01").outcome);
    assert!(!finding("FO-11").by_host);
}

#[test]
fn the_original_of_the_mutants_passes_every_behaviour_that_it_claims() {
    passes(&kit("guest-mutants", None, &[]), 160);
}

#[test]
fn every_mutant_fails_on_every_behaviour_that_it_is_listed_to_break() {
    let next = AtomicUsize::new(0);
    let survivors = Mutex::new(Vec::new());
    let work = || {
        while let Some(mutant) = MUTANTS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let kit = kit("guest-mutants", None, &[("mutant", mutant.name)]);
            let report = kit.run(&only(mutant.breaks)).unwrap();
            assert_eq!(report.findings.len(), mutant.breaks.len(), "{}", mutant.name);
            for finding in &report.findings {
                if !matches!(finding.outcome, Outcome::Failed(_)) {
                    let survivor =
                        format!("{} in {}: {:?}", mutant.name, finding.behaviour.id, finding.outcome);
                    survivors.lock().unwrap().push(survivor);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let survivors = survivors.into_inner().unwrap();
    assert!(MUTANTS.len() >= 25);
    assert!(survivors.is_empty(), "{} of {}:\n{}", survivors.len(), MUTANTS.len(), survivors.join("\n"));
}

#[test]
fn a_failure_is_told_with_its_calls_and_what_came_back() {
    let kit = kit("guest-mutants", None, &[("mutant", "copy-deletes-source")]);
    let report = kit.run(&only(&["ME-13"])).unwrap();
    let failure = report.failures().next().unwrap();
    let Outcome::Failed(problem) = &failure.outcome else { panic!("{:?}", failure.outcome) };
    assert!(problem.contains("the source"), "{problem}");
    let calls = failure.calls.join("\n");
    assert!(calls.contains("folder.move-copy-messages(same-context(#"), "{calls}");
    assert!(calls.contains("outcome: ok"), "{calls}");
}

#[test]
fn an_unknown_behaviour_is_an_error_that_names_it() {
    let error = kit("guest-well-behaved", None, &[]).run(&only(&["FO-01", "XX-99"])).unwrap_err();
    assert!(error.to_string().contains("`XX-99`"), "{error}");
}

#[test]
fn a_difference_from_the_model_shrinks_to_a_short_script_that_shows_it_again() {
    for (name, steps_max) in
        [("copy-deletes-source", 4), ("attachment-number-reused", 8), ("move-changes-ids", 5)]
    {
        let wrong = kit("guest-mutants", None, &[("mutant", name)]);
        let Some(difference) = wrong.random(3, 3000).difference else {
            // Numbers of attachments are not compared: a model that knew them would be a second backend.
            assert_eq!(name, "attachment-number-reused");
            continue;
        };
        assert!(difference.script.len() <= steps_max, "{name}: {}", difference.script);
        let again = difference.script.to_string().parse().unwrap();
        assert!(wrong.play(&again).difference.is_some(), "{name}: {again}");
        assert!(kit("guest-mutants", None, &[]).play(&again).difference.is_none(), "{name}: {again}");
    }
}

#[test]
fn random_operations_on_every_sample_leave_what_they_leave_in_the_model() {
    let kits = [
        kit("mapistore-memory", None, &[]),
        kit("mapistore-maildir", Some("/mail"), &[]),
        kit("mapistore-fallback", None, &[]),
        kit("mapistore-vdir", Some("/vdir"), &[]),
    ];
    for kit in kits {
        let report = kit.random(2, 500);
        assert!(report.difference.is_none(), "{}: {:#?}", kit.backend(), report.difference);
        assert_eq!(report.not_claimed, None, "{}", kit.backend());
        assert!(report.operations >= 500);
    }
}

#[test]
fn a_backend_without_a_folder_to_play_in_is_not_said_to_agree_with_the_model() {
    let report = kit("guest-well-behaved", None, &[]).random(1, 500);
    assert!(report.not_claimed.is_some(), "{report:?}");
    assert_eq!(report.operations, 0);
}

#[test]
fn what_lives_in_memory_is_known_not_to_survive_and_what_lives_on_disk_to_survive() {
    assert!(!kit("mapistore-memory", None, &[]).is_durable());
    assert!(kit("mapistore-maildir", Some("/mail"), &[]).is_durable());
}
