/* The SDK between the host's calls and a backend's functions: what is answered by default, what is refused, and that everything is let go. */
#define _GNU_SOURCE
#include <mapistore_testing.h>

#include "../src/internal.h"

#include <stdio.h>
#include <string.h>

/* How many objects of the backend's are alive. */
static int alive;

static void drop(void *self) {
    alive--;
    free(self);
}

static void *made(void) {
    alive++;
    return calloc(1, sizeof(int));
}

static ms_code attachment_properties(void *self, ms_properties *out) {
    (void)self;
    ms_set_int32(out, PID_TAG_ATTACH_NUMBER, 0);
    ms_set_text(out, PID_TAG_ATTACH_LONG_FILENAME, "a.txt");
    return MS_OK;
}
static const ms_attachment_ops attachment_ops = {.properties = attachment_properties, .drop = drop};

static ms_code message_properties(void *self, ms_properties *out) {
    (void)self;
    ms_set_subject(out, "Re: \xC3\xA4");
    if (ms_wanted(out, PID_TAG_BODY)) ms_defer(out, PID_TAG_BODY, 80000);
    return MS_OK;
}
static ms_code message_set(void *self, ms_tag tag, const ms_value *value) {
    (void)self, (void)value;
    return tag == PID_TAG_SUBJECT ? MS_OK : MS_NOT_IMPLEMENTED;
}
static ms_code message_recipients(void *self, ms_recipients *out) {
    (void)self;
    ms_set_text(ms_add_recipient(out, MS_TO, "anna"), PID_TAG_EMAIL_ADDRESS, "anna@example.org");
    ms_set_text(ms_add_recipient(out, MS_CC, NULL), PID_TAG_SMTP_ADDRESS, "bob@example.org");
    return MS_OK;
}
static ms_code message_attachments(void *self, ms_ids *out) {
    (void)self;
    ms_list_id(out, 0);
    return MS_OK;
}
static ms_code message_open_attachment(void *self, uint32_t number, bool read_write, ms_attachment *out) {
    (void)self, (void)read_write;
    if (number) return ms_fail(MS_NOT_FOUND, "there is one only");
    *out = (ms_attachment){&attachment_ops, made()};
    return MS_OK;
}
static const ms_message_ops message_ops = {.properties = message_properties, .set_property = message_set, .recipients = message_recipients,
                                           .attachments = message_attachments, .open_attachment = message_open_attachment, .drop = drop};

static ms_code folder_open_message(void *self, ms_id mid, bool read_write, ms_message *out) {
    (void)self, (void)read_write;
    if (mid != 5) return ms_fail(MS_NOT_FOUND, "no message %d", (int)mid);
    *out = (ms_message){&message_ops, made()};
    return MS_OK;
}
static ms_code folder_messages(void *self, ms_ids *out) {
    (void)self;
    ms_list_id(out, 5), ms_list_id(out, 5);
    return MS_OK;
}
static ms_code folder_move(void *self, const ms_folder *source, const char *uri, const ms_transfer_item *items, size_t count, bool copy,
                           ms_code *outcomes) {
    MS_CHECK(source && source->self == self && !uri && count == 2 && copy && items[0].change_key_length == 2);
    outcomes[1] = MS_NOT_FOUND;
    return MS_OK;
}
static const ms_folder_ops folder_ops = {.open_message = folder_open_message, .messages = folder_messages, .move_copy_messages = folder_move, .drop = drop};

static ms_code get_root_folder(void *self, ms_id fid, ms_folder *out) {
    (void)self, (void)fid;
    *out = (ms_folder){&folder_ops, made()};
    return MS_OK;
}
static const ms_context_ops context_ops = {.get_root_folder = get_root_folder, .drop = drop};

ms_info backend_describe(void) { return (ms_info){"test", "a test", "test", "0", 0}; }
ms_code backend_list_contexts(const char *username, ms_contexts *out) {
    ms_add_context(out, username, "Inbox", true, MS_MAIL);
    return MS_OK;
}
ms_code backend_create_context(const ms_connection *connection, const char *uri, ms_context *out) {
    MS_CHECK(!strcmp(connection->owner, "alice") && !strcmp(uri, "test://alice/"));
    *out = (ms_context){&context_ops, made()};
    return MS_OK;
}

