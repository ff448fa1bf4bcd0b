//! `mapistore:backend/named-properties`: the owner's map between names and property ids.

use super::{HostState, guest_error};
use crate::bindings::mapistore::backend::named_properties::{Host, NamedProperty, PropName};
use crate::bindings::mapistore::backend::types::{Error, Guid};
use crate::index;
use crate::weigh::Weigh;

fn to_index(property: NamedProperty) -> index::NamedProperty {
    index::NamedProperty {
        set: u128::from(property.set.hi) << 64 | u128::from(property.set.lo),
        name: match property.name {
            PropName::Lid(lid) => index::PropertyName::Lid(lid),
            PropName::Name(name) => index::PropertyName::Text(name),
        },
    }
}

fn to_guest(property: index::NamedProperty) -> NamedProperty {
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
    let set = Guid { hi: (property.set >> 64) as u64, lo: property.set as u64 };
    let name = match property.name {
        index::PropertyName::Lid(lid) => PropName::Lid(lid),
        index::PropertyName::Text(name) => PropName::Name(name),
    };
    NamedProperty { set, name }
}

impl Host for HostState {
    fn to_ids(
        &mut self,
        names: Vec<NamedProperty>,
        create: bool,
    ) -> wasmtime::Result<Result<Vec<Option<u16>>, Error>> {
        self.traffic.count(names.bytes(), 2 * names.len());
        Ok(self.mailbox().and_then(|mailbox| {
            let names: Vec<_> = names.into_iter().map(to_index).collect();
            let ids = mailbox.index.named_to_ids(mailbox.scope.owner(), &names, create);
            ids.map_err(|error| guest_error(&error))
        }))
    }

    fn to_names(&mut self, ids: Vec<u16>) -> wasmtime::Result<Result<Vec<Option<NamedProperty>>, Error>> {
        let names = self.mailbox().and_then(|mailbox| {
            let names = mailbox.index.names_of_ids(mailbox.scope.owner(), &ids);
            let names = names.map_err(|error| guest_error(&error))?;
            Ok(names.into_iter().map(|name| name.map(to_guest)).collect::<Vec<_>>())
        });
        self.traffic.count(2 * ids.len(), names.as_ref().map_or(0, Weigh::bytes));
        Ok(names)
    }
}
