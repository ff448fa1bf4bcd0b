/* Messages: the host's calls of them, as calls of the backend's functions. */
#include "internal.h"

OBJ(own_message_t) ms_handle_message(ms_message message, bool writable) {
    OBJ(message_t) *rep = ms_zeros(1, sizeof *rep);
    rep->is = message;
    rep->writable = writable;
    return OBJ(message_new)(rep);
}

/* As a folder: a table over its attachments may outlive it. */
void OBJ(message_destructor)(OBJ(message_t) *rep) {
    rep->dropped = true;
    if (rep->tables) return;
    if (HAS(rep, drop)) rep->is.ops->drop(rep->is.self);
    free(rep);
}

/* ------------------------------------------------------------------ properties */

bool OBJ(method_message_list_properties)(OBJ(borrow_message_t) self, OBJ(list_property_tag_t) *ret, error_t_ *err) {
    ms_properties bag = {0};
    ms_code code = CALL(self, properties, "message.get-properties", &bag);
    if (code == MS_OK) ms_list_tags(&bag, ret);
    ms_empty(&bag);
    return ms_done(code, err);
}

bool OBJ(method_message_get_properties)(OBJ(borrow_message_t) self, OBJ(list_property_tag_t) *tags, OBJ(list_cell_t) *ret,
                                        error_t_ *err) {
    ms_properties bag = {.wanted = tags->ptr, .wanted_count = tags->len};
    ms_code code = CALL(self, properties, "message.get-properties", &bag);
    if (code == MS_OK) {
        *ret = (OBJ(list_cell_t)){ms_zeros(tags->len, sizeof *ret->ptr), tags->len};
        ms_fill_cells(&bag, tags->ptr, tags->len, ret->ptr);
    }
    ms_empty(&bag);
    OBJ(list_property_tag_free)(tags);
    return ms_done(code, err);
}

bool OBJ(method_message_set_properties)(OBJ(borrow_message_t) self, OBJ(list_property_t) *values, OBJ(list_property_problem_t) *ret,
                                        error_t_ *err) {
    ms_code code = !HAS(self, set_property) ? ms_missing("message.set-properties") : self->writable ? MS_OK : ms_read_only();
    if (code == MS_OK) ms_set_each(self->is.self, self->is.ops->set_property, values, ret);
    OBJ(list_property_free)(values);
    return ms_done(code, err);
}

bool OBJ(method_message_remove_properties)(OBJ(borrow_message_t) self, OBJ(list_property_tag_t) *tags,
                                           OBJ(list_property_problem_t) *ret, error_t_ *err) {
    ms_code code = !HAS(self, remove_property) ? ms_missing("message.remove-properties") : self->writable ? MS_OK : ms_read_only();
    if (code == MS_OK) ms_remove_each(self->is.self, self->is.ops->remove_property, tags, ret);
    OBJ(list_property_tag_free)(tags);
    return ms_done(code, err);
}

bool OBJ(method_message_open_stream)(OBJ(borrow_message_t) self, ms_tag tag, OBJ(stream_access_t) access,
                                     OBJ(own_property_stream_t) *ret, error_t_ *err) {
    ms_stream stream = {0};
    ms_code code = HAS(self, open_stream) && access != MS_READ && !self->writable
                       ? ms_read_only()
                       : CALL(self, open_stream, "message.open-stream", tag, (ms_access)access, &stream);
    if (code == MS_OK) *ret = ms_handle_stream(stream);
    return ms_done(code, err);
}

/* ------------------------------------------------------------------ data and recipients */

static backend_option_string_t optional(const char *text) {
    return (backend_option_string_t){.is_some = text != NULL, .val = text ? ms_string(text) : (backend_string_t){0}};
}