/* ------------------------------------------------------------------ as the host calls it */

static error_t_ error;

static bool says(uint8_t code, const char *word) {
    bool right = error.code == code && (word ? error.detail.is_some && memmem(error.detail.val.ptr, error.detail.val.len, word, strlen(word)) : true);
    mapistore_backend_types_error_free(&error);
    error = (error_t_){0};
    return right;
}

static OBJ(own_context_t) context;
static OBJ(folder_t) *folder;
static OBJ(own_folder_t) folder_handle;

static void open_all(void) {
    mapistore_backend_types_connection_info_t info = {.username = ms_string("bob"), .owner = ms_string("alice")};
    backend_string_t uri = ms_string("test://alice/");
    MS_CHECK(exports_mapistore_backend_provider_create_context(&info, &uri, &context, &error));
    MS_CHECK(OBJ(method_context_get_root_folder)(OBJ(context_rep)(context), 1, &folder_handle, &error));
    folder = OBJ(folder_rep)(folder_handle);
}

static OBJ(list_property_tag_t) tags_of(ms_tag one, ms_tag other) {
    ms_tag tags[2] = {one, other};
    return (OBJ(list_property_tag_t)){(ms_tag *)ms_copy(tags, sizeof tags), 2};
}

static void what_is_left_out_is_not_implemented_and_named(void) {
    OBJ(list_property_tag_t) tags;
    OBJ(list_permission_t) permissions;
    backend_string_t name = ms_string("x");
    MS_CHECK(!OBJ(method_folder_list_properties)(folder, &tags, &error) && says(MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_IMPLEMENTED, "folder.get-properties"));
    MS_CHECK(!OBJ(method_folder_get_permissions)(folder, &permissions, &error) && says(MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_IMPLEMENTED, "permissions"));
    MS_CHECK(!OBJ(method_folder_copy_to)(folder, folder, true, &name, &error) && says(MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_IMPLEMENTED, "folder.copy-to"));
}

static void a_message_answers_from_its_bag_and_is_read_only(void) {
    OBJ(own_message_t) handle;
    OBJ(list_cell_t) cells;
    OBJ(message_data_t) data;
    OBJ(list_property_problem_t) problems;
    ms_id number;
    MS_CHECK(!OBJ(method_folder_open_message)(folder, 6, false, &handle, &error) && says(MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_FOUND, "no message 6"));
    for (int writable = 0; writable < 2; writable++) {
        MS_CHECK(OBJ(method_folder_open_message)(folder, 5, writable, &handle, &error));
        OBJ(message_t) *message = OBJ(message_rep)(handle);
        OBJ(list_property_tag_t) tags = tags_of((PID_TAG_SUBJECT & ~0xFFFFu) | 0x1E, PID_TAG_BODY);
        MS_CHECK(OBJ(method_message_get_properties)(message, &tags, &cells, &error) && cells.len == 2);
        MS_CHECK(cells.ptr[0].val.ok.tag == VALUE(STRING8) && !memcmp(cells.ptr[0].val.ok.val.string8.ptr, "Re: \xE4", 5));
        MS_CHECK(cells.ptr[1].val.ok.tag == VALUE(DEFERRED) && cells.ptr[1].val.ok.val.deferred == 80000);
        OBJ(list_cell_free)(&cells);
        MS_CHECK(OBJ(method_message_get_data)(message, &data, &error) && data.recipients.rows.len == 2 && data.recipients.columns.len == 3);
        MS_CHECK(data.subject_prefix.val.len == 4 && data.normalized_subject.val.len == 2);
        MS_CHECK(!data.recipients.rows.ptr[0].cells.ptr[0].is_some && data.recipients.rows.ptr[1].cells.ptr[2].is_some);
        OBJ(message_data_free)(&data);
        OBJ(list_property_t) values = {ms_zeros(2, sizeof *values.ptr), 2};
        for (int i = 0; i < 2; i++) {
            values.ptr[i].tag = i ? PID_TAG_BODY : PID_TAG_SUBJECT, values.ptr[i].value.tag = VALUE(TEXT);
            values.ptr[i].value.val.text = ms_string("new");
        }
        bool done = OBJ(method_message_set_properties)(message, &values, &problems, &error);
        MS_CHECK(done == (writable == 1));
        if (done) {
            MS_CHECK(problems.len == 1 && problems.ptr[0].tag == PID_TAG_BODY);
            OBJ(list_property_problem_free)(&problems);
        } else {
            MS_CHECK(says(MAPISTORE_BACKEND_TYPES_ERROR_CODE_DENIED, "read"));
        }
        /* What there is none of is told apart from what is refused. */
        MS_CHECK(!OBJ(method_message_save)(message, false, &number, &error) && says(MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_IMPLEMENTED, "message.save"));
        OBJ(message_drop_own)(handle);
    }
}

