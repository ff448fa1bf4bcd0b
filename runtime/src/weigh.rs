//! How many bytes a value of the contract brings across the boundary: its texts, lists and numbers, without what the
//! canonical ABI puts around them. Exact, so that an owner can be billed by it.

use wasmtime::component::ResourceAny;

use crate::bindings::exports::mapistore::backend::objects::{
    DeletedSet, FoundRow, ImportKeys, TransferItem, TransferSource,
};
use crate::bindings::mapistore::backend::index::{Entry, IdRange};
use crate::bindings::mapistore::backend::named_properties::{NamedProperty, PropName};
use crate::bindings::mapistore::backend::notifications::{Event, Modification, Object, Transfer};
use crate::bindings::mapistore::backend::types::*;

/// See the module.
pub(crate) trait Weigh {
    fn bytes(&self) -> usize;
}

macro_rules! of_one_size {
    ($($type:ty),*) => {
        $(impl Weigh for $type {
            fn bytes(&self) -> usize {
                size_of::<$type>()
            }
        })*
    };
}

of_one_size!((), bool, u8, i16, u16, i32, u32, i64, u64, f32, f64);

macro_rules! of_code {
    ($($type:ty),*) => {
        $(impl Weigh for $type {
            fn bytes(&self) -> usize {
                1
            }
        })*
    };
}

of_code!(ErrorCode, Relop, MatchKind, SubObject, SortDirection, Role, RecipientKind, MatchFlags);

macro_rules! sum_of {
    ($($type:ty { $($field:ident),* })*) => {
        $(impl Weigh for $type {
            fn bytes(&self) -> usize {
                let Self { $($field),* } = self;
                0 $(+ $field.bytes())*
            }
        })*
    };
}

sum_of! {
    Guid { hi, lo }
    Error { code, detail }
    Property { tag, value }
    PropertyProblem { tag, code }
    ContentMatch { tag, value, kind, options }
    PropertyMatch { op, tag, value }
    CompareMatch { op, left, right }
    BitmaskMatch { non_zero, tag, mask }
    SizeMatch { op, tag, size }
    SubMatch { object, child }
    CommentNode { values, child }
    CountNode { count, child }
    SortKey { tag, direction }
    SortOrder { keys, categories, expanded }
    ContextEntry { url, name, main_folder, role, tag }
    Recipient { kind, username, cells }
    RecipientTable { columns, rows }
    MessageData { subject_prefix, normalized_subject, recipients }
    RowBatch { row_count, cells, at_end }
    Permission { member, name, rights }
    ItemOutcome { id, outcome }
    DeletedSet { ids, upto }
    ImportKeys { change_key, predecessors }
    TransferItem { source, target, keys }
    FoundRow { index, cells }
    NamedProperty { set, name }
    Entry { id, uri, soft_deleted }
    IdRange { first, count }
    Object { folder, message }
    Transfer { to, source }
    Modification { target, tags }
}

impl Weigh for ResourceAny {
    fn bytes(&self) -> usize {
        size_of::<u32>()
    }
}

impl Weigh for str {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Weigh for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl<T: Weigh> Weigh for [T] {
    fn bytes(&self) -> usize {
        self.iter().map(Weigh::bytes).sum()
    }
}

impl<T: Weigh> Weigh for Vec<T> {
    fn bytes(&self) -> usize {
        self.as_slice().bytes()
    }
}

impl<T: Weigh> Weigh for Option<T> {
    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, Weigh::bytes)
    }
}

impl<T: Weigh, E: Weigh> Weigh for Result<T, E> {
    fn bytes(&self) -> usize {
        match self {
            Ok(value) => value.bytes(),
            Err(error) => error.bytes(),
        }
    }
}

impl<A: Weigh, B: Weigh> Weigh for (A, B) {
    fn bytes(&self) -> usize {
        self.0.bytes() + self.1.bytes()
    }
}

impl<A: Weigh, B: Weigh, C: Weigh> Weigh for (A, B, C) {
    fn bytes(&self) -> usize {
        self.0.bytes() + self.1.bytes() + self.2.bytes()
    }
}

