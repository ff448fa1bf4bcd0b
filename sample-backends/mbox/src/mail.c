#include "mail.h"

#include "date.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VALUE(name) MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_##name

/* ------------------------------------------------------------------ from a header */

static bool set_words(ms_properties *bag, ms_tag tag, span header, const char *name) {
    span value;
    if (!field(header, name, &value)) return false;
    bytes text = {0};
    read_words(&text, value);
    ms_set_text(bag, tag, text.at);
    bytes_free(&text);
    return true;
}

/* One of some words, by its number; `otherwise` for none of them. */
static int32_t choice(span value, const char *const *words, int32_t first, int32_t otherwise) {
    for (int32_t i = 0; words[i]; i++)
        if (span_is_word(value, words[i])) return first + i;
    return otherwise;
}

static const char *const importances[] = {"low", "normal", "high", NULL};
static const char *const priorities[] = {"non-urgent", "normal", "urgent", NULL};
static const char *const sensitivities[] = {"Personal", "Private", "Company-Confidential", NULL};

static void set_degrees(ms_properties *bag, span header) {
    span value;
    int32_t importance = 1;
    if (field(header, "Importance", &value)) importance = choice(value, importances, 0, 1);
    else if (field(header, "X-Priority", &value) && value.length) importance = value.at[0] < '3' ? 2 : value.at[0] > '3' ? 0 : 1;
    ms_set_int32(bag, PID_TAG_IMPORTANCE, importance);
    field(header, "Priority", &value);
    ms_set_int32(bag, PID_TAG_PRIORITY, choice(value, priorities, -1, 0));
    field(header, "Sensitivity", &value);
    ms_set_int32(bag, PID_TAG_SENSITIVITY, choice(value, sensitivities, 1, 0));
    ms_set_bool(bag, PID_TAG_READ_RECEIPT_REQUESTED, field(header, "Disposition-Notification-To", &value));
}

/* The first mailbox of a field as three properties; one without a name is called by its address. */
static void set_person(ms_properties *bag, span header, const char *name, ms_tag called, ms_tag mail, ms_tag type) {
    addresses list = {0};
    span value;
    if (field(header, name, &value)) read_addresses(&list, value);
    if (list.count) {
        const address *one = &list.items[0];
        ms_set_text(bag, called, *one->name ? one->name : one->mail);
        if (*one->mail) ms_set_text(bag, mail, one->mail), ms_set_text(bag, type, "SMTP");
    }
    free_addresses(&list);
}

static void set_display(ms_properties *bag, ms_tag tag, const addresses *list) {
    bytes text = {0};
    for (size_t i = 0; i < list->count; i++) {
        if (i) bytes_text(&text, "; ");
        bytes_text(&text, *list->items[i].name ? list->items[i].name : list->items[i].mail);
    }
    bytes_add(&text, "", 0);
    ms_set_text(bag, tag, text.at);
    bytes_free(&text);
}

static const ms_tag displays[4] = {0, PID_TAG_DISPLAY_TO, PID_TAG_DISPLAY_CC, PID_TAG_DISPLAY_BCC};
static const char *const recipient_fields[4] = {"", "To", "Cc", "Bcc"};

void mail_recipients(addresses to[4], span header) {
    span name, value, whole;
    while (next_field(&header, &name, &value, &whole))
        for (int kind = MS_TO; kind <= MS_BCC; kind++)
            if (span_is_word(name, recipient_fields[kind])) read_addresses(&to[kind], value);
}

