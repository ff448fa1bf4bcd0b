//go:build wasip1

package export_mapistore_backend_objects

import (
	"mapistore"
	objects "mapistore/internal/bindings/mapistore_backend_objects"
	types "mapistore/internal/bindings/mapistore_backend_types"
	"mapistore/internal/convert"
	wit "mapistore/internal/wit/types"
)

// Folder is a [mapistore.Folder] as the host has it.
type Folder struct{ held[mapistore.Folder] }

func newFolder(folder mapistore.Folder) *Folder { return &Folder{hold(folder)} }

// lent is the author's own folder, for a call of another one; nil where there is none.
func lent(folder *Folder) mapistore.Folder {
	if folder == nil {
		return nil
	}
	return folder.it
}

func transferSource(source TransferSource) mapistore.TransferSource {
	if source.Tag() == TransferSourceUri {
		return mapistore.TransferSource{URI: source.Uri()}
	}
	return mapistore.TransferSource{Folder: lent(source.SameContext())}
}

func transferItem(item objects.TransferItem) mapistore.TransferItem {
	converted := mapistore.TransferItem{Source: mapistore.MID(item.Source), Target: mapistore.MID(item.Target)}
	if item.Keys.IsSome() {
		keys := mapistore.ImportKeys(item.Keys.Some())
		converted.Keys = &keys
	}
	return converted
}

func cells(cells []mapistore.Cell) []types.Cell { return convert.List(cells, convert.Cell) }

func problems(problems []mapistore.PropertyProblem) []types.PropertyProblem {
	return convert.List(problems, convert.PropertyProblem)
}

func outcomes(outcomes []mapistore.ItemOutcome) []types.ItemOutcome {
	return convert.List(outcomes, convert.Outcome)
}

func permissions(permissions []mapistore.Permission) []types.Permission {
	return convert.List(permissions, convert.Permission)
}

func deletedSet(set mapistore.DeletedSet) objects.DeletedSet {
	return objects.DeletedSet{Ids: convert.Numbers[uint64](set.IDs), Upto: uint64(set.Upto)}
}

func (o *Folder) ListProperties() answer[[]uint32] {
	return Answer(&o.guard, "folder.list-properties", convert.Numbers[uint32, mapistore.PropertyTag], func() ([]mapistore.PropertyTag, error) {
		return mapistore.ListProperties(o.it)
	})
}

func (o *Folder) GetProperties(tags []uint32) answer[[]types.Cell] {
	return Answer(&o.guard, "folder.get-properties", cells, func() ([]mapistore.Cell, error) {
		return mapistore.GetProperties(o.it, convert.Numbers[mapistore.PropertyTag](tags))
	})
}

func (o *Folder) SetProperties(values []types.Property) answer[[]types.PropertyProblem] {
	return Answer(&o.guard, "folder.set-properties", problems, func() ([]mapistore.PropertyProblem, error) {
		return o.it.SetProperties(convert.List(values, convert.Property))
	})
}

func (o *Folder) RemoveProperties(tags []uint32) answer[[]types.PropertyProblem] {
	return Answer(&o.guard, "folder.remove-properties", problems, func() ([]mapistore.PropertyProblem, error) {
		return o.it.RemoveProperties(convert.Numbers[mapistore.PropertyTag](tags))
	})
}

func (o *Folder) OpenStream(tag uint32, access uint8) answer[*PropertyStream] {
	return Answer(&o.guard, "folder.open-stream", newStream, func() (mapistore.PropertyStream, error) {
		return o.it.OpenStream(mapistore.PropertyTag(tag), mapistore.StreamAccess(access))
	})
}

func (o *Folder) OpenFolder(id uint64) answer[*Folder] {
	return Answer(&o.guard, "folder.open-folder", newFolder, func() (mapistore.Folder, error) {
		return o.it.OpenFolder(mapistore.FID(id))
	})
}

func (o *Folder) CreateFolder(id uint64, properties []types.Property) answer[*Folder] {
	return Answer(&o.guard, "folder.create-folder", newFolder, func() (mapistore.Folder, error) {
		return o.it.CreateFolder(mapistore.FID(id), convert.List(properties, convert.Property))
	})
}

