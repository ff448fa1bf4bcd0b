/*
 * Between the generated bindings and the tables of functions of mapistore.h. Frees every argument after the call and every
 * result that was not handed on; the bindings free what they have handed on.
 */
#include "mapistore.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of more bytes than this come as `deferred`. */
#define INLINE_LIMIT (32 * 1024)
/* The most rows that one call answers; the caller comes again for more. */
#define BATCH_ROWS 5000

typedef mapistore_backend_types_error_t error_t;
typedef mapistore_backend_types_cell_t cell_t;

#define TYPE_MASK 0xFFFFu
#define TYPE_STRING8 0x001Eu
#define TYPE_STRING 0x001Fu
#define TYPE_BINARY 0x0102u

/* ------------------------------------------------------------------ memory and errors */

static void *need(void *memory) {
    if (!memory) abort();
    return memory;
}

/* An empty list has no memory: the bindings do not free it. */
static void *zeros(size_t count, size_t size) {
    return count ? need(calloc(count, size)) : NULL;
}

static uint8_t *copy_of(const void *bytes, size_t length) {
    return length ? memcpy(need(malloc(length)), bytes, length) : NULL;
}

static backend_string_t string_of(const char *text) {
    return (backend_string_t){copy_of(text, strlen(text)), strlen(text)};
}

static char *text_of(const void *bytes, size_t length) {
    char *text = need(malloc(length + 1));
    if (length) memcpy(text, bytes, length);
    text[length] = 0;
    return text;
}

/* Shared memory stands behind how often it is kept; a double keeps it aligned. */
typedef union shared {
    struct { size_t kept; void (*destroy)(void *); } head;
    long double align;
} shared;

void *ms_new(size_t size, void (*destroy)(void *)) {
    shared *memory = zeros(1, sizeof *memory + size);
    memory->head.kept = 1;
    memory->head.destroy = destroy;
    return memory + 1;
}

void *ms_retain(void *memory) {
    if (memory) ((shared *)memory - 1)->head.kept++;
    return memory;
}

void ms_release(void *memory) {
    if (!memory) return;
    shared *found = (shared *)memory - 1;
    if (--found->head.kept) return;
    if (found->head.destroy) found->head.destroy(memory);
    free(found);
}

/* What ms_fail was told last. A component has one thread. */
static char detail[512];

ms_code ms_fail(ms_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    return code;
}

void ms_log(const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    backend_string_t context = {(uint8_t *)"", 0}, message = {(uint8_t *)text, strlen(text)};
    wasi_logging_logging_log(WASI_LOGGING_LOGGING_LEVEL_INFO, &context, &message);
}

static mapistore_backend_types_error_code_t contract_code(ms_code code) {
    return code > MS_OK && code <= MS_CANCELLED ? (uint8_t)(code - 1) : MAPISTORE_BACKEND_TYPES_ERROR_CODE_FAILED;
}

/* Tells the host how a call ended; true if it went well. */
static bool done(ms_code code, error_t *error) {
    if (code == MS_OK) {
        detail[0] = 0;
        return true;
    }
    error->code = contract_code(code);
    error->detail.is_some = detail[0] != 0;
    if (error->detail.is_some) {
        /* A sentence that was cut off may end in the middle of a character. */
        size_t length = strlen(detail);
        while (length && length == sizeof detail - 1 && (detail[length - 1] & 0x80)) detail[--length] = 0;
        error->detail.val = string_of(detail);
    }
    detail[0] = 0;
    return false;
}

static ms_code missing(const char *function) {
    return ms_fail(MS_NOT_IMPLEMENTED, "this backend does not implement `%s`", function);
}

/* What an import answered as its error. */
static ms_code from_host(error_t *error) {
    ms_code code = (ms_code)(error->code + 1);
    const backend_string_t *text = &error->detail.val;
    if (error->detail.is_some) ms_fail(code, "%.*s", (int)text->len, (const char *)text->ptr);
    mapistore_backend_types_error_free(error);
    return code;
}

/* ------------------------------------------------------------------ values */

/* Size of an element of a list of scalars, 0 for what is no such list. */
static size_t element_size(uint8_t kind) {
    switch (kind) {
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_STRING8:
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_TEXT:
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_BINARY:
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_SERVER_ID:
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_RESTRICTION_BLOB:
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_RULE_ACTIONS: return 1;
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_INTEGER16: return 2;
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_INTEGER32:
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_FLOATING32: return 4;
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_FLOATING64:
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_CURRENCY:
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_FLOATING_TIME:
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_INTEGER64:
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_TIME: return 8;
    case MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_GUID: return sizeof(ms_guid);
    default: return 0;
    }
}

static bool is_list_of_lists(uint8_t kind) {
    return kind == MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_STRING8 ||
           kind == MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_TEXT ||
           kind == MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_MULTIPLE_BINARY;
}

/* A copy that owns all that is in it. Every list is a pointer and a length, whatever its elements are. */
static ms_value value_copy(const ms_value *value) {
    ms_value copy = *value;
    size_t size = element_size(value->tag);
    if (size) {
        copy.val.binary.ptr = copy_of(value->val.binary.ptr, value->val.binary.len * size);
    } else if (is_list_of_lists(value->tag)) {
        const backend_list_list_u8_t *from = &value->val.multiple_binary;
        copy.val.multiple_binary.ptr = zeros(from->len, sizeof *from->ptr);
        for (size_t i = 0; i < from->len; i++) {
            copy.val.multiple_binary.ptr[i].ptr = copy_of(from->ptr[i].ptr, from->ptr[i].len);
            copy.val.multiple_binary.ptr[i].len = from->ptr[i].len;
        }
    }
    return copy;
}

/* The property type of a value; 0 for what has none of its own. */
static uint32_t value_type(uint8_t kind) {
    static const uint16_t types[] = {
        0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0007, 0x000A, 0x000B, 0x0014, 0x001E, 0x001F, 0x0040, 0x0048, 0x0102, 0x00FB,
        0x00FD, 0x00FE, 0x000D, 0,      0x1002, 0x1003, 0x1004, 0x1005, 0x1006, 0x1007, 0x1014, 0x101E, 0x101F, 0x1040, 0x1048, 0x1102,
    };
    return kind < sizeof types / sizeof *types ? types[kind] : 0;
}

/* What code page 1252 has from 0x80 to 0x9F; what it does not define stands for itself. */
static const uint16_t cp1252[32] = {
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
    0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
};

/* UTF-8, which the host has checked or the caller vouches for, in code page 1252. */
static backend_list_u8_t to_string8(const backend_string_t *text) {
    backend_list_u8_t out = {need(malloc(text->len + 1)), 0};
    for (size_t at = 0; at < text->len;) {
        uint32_t c = text->ptr[at++];
        int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
        if (more) c &= 0x3Fu >> more;
        while (more-- && at < text->len) c = c << 6 | (text->ptr[at++] & 0x3Fu);
        uint8_t byte = c < 0x80 || (c >= 0xA0 && c < 0x100) ? (uint8_t)c : '?';
        for (unsigned i = 0; i < 32 && byte == '?'; i++)
            if (cp1252[i] == c) byte = (uint8_t)(0x80 + i);
        out.ptr[out.len++] = byte;
    }
    if (!out.len) free(out.ptr), out.ptr = NULL;
    return out;
}