void mail_envelope(ms_properties *bag, span header) {
    bytes text = {0};
    addresses to[4] = {0};
    span value;
    int64_t seconds;
    ms_set_text(bag, PID_TAG_MESSAGE_CLASS, "IPM.Note");
    if (field(header, "Subject", &value)) {
        read_words(&text, value);
        ms_set_subject(bag, text.at);
        bytes_free(&text);
    }
    set_person(bag, header, "From", PID_TAG_SENT_REPRESENTING_NAME, PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS,
               PID_TAG_SENT_REPRESENTING_ADDRESS_TYPE);
    const char *sender = field(header, "Sender", &value) ? "Sender" : "From";
    set_person(bag, header, sender, PID_TAG_SENDER_NAME, PID_TAG_SENDER_EMAIL_ADDRESS, PID_TAG_SENDER_ADDRESS_TYPE);
    mail_recipients(to, header);
    for (int kind = MS_TO; kind <= MS_BCC; kind++) {
        set_display(bag, displays[kind], &to[kind]);
        free_addresses(&to[kind]);
    }
    if (field(header, "Date", &value) && date_parse(value, &seconds)) ms_set_time(bag, PID_TAG_CLIENT_SUBMIT_TIME, ms_filetime(seconds));
    set_words(bag, PID_TAG_INTERNET_MESSAGE_ID, header, "Message-ID");
    set_words(bag, PID_TAG_IN_REPLY_TO_ID, header, "In-Reply-To");
    set_words(bag, PID_TAG_INTERNET_REFERENCES, header, "References");
    set_words(bag, PID_TAG_CONVERSATION_TOPIC, header, "Thread-Topic");
    if (field(header, "Thread-Index", &value)) {
        decode(&text, value, BASE64);
        ms_set_bytes(bag, PID_TAG_CONVERSATION_INDEX, bytes_span(&text).at, text.length);
        bytes_free(&text);
    }
    set_degrees(bag, header);
}

/* ------------------------------------------------------------------ reading and making */

mail *mail_new(void) {
    mail *message = need(calloc(1, sizeof *message));
    message->bag = ms_new_properties();
    mail_envelope(message->bag, (span){"", 0});
    return message;
}

/* Whether a property is made of this field, so that it is written anew. */
static bool is_ours(span name) {
    static const char *const names[] = {"Subject", "From", "Sender", "To", "Cc", "Bcc", "Date", "Message-ID", "In-Reply-To", "References",
                                        "Thread-Topic", "Thread-Index", "Importance", "X-Priority", "Priority", "Sensitivity",
                                        "Disposition-Notification-To", "MIME-Version", NULL};
    for (size_t i = 0; names[i]; i++)
        if (span_is_word(name, names[i])) return true;
    return !name.length || (name.length > 8 && !strncasecmp(name.at, "Content-", 8));
}

static void keep_others(mail *message, span header) {
    span name, value, whole;
    while (next_field(&header, &name, &value, &whole)) {
        if (is_ours(name)) continue;
        bytes_add(&message->others, whole.at, whole.length);
        if (whole.at[whole.length - 1] != '\n') bytes_text(&message->others, "\n");
    }
}

static void set_optional(ms_properties *bag, ms_tag tag, const char *text) {
    if (*text) ms_set_text(bag, tag, text);
}

/* The name that an attached message has without one: its subject. */
static char *name_of_message(const part *of) {
    mime inner;
    span value;
    bytes text = {0};
    mime_read(&inner, of->body, true);
    field(inner.header, "Subject", &value);
    read_words(&text, value);
    if (!text.length) bytes_text(&text, "message");
    bytes_text(&text, ".eml");
    mime_free(&inner);
    return bytes_take(&text);
}

static void attach(mail *message, const part *of) {
    attached *added = attached_new(message);
    span value;
    bytes text = {0};
    added->saved = true;
    part_bytes(of, &added->data);
    ms_set_text(added->bag, PID_TAG_ATTACH_MIME_TAG, of->type);
    char *name = !*of->name && !strcmp(of->type, "message/rfc822") ? name_of_message(of) : span_copy(span_of(of->name));
    set_optional(added->bag, PID_TAG_ATTACH_LONG_FILENAME, name);
    free(name);
    if (field(of->header, "Content-ID", &value)) {
        if (value.length >= 2 && value.at[0] == '<' && value.at[value.length - 1] == '>') value.at++, value.length -= 2;
        read_words(&text, value);
        set_optional(added->bag, PID_TAG_ATTACH_CONTENT_ID, text.at);
        bytes_free(&text);
    }
    set_words(added->bag, PID_TAG_ATTACH_CONTENT_LOCATION, of->header, "Content-Location");
}

