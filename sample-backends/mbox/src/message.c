/* Messages: properties of what is in a file, and what is held until it is saved. */
#include "folder.h"

#include "date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* PR_INTERNET_CONTENT: the bytes of the message as they were written. */
#define CONTENT 0x66590102u
/* What is read of a message: more would not fit into a context together with its copies. */
#define CONTENT_MAX ((uint64_t)24 << 20)
/* Of a header, for a row; and what is read first. */
#define HEADER_MAX ((uint64_t)256 << 10)
#define HEADER_FIRST ((uint64_t)8 << 10)
/* mfUnsent and mfHasAttach (MS-OXCMSG 2.2.1.6); followupFlagged (MS-OXOFLAG 2.2.1.1); NOTEIVERB_REPLYTOSENDER (MS-OXOMSG 2.2.1.38). */
enum { MF_READ = 1, MF_UNSENT = 8, MF_HAS_ATTACH = 16, FLAGGED = 2, REPLIED = 102 };

/* ------------------------------------------------------------------ reading */

/* The content of a message: of one that is too large, its beginning. */
static ms_code read_content(const file *in, const entry *found, uint64_t most, bytes *content, notes *noted) {
    bytes raw = {0};
    ms_code code = box_read(in, &found->at, most, &raw);
    if (code == MS_OK) {
        span rest = bytes_span(&raw), line;
        span_line(&rest, &line);
        unquote(rest, content, noted);
    }
    bytes_free(&raw);
    return code;
}

/* The length of the header of a content; that of all of it, if it does not end in it. */
static size_t header_length(span content) {
    span rest = content, line;
    size_t length = 0;
    while (span_line(&rest, &line) && (is_header_line(line) || !length)) length += line.length;
    return length;
}

ms_code message_hold(message *it) {
    if (it->held) return MS_OK;
    bytes content = {0};
    notes noted;
    ms_code code = MS_OK;
    if (it->content) it->held = mail_read(bytes_span(it->content));
    else if (it->is_new) it->held = mail_new();
    else code = read_content(it->in, &it->found, CONTENT_MAX, &content, &noted);
    if (code == MS_OK && !it->held) it->held = mail_read(bytes_span(&content));
    bytes_free(&content);
    return code;
}

/* Properties that follow from where a message is, and what was noted about it. */
static void set_place(const root *of, const entry *found, ms_properties *out) {
    ms_set_id(out, PID_TAG_MID, found->id);
    ms_set_id(out, PID_TAG_INST_ID, found->id);
    ms_set_int32(out, PID_TAG_INSTANCE_NUM, 0);
    ms_set_change(out, of->in->replica, found->change);
    ms_set_xid(out, PID_TAG_SOURCE_KEY, of->in->replica, found->id);
    uint64_t size = found->at.end - found->at.content;
    ms_set_int32(out, PID_TAG_MESSAGE_SIZE, size < INT32_MAX ? (int32_t)size : INT32_MAX);
}

static void set_state(const root *of, uint8_t flags, int64_t time, bool has_attachments, ms_properties *out) {
    ms_set_id(out, PID_TAG_PARENT_FOLDER_ID, of->fid);
    ms_set_int32(out, PID_TAG_MESSAGE_FLAGS,
                 (flags & FLAG_READ ? MF_READ : 0) | (flags & FLAG_DRAFT ? MF_UNSENT : 0) | (has_attachments ? MF_HAS_ATTACH : 0));
    ms_set_bool(out, PID_TAG_READ, flags & FLAG_READ);
    ms_set_bool(out, PID_TAG_HAS_ATTACHMENTS, has_attachments);
    ms_set_bool(out, PID_TAG_ASSOCIATED, false);
    if (flags & FLAG_FLAGGED) ms_set_int32(out, PID_TAG_FLAG_STATUS, FLAGGED);
    if (flags & FLAG_ANSWERED) ms_set_int32(out, PID_TAG_LAST_VERB_EXECUTED, REPLIED);
    ms_set_time(out, PID_TAG_MESSAGE_DELIVERY_TIME, ms_filetime(time));
    ms_set_time(out, PID_TAG_LAST_MODIFICATION_TIME, ms_filetime(time));
}

ms_code message_row(const root *of, const file *in, const entry *found, ms_properties *out) {
    bytes content = {0};
    notes noted;
    ms_code code = read_content(in, found, HEADER_FIRST, &content, &noted);
    if (code == MS_OK && header_length(bytes_span(&content)) == content.length && found->at.end - found->at.start > HEADER_FIRST) {
        content.length = 0;
        code = read_content(in, found, HEADER_MAX, &content, &noted);
    }
    if (code == MS_OK) {
        mime parts;
        mime_read(&parts, bytes_span(&content), true);
        mail_envelope(out, parts.header);
        set_place(of, found, out);
        set_state(of, found->at.flags, found->at.time, mime_may_have_attachments(parts.header), out);
        mime_free(&parts);
    }
    bytes_free(&content);
    return code;
}

