/* What the host does for a backend: index, named properties, notifications, keys and values. */
#include "internal.h"

/* ------------------------------------------------------------------ the index */

static backend_list_string_t lent_list(const char *const *texts, size_t count) {
    backend_list_string_t list = {ms_zeros(count, sizeof *list.ptr), count};
    for (size_t i = 0; i < count; i++) list.ptr[i] = ms_lent(texts[i]);
    return list;
}

ms_code ms_ensure_ids(const char *const *uris, size_t count, ms_id *ids) {
    backend_list_string_t list = lent_list(uris, count);
    mapistore_backend_index_list_fmid_t found;
    error_t_ refused;
    ms_code code = mapistore_backend_index_ensure_ids(&list, &found, &refused) ? MS_OK : ms_from_host(&refused);
    free(list.ptr);
    if (code != MS_OK) return code;
    for (size_t i = 0; i < count; i++) ids[i] = i < found.len ? found.ptr[i] : 0;
    mapistore_backend_index_list_fmid_free(&found);
    return MS_OK;
}

ms_code ms_find_ids(const char *const *uris, size_t count, ms_id *ids) {
    backend_list_string_t list = lent_list(uris, count);
    mapistore_backend_index_list_option_entry_t found;
    error_t_ refused;
    ms_code code = mapistore_backend_index_get_ids(&list, &found, &refused) ? MS_OK : ms_from_host(&refused);
    free(list.ptr);
    if (code != MS_OK) return code;
    for (size_t i = 0; i < count; i++) {
        bool live = i < found.len && found.ptr[i].is_some && !found.ptr[i].val.soft_deleted;
        ids[i] = live ? found.ptr[i].val.id : 0;
    }
    mapistore_backend_index_list_option_entry_free(&found);
    return MS_OK;
}

ms_code ms_get_uri(ms_id id, char **uri) {
    mapistore_backend_index_list_fmid_t asked = {&id, 1};
    mapistore_backend_index_list_option_entry_t entries;
    error_t_ refused;
    if (!mapistore_backend_index_get_uris(&asked, &entries, &refused)) return ms_from_host(&refused);
    bool live = entries.len == 1 && entries.ptr[0].is_some && !entries.ptr[0].val.soft_deleted;
    if (live) *uri = ms_terminated(entries.ptr[0].val.uri.ptr, entries.ptr[0].val.uri.len);
    mapistore_backend_index_list_option_entry_free(&entries);
    return live ? MS_OK : ms_fail(MS_NOT_FOUND, "the index has no such id");
}

/* Hands a list of records over. */
static void entries_of(mapistore_backend_index_list_entry_t *found, ms_entry **entries, size_t *count) {
    *count = found->len;
    *entries = ms_zeros(found->len, sizeof **entries);
    for (size_t i = 0; i < found->len; i++) {
        const mapistore_backend_index_entry_t *from = &found->ptr[i];
        (*entries)[i] = (ms_entry){from->id, ms_terminated(from->uri.ptr, from->uri.len), from->soft_deleted};
    }
    mapistore_backend_index_list_entry_free(found);
}

ms_code ms_find(const char *prefix, const char *suffix, ms_id after, uint32_t limit, ms_entry **entries, size_t *count) {
    backend_string_t begins = ms_lent(prefix), ends = ms_lent(suffix);
    mapistore_backend_index_list_entry_t found;
    error_t_ refused;
    if (!mapistore_backend_index_find(&begins, &ends, after ? &after : NULL, limit, &found, &refused)) return ms_from_host(&refused);
    entries_of(&found, entries, count);
    return MS_OK;
}

ms_code ms_list_deleted(const char *prefix, ms_id since, ms_entry **entries, size_t *count) {
    backend_string_t begins = ms_lent(prefix);
    mapistore_backend_index_list_entry_t found;
    error_t_ refused;
    if (!mapistore_backend_index_list_deleted(&begins, since, &found, &refused)) return ms_from_host(&refused);
    entries_of(&found, entries, count);
    return MS_OK;
}

void ms_free_entries(ms_entry *entries, size_t count) {
    for (size_t i = 0; i < count; i++) free(entries[i].uri);
    free(entries);
}

ms_code ms_add_id(ms_id id, const char *uri) {
    backend_string_t text = ms_lent(uri);
    error_t_ refused;
    return mapistore_backend_index_add(id, &text, &refused) ? MS_OK : ms_from_host(&refused);
}

ms_code ms_update_id(ms_id id, const char *uri) {
    backend_string_t text = ms_lent(uri);
    error_t_ refused;
    return mapistore_backend_index_update(id, &text, &refused) ? MS_OK : ms_from_host(&refused);
}