mail *mail_read(span content) {
    mail *message = need(calloc(1, sizeof *message));
    mime parts;
    bytes text = {0};
    span value;
    mime_read(&parts, content, false);
    message->bag = ms_new_properties();
    mail_envelope(message->bag, parts.header);
    mail_recipients(message->to, parts.header);
    keep_others(message, parts.header);
    /* A message of a header only has no body; an empty one is said to be there by its type. */
    if (parts.text.type && (span_trim(parts.text.body).length || field(parts.text.header, "Content-Type", &value))) {
        part_text(&parts.text, &text);
        ms_set_text(message->bag, PID_TAG_BODY, bytes_span(&text).at);
        bytes_free(&text);
    }
    if (parts.html.type) {
        bytes raw = {0};
        part_bytes(&parts.html, &raw);
        /* What is UTF-8 already stays byte for byte. */
        bool utf8 = !strcasecmp(parts.html.charset, "utf-8") && is_utf8(bytes_span(&raw)) && parts.html.how == BASE64;
        if (utf8) bytes_add(&text, raw.at, raw.length);
        else part_text(&parts.html, &text);
        ms_set_bytes(message->bag, PID_TAG_HTML, bytes_span(&text).at, text.length);
        bytes_free(&text), bytes_free(&raw);
    }
    for (size_t i = 0; i < parts.count; i++) attach(message, &parts.attachments[i]);
    mime_free(&parts);
    return message;
}

void mail_free(mail *message) {
    if (!message) return;
    ms_free_properties(message->bag);
    for (int kind = 0; kind < 4; kind++) free_addresses(&message->to[kind]);
    for (size_t i = 0; i < message->count; i++) attached_free(message->attachments[i]);
    free(message->attachments);
    bytes_free(&message->others);
    free(message);
}

/* ------------------------------------------------------------------ changing */

typedef enum shape { LINE, TEXT, HTML, BINARY, NUMBER, TRUTH, TIME } shape;

/* What can be set, and what it looks like. */
static const struct { ms_tag tag; shape shape; int32_t least, most; } settable[] = {
    {PID_TAG_SUBJECT, LINE, 0, 0},
    {PID_TAG_SUBJECT_PREFIX, LINE, 0, 0},
    {PID_TAG_NORMALIZED_SUBJECT, LINE, 0, 0},
    {PID_TAG_SENDER_NAME, LINE, 0, 0},
    {PID_TAG_SENDER_EMAIL_ADDRESS, LINE, 0, 0},
    {PID_TAG_SENT_REPRESENTING_NAME, LINE, 0, 0},
    {PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS, LINE, 0, 0},
    {PID_TAG_INTERNET_MESSAGE_ID, LINE, 0, 0},
    {PID_TAG_IN_REPLY_TO_ID, LINE, 0, 0},
    {PID_TAG_INTERNET_REFERENCES, LINE, 0, 0},
    {PID_TAG_CONVERSATION_TOPIC, LINE, 0, 0},
    {PID_TAG_CONVERSATION_INDEX, BINARY, 0, 0},
    {PID_TAG_IMPORTANCE, NUMBER, 0, 2},
    {PID_TAG_PRIORITY, NUMBER, -1, 1},
    {PID_TAG_SENSITIVITY, NUMBER, 0, 3},
    {PID_TAG_READ_RECEIPT_REQUESTED, TRUTH, 0, 0},
    {PID_TAG_CLIENT_SUBMIT_TIME, TIME, 0, 0},
    {PID_TAG_BODY, TEXT, 0, 0},
    {PID_TAG_HTML, HTML, 0, 0},
};

static const ms_tag computed[] = {
    PID_TAG_MID, PID_TAG_INST_ID, PID_TAG_INSTANCE_NUM, PID_TAG_PARENT_FOLDER_ID, PID_TAG_CHANGE_NUMBER, PID_TAG_CHANGE_KEY,
    PID_TAG_PREDECESSOR_CHANGE_LIST, PID_TAG_SOURCE_KEY, PID_TAG_MESSAGE_SIZE, PID_TAG_HAS_ATTACHMENTS, PID_TAG_READ,
    PID_TAG_DISPLAY_TO, PID_TAG_DISPLAY_CC, PID_TAG_DISPLAY_BCC, PID_TAG_TRANSPORT_MESSAGE_HEADERS, PID_TAG_ASSOCIATED,
    PID_TAG_SENDER_ADDRESS_TYPE, PID_TAG_SENT_REPRESENTING_ADDRESS_TYPE};

/* A text that a line of a header can hold, and that reads back as it is. */
static bool is_line(const char *text) {
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) return false;
    return true;
}

/* Nothing that the header could end in, and no folding: what is no message id gets no field. */
static bool is_ids(const char *text) {
    size_t length = strlen(text);
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 127) return false;
    return length && length < 900 && text[0] != ' ' && text[length - 1] != ' ' && !strstr(text, "=?");
}