/* A text or bytes, at most at once what the host takes at once. */
static void set_large(const mail *from, ms_tag tag, ms_properties *out) {
    const ms_value *value = ms_wanted(out, tag) ? ms_get(from->bag, tag) : NULL;
    if (!value) ms_unset(out, tag);
    else ms_set(out, tag, value);
}

static ms_code properties(void *self, ms_properties *out) {
    static const ms_tag parts[] = {PID_TAG_BODY, PID_TAG_HTML, PID_TAG_HAS_ATTACHMENTS, PID_TAG_MESSAGE_FLAGS, PID_TAG_TRANSPORT_MESSAGE_HEADERS};
    message *it = self;
    bool whole = it->held || it->is_new;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !whole; i++) whole = ms_wanted(out, parts[i]);
    if (!whole) return message_row(it->of, it->in, &it->found, out);
    ms_code code = message_hold(it);
    if (code != MS_OK) return code;
    size_t saved = 0;
    for (size_t i = 0; i < it->held->count; i++) saved += it->held->attachments[i]->saved;
    ms_set_all(out, it->held->bag);
    set_large(it->held, PID_TAG_BODY, out), set_large(it->held, PID_TAG_HTML, out);
    if (!it->is_new) set_place(it->of, &it->found, out);
    set_state(it->of, it->flags, it->time ? it->time : (int64_t)time(NULL), saved > 0, out);
    if (ms_wanted(out, PID_TAG_TRANSPORT_MESSAGE_HEADERS) && !it->is_new) {
        bytes content = {0}, text = {0}, crlf = {0};
        notes noted;
        code = read_content(it->in, &it->found, HEADER_MAX, &content, &noted);
        to_utf8(&text, (span){bytes_span(&content).at, code == MS_OK ? header_length(bytes_span(&content)) : 0}, (span){"", 0});
        with_crlf(&crlf, bytes_span(&text));
        ms_set_text(out, PID_TAG_TRANSPORT_MESSAGE_HEADERS, bytes_span(&crlf).at);
        bytes_free(&content), bytes_free(&text), bytes_free(&crlf);
    }
    return code;
}

static ms_code recipients(void *self, ms_recipients *out) {
    message *it = self;
    ms_code code = message_hold(it);
    for (int kind = MS_TO; code == MS_OK && kind <= MS_BCC; kind++) {
        for (size_t i = 0; i < it->held->to[kind].count; i++) {
            const address *from = &it->held->to[kind].items[i];
            ms_properties *bag = ms_add_recipient(out, (ms_recipient_kind)kind, NULL);
            ms_set_text(bag, PID_TAG_DISPLAY_NAME, *from->name ? from->name : from->mail);
            if (!*from->mail) continue;
            ms_set_text(bag, PID_TAG_EMAIL_ADDRESS, from->mail);
            ms_set_text(bag, PID_TAG_ADDRESS_TYPE, "SMTP");
            ms_set_text(bag, PID_TAG_SMTP_ADDRESS, from->mail);
        }
    }
    return code;
}

/* ------------------------------------------------------------------ changing */

/* What it says is no longer what its bytes say. */
static ms_code change(message *it) {
    ms_code code = message_hold(it);
    if (code != MS_OK) return code;
    if (!it->is_new && !it->content && it->found.at.end - it->found.at.start > CONTENT_MAX)
        return ms_fail(MS_TOO_BIG, "a message of more than %llu MiB cannot be changed", (unsigned long long)(CONTENT_MAX >> 20));
    if (it->content) bytes_free(it->content), free(it->content), it->content = NULL;
    it->is_changed = true;
    return MS_OK;
}

static ms_code set_flags(message *it, uint8_t flag, bool on) {
    it->flags = (uint8_t)(on ? it->flags | flag : it->flags & ~flag);
    it->new_flags = true;
    return MS_OK;
}

