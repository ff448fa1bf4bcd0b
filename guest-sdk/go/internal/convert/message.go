//go:build wasip1

package convert

import (
	"mapistore"
	types "mapistore/internal/bindings/mapistore_backend_types"
	wit "mapistore/internal/wit/types"
)

// MessageData is what a client is told of a message.
func MessageData(data mapistore.MessageData) types.MessageData {
	return types.MessageData{
		SubjectPrefix:     Option(data.SubjectPrefix),
		NormalizedSubject: Option(data.NormalizedSubject),
		Recipients: types.RecipientTable{
			Columns: Numbers[uint32](data.Recipients.Columns),
			Rows:    List(data.Recipients.Rows, recipient),
		},
	}
}

func recipient(row mapistore.Recipient) types.Recipient {
	cell := func(value mapistore.Value) wit.Option[types.PropertyValue] {
		if value == nil {
			return wit.None[types.PropertyValue]()
		}
		return wit.Some(Value(value))
	}
	return types.Recipient{Kind: uint8(row.Kind), Username: Option(row.Username), Cells: List(row.Values, cell)}
}

// FromRecipients are recipients of the host's.
func FromRecipients(table types.RecipientTable) mapistore.RecipientTable {
	cell := func(value wit.Option[types.PropertyValue]) mapistore.Value {
		if !value.IsSome() {
			return nil
		}
		return FromValue(value.Some())
	}
	row := func(row types.Recipient) mapistore.Recipient {
		return mapistore.Recipient{
			Kind: mapistore.RecipientKind(row.Kind), Username: Pointer(row.Username), Values: List(row.Cells, cell),
		}
	}
	return mapistore.RecipientTable{Columns: Numbers[mapistore.PropertyTag](table.Columns), Rows: List(table.Rows, row)}
}

// Permission is a row of a permissions table as the host gets it.
func Permission(permission mapistore.Permission) types.Permission {
	member := types.MakeMemberDefaultUser()
	switch {
	case permission.Member.Anonymous:
		member = types.MakeMemberAnonymous()
	case permission.Member.EntryID != nil:
		member = types.MakeMemberUser(permission.Member.EntryID)
	}
	return types.Permission{Member: member, Name: Option(permission.Name), Rights: permission.Rights}
}

// PermissionChange is a change of the host's.
func PermissionChange(change types.PermissionChange) mapistore.PermissionChange {
	switch change.Tag() {
	case types.PermissionChangeAdd:
		return mapistore.PermissionChange{Action: mapistore.PermissionAdd, Permission: fromPermission(change.Add())}
	case types.PermissionChangeModify:
		return mapistore.PermissionChange{Action: mapistore.PermissionModify, Permission: fromPermission(change.Modify())}
	}
	removed := mapistore.Permission{Member: fromMember(change.Remove())}
	return mapistore.PermissionChange{Action: mapistore.PermissionRemove, Permission: removed}
}

func fromPermission(row types.Permission) mapistore.Permission {
	return mapistore.Permission{Member: fromMember(row.Member), Name: Pointer(row.Name), Rights: row.Rights}
}

func fromMember(member types.Member) mapistore.Member {
	switch member.Tag() {
	case types.MemberAnonymous:
		return mapistore.Member{Anonymous: true}
	case types.MemberUser:
		return mapistore.Member{EntryID: member.User()}
	}
	return mapistore.Member{}
}

// TransferItem is one message of a move or copy.
func TransferItem(source, target uint64, keys *mapistore.ImportKeys) mapistore.TransferItem {
	return mapistore.TransferItem{Source: mapistore.MID(source), Target: mapistore.MID(target), Keys: keys}
}
