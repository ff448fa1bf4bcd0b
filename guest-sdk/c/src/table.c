/* Tables: columns and pages over the rows that a backend gives. */
#include "internal.h"

/* The most rows that one call answers; the caller comes again for more. */
#define BATCH_ROWS 5000

OBJ(own_table_t) ms_handle_table(OBJ(table_t) *table) { return OBJ(table_new)(table); }

/* One row for each message of a folder. */
static ms_code rows_of_messages(const ms_folder *folder, ms_rows *rows) {
    ms_ids ids = {0};
    ms_code code = folder->ops->messages(folder->self, &ids);
    for (size_t i = 0; code == MS_OK && i < ids.count; i++) {
        ms_message message = {0};
        code = folder->ops->open_message(folder->self, ids.items[i], false, &message);
        if (code != MS_OK) break;
        ms_properties *row = ms_add_row(rows);
        code = message.ops->properties ? message.ops->properties(message.self, row) : ms_missing("message.get-properties");
        if (message.ops->drop) message.ops->drop(message.self);
    }
    free(ids.items);
    return code;
}

/* One row for each attachment of a message, with nothing in it that has its content. */
static ms_code rows_of_attachments(const ms_message *message, ms_rows *rows) {
    static const ms_tag wanted[] = {PID_TAG_ATTACH_NUMBER,        PID_TAG_ATTACH_SIZE,       PID_TAG_ATTACH_METHOD,
                                    PID_TAG_ATTACH_LONG_FILENAME, PID_TAG_ATTACH_FILENAME,   PID_TAG_ATTACH_EXTENSION,
                                    PID_TAG_ATTACH_MIME_TAG,      PID_TAG_ATTACH_CONTENT_ID, PID_TAG_RENDERING_POSITION,
                                    PID_TAG_ATTACH_FLAGS,         PID_TAG_ATTACHMENT_HIDDEN, PID_TAG_DISPLAY_NAME};
    ms_ids numbers = {0};
    ms_code code = message->ops->attachments(message->self, &numbers);
    for (size_t i = 0; code == MS_OK && i < numbers.count; i++) {
        ms_attachment attachment = {0};
        code = message->ops->open_attachment(message->self, (uint32_t)numbers.items[i], false, &attachment);
        if (code != MS_OK) break;
        ms_properties *row = ms_add_row(rows);
        row->wanted = wanted, row->wanted_count = sizeof wanted / sizeof *wanted;
        code = attachment.ops->properties ? attachment.ops->properties(attachment.self, row) : ms_missing("attachment.get-properties");
        row->wanted = NULL;
        if (attachment.ops->drop) attachment.ops->drop(attachment.self);
    }
    free(numbers.items);
    return code;
}

/* Asks for the rows; those that were there stay if that fails. */
static ms_code load(OBJ(table_t) *table) {
    ms_rows rows = {0};
    ms_code code = MS_OK;
    if (HAS(table, load)) code = table->is.ops->load(table->is.self);
    else if (HAS(table, rows)) code = table->is.ops->rows(table->is.self, &rows);
    else if (table->folder) code = rows_of_messages(&table->folder->is, &rows);
    else if (table->message) code = rows_of_attachments(&table->message->is, &rows);
    if (code != MS_OK) {
        ms_empty_rows(&rows);
        return code;
    }
    ms_empty_rows(&table->rows);
    table->rows = rows;
    return MS_OK;
}

void OBJ(table_destructor)(OBJ(table_t) *rep) {
    if (HAS(rep, drop)) rep->is.ops->drop(rep->is.self);
    ms_empty_rows(&rep->rows);
    free(rep->columns);
    if (rep->folder && !--rep->folder->tables && rep->folder->dropped) OBJ(folder_destructor)(rep->folder);
    if (rep->message && !--rep->message->tables && rep->message->dropped) OBJ(message_destructor)(rep->message);
    free(rep);
}

ms_code ms_open_table(ms_table table, OBJ(folder_t) *folder, OBJ(message_t) *message, OBJ(table_t) **opened) {
    OBJ(table_t) *rep = ms_zeros(1, sizeof *rep);
    rep->is = table;
    rep->folder = folder, rep->message = message;
    if (folder) folder->tables++;
    if (message) message->tables++;
    ms_code code = load(rep);
    if (code == MS_OK) *opened = rep;
    else OBJ(table_destructor)(rep);
    return code;
}

size_t ms_row_count(OBJ(table_t) *table) {
    return HAS(table, count) ? table->is.ops->count(table->is.self) : table->rows.count;
}

/* The cells of one row. */
static ms_code cells_of_row(OBJ(borrow_table_t) self, size_t position, cell_t *cells) {
    if (!HAS(self, row)) {
        ms_fill_cells(self->rows.items[position], self->columns, self->column_count, cells);
        return MS_OK;
    }
    ms_properties bag = {.wanted = self->columns, .wanted_count = self->column_count};
    ms_code code = self->is.ops->row(self->is.self, position, &bag);
    if (code == MS_OK) ms_fill_cells(&bag, self->columns, self->column_count, cells);
    ms_empty(&bag);
    return code;
}