static bool is_address(const char *text) {
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == '<' || *c == '>' || *c == '"' || *c == '\\' || *c == 127) return false;
    return *text && !strstr(text, "=?");
}

static ms_code set_line(mail *message, ms_tag tag, const ms_value *value) {
    char *text = ms_text_of(value);
    if (!text) return MS_INVALID_PARAMETER;
    bool ids = tag == PID_TAG_INTERNET_MESSAGE_ID || tag == PID_TAG_IN_REPLY_TO_ID || tag == PID_TAG_INTERNET_REFERENCES;
    bool mailbox = tag == PID_TAG_SENDER_EMAIL_ADDRESS || tag == PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS;
    bool name = tag == PID_TAG_SENDER_NAME || tag == PID_TAG_SENT_REPRESENTING_NAME;
    size_t length = strlen(text);
    bool blank = name && (!length || text[0] == ' ' || text[length - 1] == ' ');
    ms_code code = is_line(text) && (!ids || is_ids(text)) && (!mailbox || is_address(text)) && !blank ? MS_OK : MS_INVALID_PARAMETER;
    if (code == MS_OK && tag == PID_TAG_SUBJECT) {
        ms_set_subject(message->bag, text);
    } else if (code == MS_OK) {
        ms_set_text(message->bag, tag, text);
        if (tag == PID_TAG_SUBJECT_PREFIX || tag == PID_TAG_NORMALIZED_SUBJECT) {
            const char *prefix = ms_get_text(message->bag, PID_TAG_SUBJECT_PREFIX), *rest = ms_get_text(message->bag, PID_TAG_NORMALIZED_SUBJECT);
            bytes whole = {0};
            bytes_format(&whole, "%s%s", prefix ? prefix : "", rest ? rest : "");
            ms_set_text(message->bag, PID_TAG_SUBJECT, whole.at);
            bytes_free(&whole);
        }
    }
    free(text);
    return code;
}

ms_code mail_set(mail *message, ms_tag tag, const ms_value *value) {
    for (size_t i = 0; i < sizeof computed / sizeof *computed; i++)
        if (computed[i] >> 16 == tag >> 16) return MS_DENIED;
    if (tag >> 16 == PID_TAG_MESSAGE_CLASS >> 16) {
        char *class = ms_text_of(value);
        ms_code code = class && !strcasecmp(class, "IPM.Note") ? MS_OK : MS_NOT_IMPLEMENTED;
        free(class);
        return code;
    }
    size_t at = 0;
    while (at < sizeof settable / sizeof *settable && settable[at].tag >> 16 != tag >> 16) at++;
    if (at == sizeof settable / sizeof *settable) return MS_NOT_IMPLEMENTED;
    tag = settable[at].tag;
    int32_t number = value->val.integer32;
    switch (settable[at].shape) {
    case LINE: return set_line(message, tag, value);
    case TEXT: case HTML: case BINARY: {
        char *text = settable[at].shape == TEXT ? ms_text_of(value) : NULL;
        bool fits = text || (settable[at].shape != TEXT && value->tag == VALUE(BINARY));
        /* HTML in another character set would not come back byte for byte. */
        if (fits && settable[at].shape == HTML) fits = is_utf8((span){(const char *)value->val.binary.ptr, value->val.binary.len});
        if (text) ms_set_text(message->bag, tag, text);
        else if (fits) ms_set(message->bag, tag, value);
        free(text);
        return fits ? MS_OK : MS_INVALID_PARAMETER;
    }
    case NUMBER:
        if (value->tag != VALUE(INTEGER32) || number < settable[at].least || number > settable[at].most) return MS_INVALID_PARAMETER;
        break;
    case TRUTH:
        if (value->tag != VALUE(BOOLEAN)) return MS_INVALID_PARAMETER;
        break;
    case TIME:
        if (value->tag != VALUE(TIME)) return MS_INVALID_PARAMETER;
        /* The format has whole seconds, and years of four digits. */
        if (ms_unix_time(value->val.time) > 253402300799LL || value->val.time < 10000000u) return MS_INVALID_PARAMETER;
        ms_set_time(message->bag, tag, ms_filetime(ms_unix_time(value->val.time)));
        return MS_OK;
    }
    ms_set(message->bag, tag, value);
    return MS_OK;
}