ms_code ms_rename_prefix(const char *old, const char *renamed, uint64_t *changed) {
    backend_string_t from = ms_lent(old), to = ms_lent(renamed);
    uint64_t count;
    error_t_ refused;
    if (!mapistore_backend_index_rename_prefix(&from, &to, &count, &refused)) return ms_from_host(&refused);
    if (changed) *changed = count;
    return MS_OK;
}

ms_code ms_remove_ids(const ms_id *ids, size_t count, bool hard) {
    mapistore_backend_index_list_fmid_t list = {(ms_id *)ids, count};
    error_t_ refused;
    uint8_t mode = hard ? MAPISTORE_BACKEND_TYPES_DELETE_MODE_HARD : MAPISTORE_BACKEND_TYPES_DELETE_MODE_SOFT;
    return mapistore_backend_index_remove(&list, mode, &refused) ? MS_OK : ms_from_host(&refused);
}

ms_code ms_remove_id(ms_id id, bool hard) { return ms_remove_ids(&id, 1, hard); }

ms_code ms_reserve_ids(uint32_t count, ms_id *first) {
    mapistore_backend_index_id_range_t range;
    error_t_ refused;
    if (!mapistore_backend_index_reserve(count, &range, &refused)) return ms_from_host(&refused);
    *first = range.first;
    return MS_OK;
}

ms_code ms_next_change_numbers(uint32_t count, ms_id *numbers) {
    mapistore_backend_index_list_change_number_t found;
    error_t_ refused;
    if (!mapistore_backend_index_next_change_numbers(count, &found, &refused)) return ms_from_host(&refused);
    for (size_t i = 0; i < count; i++) numbers[i] = i < found.len ? found.ptr[i] : 0;
    mapistore_backend_index_list_change_number_free(&found);
    return MS_OK;
}

ms_code ms_next_change_number(ms_id *number) { return ms_next_change_numbers(1, number); }

/* ------------------------------------------------------------------ named properties and notifications */

ms_code ms_name_ids(const ms_name *names, size_t count, bool create, uint16_t *ids) {
    mapistore_backend_named_properties_list_named_property_t list = {ms_zeros(count, sizeof *list.ptr), count};
    for (size_t i = 0; i < count; i++) {
        list.ptr[i].set = names[i].set;
        bool text = names[i].name != NULL;
        list.ptr[i].name.tag = text ? MAPISTORE_BACKEND_NAMED_PROPERTIES_PROP_NAME_NAME : MAPISTORE_BACKEND_NAMED_PROPERTIES_PROP_NAME_LID;
        if (text) list.ptr[i].name.val.name = ms_lent(names[i].name);
        else list.ptr[i].name.val.lid = names[i].lid;
    }
    backend_list_option_u16_t found;
    error_t_ refused;
    ms_code code = mapistore_backend_named_properties_to_ids(&list, create, &found, &refused) ? MS_OK : ms_from_host(&refused);
    free(list.ptr);
    if (code != MS_OK) return code;
    for (size_t i = 0; i < count; i++) ids[i] = i < found.len && found.ptr[i].is_some ? found.ptr[i].val : 0;
    backend_list_option_u16_free(&found);
    return MS_OK;
}

ms_code ms_id_name(uint16_t id, ms_name *name) {
    backend_list_u16_t list = {&id, 1};
    mapistore_backend_named_properties_list_option_named_property_t found;
    error_t_ refused;
    if (!mapistore_backend_named_properties_to_names(&list, &found, &refused)) return ms_from_host(&refused);
    bool known = found.len == 1 && found.ptr[0].is_some;
    if (known) {
        const mapistore_backend_named_properties_named_property_t *from = &found.ptr[0].val;
        bool text = from->name.tag == MAPISTORE_BACKEND_NAMED_PROPERTIES_PROP_NAME_NAME;
        *name = (ms_name){from->set, text ? ms_terminated(from->name.val.name.ptr, from->name.val.name.len) : NULL,
                          text ? 0 : from->name.val.lid};
    }
    mapistore_backend_named_properties_list_option_named_property_free(&found);
    return known ? MS_OK : ms_fail(MS_NOT_FOUND, "the property id 0x%04x has no name", id);
}

