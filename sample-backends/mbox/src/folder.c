/* The folder, and the table of its messages. */
#include "folder.h"

#include <stdlib.h>
#include <string.h>

static void close_root(void *shared) {
    root *it = shared;
    ms_release(it->in);
    free(it->name);
}

root *root_open(box *in, const char *name) {
    root *it = ms_new(sizeof *it, close_root);
    it->in = ms_retain(in);
    it->name = span_copy(span_of(name));
    return it;
}

/* How many messages there are, and how many of them are not read. */
static void count(const box *in, size_t *all, size_t *unread) {
    *all = *unread = 0;
    for (size_t i = 0; i < in->list.count; i++) {
        const place *at = &in->list.items[i].at;
        *all += !at->internal;
        *unread += !at->internal && !(at->flags & FLAG_READ);
    }
}

static ms_code properties(void *self, ms_properties *out) {
    root *it = self;
    size_t all, unread;
    ms_code code = box_sync(it->in);
    if (code != MS_OK) return code;
    count(it->in, &all, &unread);
    ms_set_id(out, PID_TAG_FOLDER_ID, it->fid);
    ms_set_text(out, PID_TAG_DISPLAY_NAME, it->name);
    ms_set_text(out, PID_TAG_CONTAINER_CLASS, "IPF.Note");
    ms_set_int32(out, PID_TAG_FOLDER_TYPE, 1);
    ms_set_int32(out, PID_TAG_CONTENT_COUNT, (int32_t)all);
    ms_set_int32(out, PID_TAG_CONTENT_UNREAD_COUNT, (int32_t)unread);
    ms_set_int32(out, PID_TAG_ASSOCIATED_CONTENT_COUNT, 0);
    ms_set_bool(out, PID_TAG_SUBFOLDERS, false);
    ms_set_int32(out, PID_TAG_FOLDER_CHILD_COUNT, 0);
    ms_set_xid(out, PID_TAG_SOURCE_KEY, it->in->replica, it->fid);
    return MS_OK;
}

static ms_code open_message(void *self, ms_id mid, bool read_write, ms_message *out) {
    root *it = self;
    ms_code code = box_sync(it->in);
    if (code != MS_OK) return code;
    const entry *found = box_find(it->in, mid);
    if (!found || found->at.internal) return ms_fail(MS_NOT_FOUND, "the folder has no such message");
    (void)read_write;
    *out = message_open(it, it->in->file, found, mid);
    return MS_OK;
}

static ms_code create_message(void *self, ms_id mid, bool associated, ms_message *out) {
    if (associated) return ms_fail(MS_NOT_IMPLEMENTED, "an mbox file has mail only");
    *out = message_open(self, NULL, NULL, mid);
    return MS_OK;
}

static ms_code delete_messages(void *self, const ms_id *mids, size_t number, bool hard, ms_code *outcomes) {
    return box_delete(((root *)self)->in, mids, number, hard, outcomes);
}

static ms_code set_read_flags(void *self, const ms_id *mids, size_t number, bool read, ms_code *outcomes) {
    return box_flag(((root *)self)->in, mids, number, read ? FLAG_READ : 0, read ? 0 : FLAG_READ, outcomes);
}

/* There is one folder in a context, so the source is this one. From elsewhere the host moves messages by reading and writing. */
static ms_code move_copy_messages(void *self, const ms_folder *source, const char *uri, const ms_transfer_item *items, size_t number,
                                  bool copies, ms_code *outcomes) {
    root *it = self;
    if (!source) return ms_fail(MS_NOT_IMPLEMENTED, "a transfer from `%s`", uri);
    ms_code code = box_sync(it->in);
    for (size_t i = 0; code == MS_OK && i < number; i++) {
        const entry *found = box_find(it->in, items[i].source);
        file *in = ms_retain(it->in->file);
        entry copy = found ? *found : (entry){0};
        outcomes[i] = !found ? MS_NOT_FOUND
                      : copies ? message_copy(it, in, &copy, items[i].target)
                               : box_renumber(it->in, items[i].source, items[i].target);
        ms_release(in);
    }
    return code;
}

