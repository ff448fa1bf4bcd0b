//! Checks that every way to a row agrees with every other, and with the counters. Reads all of the index.

use std::collections::HashSet;

use heed::types::DecodeIgnore;

use super::Db;
use super::layout::{self, FolderNumber, Leaf, NameKey, OwnerNumber, OwnerRow, Record, TOP};
use super::view::View;
use crate::index::{Globcnt, IndexError, PROPERTY_ID_MIN, Report, Uri};

pub(super) fn verify(view: &View<'_>) -> Result<Report, IndexError> {
    let mut check = Check { view, report: Report::default(), owner: String::new(), number: 0 };
    let mut numbers = HashSet::new();
    for (owner, row) in view.owner_rows()? {
        check.owner = owner.to_string();
        check.number = row.number;
        check.report.owners += 1;
        check
            .demand(numbers.insert(row.number), || format!("its number {} is another's as well", row.number));
        check.owner(&row)?;
    }
    check.strays(numbers)?;
    Ok(check.report)
}

struct Check<'v> {
    view: &'v View<'v>,
    report: Report,
    /// Whose rows are being checked.
    owner: String,
    number: OwnerNumber,
}

impl Check<'_> {
    fn demand(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            self.report.problem(format!("owner `{}`: {}", self.owner, problem()));
        }
    }

    /// Keeps what is wrong with one row from hiding what is wrong with others.
    fn readable<T>(&mut self, read: Result<T, IndexError>) -> Result<Option<T>, IndexError> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(IndexError::Corrupt(problem)) => {
                self.demand(false, || problem);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn owner(&mut self, row: &OwnerRow) -> Result<(), IndexError> {
        let (live, tombstones) = (self.report.live, self.report.tombstones);
        self.records(row)?;
        let (live, tombstones) = (self.report.live - live, self.report.tombstones - tombstones);
        self.demand(row.live == live, || format!("{live} live records, but its row says {}", row.live));
        self.demand(row.tombstones == tombstones, || {
            format!("{tombstones} tombstones, but its row says {}", row.tombstones)
        });
        // Each record has a row of its own in each of these. With as many rows as records, there are no others.
        let ways = [
            ("leaves", self.view.databases.leaves, live),
            ("tombstones", self.view.databases.tombstones, tombstones),
            ("tombstone_uris", self.view.databases.tombstone_uris, tombstones),
        ];
        for (name, db, expected) in ways {
            let found = self.count(db)?;
            self.demand(found == expected, || format!("{found} rows in `{name}` for {expected} records"));
        }
        self.folders(row)?;
        self.properties(row)?;
        self.mailbox(row)?;
        Ok(())
    }

    fn records(&mut self, row: &OwnerRow) -> Result<(), IndexError> {
        for entry in self.view.rows_from(self.view.databases.records, self.number, Globcnt::MIN.get())? {
            let (key, value) = entry?;
            let Some(globcnt) = self.readable(layout::counter(key, 4, "records"))? else { continue };
            let id = globcnt.get();
            self.demand(id < row.next_globcnt, || {
                format!("record {id} is not below the counter {}", row.next_globcnt)
            });
            let uri = match self.readable(Record::from_bytes(value))? {
                None => continue,
                Some(Record::Live { folder, name, container }) => {
                    self.report.live += 1;
                    let leaf = self.view.leaf(self.number, folder, name);
                    let leaf = self.readable(leaf)?.flatten();
                    self.demand(leaf == Some(Leaf { globcnt, container }), || {
                        format!("record {id} is `{name}` in folder {folder}, where there is {leaf:?}")
                    });
                    let Some(path) = self.readable(self.view.path(self.number, folder))? else { continue };
                    [&*path, name, if container { "/" } else { "" }].concat()
                }
                Some(Record::Tombstone { change, uri }) => {
                    self.report.tombstones += 1;
                    self.tombstone(globcnt, change, uri, row)?;
                    uri.to_owned()
                }
            };
            let parsed = Uri::parse(uri);
            self.demand(parsed.is_ok(), || format!("record {id} has no URI: {parsed:?}"));
        }
        Ok(())
    }

    fn tombstone(
        &mut self,
        globcnt: Globcnt,
        change: Globcnt,
        uri: &str,
        row: &OwnerRow,
    ) -> Result<(), IndexError> {
        let id = globcnt.get();
        self.demand(change.get() < row.next_change, || {
            format!(
                "change number {} of tombstone {id} is not below the counter {}",
                change.get(),
                row.next_change
            )
        });
        let by_change = layout::counter_key(self.number, change);
        let identity = uri.strip_suffix('/').unwrap_or(uri);
        let by_uri = layout::tombstone_uri_key(self.number, identity, change);
        let databases = self.view.databases;
        for (name, db, key) in [
            ("tombstones", databases.tombstones, &by_change[..]),
            ("tombstone_uris", databases.tombstone_uris, &by_uri),
        ] {
            let found = db.get(self.view.txn, key)?;
            self.demand(found == Some(&layout::counter_bytes(globcnt)), || {
                format!("tombstone {id} has no row in `{name}`, or another's")
            });
        }
        Ok(())
    }

    fn folders(&mut self, row: &OwnerRow) -> Result<(), IndexError> {
        let databases = self.view.databases;
        let mut names: u64 = 0;
        for entry in databases.folder_names.prefix_iter(self.view.txn, &self.number.to_be_bytes())? {
            let (key, value) = entry?;
            names += 1;
            let folder = self.readable(layout::array(key, 4, "folder_names").map(u32::from_be_bytes))?;
            let (Some(folder), Some((parent, name))) = (folder, self.readable(layout::folder_name(value))?)
            else {
                continue;
            };
            self.folder(folder, parent, name, row)?;
        }
        let folders = self.count(databases.folders)?;
        self.demand(folders == names, || format!("{folders} rows in `folders`, {names} in `folder_names`"));
        Ok(())
    }

    fn folder(
        &mut self,
        folder: FolderNumber,
        parent: FolderNumber,
        name: &str,
        row: &OwnerRow,
    ) -> Result<(), IndexError> {
        self.demand(folder != TOP && folder < row.next_folder, || {
            format!("folder {folder} is not below the counter {}", row.next_folder)
        });
        let key = NameKey::in_folder(self.number, parent, name);
        let found = self.view.databases.folders.get(self.view.txn, key.as_slice())?;
        self.demand(found == Some(&folder.to_be_bytes()), || {
            format!("folder {folder} is not found as `{name}` in folder {parent}")
        });
        self.readable(self.view.path(self.number, folder))?;
        let empty = self.view.is_empty(self.number, folder)?;
        self.demand(!empty, || format!("nothing is in folder {folder}"));
        Ok(())
    }

    fn properties(&mut self, row: &OwnerRow) -> Result<(), IndexError> {
        let databases = self.view.databases;
        let mut names: u64 = 0;
        for entry in databases.property_names.prefix_iter(self.view.txn, &self.number.to_be_bytes())? {
            let (key, value) = entry?;
            names += 1;
            let id = self.readable(layout::array(key, 4, "property_names").map(u16::from_be_bytes))?;
            let (Some(id), Some(property)) = (id, self.readable(layout::property(value))?) else { continue };
            let found = self.view.property_id(self.number, &property);
            let found = self.readable(found)?.flatten();
            self.demand(found == Some(id), || format!("property {id:#06x} is not found by its name"));
            self.demand(id >= PROPERTY_ID_MIN && u32::from(id) < row.next_property, || {
                format!("property {id:#06x} is not below the counter {:#06x}", row.next_property)
            });
        }
        let ids = self.count(databases.property_ids)?;
        self.demand(ids == names, || format!("{ids} rows in `property_ids`, {names} in `property_names`"));
        Ok(())
    }

    fn mailbox(&mut self, row: &OwnerRow) -> Result<(), IndexError> {
        let head = self.view.mailbox_head(self.number);
        let revision = self.readable(head)?.map_or(0, |(revision, _)| revision);
        for found in self.view.mailbox_rows(self.number)? {
            let Some((globcnt, _)) = self.readable(found)? else { continue };
            self.demand(globcnt.get() < row.next_globcnt && revision > 0, || {
                format!("row {} of the mailbox is not below the counter, or of no mailbox", globcnt.get())
            });
        }
        Ok(())
    }

    fn count(&self, db: Db) -> Result<u64, IndexError> {
        let mut rows = 0;
        let db = db.remap_data_type::<DecodeIgnore>();
        for row in db.prefix_iter(self.view.txn, &self.number.to_be_bytes())? {
            row?;
            rows += 1;
        }
        Ok(rows)
    }

    /// Looks for rows of owners that do not exist and are not about to be purged.
    fn strays(&mut self, mut known: HashSet<OwnerNumber>) -> Result<(), IndexError> {
        for row in self.view.databases.meta.prefix_iter(self.view.txn, b"gone")? {
            known.insert(u32::from_be_bytes(layout::array(row?.0, 4, "meta")?));
        }
        for db in self.view.databases.owned() {
            let mut from = Some(0);
            // One step per owner: from the first row of one to the first of the next.
            while let Some(next) = from
                && let Some((key, _)) =
                    db.get_greater_than_or_equal_to(self.view.txn, &u32::to_be_bytes(next))?
            {
                let number = u32::from_be_bytes(layout::array(key, 0, "meta")?);
                if !known.contains(&number) {
                    self.report
                        .problem(format!("there are rows of owner number {number}, which does not exist"));
                }
                from = number.checked_add(1);
            }
        }
        Ok(())
    }
}