void ms_publish(const ms_event *events, size_t count) {
    mapistore_backend_notifications_list_event_t list = {ms_zeros(count, sizeof *list.ptr), count};
    for (size_t i = 0; i < count; i++) {
        const ms_event *from = &events[i];
        mapistore_backend_notifications_object_t object = {from->folder, {from->message != 0, from->message}};
        mapistore_backend_notifications_object_t source = {from->source_folder, {from->source_message != 0, from->source_message}};
        mapistore_backend_notifications_event_t *event = &list.ptr[i];
        event->tag = (uint8_t)from->kind;
        switch (from->kind) {
        case MS_NEW_MAIL: case MS_CREATED: case MS_DELETED: event->val.created = object; break;
        case MS_MODIFIED:
            event->val.modified.target = object;
            event->val.modified.tags.ptr = (ms_tag *)from->tags, event->val.modified.tags.len = from->tag_count;
            break;
        case MS_MOVED: case MS_COPIED: event->val.moved.to = object, event->val.moved.source = source; break;
        case MS_TABLE_CHANGED: event->val.table_changed = from->folder; break;
        }
    }
    mapistore_backend_notifications_publish(&list);
    free(list.ptr);
}

/* ------------------------------------------------------------------ keys and values */

/* What the key-value store answered as its error; a text of its begins with the name of a code. */
static ms_code from_store(wasi_keyvalue_store_error_t *error) {
    ms_code code = MS_STORAGE;
    if (error->tag == WASI_KEYVALUE_STORE_ERROR_OTHER) {
        char *text = ms_terminated(error->val.other.ptr, error->val.other.len);
        if (!strncmp(text, "quota-exceeded", 14)) code = MS_QUOTA_EXCEEDED;
        else if (!strncmp(text, "too-big", 7)) code = MS_TOO_BIG;
        else if (!strncmp(text, "invalid-parameter", 17)) code = MS_INVALID_PARAMETER;
        else if (!strncmp(text, "invalid-data", 12)) code = MS_INVALID_DATA;
        ms_fail(code, "%s", text);
        free(text);
    } else if (error->tag == WASI_KEYVALUE_STORE_ERROR_ACCESS_DENIED) {
        code = ms_fail(MS_DENIED, "there is no owner during `describe` and `init`");
    }
    wasi_keyvalue_store_error_free(error);
    return code;
}

/* Calls `call` on an open bucket, with `refused` for its error, and closes the bucket again. */
#define ON_BUCKET(call)                                                                                 \
    backend_string_t store = ms_lent(bucket);                                                           \
    wasi_keyvalue_store_own_bucket_t opened;                                                            \
    wasi_keyvalue_store_error_t refused;                                                                \
    if (!wasi_keyvalue_store_open(&store, &opened, &refused)) return from_store(&refused);              \
    wasi_keyvalue_store_borrow_bucket_t borrowed = wasi_keyvalue_store_borrow_bucket(opened);           \
    ms_code code = call ? MS_OK : from_store(&refused);                                                 \
    wasi_keyvalue_store_bucket_drop_own(opened)

/* The same with a key, as `name`. */
#define IN_BUCKET(call)                                                                                 \
    backend_string_t name = ms_lent(key);                                                               \
    ON_BUCKET(call)

ms_code ms_kept(const char *bucket, const char *key, bool *there) {
    IN_BUCKET(wasi_keyvalue_store_method_bucket_exists(borrowed, &name, there, &refused));
    return code;
}

/* One page of the keys of a bucket, after `*cursor`, which becomes where the next one begins, or NULL. */
static ms_code count_page(const char *bucket, char **cursor, size_t *count) {
    backend_string_t after = ms_lent(*cursor ? *cursor : "");
    wasi_keyvalue_store_key_response_t page;
    ON_BUCKET(wasi_keyvalue_store_method_bucket_list_keys(borrowed, *cursor ? &after : NULL, &page, &refused));
    free(*cursor), *cursor = NULL;
    if (code != MS_OK) return code;
    *count += page.keys.len;
    if (page.cursor.is_some) *cursor = ms_terminated(page.cursor.val.ptr, page.cursor.val.len);
    backend_list_string_free(&page.keys);
    backend_option_string_free(&page.cursor);
    return MS_OK;
}

ms_code ms_count_kept(const char *bucket, size_t *count) {
    char *cursor = NULL;
    ms_code code;
    *count = 0;
    do code = count_page(bucket, &cursor, count);
    while (code == MS_OK && cursor);
    return code;
}

/* What the generator makes for this (wit-bindgen-c 0.60.0) lets go of nothing. */
static void free_found(backend_option_list_u8_t *found) {
    if (found->is_some) backend_list_u8_free(&found->val);
    found->is_some = false;
}

