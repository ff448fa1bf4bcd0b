//! Random operations on an index and on the simplest thing that could be one.

use super::*;

/// Every record there is, in the order of the ids, and nothing else.
#[derive(Default)]
struct Model {
    records: Vec<(Fmid, String, Option<ChangeNumber>)>,
}

impl Model {
    fn live(&self, text: &str) -> Option<usize> {
        let identity = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
        let is =
            |(_, uri, deleted): &(_, String, Option<_>)| deleted.is_none() && identity(uri) == identity(text);
        self.records.iter().position(is)
    }

    fn below(&self, prefix: &str) -> Vec<usize> {
        let is = |at: &usize| self.records[*at].2.is_none() && self.records[*at].1.starts_with(prefix);
        (0..self.records.len()).filter(is).collect()
    }

    fn id(&self, id: Fmid) -> Option<usize> {
        self.records.iter().position(|(known, ..)| *known == id)
    }

    fn insert(&mut self, id: Fmid, text: &str) {
        self.records.push((id, text.to_owned(), None));
        self.records.sort_by_key(|(id, ..)| *id);
    }

    fn rename(&mut self, old: &str, new: &str) -> Option<usize> {
        let (moved, own) = (self.below(old), self.live(old).is_some_and(|at| self.records[at].1 == old));
        if new == old {
            return Some(0);
        }
        if new.starts_with(old) || !self.below(new).is_empty() || (own && self.live(new).is_some()) {
            return None;
        }
        for at in &moved {
            let uri = &mut self.records[*at].1;
            *uri = [new, &uri[old.len()..]].concat();
        }
        Some(moved.len())
    }
}

/// xorshift64*: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % end
    }

    /// A URI of few components from few names, so that they meet.
    fn uri(&mut self, container: bool) -> Uri {
        let mut text = "n:/".to_owned();
        let long = "l".repeat(500);
        for _ in 0..self.below(5) {
            text.push('/');
            text.push_str(["a", "b", "ab", "", &long][self.below(5)]);
        }
        if container || text == "n:/" {
            text.push('/');
        }
        if !text.starts_with("n://") {
            text = "n://".to_owned();
        }
        uri(&text)
    }
}

/// Runs random operations for an owner of its own, and compares everything after each.
pub(super) fn compare(index: &dyn Index, seed: u64, operations: usize) {
    let name = owner(&format!("owner {seed}"));
    let scope = Scope::namespace(name.clone(), "n").unwrap();
    let (mut model, mut random) = (Model::default(), Random(seed));
    let mut spare: Vec<Fmid> = Vec::new();
    for _ in 0..operations {
        let container = random.below(3) == 0;
        let (one, other) = (random.uri(container), random.uri(container));
        let some = |random: &mut Random, model: &Model| match model.records.len() {
            0 => Fmid(0),
            len => model.records[random.below(len)].0,
        };
        match random.below(10) {
            0..=2 => {
                let ids = index.ensure_ids(&scope, &[one.clone(), other.clone()]).unwrap();
                for (id, uri) in ids.into_iter().zip([one, other]) {
                    match model.live(uri.as_str()) {
                        Some(at) => assert_eq!(model.records[at].0, id),
                        None => model.insert(id, uri.as_str()),
                    }
                }
            }
            3 => {
                spare.extend(spare.is_empty().then(|| index.reserve(&scope, 1).unwrap().first));
                let id = if random.below(4) == 0 { some(&mut random, &model) } else { spare[0] };
                let free = id != Fmid(0) && model.id(id).is_none() && model.live(one.as_str()).is_none();
                assert_eq!(index.add(&scope, id, &one).is_ok(), free);
                if free {
                    model.insert(id, one.as_str());
                    spare.clear();
                }
            }
            4..=5 => {
                let id = some(&mut random, &model);
                let at = model.id(id).filter(|at| model.records[*at].2.is_none());
                let free = model.live(one.as_str()).is_none_or(|taken| Some(taken) == at);
                assert_eq!(index.update(&scope, id, &one).is_ok(), at.is_some() && free);
                if let Some(at) = at.filter(|_| free) {
                    model.records[at].1 = one.into();
                }
            }
            6..=7 => {
                let (old, new) = (random.uri(true), random.uri(true));
                let expected = model.rename(old.as_str(), new.as_str());
                let count = index.rename_prefix(&scope, &old, &new).ok();
                assert_eq!(count, expected.map(|count| count as u64), "{old} to {new}");
            }
            8 => {
                let ids = [some(&mut random, &model), some(&mut random, &model)];
                index.remove(&scope, &ids, DeleteMode::Hard).unwrap();
                model.records.retain(|(id, ..)| !ids.contains(id));
            }
            _ => {
                let ids = [some(&mut random, &model), some(&mut random, &model)];
                index.remove(&scope, &ids, DeleteMode::Soft).unwrap();
                // Their change numbers are the index's to choose; the order is checked below.
                let dump = index.dump(&name, None, BATCH_MAX).unwrap();
                for (record, dumped) in model.records.iter_mut().zip(dump) {
                    if ids.contains(&record.0) && record.2.is_none() {
                        record.2 = Some(dumped.deleted.unwrap());
                    }
                }
            }
        }
        same(index, &scope, &model, &mut random);
    }
    let report = index.verify().unwrap();
    assert!(report.is_clean(), "{report:?}");
}

fn same(index: &dyn Index, scope: &Scope, model: &Model, random: &mut Random) {
    let dump = index.dump(scope.owner(), None, BATCH_MAX).unwrap();
    let dump: Vec<_> = dump.into_iter().map(|entry| (entry.id, entry.uri, entry.deleted)).collect();
    assert_eq!(dump, model.records);

    let probe = random.uri(random.0.is_multiple_of(2));
    let found = index.get_ids(scope, std::slice::from_ref(&probe)).unwrap().remove(0);
    let deleted = model.records.iter().filter(|(_, uri, deleted)| {
        deleted.is_some() && uri.strip_suffix('/').unwrap_or(uri) == probe.identity()
    });
    let expected = match model.live(probe.as_str()) {
        Some(at) => Some(&model.records[at]),
        None => deleted.max_by_key(|(.., deleted)| *deleted),
    };
    let expected = expected.map(|(id, uri, deleted)| Entry {
        id: *id,
        uri: uri.clone(),
        soft_deleted: deleted.is_some(),
    });
    assert_eq!(found, expected, "{probe}");

    let prefix = &probe.as_str()[..random.below(probe.as_str().len() + 1)];
    let suffix = ["", "/", "b", "a/"][random.below(4)];
    let found = index.find(scope, prefix, suffix, None, BATCH_MAX).unwrap();
    let found: Vec<_> = found.into_iter().map(|entry| entry.id).collect();
    let expected = model.below(prefix).into_iter().map(|at| &model.records[at]);
    let expected: Vec<_> = expected.filter(|(_, uri, _)| uri.ends_with(suffix)).map(|(id, ..)| *id).collect();
    assert_eq!(found, expected, "{prefix} ... {suffix}");

    let mut expected: Vec<_> =
        model.records.iter().filter_map(|(id, uri, deleted)| Some((*deleted.as_ref()?, id, uri))).collect();
    expected.sort();
    expected.retain(|(.., uri)| uri.starts_with(prefix));
    let listed = index.list_deleted(scope, prefix, ChangeNumber(0)).unwrap();
    assert!(listed.iter().map(|entry| &entry.id).eq(expected.iter().map(|(_, id, _)| *id)));
}