static ms_code set_property(void *self, ms_tag tag, const ms_value *value) {
    message *it = self;
    int32_t number = value->tag == MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_INTEGER32 ? value->val.integer32 : -1;
    switch (tag) {
    case PID_TAG_MESSAGE_FLAGS:
        set_flags(it, FLAG_READ, number & MF_READ);
        return set_flags(it, FLAG_DRAFT, number & MF_UNSENT);
    case PID_TAG_FLAG_STATUS: return number == FLAGGED || !number ? set_flags(it, FLAG_FLAGGED, number == FLAGGED) : MS_NOT_IMPLEMENTED;
    case PID_TAG_LAST_VERB_EXECUTED: return number == REPLIED ? set_flags(it, FLAG_ANSWERED, true) : MS_NOT_IMPLEMENTED;
    case PID_TAG_MESSAGE_DELIVERY_TIME:
        if (value->tag != MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_TIME) return MS_INVALID_PARAMETER;
        it->time = ms_unix_time(value->val.time);
        if (it->time < -11644473599LL || it->time > 253402300799LL || !it->time) return it->time = 0, MS_INVALID_PARAMETER;
        return it->is_new ? MS_OK : change(it);
    default: break;
    }
    ms_code code = message_hold(it);
    if (code == MS_OK) code = mail_set(it->held, tag, value);
    return code == MS_OK ? change(it) : code;
}

static ms_code remove_property(void *self, ms_tag tag) {
    message *it = self;
    if (tag == PID_TAG_FLAG_STATUS) return set_flags(it, FLAG_FLAGGED, false);
    if (tag == PID_TAG_LAST_VERB_EXECUTED) return set_flags(it, FLAG_ANSWERED, false);
    ms_code code = message_hold(it);
    if (code == MS_OK) code = mail_remove(it->held, tag);
    return code == MS_OK ? change(it) : code;
}

/* A text of a recipient that fits into a line. */
static char *line_of(const ms_properties *bag, ms_tag tag) {
    const char *text = ms_get_text(bag, tag);
    char *copy = span_copy(span_of(text ? text : ""));
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = ' ';
    return copy;
}

static ms_code set_recipients(void *self, const ms_recipients *list) {
    message *it = self;
    ms_recipient_kind kind;
    for (size_t i = 0; i < ms_count_recipients(list); i++) {
        ms_recipient_at(list, i, &kind, NULL);
        if (kind == MS_ORIGINATOR) return ms_fail(MS_INVALID_PARAMETER, "the originator of mail is its sender");
    }
    ms_code code = change(it);
    if (code != MS_OK) return code;
    for (int of = MS_TO; of <= MS_BCC; of++) free_addresses(&it->held->to[of]);
    for (size_t i = 0; i < ms_count_recipients(list); i++) {
        const ms_properties *bag = ms_recipient_at(list, i, &kind, NULL);
        char *name = line_of(bag, PID_TAG_DISPLAY_NAME), *mail = line_of(bag, PID_TAG_SMTP_ADDRESS);
        if (!*mail) free(mail), mail = line_of(bag, PID_TAG_EMAIL_ADDRESS);
        add_address(&it->held->to[kind], strcmp(name, mail) ? name : "", mail);
        free(name), free(mail);
    }
    return MS_OK;
}

/* ------------------------------------------------------------------ streams */

static ms_code commit_content(void *self, const void *written, size_t length) {
    message *it = self;
    if (length > CONTENT_MAX) return ms_fail(MS_TOO_BIG, "a message has at most %llu MiB", (unsigned long long)(CONTENT_MAX >> 20));
    if (!it->content) it->content = need(calloc(1, sizeof *it->content));
    it->content->length = 0;
    bytes_add(it->content, written, length);
    mail_free(it->held), it->held = NULL;
    it->is_changed = true;
    return MS_OK;
}

static ms_code commit_text(message *it, ms_tag tag, const void *written, size_t length) {
    char *text;
    ms_code code = ms_from_utf16(written, length, &text);
    if (code != MS_OK) return code;
    ms_value value = {.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_TEXT};
    value.val.text = (backend_string_t){(uint8_t *)text, strlen(text)};
    code = set_property(it, tag, &value);
    free(text);
    return code;
}

static ms_code commit_body(void *self, const void *written, size_t length) { return commit_text(self, PID_TAG_BODY, written, length); }

static ms_code commit_html(void *self, const void *written, size_t length) {
    ms_value value = {.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_BINARY};
    value.val.binary = (backend_list_u8_t){(uint8_t *)written, length};
    return set_property(self, PID_TAG_HTML, &value);
}

/* The original bytes: those that were written, or those in the file, or for what was changed since, those that a save would write. */
static ms_code original(message *it, bytes *content) {
    notes noted;
    if (it->content) bytes_add(content, bytes_span(it->content).at, it->content->length);
    else if (it->is_changed || it->is_new) mail_compose(it->held, content);
    else if (it->found.at.end - it->found.at.start > 2 * CONTENT_MAX) return ms_fail(MS_TOO_BIG, "the message is too large to be read as a whole");
    else return read_content(it->in, &it->found, UINT64_MAX, content, &noted);
    return MS_OK;
}

