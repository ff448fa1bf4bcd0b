//go:build wasip1

package export_mapistore_backend_objects

import (
	"mapistore"
	objects "mapistore/internal/bindings/mapistore_backend_objects"
	types "mapistore/internal/bindings/mapistore_backend_types"
	"mapistore/internal/convert"
	wit "mapistore/internal/wit/types"
)

// Table is a [mapistore.Table] as the host has it.
type Table struct{ held[mapistore.Table] }

func newTable(table mapistore.Table) *Table { return &Table{hold(table)} }

func foundRow(row *mapistore.FoundRow) wit.Option[objects.FoundRow] {
	if row == nil {
		return wit.None[objects.FoundRow]()
	}
	return wit.Some(objects.FoundRow{Index: row.Index, Cells: cells(row.Cells)})
}

func (o *Table) AvailableColumns() answer[[]uint32] {
	return Answer(&o.guard, "table.available-columns", convert.Numbers[uint32, mapistore.PropertyTag], func() ([]mapistore.PropertyTag, error) {
		return o.it.AvailableColumns()
	})
}

func (o *Table) SetColumns(columns []uint32) answer[wit.Unit] {
	return Done(&o.guard, "table.set-columns", func() error { return o.it.SetColumns(convert.Numbers[mapistore.PropertyTag](columns)) })
}

func (o *Table) SetRestriction(restriction wit.Option[types.Restriction]) answer[wit.Unit] {
	return Done(&o.guard, "table.set-restriction", func() error { return o.it.SetRestriction(convert.Restriction(restriction.Some())) })
}

func (o *Table) SetSortOrder(order wit.Option[types.SortOrder]) answer[wit.Unit] {
	return Done(&o.guard, "table.set-sort-order", func() error { return o.it.SetSortOrder(convert.SortOrder(order)) })
}

func (o *Table) RowCount() answer[uint32] {
	return Answer(&o.guard, "table.row-count", same[uint32], func() (uint32, error) {
		return o.it.RowCount()
	})
}

func (o *Table) QueryRows(start, count uint32) answer[types.RowBatch] {
	return Answer(&o.guard, "table.query-rows", convert.RowBatch, func() (mapistore.RowBatch, error) {
		return o.it.QueryRows(start, count)
	})
}

func (o *Table) FindRow(start uint32, direction uint8, restriction types.Restriction) answer[wit.Option[objects.FoundRow]] {
	return Answer(&o.guard, "table.find-row", foundRow, func() (*mapistore.FoundRow, error) {
		return o.it.FindRow(start, mapistore.Direction(direction), convert.Restriction(restriction))
	})
}

func (o *Table) Refresh() answer[wit.Unit] {
	return Done(&o.guard, "table.refresh", func() error { return o.it.Refresh() })
}
