//! One behaviour of the contract: its id, its sentence, what a backend must claim to be asked for it, and how it is shown.

use super::KitError;
use super::areas;
use super::expect::Done;
use super::trial::Trial;
use crate::bindings::mapistore::backend::types::Capabilities;

/// See the module.
pub struct Behaviour {
    /// Two letters for the area, and a number that stays for ever.
    pub id: &'static str,
    /// What has to hold.
    pub sentence: &'static str,
    /// Without these, a backend is not asked.
    pub(super) needs: &'static [Capabilities],
    /// What the host does for a backend that does not claim it.
    pub(super) host_does: &'static [Capabilities],
    pub(super) show: fn(&Trial<'_>) -> Done,
}

impl std::fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.id)
    }
}

impl Behaviour {
    /// The area: `FO` of `FO-01`.
    pub fn area(&self) -> &'static str {
        self.id.split_once('-').map_or(self.id, |(area, _)| area)
    }

    /// All of them, area by area.
    pub fn all() -> impl Iterator<Item = &'static Behaviour> {
        areas::ALL.iter().flat_map(|area| area.iter())
    }

    pub(super) const fn of(
        id: &'static str,
        sentence: &'static str,
        needs: &'static [Capabilities],
        show: fn(&Trial<'_>) -> Done,
    ) -> Self {
        Self { id, sentence, needs, host_does: &[], show }
    }

    /// The host does these for a backend that does not claim them.
    pub(super) const fn or_host(self, host_does: &'static [Capabilities]) -> Self {
        Self { host_does, ..self }
    }
}

/// The behaviours of these ids, or all of them. An area's letters stand for all of the area.
///
/// # Errors
/// There is none of an id.
pub(super) fn choose(only: &[String]) -> Result<Vec<&'static Behaviour>, KitError> {
    let named = |behaviour: &Behaviour, id: &str| {
        id.eq_ignore_ascii_case(behaviour.id) || id.eq_ignore_ascii_case(behaviour.area())
    };
    if let Some(unknown) = only.iter().find(|id| !Behaviour::all().any(|behaviour| named(behaviour, id))) {
        return Err(KitError::UnknownBehaviour { id: unknown.clone() });
    }
    let chosen = |behaviour: &&Behaviour| only.is_empty() || only.iter().any(|id| named(behaviour, id));
    Ok(Behaviour::all().filter(chosen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_in_order_within_their_area() {
        let ids: Vec<_> = Behaviour::all().map(|behaviour| behaviour.id).collect();
        for pair in ids.windows(2) {
            let same_area = pair[0][..2] == pair[1][..2];
            assert!(!same_area || pair[0] < pair[1], "{pair:?}");
        }
        let mut areas: Vec<_> = ids.iter().map(|id| &id[..2]).collect();
        areas.dedup();
        let count = areas.len();
        areas.sort_unstable();
        areas.dedup();
        assert_eq!(areas.len(), count, "an area stands in one place");
    }

    #[test]
    fn sentences_are_sentences() {
        for behaviour in Behaviour::all() {
            let fine = behaviour.sentence.ends_with('.') && behaviour.sentence.len() > 15;
            assert!(fine, "{}: {}", behaviour.id, behaviour.sentence);
        }
    }

    #[test]
    fn an_area_an_id_or_nothing_chooses_and_an_unknown_id_is_an_error() {
        let count = |only: &[&str]| {
            let only: Vec<_> = only.iter().map(|id| (*id).to_owned()).collect();
            choose(&only).map(|chosen| chosen.len()).ok()
        };
        assert_eq!(count(&["fo-01"]), Some(1));
        assert!(count(&["FO"]) > Some(10));
        assert!(count(&[]) > count(&["FO", "ME"]));
        assert_eq!(count(&["ZZ-01"]), None);
    }
}