static ms_code open_stream(void *self, ms_tag tag, ms_access access, ms_stream *stream) {
    message *it = self;
    ms_commit commit = tag == CONTENT ? commit_content : tag == PID_TAG_BODY ? commit_body : tag == PID_TAG_HTML ? commit_html : NULL;
    if (access != MS_READ && !commit) return ms_fail(MS_DENIED, "the property 0x%08x cannot be written as a stream", (unsigned)tag);
    if (access == MS_CREATE) {
        *stream = ms_stream_to_write("", 0, commit, it);
        return MS_OK;
    }
    bytes content = {0};
    ms_stream reading = {0};
    ms_code code = message_hold(it);
    if (code == MS_OK && tag == CONTENT) {
        code = original(it, &content);
        if (code == MS_OK) reading = ms_stream_to_read(bytes_span(&content).at, content.length);
        bytes_free(&content);
    } else if (code == MS_OK) {
        ms_properties *bag = ms_new_properties();
        code = properties(it, bag);
        if (code == MS_OK) code = ms_stream_of(bag, tag, &reading);
        ms_free_properties(bag);
    }
    if (code == MS_OK && access == MS_READ_WRITE) {
        uint64_t size = 0;
        reading.ops->size(reading.self, &size);
        size_t length = (size_t)size;
        char *all = need(malloc(length + 1));
        reading.ops->read(reading.self, 0, all, &length);
        *stream = ms_stream_to_write(all, length, commit, it);
        reading.ops->drop(reading.self);
        free(all);
    } else if (code == MS_OK) {
        *stream = reading;
    }
    return code;
}

/* ------------------------------------------------------------------ saving */

/* The `From ` line: who sent it, and when it was delivered. */
static void from_line(message *it, char text[256]) {
    const char *sender = it->held ? ms_get_text(it->held->bag, PID_TAG_SENDER_EMAIL_ADDRESS) : NULL;
    char date[48], name[160];
    size_t used = 0;
    for (; sender && *sender && used < sizeof name - 1; sender++)
        if (*sender > ' ' && *sender < 127) name[used++] = *sender;
    name[used] = 0;
    date_format_asctime(it->time ? it->time : (int64_t)time(NULL), date);
    snprintf(text, 256, "From %s %s", used ? name : "MAILER-DAEMON", date);
}

/* What the file has now: the message goes on from there. */
static ms_code go_on(message *it, ms_id number) {
    const entry *now = box_find(it->of->in, it->mid);
    if (!now) return ms_fail(MS_OBJECT_DELETED, "the message is gone");
    ms_release(it->in);
    it->in = ms_retain(it->of->in->file);
    it->found = *now;
    it->found.change = number;
    it->is_new = it->is_changed = it->new_flags = false;
    it->time = now->at.time;
    if (it->content) bytes_free(it->content), free(it->content), it->content = NULL;
    return MS_OK;
}

static ms_code save(void *self, bool force, ms_id *number) {
    message *it = self;
    box *in = it->of->in;
    bytes composed = {0};
    char line[256];
    notes noted = {.flags = it->flags};
    ms_code code = box_sync(in);
    const entry *now = code == MS_OK && !it->is_new ? box_find(in, it->mid) : NULL;
    if (code == MS_OK && !it->is_new && !now) code = ms_fail(MS_OBJECT_DELETED, "the message is gone");
    if (now && now->change != it->found.change && !force) code = ms_fail(MS_OBJECT_MODIFIED, "the message was changed by somebody else");
    if (code == MS_OK && (it->is_new || it->is_changed)) code = message_hold(it);
    if (code != MS_OK) return code;
    if (it->is_new || it->is_changed) {
        if (!it->content) mail_compose(it->held, &composed);
        span content = it->content ? bytes_span(it->content) : bytes_span(&composed);
        from_line(it, line);
        code = it->is_new ? box_append(in, it->mid, line, content, &noted, number) : box_replace(in, it->mid, line, content, &noted, number);
    } else if (it->new_flags && it->flags != now->at.flags) {
        ms_code outcome = MS_OK;
        code = box_flag(in, &it->mid, 1, it->flags, (uint8_t)~it->flags, &outcome);
        if (code == MS_OK) code = outcome;
        now = box_find(in, it->mid);
        if (code == MS_OK && now) *number = now->change;
    } else {
        code = box_touch(in, it->mid, number);
    }
    bytes_free(&composed);
    return code == MS_OK ? go_on(it, *number) : code;
}

