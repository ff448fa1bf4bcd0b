//! The named properties of an owner, in both directions.

use super::layout::{self, NameKey, OwnerNumber};
use super::read::Reader;
use super::view::View;
use super::write::WriteTxn;
use crate::index::{IndexError, NamedProperty, Owner, PROPERTY_ID_MAX};

impl View<'_> {
    pub(super) fn property_id(
        &self,
        owner: OwnerNumber,
        property: &NamedProperty,
    ) -> Result<Option<u16>, IndexError> {
        let row =
            self.databases.property_ids.get(self.txn, NameKey::of_property(owner, property).as_slice())?;
        let Some(row) = row else { return Ok(None) };
        let id = u16::from_be_bytes(layout::array(row, 0, "property_ids")?);
        // A long name has only its digest in the key.
        Ok((self.property_name(owner, id)?.as_ref() == Some(property)).then_some(id))
    }

    pub(super) fn property_name(
        &self,
        owner: OwnerNumber,
        id: u16,
    ) -> Result<Option<NamedProperty>, IndexError> {
        let row = self.databases.property_names.get(self.txn, &layout::property_id_key(owner, id))?;
        row.map(layout::property).transpose()
    }
}

impl Reader<'_> {
    pub(super) fn named_to_ids(&self, names: &[NamedProperty]) -> Result<Vec<Option<u16>>, IndexError> {
        names.iter().map(|name| self.view.property_id(self.owner, name)).collect()
    }

    pub(super) fn names_of_ids(&self, ids: &[u16]) -> Result<Vec<Option<NamedProperty>>, IndexError> {
        ids.iter().map(|id| self.view.property_name(self.owner, *id)).collect()
    }
}

impl WriteTxn<'_> {
    /// The id of each name, new where there is none.
    pub(super) fn named_to_ids(
        &mut self,
        owner: &Owner,
        names: &[NamedProperty],
    ) -> Result<Vec<Option<u16>>, IndexError> {
        let mut row = self.owner_or_new(owner)?;
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            let id = match self.view().property_id(row.number, name)? {
                Some(id) => id,
                None => {
                    let next = u16::try_from(row.next_property).ok().filter(|next| *next <= PROPERTY_ID_MAX);
                    let id = next.ok_or(IndexError::Exhausted("property ids"))?;
                    row.next_property += 1;
                    let (key, by_id) =
                        (NameKey::of_property(row.number, name), layout::property_id_key(row.number, id));
                    self.insert(self.databases().property_ids, key.as_slice(), &id.to_be_bytes())?;
                    self.insert(self.databases().property_names, &by_id, &layout::property_bytes(name))?;
                    id
                }
            };
            ids.push(Some(id));
        }
        self.put_owner(owner, row)?;
        Ok(ids)
    }
}