/* The columns of all recipients: name and address first, then every other property that one of them has. */
static ms_tag *columns_of(const ms_recipients *recipients, size_t *count) {
    size_t room = 0;
    ms_tag *columns = ms_grow(NULL, 0, &room, sizeof *columns);
    columns[0] = PID_TAG_DISPLAY_NAME, columns[1] = PID_TAG_EMAIL_ADDRESS, *count = 2;
    for (size_t i = 0; i < recipients->count; i++) {
        const ms_properties *bag = &recipients->items[i]->bag;
        for (size_t j = 0; j < bag->count; j++) {
            size_t at = 0;
            while (at < *count && columns[at] >> 16 != bag->items[j].tag >> 16) at++;
            if (at < *count) continue;
            columns = ms_grow(columns, *count, &room, sizeof *columns);
            columns[(*count)++] = bag->items[j].tag;
        }
    }
    return columns;
}

static void table_of(const ms_recipients *recipients, OBJ(recipient_table_t) *table) {
    *table = (OBJ(recipient_table_t)){0};
    if (!recipients->count) return;
    size_t width;
    table->columns.ptr = columns_of(recipients, &width), table->columns.len = width;
    table->rows.ptr = ms_zeros(recipients->count, sizeof *table->rows.ptr), table->rows.len = recipients->count;
    for (size_t i = 0; i < recipients->count; i++) {
        const recipient *from = recipients->items[i];
        mapistore_backend_types_recipient_t *row = &table->rows.ptr[i];
        row->kind = (uint8_t)from->kind;
        row->username = optional(from->account);
        row->cells.ptr = ms_zeros(width, sizeof *row->cells.ptr), row->cells.len = width;
        for (size_t j = 0; j < width; j++) {
            const ms_value *value = ms_get(&from->bag, table->columns.ptr[j]);
            /* A value of another type than its column has no place in the row. */
            row->cells.ptr[j].is_some = value && ms_value_type(value->tag) == (table->columns.ptr[j] & TYPE_MASK);
            if (row->cells.ptr[j].is_some) row->cells.ptr[j].val = ms_value_copy(value);
        }
    }
}

bool OBJ(method_message_get_data)(OBJ(borrow_message_t) self, OBJ(message_data_t) *ret, error_t_ *err) {
    static const ms_tag wanted[] = {PID_TAG_SUBJECT, PID_TAG_SUBJECT_PREFIX, PID_TAG_NORMALIZED_SUBJECT};
    ms_properties bag = {.wanted = wanted, .wanted_count = 3};
    ms_recipients recipients = {0};
    ms_code code = CALL(self, properties, "message.get-properties", &bag);
    if (code == MS_OK && HAS(self, recipients)) code = self->is.ops->recipients(self->is.self, &recipients);
    if (code == MS_OK) {
        const char *subject = ms_get_text(&bag, PID_TAG_NORMALIZED_SUBJECT), *prefix = ms_get_text(&bag, PID_TAG_SUBJECT_PREFIX);
        ret->subject_prefix = optional(prefix && *prefix ? prefix : NULL);
        ret->normalized_subject = optional(subject ? subject : ms_get_text(&bag, PID_TAG_SUBJECT));
        table_of(&recipients, &ret->recipients);
    }
    ms_empty(&bag);
    ms_empty_recipients(&recipients);
    return ms_done(code, err);
}

bool OBJ(method_message_set_recipients)(OBJ(borrow_message_t) self, OBJ(recipient_table_t) *table, error_t_ *err) {
    ms_recipients recipients = {0};
    for (size_t i = 0; i < table->rows.len; i++) {
        const mapistore_backend_types_recipient_t *row = &table->rows.ptr[i];
        char *account = row->username.is_some ? ms_terminated(row->username.val.ptr, row->username.val.len) : NULL;
        ms_properties *bag = ms_add_recipient(&recipients, (ms_recipient_kind)row->kind, account);
        free(account);
        for (size_t j = 0; j < row->cells.len && j < table->columns.len; j++)
            if (row->cells.ptr[j].is_some) ms_set(bag, table->columns.ptr[j], &row->cells.ptr[j].val);
    }
    ms_code code = CHANGE(self, set_recipients, "message.set-recipients", &recipients);
    ms_empty_recipients(&recipients);
    OBJ(recipient_table_free)(table);
    return ms_done(code, err);
}