ms_code message_copy(root *of, const file *in, const entry *found, ms_id target) {
    bytes content = {0};
    notes noted;
    ms_id number;
    char line[256], date[48];
    if (found->at.end - found->at.start > 2 * CONTENT_MAX) return ms_fail(MS_TOO_BIG, "the message is too large to be copied");
    ms_code code = read_content(in, found, UINT64_MAX, &content, &noted);
    date_format_asctime(found->at.time, date);
    snprintf(line, sizeof line, "From MAILER-DAEMON %s", date);
    noted = (notes){.flags = found->at.flags};
    if (code == MS_OK) code = box_append(of->in, target, line, bytes_span(&content), &noted, &number);
    bytes_free(&content);
    return code;
}

static ms_code set_read_flag(void *self, bool read) {
    message *it = self;
    ms_code outcome = MS_OK;
    if (it->is_new) return set_flags(it, FLAG_READ, read);
    uint8_t set = read ? FLAG_READ : 0, clear = read ? 0 : FLAG_READ;
    bool current = it->found.change && box_find(it->of->in, it->mid) && box_find(it->of->in, it->mid)->change == it->found.change;
    ms_code code = box_flag(it->of->in, &it->mid, 1, set, clear, &outcome);
    if (code == MS_OK) code = outcome;
    if (code != MS_OK) return code;
    it->flags = (uint8_t)((it->flags | set) & ~clear);
    /* A change of one's own is no conflict. */
    const entry *now = box_find(it->of->in, it->mid);
    if (current && now) {
        it->found = *now;
        ms_release(it->in);
        it->in = ms_retain(it->of->in->file);
    }
    return MS_OK;
}

/* ------------------------------------------------------------------ attachments */

static ms_code attachments(void *self, ms_ids *numbers) {
    message *it = self;
    ms_code code = message_hold(it);
    for (size_t i = 0; code == MS_OK && i < it->held->count; i++)
        if (it->held->attachments[i]->saved) ms_list_id(numbers, it->held->attachments[i]->number);
    return code;
}

static ms_code open_attachment(void *self, uint32_t number, bool read_write, ms_attachment *out) {
    message *it = self;
    ms_code code = message_hold(it);
    if (code != MS_OK) return code;
    attached *found = attached_find(it->held, number);
    if (!found || !found->saved) return ms_fail(MS_NOT_FOUND, "the message has no attachment %u", (unsigned)number);
    (void)read_write;
    *out = attachment_open(it, found);
    return MS_OK;
}

static ms_code create_attachment(void *self, uint32_t *number, ms_attachment *out) {
    message *it = self;
    ms_code code = message_hold(it);
    if (code != MS_OK) return code;
    *number = it->held->next_number++;
    attached *added = need(calloc(1, sizeof *added));
    added->bag = ms_new_properties();
    added->number = *number;
    *out = attachment_open(it, added);
    attached_free(added);
    return MS_OK;
}

static ms_code delete_attachment(void *self, uint32_t number) {
    message *it = self;
    ms_code code = message_hold(it);
    attached *found = code == MS_OK ? attached_find(it->held, number) : NULL;
    if (code == MS_OK && !found) code = ms_fail(MS_NOT_FOUND, "the message has no attachment %u", (unsigned)number);
    if (code == MS_OK) code = change(it);
    if (code != MS_OK) return code;
    size_t left = 0;
    for (size_t i = 0; i < it->held->count; i++)
        if (it->held->attachments[i] != found) it->held->attachments[left++] = it->held->attachments[i];
    it->held->count = left;
    attached_free(found);
    return MS_OK;
}

/* ------------------------------------------------------------------ opening */

static void destroy(void *shared) {
    message *it = shared;
    mail_free(it->held);
    if (it->content) bytes_free(it->content), free(it->content);
    ms_release(it->in);
    ms_release(it->of);
}

static const ms_message_ops ops = {
    .properties = properties,
    .set_property = set_property,
    .remove_property = remove_property,
    .open_stream = open_stream,
    .recipients = recipients,
    .set_recipients = set_recipients,
    .set_read_flag = set_read_flag,
    .save = save,
    .attachments = attachments,
    .open_attachment = open_attachment,
    .create_attachment = create_attachment,
    .delete_attachment = delete_attachment,
    .drop = ms_release,
};

ms_message message_open(root *of, const file *in, const entry *found, ms_id mid) {
    message *it = ms_new(sizeof *it, destroy);
    it->of = ms_retain(of);
    it->mid = mid;
    it->is_new = !found;
    if (found) {
        it->in = ms_retain((file *)in);
        it->found = *found;
        it->flags = found->at.flags;
        it->time = found->at.time;
    }
    return (ms_message){&ops, it};
}
