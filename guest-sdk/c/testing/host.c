/* The host, in memory: the imports of the bindings, as far as the SDK calls them. Not part of a component. */
#include "mapistore_testing.h"

#include "../src/internal.h"

#include <stdio.h>

typedef struct record { ms_id id; char *uri; bool deleted; uint64_t change; } record;
typedef struct pair { char *bucket, *key, *value; size_t length; } pair;
typedef struct named { ms_guid set; char *name; uint32_t lid; } named;

static record *records;
static pair *pairs;
static named *names;
static size_t record_count, record_room, pair_count, pair_room, name_count, name_room;
static uint64_t last_globcnt;
static unsigned calls_left;
static bool refused_one;

void ms_testing_failed(const char *file, int line, const char *truth) {
    fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, truth);
    exit(1);
}

void ms_testing_reset(void) {
    for (size_t i = 0; i < record_count; i++) free(records[i].uri);
    for (size_t i = 0; i < pair_count; i++) free(pairs[i].bucket), free(pairs[i].key), free(pairs[i].value);
    for (size_t i = 0; i < name_count; i++) free(names[i].name);
    free(records), free(pairs), free(names);
    records = NULL, pairs = NULL, names = NULL;
    record_count = record_room = pair_count = pair_room = name_count = name_room = 0;
    ms_testing_refuse_after(0);
}

ms_id ms_testing_id(void) { return ms_from_globcnt(++last_globcnt); }

bool ms_testing_refuse_after(unsigned calls) {
    bool refused = refused_one;
    calls_left = calls, refused_one = false;
    return refused;
}

ms_ids *ms_testing_ids(void) { return ms_zeros(1, sizeof(ms_ids)); }

ms_id *ms_testing_take_ids(ms_ids *ids, size_t *count) {
    ms_id *items = ids->items;
    *count = ids->count;
    free(ids);
    return items;
}

/* ------------------------------------------------------------------ handles */

/* What the host holds of the objects that it was answered. */
static void *held[256];

static int32_t hold(void *rep) {
    for (int32_t i = 1; i < 256; i++)
        if (!held[i]) return held[i] = rep, i;
    abort();
}