static backend_string_t from_string8(const backend_list_u8_t *bytes) {
    backend_string_t out = {need(malloc(bytes->len * 3 + 1)), 0};
    for (size_t at = 0; at < bytes->len; at++) {
        uint32_t c = bytes->ptr[at];
        if (c >= 0x80 && c < 0xA0) c = cp1252[c - 0x80];
        if (c < 0x80) {
            out.ptr[out.len++] = (uint8_t)c;
        } else if (c < 0x800) {
            out.ptr[out.len++] = (uint8_t)(0xC0 | c >> 6);
            out.ptr[out.len++] = (uint8_t)(0x80 | (c & 0x3F));
        } else {
            out.ptr[out.len++] = (uint8_t)(0xE0 | c >> 12);
            out.ptr[out.len++] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
            out.ptr[out.len++] = (uint8_t)(0x80 | (c & 0x3F));
        }
    }
    if (!out.len) free(out.ptr), out.ptr = NULL;
    return out;
}

/* ------------------------------------------------------------------ bags */

typedef struct property { ms_tag tag; ms_value value; char *text; } property;
struct ms_properties { property *items; size_t count, room; };

static property *find(const ms_properties *bag, ms_tag tag) {
    for (size_t i = 0; i < bag->count; i++)
        if (bag->items[i].tag >> 16 == tag >> 16) return &bag->items[i];
    return NULL;
}

static void forget_value(property *item) {
    mapistore_backend_types_property_value_free(&item->value);
    free(item->text);
    item->text = NULL;
}

/* Takes the value. The tag's type is always that of the value: the host refuses any other. */
static void put(ms_properties *bag, ms_tag tag, ms_value value) {
    uint32_t type = value_type(value.tag);
    property *item = find(bag, tag);
    if (item) {
        forget_value(item);
    } else {
        if (bag->count == bag->room) {
            bag->room = bag->room ? bag->room * 2 : 16;
            bag->items = need(realloc(bag->items, bag->room * sizeof *bag->items));
        }
        item = &bag->items[bag->count++];
    }
    *item = (property){.tag = type ? (tag & ~TYPE_MASK) | type : tag, .value = value};
}

static void empty(ms_properties *bag) {
    for (size_t i = 0; i < bag->count; i++) forget_value(&bag->items[i]);
    free(bag->items);
    *bag = (ms_properties){0};
}

void ms_set(ms_properties *bag, ms_tag tag, const ms_value *value) { put(bag, tag, value_copy(value)); }

void ms_set_text(ms_properties *bag, ms_tag tag, const char *text) {
    ms_value value = {.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_TEXT};
    value.val.text = string_of(text);
    put(bag, tag, value);
}

void ms_set_bytes(ms_properties *bag, ms_tag tag, const void *bytes, size_t length) {
    ms_value value = {.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_BINARY};
    value.val.binary = (backend_list_u8_t){copy_of(bytes, length), length};
    put(bag, tag, value);
}

void ms_set_int32(ms_properties *bag, ms_tag tag, int32_t number) {
    put(bag, tag, (ms_value){.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_INTEGER32, .val.integer32 = number});
}

void ms_set_bool(ms_properties *bag, ms_tag tag, bool truth) {
    put(bag, tag, (ms_value){.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_BOOLEAN, .val.boolean = truth});
}

void ms_set_id(ms_properties *bag, ms_tag tag, ms_id id) {
    put(bag, tag, (ms_value){.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_INTEGER64, .val.integer64 = (int64_t)id});
}

void ms_set_time(ms_properties *bag, ms_tag tag, uint64_t filetime) {
    put(bag, tag, (ms_value){.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_TIME, .val.time = filetime});
}

const ms_value *ms_get(const ms_properties *bag, ms_tag tag) {
    const property *item = find(bag, tag);
    return item ? &item->value : NULL;
}

size_t ms_count(const ms_properties *bag) { return bag->count; }

const ms_value *ms_at(const ms_properties *bag, size_t position, ms_tag *tag) {
    *tag = bag->items[position].tag;
    return &bag->items[position].value;
}

const char *ms_get_text(const ms_properties *bag, ms_tag tag) {
    property *item = find(bag, tag);
    if (!item || item->value.tag != MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_TEXT) return NULL;
    if (!item->text) item->text = text_of(item->value.val.text.ptr, item->value.val.text.len);
    return item->text;
}

uint64_t ms_filetime(int64_t unix_seconds) {
    int64_t since_1601 = unix_seconds + 11644473600LL;
    return since_1601 > 0 ? (uint64_t)since_1601 * 10000000u : 0;
}

ms_id ms_from_globcnt(uint64_t globcnt) { return __builtin_bswap64(globcnt) | 1; }

void ms_set_xid(ms_properties *bag, ms_tag tag, ms_guid replica, ms_id id) {
    uint8_t xid[22];
    /* A GUID as it travels (MS-DTYP 2.3.4.2): the first three fields little-endian. */
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    for (int i = 0; i < 16; i++) {
        uint64_t half = order[i] < 8 ? replica.hi : replica.lo;
        xid[i] = (uint8_t)(half >> (56 - 8 * (order[i] & 7)));
    }
    for (int i = 0; i < 6; i++) xid[16 + i] = (uint8_t)(id >> (16 + 8 * i));
    ms_set_bytes(bag, tag, xid, sizeof xid);
}

/* One cell for a tag. */
static cell_t cell_of(const ms_properties *bag, ms_tag tag) {
    cell_t cell = {.is_err = true, .val.err = MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_FOUND};
    const property *item = find(bag, tag);
    if (!item) return cell;
    uint32_t wanted = tag & TYPE_MASK, has = item->tag & TYPE_MASK;
    const ms_value *value = &item->value;
    ms_value found;
    if (!wanted || wanted == has) {
        found = value_copy(value);
    } else if (wanted == TYPE_STRING8 && has == TYPE_STRING) {
        found = (ms_value){.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_STRING8};
        found.val.string8 = to_string8(&value->val.text);
    } else if (wanted == TYPE_STRING && has == TYPE_STRING8) {
        found = (ms_value){.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_TEXT};
        found.val.text = from_string8(&value->val.string8);
    } else {
        return cell;
    }
    uint32_t type = wanted ? wanted : has;
    if ((type == TYPE_STRING || type == TYPE_STRING8 || type == TYPE_BINARY) && found.val.binary.len > INLINE_LIMIT) {
        ms_value deferred = {.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_DEFERRED, .val.deferred = found.val.binary.len};
        mapistore_backend_types_property_value_free(&found);
        found = deferred;
    }
    return (cell_t){.is_err = false, .val.ok = found};
}

static void tags_of(const ms_properties *bag, exports_mapistore_backend_objects_list_property_tag_t *tags) {
    tags->ptr = zeros(bag->count, sizeof *tags->ptr);
    tags->len = bag->count;
    for (size_t i = 0; i < bag->count; i++) tags->ptr[i] = bag->items[i].tag;
}