func (o *Folder) Delete(mode uint8, recursive bool) answer[wit.Unit] {
	return Done(&o.guard, "folder.delete", func() error { return o.it.Delete(mapistore.DeleteMode(mode), recursive) })
}

func (o *Folder) MoveTo(target wit.Option[*Folder], newName string) answer[wit.Unit] {
	return Done(&o.guard, "folder.move-to", func() error { return o.it.MoveTo(lent(target.Some()), newName) })
}

func (o *Folder) CopyTo(target *Folder, recursive bool, newName string) answer[wit.Unit] {
	return Done(&o.guard, "folder.copy-to", func() error { return o.it.CopyTo(lent(target), recursive, newName) })
}

func (o *Folder) OpenMessage(id uint64, readWrite bool) answer[*Message] {
	return Answer(&o.guard, "folder.open-message", newMessage, func() (mapistore.Message, error) {
		return o.it.OpenMessage(mapistore.MID(id), readWrite)
	})
}

func (o *Folder) CreateMessage(id uint64, associated bool) answer[*Message] {
	return Answer(&o.guard, "folder.create-message", newMessage, func() (mapistore.Message, error) {
		return o.it.CreateMessage(mapistore.MID(id), associated)
	})
}

func (o *Folder) DeleteMessages(ids []uint64, mode uint8) answer[[]types.ItemOutcome] {
	return Answer(&o.guard, "folder.delete-messages", outcomes, func() ([]mapistore.ItemOutcome, error) {
		return o.it.DeleteMessages(convert.Numbers[mapistore.ID](ids), mapistore.DeleteMode(mode))
	})
}

func (o *Folder) MoveCopyMessages(source TransferSource, items []objects.TransferItem, copies bool) answer[[]types.ItemOutcome] {
	return Answer(&o.guard, "folder.move-copy-messages", outcomes, func() ([]mapistore.ItemOutcome, error) {
		return o.it.MoveCopyMessages(transferSource(source), convert.List(items, transferItem), copies)
	})
}

func (o *Folder) SetReadFlags(ids []uint64, read bool) answer[[]types.ItemOutcome] {
	return Answer(&o.guard, "folder.set-read-flags", outcomes, func() ([]mapistore.ItemOutcome, error) {
		return mapistore.SetReadFlags(o.it, convert.Numbers[mapistore.ID](ids), read)
	})
}

func (o *Folder) GetChildCount(kind uint8) answer[uint32] {
	return Answer(&o.guard, "folder.get-child-count", same[uint32], func() (uint32, error) {
		return mapistore.GetChildCount(o.it, mapistore.TableKind(kind))
	})
}

func (o *Folder) OpenTable(kind uint8) answer[*Table] {
	return Answer(&o.guard, "folder.open-table", newTable, func() (mapistore.Table, error) {
		return o.it.OpenTable(mapistore.TableKind(kind))
	})
}

func (o *Folder) GetDeleted(kind uint8, since uint64) answer[objects.DeletedSet] {
	return Answer(&o.guard, "folder.get-deleted", deletedSet, func() (mapistore.DeletedSet, error) {
		return o.it.GetDeleted(mapistore.TableKind(kind), mapistore.ChangeNumber(since))
	})
}

func (o *Folder) GetPermissions() answer[[]types.Permission] {
	return Answer(&o.guard, "folder.get-permissions", permissions, func() ([]mapistore.Permission, error) {
		return o.it.GetPermissions()
	})
}

func (o *Folder) ModifyPermissions(options uint8, changes []types.PermissionChange) answer[wit.Unit] {
	return Done(&o.guard, "folder.modify-permissions", func() error {
		return o.it.ModifyPermissions(mapistore.PermissionOptions(options), convert.List(changes, convert.PermissionChange))
	})
}

func (o *Folder) PreloadMessages(kind uint8, ids []uint64) answer[wit.Unit] {
	return Done(&o.guard, "folder.preload-messages", func() error {
		return o.it.PreloadMessages(mapistore.TableKind(kind), convert.Numbers[mapistore.ID](ids))
	})
}