static ms_code get_child_count(void *self, ms_table_kind kind, uint32_t *number) {
    root *it = self;
    size_t all = 0, unread;
    ms_code code = kind == MS_CONTENTS ? box_sync(it->in) : MS_OK;
    if (code == MS_OK && kind == MS_CONTENTS) count(it->in, &all, &unread);
    *number = (uint32_t)all;
    return code;
}

/* ------------------------------------------------------------------ the table */

/* The messages as they were: the file stays open, so that its rows can be read whatever becomes of it. */
typedef struct contents { root *of; file *in; entry *rows; size_t count; bool has_rows; } contents;

static ms_code load(void *self) {
    contents *it = self;
    if (!it->has_rows) return MS_OK;
    ms_code code = box_sync(it->of->in);
    if (code != MS_OK) return code;
    const entries *list = &it->of->in->list;
    free(it->rows);
    ms_release(it->in);
    it->in = ms_retain(it->of->in->file);
    it->rows = need(malloc((list->count + 1) * sizeof *it->rows));
    it->count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!list->items[i].at.internal) it->rows[it->count++] = list->items[i];
    return MS_OK;
}

static size_t row_count(void *self) { return ((contents *)self)->count; }

static ms_code row(void *self, size_t position, ms_properties *out) {
    contents *it = self;
    return message_row(it->of, it->in, &it->rows[position], out);
}

static void drop_table(void *self) {
    contents *it = self;
    free(it->rows);
    ms_release(it->in);
    ms_release(it->of);
    free(it);
}

static const ms_tag columns[] = {PID_TAG_MID,
                                 PID_TAG_INST_ID,
                                 PID_TAG_INSTANCE_NUM,
                                 PID_TAG_PARENT_FOLDER_ID,
                                 PID_TAG_CHANGE_NUMBER,
                                 PID_TAG_CHANGE_KEY,
                                 PID_TAG_PREDECESSOR_CHANGE_LIST,
                                 PID_TAG_SOURCE_KEY,
                                 PID_TAG_MESSAGE_CLASS,
                                 PID_TAG_MESSAGE_FLAGS,
                                 PID_TAG_READ,
                                 PID_TAG_MESSAGE_SIZE,
                                 PID_TAG_HAS_ATTACHMENTS,
                                 PID_TAG_ASSOCIATED,
                                 PID_TAG_SUBJECT,
                                 PID_TAG_SUBJECT_PREFIX,
                                 PID_TAG_NORMALIZED_SUBJECT,
                                 PID_TAG_SENDER_NAME,
                                 PID_TAG_SENDER_EMAIL_ADDRESS,
                                 PID_TAG_SENT_REPRESENTING_NAME,
                                 PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS,
                                 PID_TAG_DISPLAY_TO,
                                 PID_TAG_DISPLAY_CC,
                                 PID_TAG_DISPLAY_BCC,
                                 PID_TAG_CLIENT_SUBMIT_TIME,
                                 PID_TAG_MESSAGE_DELIVERY_TIME,
                                 PID_TAG_LAST_MODIFICATION_TIME,
                                 PID_TAG_INTERNET_MESSAGE_ID,
                                 PID_TAG_IMPORTANCE,
                                 PID_TAG_FLAG_STATUS,
                                 0};

static ms_code open_table(void *self, ms_table_kind kind, ms_table *out) {
    static const ms_table_ops ops = {.columns = columns, .load = load, .count = row_count, .row = row, .drop = drop_table};
    contents *it = need(calloc(1, sizeof *it));
    it->of = ms_retain(self);
    it->has_rows = kind == MS_CONTENTS;
    *out = (ms_table){&ops, it};
    return MS_OK;
}

static const ms_folder_ops ops = {
    .properties = properties,
    .open_message = open_message,
    .create_message = create_message,
    .delete_messages = delete_messages,
    .move_copy_messages = move_copy_messages,
    .set_read_flags = set_read_flags,
    .get_child_count = get_child_count,
    .open_table = open_table,
    .drop = ms_release,
};

ms_folder root_folder(root *of) { return (ms_folder){&ops, ms_retain(of)}; }
