/* One Inbox of three messages, which can be marked as read. */
#include <mapistore.h>
#include <stdio.h>
#include <string.h>

static const char *const subjects[] = {"Welcome", "A second message", "The last one"};

typedef struct inbox { ms_id fid, mids[3]; ms_guid replica; } inbox;
/* A message: the inbox, by value so that it outlives it, its place, and its number as a text. */
typedef struct mail { inbox in; int at; char key[2]; } mail;

static ms_code mail_properties(void *self, ms_properties *out) {
    mail *it = self;
    bool read = false;
    char body[32];
    snprintf(body, sizeof body, "This is message %s.\r\n", it->key);
    ms_set_id(out, PID_TAG_MID, it->in.mids[it->at]);
    ms_set_id(out, PID_TAG_CHANGE_NUMBER, ms_from_globcnt(it->at + 1));
    ms_set_xid(out, PID_TAG_CHANGE_KEY, it->in.replica, ms_from_globcnt(it->at + 1));
    ms_set_text(out, PID_TAG_MESSAGE_CLASS, "IPM.Note");
    if (ms_kept("read", it->key, &read) != MS_OK) return MS_STORAGE;
    ms_set_int32(out, PID_TAG_MESSAGE_FLAGS, read);
    ms_set_int32(out, PID_TAG_MESSAGE_SIZE, 20);
    ms_set_text(out, PID_TAG_SUBJECT, subjects[it->at]);
    ms_set_text(out, PID_TAG_SENDER_NAME, "Alice Example");
    ms_set_text(out, PID_TAG_SENDER_EMAIL_ADDRESS, "alice@example.org");
    ms_set_time(out, PID_TAG_CLIENT_SUBMIT_TIME, ms_filetime(1767258000 + 90000 * it->at));
    ms_set_time(out, PID_TAG_MESSAGE_DELIVERY_TIME, ms_filetime(1767258000 + 90000 * it->at));
    ms_set_text(out, PID_TAG_BODY, body);
    return MS_OK;
}
static ms_code mail_set_read_flag(void *self, bool read) {
    return read ? ms_keep("read", ((mail *)self)->key, "1", 1) : ms_forget("read", ((mail *)self)->key);
}
static const ms_message_ops mail_ops = {.properties = mail_properties, .set_read_flag = mail_set_read_flag, .drop = ms_release};

static ms_code inbox_open_message(void *self, ms_id mid, bool read_write, ms_message *out) {
    for (int at = 0; at < 3; at++) {
        if (((inbox *)self)->mids[at] != mid) continue;
        mail *it = ms_new(sizeof *it, NULL);
        *it = (mail){*(inbox *)self, at, {(char)('1' + at)}};
        *out = (ms_message){&mail_ops, it};
        return MS_OK;
    }
    return ms_fail(MS_NOT_FOUND, "no such message");
}
static ms_code inbox_properties(void *self, ms_properties *out) {
    size_t read = 0;
    if (ms_count_kept("read", &read) != MS_OK) return MS_STORAGE;
    ms_set_text(out, PID_TAG_DISPLAY_NAME, "Inbox");
    ms_set_text(out, PID_TAG_CONTAINER_CLASS, "IPF.Note");
    ms_set_id(out, PID_TAG_FOLDER_ID, ((inbox *)self)->fid);
    ms_set_int32(out, PID_TAG_CONTENT_COUNT, 3);
    ms_set_int32(out, PID_TAG_CONTENT_UNREAD_COUNT, 3 - (int)read);
    ms_set_bool(out, PID_TAG_SUBFOLDERS, false);
    return MS_OK;
}
static ms_code inbox_messages(void *self, ms_ids *out) {
    for (int at = 0; at < 3; at++) ms_list_id(out, ((inbox *)self)->mids[at]);
    return MS_OK;
}
static const ms_folder_ops inbox_ops = {.properties = inbox_properties, .messages = inbox_messages, .open_message = inbox_open_message, .drop = ms_release};

static ms_code get_root_folder(void *self, ms_id fid, ms_folder *out) {
    ((inbox *)self)->fid = fid;
    *out = (ms_folder){&inbox_ops, ms_retain(self)};
    return MS_OK;
}
static const ms_context_ops context_ops = {.get_root_folder = get_root_folder, .drop = ms_release};

ms_info backend_describe(void) { return (ms_info){"example-name", "three messages", "example-name", "0.1.0", 0}; }

ms_code backend_list_contexts(const char *username, ms_contexts *out) {
    char uri[4096];
    snprintf(uri, sizeof uri, "example-name://%s/inbox/", username);
    ms_add_context(out, uri, "Inbox", true, MS_MAIL);
    return MS_OK;
}
ms_code backend_create_context(const ms_connection *connection, const char *uri, ms_context *out) {
    char uris[3][4096];
    int root = snprintf(uris[0], sizeof uris[0], "example-name://%s/inbox", connection->owner);
    if (strncmp(uri, uris[0], root) || (uri[root] && strcmp(uri + root, "/"))) return ms_fail(MS_NOT_FOUND, "there is only an inbox");
    for (int at = 0; at < 3; at++) snprintf(uris[at], sizeof uris[at], "example-name://%s/inbox/%d", connection->owner, at + 1);
    inbox found = {.replica = connection->replica};
    ms_code code = ms_ensure_ids((const char *[]){uris[0], uris[1], uris[2]}, 3, found.mids);
    if (code == MS_OK) *out = (ms_context){&context_ops, memcpy(ms_new(sizeof found, NULL), &found, sizeof found)};
    return code;
}