static void tables_outlive_what_they_are_over(void) {
    OBJ(own_table_t) rows, attached;
    OBJ(own_message_t) message;
    OBJ(row_batch_t) batch;
    uint32_t count;
    MS_CHECK(OBJ(method_folder_get_child_count)(folder, MS_CONTENTS, &count, &error) && count == 2);
    MS_CHECK(OBJ(method_folder_open_table)(folder, MS_CONTENTS, &rows, &error));
    MS_CHECK(OBJ(method_folder_open_message)(folder, 5, false, &message, &error));
    MS_CHECK(OBJ(method_message_open_attachment_table)(OBJ(message_rep)(message), &attached, &error));
    int before = alive;
    OBJ(message_drop_own)(message);
    OBJ(folder_drop_own)(folder_handle);
    MS_CHECK(alive == before);
    OBJ(own_table_t) tables[2] = {rows, attached};
    for (int i = 0; i < 2; i++) {
        OBJ(table_t) *table = OBJ(table_rep)(tables[i]);
        MS_CHECK(!OBJ(method_table_query_rows)(table, 0, 9, &batch, &error) && says(MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_INITIALIZED, NULL));
        OBJ(list_property_tag_t) tags = tags_of(PID_TAG_SUBJECT, PID_TAG_ATTACH_LONG_FILENAME);
        MS_CHECK(OBJ(method_table_set_columns)(table, &tags, &error) && OBJ(method_table_refresh)(table, &error));
        MS_CHECK(OBJ(method_table_query_rows)(table, i ? 0 : 1, 9, &batch, &error) && batch.row_count == 1 && batch.at_end);
        MS_CHECK(!batch.cells.ptr[i].is_err && batch.cells.ptr[!i].is_err);
        mapistore_backend_types_list_cell_free(&batch.cells);
        OBJ(table_drop_own)(tables[i]);
        MS_CHECK(alive == before - 1 - i);
    }
}

static void a_transfer_has_its_keys_and_outcomes(void) {
    OBJ(transfer_source_t) source = {.tag = EXPORTS_MAPISTORE_BACKEND_OBJECTS_TRANSFER_SOURCE_SAME_CONTEXT, .val.same_context = folder};
    OBJ(list_transfer_item_t) items = {ms_zeros(2, sizeof *items.ptr), 2};
    OBJ(list_item_outcome_t) outcomes;
    items.ptr[0].source = 5, items.ptr[1].source = 6;
    items.ptr[0].keys.is_some = true;
    items.ptr[0].keys.val.change_key = (backend_list_u8_t){ms_copy("ab", 2), 2};
    MS_CHECK(OBJ(method_folder_move_copy_messages)(folder, &source, &items, true, &outcomes, &error) && outcomes.len == 2);
    MS_CHECK(!outcomes.ptr[0].outcome.is_err && outcomes.ptr[1].outcome.is_err && outcomes.ptr[1].id == 6);
    OBJ(list_item_outcome_free)(&outcomes);
}

static ms_code commit(void *self, const void *bytes, size_t length) {
    MS_CHECK(length == 12 && !memcmp(bytes, "a\0\0\0\0\0\0\0\0\0bc", 12));
    ++*(int *)self;
    return MS_OK;
}

