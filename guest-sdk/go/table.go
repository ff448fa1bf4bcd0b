package mapistore

import "slices"

// RowsTable is a ready [Table] over rows in memory, in their natural order. It leaves restrictions, sort orders and searches to
// the host, which does them over these rows.
type RowsTable struct {
	UnimplementedTable
	available, columns []PropertyTag
	rows               []Properties
	load               func() ([]Properties, error)
}

// The most rows that one call answers; the caller comes again for more.
const batchRows = 5000

// NewRowsTable makes a table with these columns. load is asked for the rows now, and again at each Refresh.
func NewRowsTable(available []PropertyTag, load func() ([]Properties, error)) (*RowsTable, error) {
	rows, err := load()
	if err != nil {
		return nil, err
	}
	return &RowsTable{available: slices.Clone(available), rows: rows, load: load}, nil
}

// AvailableColumns are those that the table was made with.
func (t *RowsTable) AvailableColumns() ([]PropertyTag, error) { return t.available, nil }

// SetColumns chooses the columns.
func (t *RowsTable) SetColumns(columns []PropertyTag) error {
	if len(columns) == 0 {
		return Errorf(InvalidParameter, "a table needs a column")
	}
	t.columns = columns
	return nil
}

// RowCount is how many rows there are.
func (t *RowsTable) RowCount() (uint32, error) { return uint32(len(t.rows)), nil }

// QueryRows are up to count rows from start.
func (t *RowsTable) QueryRows(start, count uint32) (RowBatch, error) {
	if len(t.columns) == 0 {
		return RowBatch{}, Errorf(NotInitialized, "the table has no columns yet")
	}
	from := min(int64(start), int64(len(t.rows)))
	rows := t.rows[from:min(from+min(int64(count), batchRows), int64(len(t.rows)))]
	cells := make([]Cell, 0, len(rows)*len(t.columns))
	for _, row := range rows {
		for _, tag := range t.columns {
			cells = append(cells, row.Cell(tag, InlineLimit))
		}
	}
	return RowBatch{uint32(len(rows)), cells, from+int64(len(rows)) == int64(len(t.rows))}, nil
}

// Refresh loads the rows again.
func (t *RowsTable) Refresh() error {
	rows, err := t.load()
	if err == nil {
		t.rows = rows
	}
	return err
}

// NewMessagesTable makes a contents table of a small folder: each of the messages is opened, and asked for its properties.
func NewMessagesTable(folder Folder, ids func() ([]MID, error)) (*RowsTable, error) {
	return NewRowsTable(ContentsColumns, func() ([]Properties, error) {
		mids, err := ids()
		if err != nil {
			return nil, err
		}
		rows := make([]Properties, len(mids))
		for at, mid := range mids {
			message, err := folder.OpenMessage(mid, false)
			if err != nil {
				return nil, err
			}
			rows[at], err = message.Properties()
			Drop(message)
			if err != nil {
				return nil, err
			}
		}
		return rows, nil
	})
}
