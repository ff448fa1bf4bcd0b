/* Bags of properties, and the cells that are answered from them. */
#include "internal.h"

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
    uint32_t type = ms_value_type(value.tag);
    property *item = find(bag, tag);
    if (item) {
        forget_value(item);
    } else {
        bag->items = ms_grow(bag->items, bag->count, &bag->room, sizeof *bag->items);
        item = &bag->items[bag->count++];
    }
    *item = (property){.tag = type ? (tag & ~TYPE_MASK) | type : tag, .value = value};
}

void ms_empty(ms_properties *bag) {
    for (size_t i = 0; i < bag->count; i++) forget_value(&bag->items[i]);
    free(bag->items);
    *bag = (ms_properties){0};
}

ms_properties *ms_new_properties(void) { return ms_zeros(1, sizeof(ms_properties)); }

void ms_free_properties(ms_properties *bag) {
    if (bag) ms_empty(bag);
    free(bag);
}

void ms_set_all(ms_properties *bag, const ms_properties *from) {
    for (size_t i = 0; i < from->count; i++) put(bag, from->items[i].tag, ms_value_copy(&from->items[i].value));
}

bool ms_wanted(const ms_properties *bag, ms_tag tag) {
    if (!bag->wanted) return true;
    for (size_t i = 0; i < bag->wanted_count; i++)
        if (bag->wanted[i] >> 16 == tag >> 16) return true;
    return false;
}

void ms_set(ms_properties *bag, ms_tag tag, const ms_value *value) { put(bag, tag, ms_value_copy(value)); }

void ms_set_text(ms_properties *bag, ms_tag tag, const char *text) {
    ms_value value = {.tag = VALUE(TEXT)};
    value.val.text = ms_string(text);
    put(bag, tag, value);
}

void ms_set_bytes(ms_properties *bag, ms_tag tag, const void *bytes, size_t length) {
    ms_value value = {.tag = VALUE(BINARY)};
    value.val.binary = (backend_list_u8_t){ms_copy(bytes, length), length};
    put(bag, tag, value);
}

void ms_set_int32(ms_properties *bag, ms_tag tag, int32_t number) {
    put(bag, tag, (ms_value){.tag = VALUE(INTEGER32), .val.integer32 = number});
}

void ms_set_bool(ms_properties *bag, ms_tag tag, bool truth) {
    put(bag, tag, (ms_value){.tag = VALUE(BOOLEAN), .val.boolean = truth});
}

void ms_set_id(ms_properties *bag, ms_tag tag, ms_id id) {
    put(bag, tag, (ms_value){.tag = VALUE(INTEGER64), .val.integer64 = (int64_t)id});
}

void ms_set_time(ms_properties *bag, ms_tag tag, uint64_t filetime) {
    put(bag, tag, (ms_value){.tag = VALUE(TIME), .val.time = filetime});
}

void ms_defer(ms_properties *bag, ms_tag tag, uint64_t size) {
    put(bag, tag, (ms_value){.tag = VALUE(DEFERRED), .val.deferred = size});
}

void ms_unset(ms_properties *bag, ms_tag tag) {
    property *item = find(bag, tag);
    if (!item) return;
    forget_value(item);
    *item = bag->items[--bag->count];
}

const ms_value *ms_get(const ms_properties *bag, ms_tag tag) {
    const property *item = find(bag, tag);
    return item ? &item->value : NULL;
}

size_t ms_count(const ms_properties *bag) { return bag->count; }

const ms_value *ms_at(const ms_properties *bag, size_t position, ms_tag *tag) {
    if (tag) *tag = bag->items[position].tag;
    return &bag->items[position].value;
}

const char *ms_get_text(const ms_properties *bag, ms_tag tag) {
    property *item = find(bag, tag);
    if (!item || item->value.tag != VALUE(TEXT)) return NULL;
    if (!item->text) item->text = ms_terminated(item->value.val.text.ptr, item->value.val.text.len);
    return item->text;
}

/* Bytes of the prefix of a subject. Letters are those of ASCII, and all that is beyond it. */
static size_t prefix_length(const char *subject) {
    size_t letters = 0, at = 0;
    for (; subject[at] && subject[at] != ':'; at++) {
        unsigned char c = (unsigned char)subject[at];
        if (c < 0x80 && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) return 0;
        letters += (c & 0xC0) != 0x80;
    }
    return letters >= 1 && letters <= 3 && subject[at] == ':' && subject[at + 1] == ' ' ? at + 2 : 0;
}