static void streams_over_memory(void) {
    int *commits = ms_new(sizeof *commits, NULL);
    ms_stream stream = ms_stream_to_write("abcd", 4, commit, commits);
    char buffer[8];
    size_t length = 8;
    MS_CHECK(stream.ops->set_size(stream.self, 1) == MS_OK && stream.ops->write(stream.self, 10, "bc", 2) == MS_OK);
    MS_CHECK(stream.ops->read(stream.self, UINT64_MAX - 1, buffer, &length) == MS_OK && !length);
    MS_CHECK(stream.ops->write(stream.self, UINT64_MAX - 1, "bc", 2) == MS_TOO_BIG && stream.ops->set_size(stream.self, UINT64_MAX) == MS_TOO_BIG);
    MS_CHECK(stream.ops->commit(stream.self) == MS_OK && *commits == 1);
    stream.ops->drop(stream.self);
    stream = ms_stream_to_read("abcd", 4);
    MS_CHECK(stream.ops->write(stream.self, 0, "x", 1) == MS_DENIED && stream.ops->commit(stream.self) == MS_DENIED);
    stream.ops->drop(stream.self);
    ms_release(commits);
    ms_forget_detail();
}

static void texts_between_encodings(void) {
    static const char *const texts[] = {"", "plain", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x99\x82\xF4\x8F\xBF\xBF"};
    for (int i = 0; i < 3; i++) {
        size_t length;
        char *back;
        uint8_t *wide = ms_to_utf16(texts[i], &length);
        MS_CHECK(ms_from_utf16(wide, length, &back) == MS_OK && !strcmp(back, texts[i]));
        free(wide), free(back);
    }
    static const char *const broken[] = {"a", "\x00\xD8", "\x00\xDC\x00\xD8", "\x00\xD8" "a\0", "\0\0"};
    static const size_t lengths[] = {1, 2, 4, 4, 2};
    char *back;
    for (int i = 0; i < 5; i++) MS_CHECK(ms_from_utf16(broken[i], lengths[i], &back) == MS_INVALID_DATA && !back);
    MS_CHECK(ms_globcnt(ms_from_globcnt(0x123456)) == 0x123456 && ms_unix_time(ms_filetime(1795871592)) == 1795871592 && !ms_filetime(INT64_MAX));
    ms_forget_detail();
}

static void keys_and_values_of_many(void) {
    enum { MANY = 1002 };
    static char names[MANY][8];
    static ms_pair pairs[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "k%05d", MANY - 1 - i);
        pairs[i] = (ms_pair){names[i], names[i] + 1, 5};
    }
    MS_CHECK(ms_keep_many("many", pairs, MANY) == MS_OK && ms_keep("other", "k00000", "", 0) == MS_OK);

    char **keys, *after = NULL, expected[8];
    size_t count, seen = 0;
    do {
        MS_CHECK(ms_kept_keys("many", after, &keys, &count) == MS_OK && count <= 1000);
        free(after), after = count ? strdup(keys[count - 1]) : NULL;
        for (size_t i = 0; i < count; i++, seen++) {
            snprintf(expected, sizeof expected, "k%05zu", seen);
            MS_CHECK(!strcmp(keys[i], expected));
        }
        ms_free_keys(keys, count);
    } while (count);
    MS_CHECK(seen == MANY && ms_count_kept("many", &count) == MS_OK && count == MANY);

    const char *asked[] = {"k00007", "none", "k00000"};
    char *values[3];
    MS_CHECK(ms_keep_get("many", "k00007", &values[0], NULL) == MS_OK && !strcmp(values[0], "00007"));
    free(values[0]);
    size_t lengths[3];
    MS_CHECK(ms_keep_get_many("many", asked, 3, values, lengths) == MS_OK);
    MS_CHECK(!strcmp(values[0], "00007") && lengths[0] == 5 && !values[1] && !lengths[1] && !strcmp(values[2], "00000"));
    free(values[0]), free(values[2]);
    MS_CHECK(ms_forget_many("many", asked, 3) == MS_OK && ms_count_kept("many", &count) == MS_OK && count == MANY - 2);
    ms_forget_detail();
}

int main(void) {
    open_all();
    what_is_left_out_is_not_implemented_and_named();
    a_message_answers_from_its_bag_and_is_read_only();
    a_transfer_has_its_keys_and_outcomes();
    tables_outlive_what_they_are_over();
    MS_CHECK(OBJ(static_context_close)(context, &error) && !alive);
    streams_over_memory();
    texts_between_encodings();
    keys_and_values_of_many();
    puts("sdk: all passed");
    return 0;
}