bool OBJ(method_message_set_read_flag)(OBJ(borrow_message_t) self, bool read, error_t_ *err) {
    return ms_done(CALL(self, set_read_flag, "message.set-read-flag", read), err);
}

bool OBJ(method_message_save)(OBJ(borrow_message_t) self, bool force, OBJ(change_number_t) *ret, error_t_ *err) {
    return ms_done(CHANGE(self, save, "message.save", force, ret), err);
}

bool OBJ(method_message_submit)(OBJ(borrow_message_t) self, OBJ(submit_mode_t) mode, error_t_ *err) {
    return ms_done(CALL(self, submit, "message.submit", (ms_submit_mode)mode), err);
}

/* ------------------------------------------------------------------ attachments */

bool OBJ(method_message_list_attachments)(OBJ(borrow_message_t) self, OBJ(list_attach_num_t) *ret, error_t_ *err) {
    ms_ids numbers = {0};
    ms_code code = CALL(self, attachments, "message.list-attachments", &numbers);
    if (code == MS_OK) {
        ret->ptr = ms_zeros(numbers.count, sizeof *ret->ptr), ret->len = numbers.count;
        for (size_t i = 0; i < numbers.count; i++) ret->ptr[i] = (uint32_t)numbers.items[i];
    }
    free(numbers.items);
    return ms_done(code, err);
}

bool OBJ(method_message_open_attachment)(OBJ(borrow_message_t) self, OBJ(attach_num_t) number, bool read_write,
                                         OBJ(own_attachment_t) *ret, error_t_ *err) {
    ms_attachment attachment = {0};
    ms_code code = read_write && HAS(self, open_attachment) && !self->writable
                       ? ms_read_only()
                       : CALL(self, open_attachment, "message.open-attachment", number, read_write, &attachment);
    if (code == MS_OK) *ret = ms_handle_attachment(attachment, read_write);
    return ms_done(code, err);
}

bool OBJ(method_message_create_attachment)(OBJ(borrow_message_t) self, OBJ(tuple2_attach_num_own_attachment_t) *ret, error_t_ *err) {
    ms_attachment attachment = {0};
    uint32_t number = 0;
    ms_code code = CHANGE(self, create_attachment, "message.create-attachment", &number, &attachment);
    if (code == MS_OK) ret->f0 = number, ret->f1 = ms_handle_attachment(attachment, true);
    return ms_done(code, err);
}

bool OBJ(method_message_delete_attachment)(OBJ(borrow_message_t) self, OBJ(attach_num_t) number, error_t_ *err) {
    return ms_done(CHANGE(self, delete_attachment, "message.delete-attachment", number), err);
}

bool OBJ(method_message_open_attachment_table)(OBJ(borrow_message_t) self, OBJ(own_table_t) *ret, error_t_ *err) {
    static const ms_tag columns[] = {PID_TAG_ATTACH_NUMBER,        PID_TAG_ATTACH_SIZE,     PID_TAG_ATTACH_METHOD,
                                     PID_TAG_ATTACH_LONG_FILENAME, PID_TAG_ATTACH_MIME_TAG, 0};
    static const ms_table_ops attachments = {.columns = columns};
    ms_table object = {&attachments, NULL};
    bool over_attachments = HAS(self, attachments) && HAS(self, open_attachment) && !HAS(self, open_attachment_table);
    ms_code code = over_attachments ? MS_OK : CALL(self, open_attachment_table, "message.open-attachment-table", &object);
    OBJ(table_t) *table;
    if (code == MS_OK) code = ms_open_table(object, NULL, over_attachments ? self : NULL, &table);
    if (code == MS_OK) *ret = ms_handle_table(table);
    return ms_done(code, err);
}