void ms_set_subject(ms_properties *bag, const char *subject) {
    size_t length = prefix_length(subject);
    char *prefix = ms_terminated(subject, length);
    ms_set_text(bag, PID_TAG_SUBJECT, subject);
    ms_set_text(bag, PID_TAG_SUBJECT_PREFIX, prefix);
    ms_set_text(bag, PID_TAG_NORMALIZED_SUBJECT, subject + length);
    free(prefix);
}

uint64_t ms_filetime(int64_t unix_seconds) {
    if (unix_seconds <= -11644473600LL || unix_seconds > INT64_MAX / 10000000 - 11644473600LL) return 0;
    return (uint64_t)(unix_seconds + 11644473600LL) * 10000000u;
}

int64_t ms_unix_time(uint64_t filetime) { return (int64_t)(filetime / 10000000u) - 11644473600LL; }

ms_id ms_from_globcnt(uint64_t globcnt) { return __builtin_bswap64(globcnt) | 1; }
uint64_t ms_globcnt(ms_id id) { return __builtin_bswap64(id & ~(uint64_t)0xFFFF); }

static void to_xid(ms_guid replica, ms_id id, uint8_t xid[22]) {
    /* A GUID as it travels (MS-DTYP 2.3.4.2): the first three fields little-endian. */
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    for (int i = 0; i < 16; i++) {
        uint64_t half = order[i] < 8 ? replica.hi : replica.lo;
        xid[i] = (uint8_t)(half >> (56 - 8 * (order[i] & 7)));
    }
    for (int i = 0; i < 6; i++) xid[16 + i] = (uint8_t)(id >> (16 + 8 * i));
}

void ms_set_xid(ms_properties *bag, ms_tag tag, ms_guid replica, ms_id id) {
    uint8_t xid[22];
    to_xid(replica, id, xid);
    ms_set_bytes(bag, tag, xid, sizeof xid);
}

void ms_set_change(ms_properties *bag, ms_guid replica, ms_id number) {
    uint8_t list[23] = {22};
    to_xid(replica, number, list + 1);
    ms_set_id(bag, PID_TAG_CHANGE_NUMBER, number);
    ms_set_bytes(bag, PID_TAG_CHANGE_KEY, list + 1, 22);
    ms_set_bytes(bag, PID_TAG_PREDECESSOR_CHANGE_LIST, list, sizeof list);
}

/* The text as it is counted: in UTF-16 for PtypString. */
static uint64_t stored_size(const ms_value *value) {
    if (value->tag != VALUE(TEXT)) return value->val.binary.len;
    uint64_t units = 0;
    for (size_t i = 0; i < value->val.text.len; i++) {
        uint8_t c = value->val.text.ptr[i];
        units += (c & 0xC0) != 0x80;
        units += c >= 0xF0;
    }
    return 2 * units;
}

/* One cell for a tag. */
static cell_t cell_of(const ms_properties *bag, ms_tag tag) {
    cell_t cell = {.is_err = true, .val.err = MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_FOUND};
    const property *item = find(bag, tag);
    if (!item) return cell;
    uint32_t wanted = tag & TYPE_MASK, has = item->tag & TYPE_MASK;
    const ms_value *value = &item->value;
    bool is_text = (wanted == TYPE_STRING8 || wanted == TYPE_STRING) && (has == TYPE_STRING8 || has == TYPE_STRING);
    ms_value found;
    if (!wanted || wanted == has || (is_text && value->tag == VALUE(DEFERRED))) {
        found = ms_value_copy(value);
    } else if (is_text && has == TYPE_STRING) {
        found = (ms_value){.tag = VALUE(STRING8)};
        found.val.string8 = ms_to_string8(&value->val.text);
    } else if (is_text) {
        found = (ms_value){.tag = VALUE(TEXT)};
        found.val.text = ms_from_string8(&value->val.string8);
    } else {
        return cell;
    }
    bool may_be_large = found.tag == VALUE(TEXT) || found.tag == VALUE(STRING8) || found.tag == VALUE(BINARY);
    if (may_be_large && found.val.binary.len > MS_INLINE_LIMIT) {
        ms_value deferred = {.tag = VALUE(DEFERRED), .val.deferred = stored_size(&found)};
        mapistore_backend_types_property_value_free(&found);
        found = deferred;
    }
    return (cell_t){.is_err = false, .val.ok = found};
}

void ms_list_tags(const ms_properties *bag, OBJ(list_property_tag_t) *tags) {
    tags->ptr = ms_zeros(bag->count, sizeof *tags->ptr);
    tags->len = bag->count;
    for (size_t i = 0; i < bag->count; i++) tags->ptr[i] = bag->items[i].tag;
}

void ms_fill_cells(const ms_properties *bag, const ms_tag *tags, size_t count, cell_t *cells) {
    for (size_t i = 0; i < count; i++) cells[i] = cell_of(bag, tags[i]);
}