bool OBJ(method_table_available_columns)(OBJ(borrow_table_t) self, OBJ(list_property_tag_t) *ret, error_t_ *err) {
    size_t count = 0;
    while (self->is.ops && self->is.ops->columns && self->is.ops->columns[count]) count++;
    *ret = (OBJ(list_property_tag_t)){count ? (ms_tag *)ms_copy(self->is.ops->columns, count * sizeof(ms_tag)) : NULL, count};
    return ms_done(MS_OK, err);
}

bool OBJ(method_table_set_columns)(OBJ(borrow_table_t) self, OBJ(list_property_tag_t) *columns, error_t_ *err) {
    ms_code code = columns->len ? MS_OK : ms_fail(MS_INVALID_PARAMETER, "a table needs a column");
    if (code == MS_OK) {
        free(self->columns);
        self->columns = (ms_tag *)ms_copy(columns->ptr, columns->len * sizeof(ms_tag));
        self->column_count = columns->len;
    }
    OBJ(list_property_tag_free)(columns);
    return ms_done(code, err);
}

/* The view without restriction or order is the one that every table has. */
static ms_code leave_to_host(bool plain) {
    return plain ? MS_OK : ms_fail(MS_TOO_COMPLEX, "this table has its natural view only");
}

bool OBJ(method_table_set_restriction)(OBJ(borrow_table_t) self, OBJ(restriction_t) *restriction, error_t_ *err) {
    bool own = HAS(self, set_restriction);
    ms_code code = own ? self->is.ops->set_restriction(self->is.self, restriction) : leave_to_host(!restriction);
    if (own && code == MS_OK) code = load(self);
    if (restriction) OBJ(restriction_free)(restriction);
    return ms_done(code, err);
}

bool OBJ(method_table_set_sort_order)(OBJ(borrow_table_t) self, OBJ(sort_order_t) *order, error_t_ *err) {
    bool own = HAS(self, set_sort_order);
    ms_code code = own ? self->is.ops->set_sort_order(self->is.self, order) : leave_to_host(!order);
    if (own && code == MS_OK) code = load(self);
    if (order) OBJ(sort_order_free)(order);
    return ms_done(code, err);
}

bool OBJ(method_table_row_count)(OBJ(borrow_table_t) self, uint32_t *ret, error_t_ *err) {
    *ret = (uint32_t)ms_row_count(self);
    return ms_done(MS_OK, err);
}

bool OBJ(method_table_query_rows)(OBJ(borrow_table_t) self, uint32_t start, uint32_t count, OBJ(row_batch_t) *ret, error_t_ *err) {
    if (!self->column_count) return ms_done(ms_fail(MS_NOT_INITIALIZED, "the table has no columns yet"), err);
    size_t total = ms_row_count(self), left = start < total ? total - start : 0, width = self->column_count;
    size_t rows = count < left ? count : left;
    if (rows > BATCH_ROWS) rows = BATCH_ROWS;
    mapistore_backend_types_list_cell_t cells = {ms_zeros(rows * width, sizeof *cells.ptr), rows * width};
    ms_code code = MS_OK;
    size_t filled = 0;
    for (; code == MS_OK && filled < rows; filled++) code = cells_of_row(self, start + filled, cells.ptr + filled * width);
    if (code != MS_OK) {
        cells.len = (filled ? filled - 1 : 0) * width;
        if (cells.len) mapistore_backend_types_list_cell_free(&cells);
        else free(cells.ptr);
        return ms_done(code, err);
    }
    ret->row_count = (uint32_t)rows;
    ret->at_end = rows == left;
    ret->cells = cells;
    return ms_done(MS_OK, err);
}

bool OBJ(method_table_find_row)(OBJ(borrow_table_t) self, uint32_t start, OBJ(direction_t) direction, OBJ(restriction_t) *restriction,
                                OBJ(option_found_row_t) *ret, error_t_ *err) {
    size_t position = 0;
    bool backward = direction == EXPORTS_MAPISTORE_BACKEND_OBJECTS_DIRECTION_BACKWARD;
    ms_code code = HAS(self, find_row) && !self->column_count
                       ? ms_fail(MS_NOT_INITIALIZED, "the table has no columns yet")
                       : CALL(self, find_row, "table.find-row", start, backward, restriction, &position);
    ret->is_some = code == MS_OK;
    if (code == MS_NOT_FOUND) code = MS_OK;
    if (ret->is_some) {
        OBJ(list_cell_t) cells = {ms_zeros(self->column_count, sizeof *cells.ptr), self->column_count};
        code = position < ms_row_count(self) ? cells_of_row(self, position, cells.ptr) : ms_fail(MS_CORRUPTED, "row %zu is past the end", position);
        if (code == MS_OK) ret->val = (OBJ(found_row_t)){(uint32_t)position, cells};
        else free(cells.ptr);
    }
    OBJ(restriction_free)(restriction);
    return ms_done(code, err);
}

bool OBJ(method_table_refresh)(OBJ(borrow_table_t) self, error_t_ *err) { return ms_done(load(self), err); }