static void cells_of(const ms_properties *bag, const ms_tag *tags, size_t count, cell_t *cells) {
    for (size_t i = 0; i < count; i++) cells[i] = cell_of(bag, tags[i]);
}

/* ------------------------------------------------------------------ objects */

#define OBJ(name) exports_mapistore_backend_objects_##name

struct exports_mapistore_backend_objects_context_t { ms_context is; };
struct exports_mapistore_backend_objects_folder_t { ms_folder is; size_t tables; bool dropped; };
struct exports_mapistore_backend_objects_message_t { ms_message is; };
struct exports_mapistore_backend_objects_attachment_t { char none; };
struct exports_mapistore_backend_objects_property_stream_t { ms_stream is; };
struct exports_mapistore_backend_objects_table_t {
    ms_table is;
    OBJ(folder_t) *folder; /* Of a table over messages. */
    ms_tag *columns;
    size_t column_count;
    ms_properties **rows;
    size_t row_count;
};

/* The table of functions of an object has this one. */
#define HAS(self, method) ((self)->is.ops && (self)->is.ops->method)

/* A handle for the host, of an object that a function has answered. */
#define HANDLE(kind, in_use)                                                 \
    static OBJ(own_##kind##_t) handle_##kind(ms_##kind object) {             \
        OBJ(kind##_t) *rep = zeros(1, sizeof *rep);                          \
        rep->is = object;                                                    \
        return OBJ(kind##_new)(rep);                                         \
    }                                                                        \
    void OBJ(kind##_destructor)(OBJ(kind##_t) *rep) {                        \
        if (in_use) return;                                                  \
        if (HAS(rep, drop)) rep->is.ops->drop(rep->is.self);                 \
        free(rep);                                                           \
    }
HANDLE(context, false)
/* Tables over its messages may outlive it: the last one of them is its end. */
HANDLE(folder, (rep->dropped = true, rep->tables > 0))
HANDLE(message, false)

#undef HANDLE

static OBJ(own_property_stream_t) handle_stream(ms_stream object) {
    OBJ(property_stream_t) *rep = zeros(1, sizeof *rep);
    rep->is = object;
    return OBJ(property_stream_new)(rep);
}

void OBJ(property_stream_destructor)(OBJ(property_stream_t) *rep) {
    if (HAS(rep, drop)) rep->is.ops->drop(rep->is.self);
    free(rep);
}

void OBJ(attachment_destructor)(OBJ(attachment_t) *rep) { free(rep); }

/* ------------------------------------------------------------------ properties of folders and messages */

#define BAG_METHODS(kind)                                                                                                  \
    static ms_code kind##_bag(OBJ(borrow_##kind##_t) self, ms_properties *bag) {                                           \
        return HAS(self, properties) ? self->is.ops->properties(self->is.self, bag) : missing(#kind ".get-properties");    \
    }                                                                                                                      \
    bool OBJ(method_##kind##_list_properties)(OBJ(borrow_##kind##_t) self, OBJ(list_property_tag_t) *ret, error_t *err) {  \
        ms_properties bag = {0};                                                                                           \
        ms_code code = kind##_bag(self, &bag);                                                                             \
        if (code == MS_OK) tags_of(&bag, ret);                                                                             \
        empty(&bag);                                                                                                       \
        return done(code, err);                                                                                            \
    }                                                                                                                      \
    bool OBJ(method_##kind##_get_properties)(OBJ(borrow_##kind##_t) self, OBJ(list_property_tag_t) *tags,                  \
                                             OBJ(list_cell_t) *ret, error_t *err) {                                        \
        ms_properties bag = {0};                                                                                           \
        ms_code code = kind##_bag(self, &bag);                                                                             \
        if (code == MS_OK) {                                                                                               \
            *ret = (OBJ(list_cell_t)){zeros(tags->len, sizeof *ret->ptr), tags->len};                                      \
            cells_of(&bag, tags->ptr, tags->len, ret->ptr);                                                                \
        }                                                                                                                  \
        empty(&bag);                                                                                                       \
        OBJ(list_property_tag_free)(tags);                                                                                 \
        return done(code, err);                                                                                            \
    }                                                                                                                      \
    bool OBJ(method_##kind##_set_properties)(OBJ(borrow_##kind##_t) self, OBJ(list_property_t) *values,                    \
                                             OBJ(list_property_problem_t) *ret, error_t *err) {                            \
        ms_code code = HAS(self, set_property) ? MS_OK : missing(#kind ".set-properties");                                 \
        *ret = (OBJ(list_property_problem_t)){zeros(values->len, sizeof *ret->ptr), 0};                                    \
        for (size_t i = 0; code == MS_OK && i < values->len; i++) {                                                        \
            ms_code one = self->is.ops->set_property(self->is.self, values->ptr[i].tag, &values->ptr[i].value);            \
            if (one != MS_OK) ret->ptr[ret->len++] = (OBJ(property_problem_t)){values->ptr[i].tag, contract_code(one)};    \
        }                                                                                                                  \
        if (code != MS_OK || !ret->len) free(ret->ptr), *ret = (OBJ(list_property_problem_t)){NULL, 0};                    \
        OBJ(list_property_free)(values);                                                                                   \
        return done(code, err);                                                                                            \
    }
BAG_METHODS(folder)
BAG_METHODS(message)
#undef BAG_METHODS

bool OBJ(method_message_remove_properties)(OBJ(borrow_message_t) self, OBJ(list_property_tag_t) *tags,
                                           OBJ(list_property_problem_t) *ret, error_t *err) {
    ms_code code = HAS(self, remove_property) ? MS_OK : missing("message.remove-properties");
    *ret = (OBJ(list_property_problem_t)){zeros(tags->len, sizeof *ret->ptr), 0};
    for (size_t i = 0; code == MS_OK && i < tags->len; i++) {
        ms_code one = self->is.ops->remove_property(self->is.self, tags->ptr[i]);
        if (one != MS_OK) ret->ptr[ret->len++] = (OBJ(property_problem_t)){tags->ptr[i], contract_code(one)};
    }
    if (code != MS_OK || !ret->len) free(ret->ptr), *ret = (OBJ(list_property_problem_t)){NULL, 0};
    OBJ(list_property_tag_free)(tags);
    return done(code, err);
}

/* ------------------------------------------------------------------ contexts */

bool OBJ(method_context_get_root_folder)(OBJ(borrow_context_t) self, ms_id id, OBJ(own_folder_t) *ret, error_t *err) {
    ms_folder folder = {0};
    ms_code code =
        HAS(self, get_root_folder) ? self->is.ops->get_root_folder(self->is.self, id, &folder) : missing("context.get-root-folder");
    if (code == MS_OK) *ret = handle_folder(folder);
    return done(code, err);
}

bool OBJ(method_context_get_paths)(OBJ(borrow_context_t) self, OBJ(list_fmid_t) *ids, OBJ(list_path_result_t) *ret, error_t *err) {
    (void)self;
    mapistore_backend_index_list_option_entry_t entries;
    mapistore_backend_index_list_fmid_t asked = {ids->ptr, ids->len};
    error_t refused;
    ms_code code = mapistore_backend_index_get_uris(&asked, &entries, &refused) ? MS_OK : from_host(&refused);
    if (code == MS_OK) {
        *ret = (OBJ(list_path_result_t)){zeros(entries.len, sizeof *ret->ptr), entries.len};
        for (size_t i = 0; i < entries.len; i++) {
            const mapistore_backend_index_entry_t *entry = &entries.ptr[i].val;
            OBJ(path_result_t) path = {.is_err = true, .val.err = MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_FOUND};
            if (entries.ptr[i].is_some && !entry->soft_deleted) {
                char *uri = text_of(entry->uri.ptr, entry->uri.len), *rest = strstr(uri, "://");
                if (rest) path = (OBJ(path_result_t)){.is_err = false, .val.ok = string_of(rest + 3)};
                free(uri);
            }
            ret->ptr[i] = path;
        }
        mapistore_backend_index_list_option_entry_free(&entries);
    }
    OBJ(list_fmid_free)(ids);
    return done(code, err);
}

bool OBJ(static_context_close)(OBJ(own_context_t) context, error_t *err) {
    OBJ(context_drop_own)(context);
    return done(MS_OK, err);
}

/* ------------------------------------------------------------------ folders */

/* A function of a folder that answers an object of its own. */
#define OPENS(method, kind, handle, parameters, arguments, cleanup)                                                             \
    bool OBJ(method_folder_##method)(OBJ(borrow_folder_t) self, parameters OBJ(own_##kind##_t) *ret, error_t *err) {            \
        ms_##kind object = {0};                                                                                                 \
        ms_code code = HAS(self, method) ? self->is.ops->method(self->is.self, arguments, &object) : missing("folder." #method); \
        if (code == MS_OK) *ret = handle(object);                                                                               \
        cleanup;                                                                                                                \
        return done(code, err);                                                                                                 \
    }
#define WITH(...) __VA_ARGS__,
#define AND(...) __VA_ARGS__
OPENS(open_folder, folder, handle_folder, WITH(ms_id id), id, )
OPENS(open_message, message, handle_message, WITH(ms_id id, bool read_write), AND(id, read_write), )
OPENS(create_message, message, handle_message, WITH(ms_id id, bool associated), AND(id, associated), )
#undef OPENS

bool OBJ(method_folder_create_folder)(OBJ(borrow_folder_t) self, ms_id id, OBJ(list_property_t) *values, OBJ(own_folder_t) *ret,
                                      error_t *err) {
    ms_folder folder = {0};
    ms_properties bag = {0};
    for (size_t i = 0; i < values->len; i++) ms_set(&bag, values->ptr[i].tag, &values->ptr[i].value);
    ms_code code = HAS(self, create_folder) ? self->is.ops->create_folder(self->is.self, id, &bag, &folder)
                                            : missing("folder.create-folder");
    if (code == MS_OK) *ret = handle_folder(folder);
    empty(&bag);
    OBJ(list_property_free)(values);
    return done(code, err);
}

bool OBJ(method_folder_delete)(OBJ(borrow_folder_t) self, OBJ(delete_mode_t) mode, bool recursive, error_t *err) {
    bool hard = mode == MAPISTORE_BACKEND_TYPES_DELETE_MODE_HARD;
    return done(HAS(self, remove) ? self->is.ops->remove(self->is.self, hard, recursive) : missing("folder.delete"), err);
}

/* The outcomes of a batch as the host reads them. */
static void outcomes_of(const ms_id *ids, const ms_code *codes, size_t count, OBJ(list_item_outcome_t) *ret) {
    *ret = (OBJ(list_item_outcome_t)){zeros(count, sizeof *ret->ptr), count};
    for (size_t i = 0; i < count; i++) {
        ret->ptr[i].id = ids[i];
        ret->ptr[i].outcome.is_err = codes[i] != MS_OK;
        ret->ptr[i].outcome.val.err = contract_code(codes[i]);
    }
    detail[0] = 0;
}

bool OBJ(method_folder_delete_messages)(OBJ(borrow_folder_t) self, OBJ(list_mid_t) *ids, OBJ(delete_mode_t) mode,
                                        OBJ(list_item_outcome_t) *ret, error_t *err) {
    ms_code *codes = zeros(ids->len, sizeof *codes);
    bool hard = mode == MAPISTORE_BACKEND_TYPES_DELETE_MODE_HARD;
    ms_code code = HAS(self, delete_messages) ? self->is.ops->delete_messages(self->is.self, ids->ptr, ids->len, hard, codes)
                                              : missing("folder.delete-messages");
    if (code == MS_OK) outcomes_of(ids->ptr, codes, ids->len, ret);
    free(codes);
    OBJ(list_mid_free)(ids);
    return done(code, err);
}

static ms_code mark(OBJ(borrow_folder_t) self, ms_id id, bool read) {
    ms_message message = {0};
    ms_code code = self->is.ops->open_message(self->is.self, id, true, &message);
    if (code != MS_OK) return code;
    code = message.ops->set_read_flag ? message.ops->set_read_flag(message.self, read) : MS_NOT_IMPLEMENTED;
    if (message.ops->drop) message.ops->drop(message.self);
    return code;
}

bool OBJ(method_folder_set_read_flags)(OBJ(borrow_folder_t) self, OBJ(list_mid_t) *ids, bool read, OBJ(list_item_outcome_t) *ret,
                                       error_t *err) {
    ms_code *codes = zeros(ids->len, sizeof *codes), code = MS_OK;
    for (size_t i = 0; code == MS_OK && i < ids->len; i++) {
        codes[i] = HAS(self, open_message) ? mark(self, ids->ptr[i], read) : MS_NOT_IMPLEMENTED;
        if (codes[i] == MS_NOT_IMPLEMENTED) code = missing("folder.set-read-flags");
    }
    if (code == MS_OK) outcomes_of(ids->ptr, codes, ids->len, ret);
    free(codes);
    OBJ(list_mid_free)(ids);
    return done(code, err);
}

/* ------------------------------------------------------------------ tables */

struct ms_rows { ms_properties **items; size_t count, room; };

ms_properties *ms_add_row(ms_rows *rows) {
    if (rows->count == rows->room) {
        rows->room = rows->room ? rows->room * 2 : 64;
        rows->items = need(realloc(rows->items, rows->room * sizeof *rows->items));
    }
    return rows->items[rows->count++] = zeros(1, sizeof(ms_properties));
}

static void empty_rows(ms_properties **rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        empty(rows[i]);
        free(rows[i]);
    }
    free(rows);
}

struct ms_ids { ms_id *items; size_t count, room; };

void ms_list_id(ms_ids *ids, ms_id id) {
    if (ids->count == ids->room) {
        ids->room = ids->room ? ids->room * 2 : 64;
        ids->items = need(realloc(ids->items, ids->room * sizeof *ids->items));
    }
    ids->items[ids->count++] = id;
}

/* One row for each message of a folder. */
static ms_code rows_of_messages(const ms_folder *folder, ms_rows *rows) {
    ms_ids ids = {0};
    ms_code code = folder->ops->messages(folder->self, &ids);
    for (size_t i = 0; code == MS_OK && i < ids.count; i++) {
        ms_message message = {0};
        code = folder->ops->open_message(folder->self, ids.items[i], false, &message);
        if (code != MS_OK) break;
        ms_properties *row = ms_add_row(rows);
        code = message.ops->properties ? message.ops->properties(message.self, row) : missing("message.get-properties");
        if (message.ops->drop) message.ops->drop(message.self);
    }
    free(ids.items);
    return code;
}

/* The columns of a table over messages; any other may be asked for as well. */
static const ms_tag message_columns[] = {
    PID_TAG_MID, PID_TAG_CHANGE_NUMBER, PID_TAG_CHANGE_KEY, PID_TAG_MESSAGE_CLASS, PID_TAG_MESSAGE_FLAGS, PID_TAG_MESSAGE_SIZE,
    PID_TAG_SUBJECT, PID_TAG_NORMALIZED_SUBJECT, PID_TAG_SENDER_NAME, PID_TAG_SENDER_EMAIL_ADDRESS, PID_TAG_DISPLAY_TO,
    PID_TAG_CLIENT_SUBMIT_TIME, PID_TAG_MESSAGE_DELIVERY_TIME, 0};

/* Asks for the rows; those that were there stay if that fails. */
static ms_code load(OBJ(table_t) *table) {
    ms_rows rows = {0};
    ms_code code = MS_OK;
    if (HAS(table, rows)) code = table->is.ops->rows(table->is.self, &rows);
    else if (table->folder) code = rows_of_messages(&table->folder->is, &rows);
    if (code != MS_OK) {
        empty_rows(rows.items, rows.count);
        return code;
    }
    empty_rows(table->rows, table->row_count);
    table->rows = rows.items;
    table->row_count = rows.count;
    return MS_OK;
}

void OBJ(table_destructor)(OBJ(table_t) *rep) {
    if (HAS(rep, drop)) rep->is.ops->drop(rep->is.self);
    empty_rows(rep->rows, rep->row_count);
    free(rep->columns);
    if (rep->folder && !--rep->folder->tables && rep->folder->dropped) OBJ(folder_destructor)(rep->folder);
    free(rep);
}

static ms_code open_table(OBJ(borrow_folder_t) self, ms_table_kind kind, OBJ(table_t) **table) {
    static const ms_table_ops messages = {.columns = message_columns};
    ms_table object = {&messages, NULL};
    ms_code code = MS_OK;
    bool over_messages = HAS(self, messages) && HAS(self, open_message) && !HAS(self, open_table);
    if (HAS(self, open_table)) code = self->is.ops->open_table(self->is.self, kind, &object);
    else if (!over_messages) code = missing("folder.open-table");
    if (code != MS_OK) return code;
    OBJ(table_t) *rep = zeros(1, sizeof *rep);
    rep->is = object;
    /* A folder that lists its messages has rows of no other kind. */
    if (over_messages && kind == MS_CONTENTS) rep->folder = self, self->tables++;
    code = load(rep);
    if (code == MS_OK) *table = rep;
    else OBJ(table_destructor)(rep);
    return code;
}

bool OBJ(method_folder_open_table)(OBJ(borrow_folder_t) self, OBJ(table_kind_t) kind, OBJ(own_table_t) *ret, error_t *err) {
    OBJ(table_t) *table;
    ms_code code = open_table(self, (ms_table_kind)kind, &table);
    if (code == MS_OK) *ret = OBJ(table_new)(table);
    return done(code, err);
}

bool OBJ(method_folder_get_child_count)(OBJ(borrow_folder_t) self, OBJ(table_kind_t) kind, uint32_t *ret, error_t *err) {
    if (HAS(self, get_child_count)) return done(self->is.ops->get_child_count(self->is.self, (ms_table_kind)kind, ret), err);
    OBJ(table_t) *table;
    ms_code code = open_table(self, (ms_table_kind)kind, &table);
    if (code == MS_OK) {
        *ret = (uint32_t)table->row_count;
        OBJ(table_destructor)(table);
    }
    return done(code, err);
}

bool OBJ(method_table_available_columns)(OBJ(borrow_table_t) self, OBJ(list_property_tag_t) *ret, error_t *err) {
    size_t count = 0;
    while (self->is.ops->columns && self->is.ops->columns[count]) count++;
    *ret = (OBJ(list_property_tag_t)){(ms_tag *)copy_of(self->is.ops->columns, count * sizeof(ms_tag)), count};
    return done(MS_OK, err);
}

bool OBJ(method_table_set_columns)(OBJ(borrow_table_t) self, OBJ(list_property_tag_t) *columns, error_t *err) {
    ms_code code = columns->len ? MS_OK : ms_fail(MS_INVALID_PARAMETER, "a table needs a column");
    if (code == MS_OK) {
        free(self->columns);
        self->columns = (ms_tag *)copy_of(columns->ptr, columns->len * sizeof(ms_tag));
        self->column_count = columns->len;
    }
    OBJ(list_property_tag_free)(columns);
    return done(code, err);
}

/* The view without restriction or order is the one that every table has. */
static ms_code leave_to_host(bool plain) {
    return plain ? MS_OK : ms_fail(MS_TOO_COMPLEX, "this table has its natural view only");
}

bool OBJ(method_table_set_restriction)(OBJ(borrow_table_t) self, OBJ(restriction_t) *restriction, error_t *err) {
    (void)self;
    ms_code code = leave_to_host(!restriction);
    if (restriction) OBJ(restriction_free)(restriction);
    return done(code, err);
}

bool OBJ(method_table_set_sort_order)(OBJ(borrow_table_t) self, OBJ(sort_order_t) *order, error_t *err) {
    (void)self;
    ms_code code = leave_to_host(!order);
    if (order) OBJ(sort_order_free)(order);
    return done(code, err);
}

bool OBJ(method_table_row_count)(OBJ(borrow_table_t) self, uint32_t *ret, error_t *err) {
    *ret = (uint32_t)self->row_count;
    return done(MS_OK, err);
}

bool OBJ(method_table_query_rows)(OBJ(borrow_table_t) self, uint32_t start, uint32_t count, OBJ(row_batch_t) *ret, error_t *err) {
    if (!self->column_count) return done(ms_fail(MS_NOT_INITIALIZED, "the table has no columns yet"), err);
    size_t left = start < self->row_count ? self->row_count - start : 0, width = self->column_count;
    size_t rows = count < left ? count : left;
    if (rows > BATCH_ROWS) rows = BATCH_ROWS;
    ret->row_count = (uint32_t)rows;
    ret->at_end = rows == left;
    ret->cells.len = rows * width;
    ret->cells.ptr = zeros(rows * width, sizeof *ret->cells.ptr);
    for (size_t i = 0; i < rows; i++) cells_of(self->rows[start + i], self->columns, width, ret->cells.ptr + i * width);
    return done(MS_OK, err);
}

bool OBJ(method_table_find_row)(OBJ(borrow_table_t) self, uint32_t start, OBJ(direction_t) direction, OBJ(restriction_t) *restriction,
                                OBJ(option_found_row_t) *ret, error_t *err) {
    (void)self, (void)start, (void)direction, (void)ret;
    OBJ(restriction_free)(restriction);
    return done(missing("table.find-row"), err);
}

bool OBJ(method_table_refresh)(OBJ(borrow_table_t) self, error_t *err) { return done(load(self), err); }

/* ------------------------------------------------------------------ messages */

bool OBJ(method_message_open_stream)(OBJ(borrow_message_t) self, ms_tag tag, OBJ(stream_access_t) access,
                                     OBJ(own_property_stream_t) *ret, error_t *err) {
    ms_stream stream = {0};
    ms_code code = HAS(self, open_stream) ? self->is.ops->open_stream(self->is.self, tag, (ms_access)access, &stream)
                                          : missing("message.open-stream");
    if (code == MS_OK) *ret = handle_stream(stream);
    return done(code, err);
}

static backend_option_string_t optional(const char *text) {
    return (backend_option_string_t){.is_some = text != NULL, .val = text ? string_of(text) : (backend_string_t){0}};
}

bool OBJ(method_message_get_data)(OBJ(borrow_message_t) self, OBJ(message_data_t) *ret, error_t *err) {
    ms_properties bag = {0};
    ms_code code = message_bag(self, &bag);
    if (code == MS_OK) {
        const char *subject = ms_get_text(&bag, PID_TAG_NORMALIZED_SUBJECT);
        *ret = (OBJ(message_data_t)){0};
        ret->subject_prefix = optional(ms_get_text(&bag, PID_TAG_SUBJECT_PREFIX));
        ret->normalized_subject = optional(subject ? subject : ms_get_text(&bag, PID_TAG_SUBJECT));
    }
    empty(&bag);
    return done(code, err);
}

bool OBJ(method_message_set_read_flag)(OBJ(borrow_message_t) self, bool read, error_t *err) {
    return done(HAS(self, set_read_flag) ? self->is.ops->set_read_flag(self->is.self, read) : missing("message.set-read-flag"), err);
}

bool OBJ(method_message_save)(OBJ(borrow_message_t) self, bool force, OBJ(change_number_t) *ret, error_t *err) {
    return done(HAS(self, save) ? self->is.ops->save(self->is.self, force, ret) : missing("message.save"), err);
}

/* ------------------------------------------------------------------ streams */

#define STREAM(method) HAS(self, method) ? self->is.ops->method

bool OBJ(method_property_stream_size)(OBJ(borrow_property_stream_t) self, uint64_t *ret, error_t *err) {
    return done(STREAM(size)(self->is.self, ret) : missing("property-stream.size"), err);
}

bool OBJ(method_property_stream_read)(OBJ(borrow_property_stream_t) self, uint64_t offset, uint32_t length, backend_list_u8_t *ret,
                                      error_t *err) {
    /* The contract's limit; more is never asked for. */
    size_t got = length < 1u << 20 ? length : 1u << 20;
    *ret = (backend_list_u8_t){need(malloc(got + 1)), 0};
    ms_code code = STREAM(read)(self->is.self, offset, ret->ptr, &got) : missing("property-stream.read");
    ret->len = code == MS_OK ? got : 0;
    if (!ret->len) free(ret->ptr), ret->ptr = NULL;
    return done(code, err);
}

bool OBJ(method_property_stream_write)(OBJ(borrow_property_stream_t) self, uint64_t offset, backend_list_u8_t *data, error_t *err) {
    ms_code code = STREAM(write)(self->is.self, offset, data->ptr, data->len) : missing("property-stream.write");
    backend_list_u8_free(data);
    return done(code, err);
}

bool OBJ(method_property_stream_set_size)(OBJ(borrow_property_stream_t) self, uint64_t size, error_t *err) {
    return done(STREAM(set_size)(self->is.self, size) : missing("property-stream.set-size"), err);
}

bool OBJ(method_property_stream_commit)(OBJ(borrow_property_stream_t) self, error_t *err) {
    return done(STREAM(commit)(self->is.self) : missing("property-stream.commit"), err);
}

/* ------------------------------------------------------------------ the backend */

struct ms_contexts { exports_mapistore_backend_provider_list_context_entry_t list; size_t room; };

void ms_add_context(ms_contexts *contexts, const char *uri, const char *name, bool main_folder, ms_role role) {
    exports_mapistore_backend_provider_list_context_entry_t *list = &contexts->list;
    if (list->len == contexts->room) {
        contexts->room = contexts->room ? contexts->room * 2 : 8;
        list->ptr = need(realloc(list->ptr, contexts->room * sizeof *list->ptr));
    }
    list->ptr[list->len++] = (mapistore_backend_types_context_entry_t){
        .url = string_of(uri), .name = string_of(name), .main_folder = main_folder, .role = (uint8_t)role};
}

__attribute__((weak)) ms_code backend_init(size_t count, const char *const *keys, const char *const *values) {
    (void)count, (void)keys, (void)values;
    return MS_OK;
}

void exports_mapistore_backend_provider_describe(mapistore_backend_types_backend_info_t *ret) {
    ms_info info = backend_describe();
    ret->name = string_of(info.name);
    ret->description = string_of(info.description);
    ret->namespace_ = string_of(info.space);
    ret->version = string_of(info.version);
    ret->capabilities = info.capabilities;
    ret->inline_limit = INLINE_LIMIT;
}

bool exports_mapistore_backend_provider_init(backend_list_tuple2_string_string_t *config, error_t *err) {
    const char **texts = zeros(2 * config->len + 1, sizeof *texts);
    for (size_t i = 0; i < config->len; i++) {
        texts[i] = text_of(config->ptr[i].f0.ptr, config->ptr[i].f0.len);
        texts[config->len + i] = text_of(config->ptr[i].f1.ptr, config->ptr[i].f1.len);
    }
    ms_code code = backend_init(config->len, texts, texts + config->len);
    for (size_t i = 0; i < 2 * config->len; i++) free((char *)texts[i]);
    free(texts);
    backend_list_tuple2_string_string_free(config);
    return done(code, err);
}

bool exports_mapistore_backend_provider_list_contexts(backend_string_t *username,
                                                      exports_mapistore_backend_provider_list_context_entry_t *ret, error_t *err) {
    ms_contexts contexts = {0};
    char *user = text_of(username->ptr, username->len);
    ms_code code = backend_list_contexts(user, &contexts);
    free(user);
    backend_string_free(username);
    if (code == MS_OK) *ret = contexts.list;
    else exports_mapistore_backend_provider_list_context_entry_free(&contexts.list);
    return done(code, err);
}

bool exports_mapistore_backend_provider_create_context(mapistore_backend_types_connection_info_t *info, backend_string_t *uri,
                                                       OBJ(own_context_t) *ret, error_t *err) {
    char *username = text_of(info->username.ptr, info->username.len), *owner = text_of(info->owner.ptr, info->owner.len);
    char *asked = text_of(uri->ptr, uri->len);
    ms_connection connection = {username, owner, info->replica_guid};
    ms_context context = {0};
    ms_code code = backend_create_context(&connection, asked, &context);
    if (code == MS_OK) *ret = handle_context(context);
    free(username), free(owner), free(asked);
    mapistore_backend_types_connection_info_free(info);
    backend_string_free(uri);
    return done(code, err);
}

bool exports_mapistore_backend_provider_create_root_folder(backend_string_t *username, mapistore_backend_types_role_t role, ms_id id,
                                                           backend_string_t *name, backend_option_string_t *ret, error_t *err) {
    (void)role, (void)id;
    backend_string_free(username);
    backend_string_free(name);
    ret->is_some = false;
    return done(MS_OK, err);
}

bool exports_mapistore_backend_provider_generate_uri(backend_string_t *username, backend_string_t *folder, backend_string_t *message,
                                                     backend_string_t *root_uri, backend_string_t *ret, error_t *err) {
    (void)ret;
    backend_string_free(username);
    backend_string_free(folder);
    backend_string_free(message);
    backend_string_free(root_uri);
    return done(missing("provider.generate-uri"), err);
}

/* ------------------------------------------------------------------ what the header has no table entry for */

bool OBJ(method_folder_remove_properties)(OBJ(borrow_folder_t) self, OBJ(list_property_tag_t) *tags,
                                          OBJ(list_property_problem_t) *ret, error_t *err) {
    (void)self, (void)ret;
    OBJ(list_property_tag_free)(tags);
    return done(missing("folder.remove-properties"), err);
}

bool OBJ(method_folder_open_stream)(OBJ(borrow_folder_t) self, ms_tag tag, OBJ(stream_access_t) access,
                                    OBJ(own_property_stream_t) *ret, error_t *err) {
    (void)self, (void)tag, (void)access, (void)ret;
    return done(missing("folder.open-stream"), err);
}

bool OBJ(method_folder_move_to)(OBJ(borrow_folder_t) self, OBJ(borrow_folder_t) *target, backend_string_t *name, error_t *err) {
    (void)self, (void)target;
    backend_string_free(name);
    return done(missing("folder.move-to"), err);
}

bool OBJ(method_folder_copy_to)(OBJ(borrow_folder_t) self, OBJ(borrow_folder_t) target, bool recursive, backend_string_t *name,
                                error_t *err) {
    (void)self, (void)target, (void)recursive;
    backend_string_free(name);
    return done(missing("folder.copy-to"), err);
}

bool OBJ(method_folder_move_copy_messages)(OBJ(borrow_folder_t) self, OBJ(transfer_source_t) *source, OBJ(list_transfer_item_t) *items,
                                           bool copy, OBJ(list_item_outcome_t) *ret, error_t *err) {
    (void)self, (void)copy, (void)ret;
    OBJ(transfer_source_free)(source);
    OBJ(list_transfer_item_free)(items);
    return done(missing("folder.move-copy-messages"), err);
}

bool OBJ(method_folder_get_deleted)(OBJ(borrow_folder_t) self, OBJ(table_kind_t) kind, OBJ(change_number_t) since,
                                    OBJ(deleted_set_t) *ret, error_t *err) {
    (void)self, (void)kind, (void)since, (void)ret;
    return done(missing("folder.get-deleted"), err);
}

bool OBJ(method_folder_get_permissions)(OBJ(borrow_folder_t) self, OBJ(list_permission_t) *ret, error_t *err) {
    (void)self, (void)ret;
    return done(missing("folder.get-permissions"), err);
}

bool OBJ(method_folder_modify_permissions)(OBJ(borrow_folder_t) self, OBJ(permission_options_t) options,
                                           OBJ(list_permission_change_t) *changes, error_t *err) {
    (void)self, (void)options;
    OBJ(list_permission_change_free)(changes);
    return done(missing("folder.modify-permissions"), err);
}

bool OBJ(method_folder_preload_messages)(OBJ(borrow_folder_t) self, OBJ(table_kind_t) kind, OBJ(list_mid_t) *ids, error_t *err) {
    (void)self, (void)kind;
    OBJ(list_mid_free)(ids);
    return done(MS_OK, err);
}

bool OBJ(method_message_set_recipients)(OBJ(borrow_message_t) self, OBJ(recipient_table_t) *recipients, error_t *err) {
    (void)self;
    OBJ(recipient_table_free)(recipients);
    return done(missing("message.set-recipients"), err);
}

/* No arguments to free, and nothing to answer. */
#define LEFT_OUT(function, name, ...) \
    bool OBJ(function)(__VA_ARGS__, error_t *err) { return done(missing(name), err); }
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-parameter"
LEFT_OUT(method_message_submit, "message.submit", OBJ(borrow_message_t) self, OBJ(submit_mode_t) mode)
LEFT_OUT(method_message_list_attachments, "message.list-attachments", OBJ(borrow_message_t) self, OBJ(list_attach_num_t) *ret)
LEFT_OUT(method_message_open_attachment, "message.open-attachment", OBJ(borrow_message_t) self, OBJ(attach_num_t) number, bool write,
         OBJ(own_attachment_t) *ret)
LEFT_OUT(method_message_create_attachment, "message.create-attachment", OBJ(borrow_message_t) self,
         OBJ(tuple2_attach_num_own_attachment_t) *ret)
LEFT_OUT(method_message_delete_attachment, "message.delete-attachment", OBJ(borrow_message_t) self, OBJ(attach_num_t) number)
LEFT_OUT(method_message_open_attachment_table, "message.open-attachment-table", OBJ(borrow_message_t) self, OBJ(own_table_t) *ret)
/* No attachment is ever opened: the host cannot call these. */
LEFT_OUT(method_attachment_list_properties, "attachment.list-properties", OBJ(borrow_attachment_t) self,
         OBJ(list_property_tag_t) *ret)
LEFT_OUT(method_attachment_get_properties, "attachment.get-properties", OBJ(borrow_attachment_t) self, OBJ(list_property_tag_t) *tags,
         OBJ(list_cell_t) *ret)
LEFT_OUT(method_attachment_set_properties, "attachment.set-properties", OBJ(borrow_attachment_t) self, OBJ(list_property_t) *values,
         OBJ(list_property_problem_t) *ret)
LEFT_OUT(method_attachment_remove_properties, "attachment.remove-properties", OBJ(borrow_attachment_t) self,
         OBJ(list_property_tag_t) *tags, OBJ(list_property_problem_t) *ret)
LEFT_OUT(method_attachment_open_stream, "attachment.open-stream", OBJ(borrow_attachment_t) self, ms_tag tag,
         OBJ(stream_access_t) access, OBJ(own_property_stream_t) *ret)
LEFT_OUT(method_attachment_save, "attachment.save", OBJ(borrow_attachment_t) self)
LEFT_OUT(method_attachment_open_embedded, "attachment.open-embedded", OBJ(borrow_attachment_t) self,
         OBJ(tuple2_mid_own_message_t) *ret)
LEFT_OUT(method_attachment_create_embedded, "attachment.create-embedded", OBJ(borrow_attachment_t) self, ms_id id,
         OBJ(own_message_t) *ret)
#pragma clang diagnostic pop

/* ------------------------------------------------------------------ the host */

/* The text as the host's own type, for the time of a call. */
static backend_string_t lent(const char *text) { return (backend_string_t){(uint8_t *)text, strlen(text)}; }

ms_code ms_ensure_ids(const char *const *uris, size_t count, ms_id *ids) {
    backend_list_string_t list = {zeros(count, sizeof *list.ptr), count};
    mapistore_backend_index_list_fmid_t found;
    error_t refused;
    for (size_t i = 0; i < count; i++) list.ptr[i] = lent(uris[i]);
    ms_code code = mapistore_backend_index_ensure_ids(&list, &found, &refused) ? MS_OK : from_host(&refused);
    free(list.ptr);
    if (code != MS_OK) return code;
    for (size_t i = 0; i < count && i < found.len; i++) ids[i] = found.ptr[i];
    mapistore_backend_index_list_fmid_free(&found);
    return MS_OK;
}

ms_code ms_get_uri(ms_id id, char **uri) {
    mapistore_backend_index_list_fmid_t asked = {&id, 1};
    mapistore_backend_index_list_option_entry_t entries;
    error_t refused;
    if (!mapistore_backend_index_get_uris(&asked, &entries, &refused)) return from_host(&refused);
    bool live = entries.len == 1 && entries.ptr[0].is_some && !entries.ptr[0].val.soft_deleted;
    if (live) *uri = text_of(entries.ptr[0].val.uri.ptr, entries.ptr[0].val.uri.len);
    mapistore_backend_index_list_option_entry_free(&entries);
    return live ? MS_OK : ms_fail(MS_NOT_FOUND, "the index has no such id");
}

ms_code ms_add_id(ms_id id, const char *uri) {
    backend_string_t text = lent(uri);
    error_t refused;
    return mapistore_backend_index_add(id, &text, &refused) ? MS_OK : from_host(&refused);
}

ms_code ms_update_id(ms_id id, const char *uri) {
    backend_string_t text = lent(uri);
    error_t refused;
    return mapistore_backend_index_update(id, &text, &refused) ? MS_OK : from_host(&refused);
}

ms_code ms_remove_id(ms_id id, bool hard) {
    mapistore_backend_index_list_fmid_t ids = {&id, 1};
    error_t refused;
    uint8_t mode = hard ? MAPISTORE_BACKEND_TYPES_DELETE_MODE_HARD : MAPISTORE_BACKEND_TYPES_DELETE_MODE_SOFT;
    return mapistore_backend_index_remove(&ids, mode, &refused) ? MS_OK : from_host(&refused);
}

ms_code ms_next_change_number(ms_id *number) {
    mapistore_backend_index_list_change_number_t numbers;
    error_t refused;
    if (!mapistore_backend_index_next_change_numbers(1, &numbers, &refused)) return from_host(&refused);
    *number = numbers.len ? numbers.ptr[0] : 0;
    mapistore_backend_index_list_change_number_free(&numbers);
    return MS_OK;
}

/* What the key-value store answered as its error; a text of its begins with the name of a code. */
static ms_code from_store(wasi_keyvalue_store_error_t *error) {
    ms_code code = MS_STORAGE;
    if (error->tag == WASI_KEYVALUE_STORE_ERROR_OTHER) {
        char *text = text_of(error->val.other.ptr, error->val.other.len);
        if (!strncmp(text, "quota-exceeded", 14)) code = MS_QUOTA_EXCEEDED;
        else if (!strncmp(text, "too-big", 7)) code = MS_TOO_BIG;
        else if (!strncmp(text, "invalid-parameter", 17)) code = MS_INVALID_PARAMETER;
        ms_fail(code, "%s", text);
        free(text);
    } else if (error->tag == WASI_KEYVALUE_STORE_ERROR_ACCESS_DENIED) {
        code = ms_fail(MS_DENIED, "there is no owner during `describe` and `init`");
    }
    wasi_keyvalue_store_error_free(error);
    return code;
}

/* Calls `call` on an open bucket, with `refused` for its error, and closes the bucket again. */
#define IN_BUCKET(call)                                                                                 \
    backend_string_t store = lent(bucket), name = lent(key);                                            \
    wasi_keyvalue_store_own_bucket_t opened;                                                            \
    wasi_keyvalue_store_error_t refused;                                                                \
    if (!wasi_keyvalue_store_open(&store, &opened, &refused)) return from_store(&refused);              \
    wasi_keyvalue_store_borrow_bucket_t borrowed = wasi_keyvalue_store_borrow_bucket(opened);           \
    ms_code code = call ? MS_OK : from_store(&refused);                                                 \
    wasi_keyvalue_store_bucket_drop_own(opened)

ms_code ms_kept(const char *bucket, const char *key, bool *there) {
    IN_BUCKET(wasi_keyvalue_store_method_bucket_exists(borrowed, &name, there, &refused));
    return code;
}

ms_code ms_count_kept(const char *bucket, size_t *count) {
    const char *key = "";
    wasi_keyvalue_store_key_response_t page;
    bool more = true;
    char *after = NULL;
    ms_code last = MS_OK;
    for (*count = 0; last == MS_OK && more;) {
        backend_string_t cursor = lent(after ? after : "");
        IN_BUCKET(wasi_keyvalue_store_method_bucket_list_keys(borrowed, after ? &cursor : NULL, &page, &refused));
        (void)name;
        free(after), after = NULL;
        last = code, more = false;
        if (code != MS_OK) break;
        *count += page.keys.len;
        more = page.cursor.is_some;
        if (more) after = text_of(page.cursor.val.ptr, page.cursor.val.len);
        backend_list_string_free(&page.keys);
        backend_option_string_free(&page.cursor);
    }
    free(after);
    return last;
}

ms_code ms_keep_get(const char *bucket, const char *key, char **value, size_t *length) {
    backend_option_list_u8_t found;
    IN_BUCKET(wasi_keyvalue_store_method_bucket_get(borrowed, &name, &found, &refused));
    if (code != MS_OK) return code;
    if (!found.is_some) return ms_fail(MS_NOT_FOUND, "there is no key `%s`", key);
    *value = text_of(found.val.ptr, found.val.len);
    if (length) *length = found.val.len;
    backend_option_list_u8_free(&found);
    return MS_OK;
}

ms_code ms_keep(const char *bucket, const char *key, const void *value, size_t length) {
    backend_list_u8_t bytes = {(uint8_t *)value, length};
    IN_BUCKET(wasi_keyvalue_store_method_bucket_set(borrowed, &name, &bytes, &refused));
    return code;
}

ms_code ms_forget(const char *bucket, const char *key) {
    IN_BUCKET(wasi_keyvalue_store_method_bucket_delete(borrowed, &name, &refused));
    return code;
}