ms_code ms_keep_get(const char *bucket, const char *key, char **value, size_t *length) {
    backend_option_list_u8_t found;
    IN_BUCKET(wasi_keyvalue_store_method_bucket_get(borrowed, &name, &found, &refused));
    if (code != MS_OK) return code;
    if (!found.is_some) return ms_fail(MS_NOT_FOUND, "there is no key `%s`", key);
    *value = ms_terminated(found.val.ptr, found.val.len);
    if (length) *length = found.val.len;
    free_found(&found);
    return MS_OK;
}

ms_code ms_keep(const char *bucket, const char *key, const void *value, size_t length) {
    backend_list_u8_t bytes = {(uint8_t *)value, length};
    IN_BUCKET(wasi_keyvalue_store_method_bucket_set(borrowed, &name, &bytes, &refused));
    return code;
}

ms_code ms_keep_add(const char *bucket, const char *key, int64_t delta, int64_t *sum) {
    int64_t there = 0;
    IN_BUCKET(wasi_keyvalue_atomics_increment(borrowed, &name, delta, &there, &refused));
    if (code == MS_OK && sum) *sum = there;
    return code;
}

ms_code ms_forget(const char *bucket, const char *key) {
    IN_BUCKET(wasi_keyvalue_store_method_bucket_delete(borrowed, &name, &refused));
    return code;
}

ms_code ms_kept_keys(const char *bucket, const char *after, char ***keys, size_t *count) {
    backend_string_t cursor = ms_lent(after ? after : "");
    wasi_keyvalue_store_key_response_t page;
    *keys = NULL, *count = 0;
    ON_BUCKET(wasi_keyvalue_store_method_bucket_list_keys(borrowed, after ? &cursor : NULL, &page, &refused));
    if (code != MS_OK) return code;
    *count = page.keys.len;
    *keys = ms_zeros(page.keys.len, sizeof **keys);
    for (size_t i = 0; i < page.keys.len; i++) (*keys)[i] = ms_terminated(page.keys.ptr[i].ptr, page.keys.ptr[i].len);
    backend_list_string_free(&page.keys);
    backend_option_string_free(&page.cursor);
    return MS_OK;
}

void ms_free_keys(char **keys, size_t count) {
    for (size_t i = 0; i < count; i++) free(keys[i]);
    free(keys);
}

/* Calls that own nothing: what they are lent is freed by who calls them. */
static ms_code get_many(const char *bucket, backend_list_string_t *keys, backend_list_tuple2_string_option_list_u8_t *found) {
    ON_BUCKET(wasi_keyvalue_batch_get_many(borrowed, keys, found, &refused));
    return code;
}
static ms_code set_many(const char *bucket, backend_list_tuple2_string_list_u8_t *pairs) {
    ON_BUCKET(wasi_keyvalue_batch_set_many(borrowed, pairs, &refused));
    return code;
}
static ms_code delete_many(const char *bucket, backend_list_string_t *keys) {
    ON_BUCKET(wasi_keyvalue_batch_delete_many(borrowed, keys, &refused));
    return code;
}

ms_code ms_keep_get_many(const char *bucket, const char *const *keys, size_t count, char **values, size_t *lengths) {
    for (size_t i = 0; i < count; i++) values[i] = NULL;
    backend_list_string_t list = lent_list(keys, count);
    backend_list_tuple2_string_option_list_u8_t found = {0};
    ms_code code = get_many(bucket, &list, &found);
    free(list.ptr);
    if (code != MS_OK) return code;
    for (size_t i = 0; i < count && i < found.len; i++) {
        backend_option_list_u8_t *value = &found.ptr[i].f1;
        if (value->is_some) values[i] = ms_terminated(value->val.ptr, value->val.len);
        if (lengths) lengths[i] = value->is_some ? value->val.len : 0;
        free_found(value);
    }
    backend_list_tuple2_string_option_list_u8_free(&found);
    return MS_OK;
}

ms_code ms_keep_many(const char *bucket, const ms_pair *pairs, size_t count) {
    backend_list_tuple2_string_list_u8_t list = {ms_zeros(count, sizeof *list.ptr), count};
    for (size_t i = 0; i < count; i++) {
        list.ptr[i].f0 = ms_lent(pairs[i].key);
        list.ptr[i].f1 = (backend_list_u8_t){(uint8_t *)pairs[i].value, pairs[i].length};
    }
    ms_code code = set_many(bucket, &list);
    free(list.ptr);
    return code;
}

ms_code ms_forget_many(const char *bucket, const char *const *keys, size_t count) {
    backend_list_string_t list = lent_list(keys, count);
    ms_code code = delete_many(bucket, &list);
    free(list.ptr);
    return code;
}