impl<T: Weigh + ?Sized> Weigh for &T {
    fn bytes(&self) -> usize {
        (**self).bytes()
    }
}

impl Weigh for PropertyValue {
    fn bytes(&self) -> usize {
        use PropertyValue as V;
        match self {
            V::Null | V::Object => 0,
            V::Integer16(_) => 2,
            V::Integer32(_) | V::Floating32(_) | V::ErrorCode(_) => 4,
            V::Floating64(_) | V::Currency(_) | V::FloatingTime(_) | V::Integer64(_) | V::Time(_) => 8,
            V::Deferred(_) => 8,
            V::Boolean(_) => 1,
            V::Guid(guid) => guid.bytes(),
            V::Text(text) => text.len(),
            V::String8(bytes)
            | V::Binary(bytes)
            | V::ServerId(bytes)
            | V::RestrictionBlob(bytes)
            | V::RuleActions(bytes) => bytes.len(),
            V::MultipleInteger16(all) => all.bytes(),
            V::MultipleInteger32(all) => all.bytes(),
            V::MultipleFloating32(all) => all.bytes(),
            V::MultipleFloating64(all) | V::MultipleFloatingTime(all) => all.bytes(),
            V::MultipleCurrency(all) | V::MultipleInteger64(all) => all.bytes(),
            V::MultipleTime(all) => all.bytes(),
            V::MultipleGuid(all) => all.bytes(),
            V::MultipleText(all) => all.bytes(),
            V::MultipleString8(all) | V::MultipleBinary(all) => all.iter().map(Vec::len).sum(),
        }
    }
}

impl Weigh for RestrictionNode {
    fn bytes(&self) -> usize {
        match self {
            Self::AllOf(children) | Self::AnyOf(children) => children.bytes(),
            Self::Negate(child) => child.bytes(),
            Self::Content(of) => of.bytes(),
            Self::Property(of) => of.bytes(),
            Self::Compare(of) => of.bytes(),
            Self::Bitmask(of) => of.bytes(),
            Self::Size(of) => of.bytes(),
            Self::Exists(tag) => tag.bytes(),
            Self::Sub(of) => of.bytes(),
            Self::Comment(of) => of.bytes(),
            Self::Count(of) => of.bytes(),
        }
    }
}

impl Weigh for Member {
    fn bytes(&self) -> usize {
        match self {
            Self::DefaultUser | Self::Anonymous => 1,
            Self::User(entry_id) => entry_id.len(),
        }
    }
}

impl Weigh for PermissionChange {
    fn bytes(&self) -> usize {
        match self {
            Self::Add(row) | Self::Modify(row) => row.bytes(),
            Self::Remove(member) => member.bytes(),
        }
    }
}

impl Weigh for TransferSource {
    fn bytes(&self) -> usize {
        match self {
            Self::SameContext(folder) => folder.bytes(),
            Self::Uri(uri) => uri.len(),
        }
    }
}

impl Weigh for Event {
    fn bytes(&self) -> usize {
        match self {
            Self::NewMail(of) | Self::Created(of) | Self::Deleted(of) => of.bytes(),
            Self::Modified(of) => of.bytes(),
            Self::Moved(of) | Self::Copied(of) => of.bytes(),
            Self::TableChanged(of) => of.bytes(),
        }
    }
}

impl Weigh for PropName {
    fn bytes(&self) -> usize {
        match self {
            Self::Lid(lid) => lid.bytes(),
            Self::Name(name) => name.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_weighs_what_its_cells_do() {
        let cells = vec![
            Ok(PropertyValue::Text("héllo".into())),
            Ok(PropertyValue::Integer32(1)),
            Err(ErrorCode::NotFound),
            Ok(PropertyValue::MultipleBinary(vec![vec![0; 3], vec![0; 4]])),
        ];
        assert_eq!(RowBatch { row_count: 1, cells, at_end: true }.bytes(), 4 + (6 + 4 + 1 + 7) + 1);
    }

    #[test]
    fn an_error_weighs_its_code_and_its_words() {
        let error = Error { code: ErrorCode::Failed, detail: Some("why".into()) };
        assert_eq!(Err::<(), _>(error).bytes(), 4);
    }
}