#define HANDLES(kind)                                                                          \
    OBJ(own_##kind##_t) OBJ(kind##_new)(OBJ(kind##_t) *rep) { return (OBJ(own_##kind##_t)){hold(rep)}; } \
    OBJ(kind##_t) *OBJ(kind##_rep)(OBJ(own_##kind##_t) handle) { return held[handle.__handle]; } \
    void OBJ(kind##_drop_own)(OBJ(own_##kind##_t) handle) {                                    \
        OBJ(kind##_t) *rep = held[handle.__handle];                                            \
        held[handle.__handle] = NULL;                                                          \
        OBJ(kind##_destructor)(rep);                                                           \
    }
HANDLES(context)
HANDLES(folder)
HANDLES(message)
HANDLES(attachment)
HANDLES(table)
HANDLES(property_stream)

/* ------------------------------------------------------------------ the index */

static bool answer(error_t_ *error, uint8_t code) {
    *error = (error_t_){.code = code};
    return false;
}

static bool is_refused(error_t_ *error) {
    if (!calls_left || --calls_left) return false;
    refused_one = true;
    return !answer(error, MAPISTORE_BACKEND_TYPES_ERROR_CODE_STORAGE);
}

static char *text_of(const backend_string_t *from) { return ms_terminated(from->ptr, from->len); }

static record *by_id(ms_id id) {
    for (size_t i = 0; i < record_count; i++)
        if (records[i].id == id) return &records[i];
    return NULL;
}

static record *by_uri(const char *uri) {
    for (size_t i = 0; i < record_count; i++)
        if (!records[i].deleted && !strcmp(records[i].uri, uri)) return &records[i];
    return NULL;
}

static record *add(ms_id id, const char *uri) {
    records = ms_grow(records, record_count, &record_room, sizeof *records);
    records[record_count] = (record){id, ms_terminated(uri, strlen(uri)), false, 0};
    return &records[record_count++];
}

static mapistore_backend_index_option_entry_t entry_of(const record *from) {
    mapistore_backend_index_option_entry_t entry = {.is_some = from != NULL};
    if (from) entry.val = (mapistore_backend_index_entry_t){from->id, ms_string(from->uri), from->deleted};
    return entry;
}

bool mapistore_backend_index_get_uris(mapistore_backend_index_list_fmid_t *ids, mapistore_backend_index_list_option_entry_t *ret,
                                      error_t_ *err) {
    if (is_refused(err)) return false;
    ret->ptr = ms_zeros(ids->len, sizeof *ret->ptr), ret->len = ids->len;
    for (size_t i = 0; i < ids->len; i++) ret->ptr[i] = entry_of(by_id(ids->ptr[i]));
    return true;
}

bool mapistore_backend_index_get_ids(backend_list_string_t *uris, mapistore_backend_index_list_option_entry_t *ret, error_t_ *err) {
    if (is_refused(err)) return false;
    ret->ptr = ms_zeros(uris->len, sizeof *ret->ptr), ret->len = uris->len;
    for (size_t i = 0; i < uris->len; i++) {
        char *uri = text_of(&uris->ptr[i]);
        ret->ptr[i] = entry_of(by_uri(uri));
        free(uri);
    }
    return true;
}

bool mapistore_backend_index_ensure_ids(backend_list_string_t *uris, mapistore_backend_index_list_fmid_t *ret, error_t_ *err) {
    if (is_refused(err)) return false;
    ret->ptr = ms_zeros(uris->len, sizeof *ret->ptr), ret->len = uris->len;
    for (size_t i = 0; i < uris->len; i++) {
        char *uri = text_of(&uris->ptr[i]);
        record *found = by_uri(uri);
        ret->ptr[i] = (found ? found : add(ms_testing_id(), uri))->id;
        free(uri);
    }
    return true;
}

static void list(mapistore_backend_index_list_entry_t *ret, const record *from, size_t *room) {
    ret->ptr = ms_grow(ret->ptr, ret->len, room, sizeof *ret->ptr);
    ret->ptr[ret->len++] = entry_of(from).val;
}

bool mapistore_backend_index_find(backend_string_t *prefix, backend_string_t *suffix, ms_id *after, uint32_t limit,
                                  mapistore_backend_index_list_entry_t *ret, error_t_ *err) {
    if (is_refused(err)) return false;
    size_t room = 0;
    bool on = !after;
    *ret = (mapistore_backend_index_list_entry_t){0};
    for (size_t i = 0; i < record_count && ret->len < limit; i++) {
        size_t length = strlen(records[i].uri);
        bool fits = !records[i].deleted && length >= prefix->len && length >= suffix->len && !memcmp(records[i].uri, prefix->ptr, prefix->len);
        fits = fits && (!suffix->len || !memcmp(records[i].uri + length - suffix->len, suffix->ptr, suffix->len));
        if (on && fits) list(ret, &records[i], &room);
        if (after && records[i].id == *after) on = true;
    }
    return true;
}

bool mapistore_backend_index_add(ms_id id, backend_string_t *uri, error_t_ *err) {
    if (is_refused(err)) return false;
    char *text = text_of(uri);
    bool taken = by_id(id) || by_uri(text);
    if (!taken) add(id, text);
    free(text);
    return !taken || answer(err, MAPISTORE_BACKEND_TYPES_ERROR_CODE_EXISTS);
}

bool mapistore_backend_index_update(ms_id id, backend_string_t *uri, error_t_ *err) {
    if (is_refused(err)) return false;
    record *found = by_id(id);
    char *text = text_of(uri);
    record *holder = by_uri(text);
    uint8_t code = !found || found->deleted ? MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_FOUND : MAPISTORE_BACKEND_TYPES_ERROR_CODE_EXISTS;
    bool fits = found && !found->deleted && (!holder || holder == found);
    if (fits) free(found->uri), found->uri = text;
    else free(text);
    return fits || answer(err, code);
}

bool mapistore_backend_index_rename_prefix(backend_string_t *old, backend_string_t *renamed, uint64_t *ret, error_t_ *err) {
    if (is_refused(err)) return false;
    *ret = 0;
    for (size_t i = 0; i < record_count; i++) {
        if (records[i].deleted || strlen(records[i].uri) < old->len || memcmp(records[i].uri, old->ptr, old->len)) continue;
        size_t rest = strlen(records[i].uri) - old->len;
        char *uri = ms_need(malloc(renamed->len + rest + 1));
        memcpy(uri, renamed->ptr, renamed->len);
        memcpy(uri + renamed->len, records[i].uri + old->len, rest + 1);
        free(records[i].uri);
        records[i].uri = uri, ++*ret;
    }
    return true;
}

bool mapistore_backend_index_remove(mapistore_backend_index_list_fmid_t *ids, uint8_t mode, error_t_ *err) {
    if (is_refused(err)) return false;
    for (size_t i = 0; i < ids->len; i++) {
        record *found = by_id(ids->ptr[i]);
        if (!found) continue;
        if (mode == MAPISTORE_BACKEND_TYPES_DELETE_MODE_SOFT) {
            if (!found->deleted) found->deleted = true, found->change = ++last_globcnt;
            continue;
        }
        free(found->uri);
        *found = records[--record_count];
    }
    return true;
}

bool mapistore_backend_index_list_deleted(backend_string_t *prefix, ms_id since, mapistore_backend_index_list_entry_t *ret, error_t_ *err) {
    if (is_refused(err)) return false;
    size_t room = 0;
    *ret = (mapistore_backend_index_list_entry_t){0};
    for (size_t i = 0; i < record_count; i++)
        if (records[i].deleted && strlen(records[i].uri) >= prefix->len && !memcmp(records[i].uri, prefix->ptr, prefix->len) &&
            records[i].change > ms_globcnt(since))
            list(ret, &records[i], &room);
    return true;
}

bool mapistore_backend_index_reserve(uint32_t count, mapistore_backend_index_id_range_t *ret, error_t_ *err) {
    if (is_refused(err)) return false;
    *ret = (mapistore_backend_index_id_range_t){ms_from_globcnt(last_globcnt + 1), count};
    last_globcnt += count;
    return true;
}

bool mapistore_backend_index_next_change_numbers(uint32_t count, mapistore_backend_index_list_change_number_t *ret, error_t_ *err) {
    if (is_refused(err)) return false;
    ret->ptr = ms_zeros(count, sizeof *ret->ptr), ret->len = count;
    for (size_t i = 0; i < count; i++) ret->ptr[i] = ms_testing_id();
    return true;
}

/* ------------------------------------------------------------------ named properties, notifications, the log */

bool mapistore_backend_named_properties_to_ids(mapistore_backend_named_properties_list_named_property_t *asked, bool create,
                                               backend_list_option_u16_t *ret, error_t_ *err) {
    if (is_refused(err)) return false;
    ret->ptr = ms_zeros(asked->len, sizeof *ret->ptr), ret->len = asked->len;
    for (size_t i = 0; i < asked->len; i++) {
        const mapistore_backend_named_properties_named_property_t *one = &asked->ptr[i];
        bool text = one->name.tag == MAPISTORE_BACKEND_NAMED_PROPERTIES_PROP_NAME_NAME;
        char *name = text ? text_of(&one->name.val.name) : NULL;
        size_t at = 0;
        while (at < name_count && !(names[at].set.hi == one->set.hi && names[at].set.lo == one->set.lo && !names[at].name == !name &&
                                    (name ? !strcmp(names[at].name, name) : names[at].lid == one->name.val.lid)))
            at++;
        if (at == name_count && create) {
            names = ms_grow(names, name_count, &name_room, sizeof *names);
            names[name_count++] = (named){one->set, name, text ? 0 : one->name.val.lid};
            name = NULL;
        }
        ret->ptr[i] = (backend_option_u16_t){at < name_count, (uint16_t)(0x8000 + at)};
        free(name);
    }
    return true;
}

bool mapistore_backend_named_properties_to_names(backend_list_u16_t *ids, mapistore_backend_named_properties_list_option_named_property_t *ret,
                                                 error_t_ *err) {
    if (is_refused(err)) return false;
    ret->ptr = ms_zeros(ids->len, sizeof *ret->ptr), ret->len = ids->len;
    for (size_t i = 0; i < ids->len; i++) {
        size_t at = (size_t)(ids->ptr[i] - 0x8000);
        ret->ptr[i].is_some = ids->ptr[i] >= 0x8000 && at < name_count;
        if (!ret->ptr[i].is_some) continue;
        ret->ptr[i].val.set = names[at].set;
        bool text = names[at].name != NULL;
        ret->ptr[i].val.name.tag = text ? MAPISTORE_BACKEND_NAMED_PROPERTIES_PROP_NAME_NAME : MAPISTORE_BACKEND_NAMED_PROPERTIES_PROP_NAME_LID;
        if (text) ret->ptr[i].val.name.val.name = ms_string(names[at].name);
        else ret->ptr[i].val.name.val.lid = names[at].lid;
    }
    return true;
}

void mapistore_backend_notifications_publish(mapistore_backend_notifications_list_event_t *events) { (void)events; }

void wasi_logging_logging_log(uint8_t level, backend_string_t *context, backend_string_t *message) {
    (void)level, (void)context;
    if (getenv("MS_TESTING_LOG")) fprintf(stderr, "log: %.*s\n", (int)message->len, (const char *)message->ptr);
}

/* ------------------------------------------------------------------ keys and values */

/* One bucket is open at a time. */
static char *open_bucket;

bool wasi_keyvalue_store_open(backend_string_t *name, wasi_keyvalue_store_own_bucket_t *ret, wasi_keyvalue_store_error_t *err) {
    (void)err;
    free(open_bucket);
    open_bucket = text_of(name);
    *ret = (wasi_keyvalue_store_own_bucket_t){1};
    return true;
}

wasi_keyvalue_store_borrow_bucket_t wasi_keyvalue_store_borrow_bucket(wasi_keyvalue_store_own_bucket_t handle) {
    return (wasi_keyvalue_store_borrow_bucket_t){handle.__handle};
}

void wasi_keyvalue_store_bucket_drop_own(wasi_keyvalue_store_own_bucket_t handle) {
    (void)handle;
    free(open_bucket);
    open_bucket = NULL;
}

static pair *find_pair(const backend_string_t *key) {
    for (size_t i = 0; i < pair_count; i++)
        if (!strcmp(pairs[i].bucket, open_bucket) && strlen(pairs[i].key) == key->len && !memcmp(pairs[i].key, key->ptr, key->len))
            return &pairs[i];
    return NULL;
}

bool wasi_keyvalue_store_method_bucket_get(wasi_keyvalue_store_borrow_bucket_t self, backend_string_t *key, backend_option_list_u8_t *ret,
                                           wasi_keyvalue_store_error_t *err) {
    (void)self, (void)err;
    const pair *found = find_pair(key);
    ret->is_some = found != NULL;
    if (found) ret->val = (backend_list_u8_t){ms_copy(found->value, found->length), found->length};
    return true;
}

bool wasi_keyvalue_store_method_bucket_set(wasi_keyvalue_store_borrow_bucket_t self, backend_string_t *key, backend_list_u8_t *value,
                                           wasi_keyvalue_store_error_t *err) {
    (void)self, (void)err;
    pair *found = find_pair(key);
    if (!found) {
        pairs = ms_grow(pairs, pair_count, &pair_room, sizeof *pairs);
        found = &pairs[pair_count++];
        *found = (pair){ms_terminated(open_bucket, strlen(open_bucket)), text_of(key), NULL, 0};
    }
    free(found->value);
    found->value = ms_terminated(value->ptr, value->len), found->length = value->len;
    return true;
}

bool wasi_keyvalue_store_method_bucket_delete(wasi_keyvalue_store_borrow_bucket_t self, backend_string_t *key, wasi_keyvalue_store_error_t *err) {
    (void)self, (void)err;
    pair *found = find_pair(key);
    if (!found) return true;
    free(found->bucket), free(found->key), free(found->value);
    *found = pairs[--pair_count];
    return true;
}

bool wasi_keyvalue_store_method_bucket_exists(wasi_keyvalue_store_borrow_bucket_t self, backend_string_t *key, bool *ret,
                                              wasi_keyvalue_store_error_t *err) {
    (void)self, (void)err;
    *ret = find_pair(key) != NULL;
    return true;
}

/* Keys in a page, as the host has them. */
#define PAGE_KEYS 1000

static int compare_strings(const void *a, const void *b) {
    const backend_string_t *left = a, *right = b;
    size_t shorter = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->ptr, right->ptr, shorter);
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

bool wasi_keyvalue_store_method_bucket_list_keys(wasi_keyvalue_store_borrow_bucket_t self, backend_string_t *cursor,
                                                 wasi_keyvalue_store_key_response_t *ret, wasi_keyvalue_store_error_t *err) {
    (void)self, (void)err;
    *ret = (wasi_keyvalue_store_key_response_t){0};
    backend_list_string_t *keys = &ret->keys;
    keys->ptr = ms_zeros(pair_count, sizeof *keys->ptr);
    for (size_t i = 0; i < pair_count; i++) {
        if (strcmp(pairs[i].bucket, open_bucket)) continue;
        backend_string_t key = ms_lent(pairs[i].key);
        if (!cursor || compare_strings(&key, cursor) > 0) keys->ptr[keys->len++] = ms_string(pairs[i].key);
    }
    if (keys->len) qsort(keys->ptr, keys->len, sizeof *keys->ptr, compare_strings);
    if (keys->len > PAGE_KEYS) {
        for (size_t i = PAGE_KEYS; i < keys->len; i++) backend_string_free(&keys->ptr[i]);
        keys->len = PAGE_KEYS;
        const backend_string_t *last = &keys->ptr[PAGE_KEYS - 1];
        ret->cursor = (backend_option_string_t){true, {ms_copy(last->ptr, last->len), last->len}};
    }
    if (!keys->len) free(keys->ptr), keys->ptr = NULL;
    return true;
}

bool wasi_keyvalue_batch_get_many(wasi_keyvalue_batch_borrow_bucket_t bucket, backend_list_string_t *keys,
                                  backend_list_tuple2_string_option_list_u8_t *ret, wasi_keyvalue_batch_error_t *err) {
    ret->len = keys->len;
    ret->ptr = ms_zeros(keys->len, sizeof *ret->ptr);
    for (size_t i = 0; i < keys->len; i++) {
        ret->ptr[i].f0 = (backend_string_t){ms_copy(keys->ptr[i].ptr, keys->ptr[i].len), keys->ptr[i].len};
        wasi_keyvalue_store_method_bucket_get(bucket, &keys->ptr[i], &ret->ptr[i].f1, err);
    }
    return true;
}

bool wasi_keyvalue_batch_set_many(wasi_keyvalue_batch_borrow_bucket_t bucket, backend_list_tuple2_string_list_u8_t *key_values,
                                  wasi_keyvalue_batch_error_t *err) {
    for (size_t i = 0; i < key_values->len; i++)
        wasi_keyvalue_store_method_bucket_set(bucket, &key_values->ptr[i].f0, &key_values->ptr[i].f1, err);
    return true;
}

bool wasi_keyvalue_batch_delete_many(wasi_keyvalue_batch_borrow_bucket_t bucket, backend_list_string_t *keys, wasi_keyvalue_batch_error_t *err) {
    for (size_t i = 0; i < keys->len; i++) wasi_keyvalue_store_method_bucket_delete(bucket, &keys->ptr[i], err);
    return true;
}

bool wasi_keyvalue_atomics_increment(wasi_keyvalue_atomics_borrow_bucket_t bucket, backend_string_t *key, int64_t delta, int64_t *ret,
                                     wasi_keyvalue_atomics_error_t *err) {
    (void)bucket, (void)err;
    pair *found = find_pair(key);
    char text[32];
    *ret = (found ? strtoll(found->value, NULL, 10) : 0) + delta;
    int length = snprintf(text, sizeof text, "%lld", (long long)*ret);
    backend_list_u8_t value = {(uint8_t *)text, (size_t)length};
    return wasi_keyvalue_store_method_bucket_set((wasi_keyvalue_store_borrow_bucket_t){0}, key, &value, NULL);
}