ms_code mail_remove(mail *message, ms_tag tag) {
    for (size_t i = 0; i < sizeof computed / sizeof *computed; i++)
        if (computed[i] >> 16 == tag >> 16) return MS_DENIED;
    bool subject = tag >> 16 == PID_TAG_SUBJECT >> 16;
    ms_unset(message->bag, tag);
    if (subject) ms_unset(message->bag, PID_TAG_SUBJECT_PREFIX), ms_unset(message->bag, PID_TAG_NORMALIZED_SUBJECT);
    return MS_OK;
}

/* ------------------------------------------------------------------ attachments */

attached *attached_new(mail *message) {
    attached *added = need(calloc(1, sizeof *added));
    added->bag = ms_new_properties();
    added->number = message->next_number++;
    message->attachments = grow(message->attachments, message->count, &message->room, sizeof *message->attachments);
    message->attachments[message->count++] = added;
    return added;
}

attached *attached_find(const mail *message, uint32_t number) {
    for (size_t i = 0; i < message->count; i++)
        if (message->attachments[i]->number == number) return message->attachments[i];
    return NULL;
}

void attached_free(attached *attachment) {
    ms_free_properties(attachment->bag);
    bytes_free(&attachment->data);
    free(attachment);
}

ms_code attached_set(attached *attachment, ms_tag tag, const ms_value *value) {
    static const ms_tag texts[] = {PID_TAG_ATTACH_LONG_FILENAME, PID_TAG_ATTACH_MIME_TAG, PID_TAG_ATTACH_CONTENT_ID,
                                   PID_TAG_ATTACH_CONTENT_LOCATION};
    if (tag == PID_TAG_ATTACH_DATA_BINARY) {
        if (value->tag != VALUE(BINARY)) return MS_INVALID_PARAMETER;
        attachment->data.length = 0;
        bytes_add(&attachment->data, value->val.binary.ptr, value->val.binary.len);
        return MS_OK;
    }
    /* afByValue: an attached message is its bytes. */
    if (tag == PID_TAG_ATTACH_METHOD) return value->tag == VALUE(INTEGER32) && value->val.integer32 == 1 ? MS_OK : MS_NOT_IMPLEMENTED;
    if (tag == PID_TAG_ATTACH_NUMBER || tag == PID_TAG_ATTACH_SIZE) return MS_DENIED;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i] >> 16 != tag >> 16) continue;
        char *text = ms_text_of(value);
        size_t length = text ? strlen(text) : 0;
        bool fits = length && is_line(text) && text[0] != ' ' && text[length - 1] != ' ';
        if (fits && tag != PID_TAG_ATTACH_LONG_FILENAME) fits = is_ids(text) && !strpbrk(text, "<>;\",()");
        if (fits && tag == PID_TAG_ATTACH_MIME_TAG) fits = strchr(text, '/') && !strchr(text, ' ');
        if (fits) ms_set_text(attachment->bag, texts[i], text);
        free(text);
        return fits ? MS_OK : MS_INVALID_PARAMETER;
    }
    return MS_NOT_IMPLEMENTED;
}

void attached_properties(const attached *attachment, ms_properties *out) {
    const char *name = ms_get_text(attachment->bag, PID_TAG_ATTACH_LONG_FILENAME), *dot = name ? strrchr(name, '.') : NULL;
    ms_set_all(out, attachment->bag);
    ms_set_int32(out, PID_TAG_ATTACH_NUMBER, (int32_t)attachment->number);
    ms_set_int32(out, PID_TAG_ATTACH_METHOD, 1);
    ms_set_int32(out, PID_TAG_ATTACH_SIZE, (int32_t)attachment->data.length);
    ms_set_int32(out, PID_TAG_RENDERING_POSITION, -1);
    if (dot) ms_set_text(out, PID_TAG_ATTACH_EXTENSION, dot);
    if (!ms_wanted(out, PID_TAG_ATTACH_DATA_BINARY)) return;
    if (attachment->data.length > MS_INLINE_LIMIT) ms_defer(out, PID_TAG_ATTACH_DATA_BINARY, attachment->data.length);
    else ms_set_bytes(out, PID_TAG_ATTACH_DATA_BINARY, bytes_span(&attachment->data).at, attachment->data.length);
}
