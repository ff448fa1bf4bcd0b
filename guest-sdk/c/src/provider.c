/* The backend itself, and contexts. */
#include "internal.h"

static OBJ(own_context_t) handle_context(ms_context context) {
    OBJ(context_t) *rep = ms_zeros(1, sizeof *rep);
    rep->is = context;
    return OBJ(context_new)(rep);
}

void OBJ(context_destructor)(OBJ(context_t) *rep) {
    if (HAS(rep, drop)) rep->is.ops->drop(rep->is.self);
    free(rep);
}

bool OBJ(method_context_get_root_folder)(OBJ(borrow_context_t) self, ms_id id, OBJ(own_folder_t) *ret, error_t_ *err) {
    ms_folder folder = {0};
    ms_code code = CALL(self, get_root_folder, "context.get-root-folder", id, &folder);
    if (code == MS_OK) *ret = ms_handle_folder(folder);
    return ms_done(code, err);
}

/* What the index has for each of the ids. */
static ms_code paths_in_index(OBJ(list_fmid_t) *ids, OBJ(path_result_t) *paths) {
    mapistore_backend_index_list_option_entry_t entries;
    mapistore_backend_index_list_fmid_t asked = {ids->ptr, ids->len};
    error_t_ refused;
    if (!mapistore_backend_index_get_uris(&asked, &entries, &refused)) return ms_from_host(&refused);
    for (size_t i = 0; i < ids->len; i++) {
        paths[i] = (OBJ(path_result_t)){.is_err = true, .val.err = MAPISTORE_BACKEND_TYPES_ERROR_CODE_NOT_FOUND};
        if (i >= entries.len || !entries.ptr[i].is_some || entries.ptr[i].val.soft_deleted) continue;
        const mapistore_backend_index_entry_t *entry = &entries.ptr[i].val;
        char *uri = ms_terminated(entry->uri.ptr, entry->uri.len), *rest = strstr(uri, "://");
        if (rest) paths[i] = (OBJ(path_result_t)){.is_err = false, .val.ok = ms_string(rest + 3)};
        free(uri);
    }
    mapistore_backend_index_list_option_entry_free(&entries);
    return MS_OK;
}

bool OBJ(method_context_get_paths)(OBJ(borrow_context_t) self, OBJ(list_fmid_t) *ids, OBJ(list_path_result_t) *ret, error_t_ *err) {
    OBJ(path_result_t) *paths = ms_zeros(ids->len, sizeof *paths);
    ms_code code = MS_OK;
    if (!HAS(self, get_path)) code = paths_in_index(ids, paths);
    for (size_t i = 0; HAS(self, get_path) && i < ids->len; i++) {
        ms_text path = {0};
        ms_code one = self->is.ops->get_path(self->is.self, ids->ptr[i], &path);
        if (one == MS_OK && !path.text) one = MS_NOT_FOUND;
        paths[i].is_err = one != MS_OK;
        if (one == MS_OK) paths[i].val.ok = ms_string(path.text);
        else paths[i].val.err = ms_contract_code(one);
        free(path.text);
    }
    if (code == MS_OK) *ret = (OBJ(list_path_result_t)){paths, ids->len};
    else free(paths);
    OBJ(list_fmid_free)(ids);
    return ms_done(code, err);
}

bool OBJ(static_context_close)(OBJ(own_context_t) context, error_t_ *err) {
    OBJ(context_t) *rep = OBJ(context_rep)(context);
    ms_code code = HAS(rep, close) ? rep->is.ops->close(rep->is.self) : MS_OK;
    OBJ(context_drop_own)(context);
    return ms_done(code, err);
}

/* ------------------------------------------------------------------ the provider */

struct ms_contexts { exports_mapistore_backend_provider_list_context_entry_t list; size_t room; };

void ms_add_context(ms_contexts *contexts, const char *uri, const char *name, bool main_folder, ms_role role) {
    exports_mapistore_backend_provider_list_context_entry_t *list = &contexts->list;
    list->ptr = ms_grow(list->ptr, list->len, &contexts->room, sizeof *list->ptr);
    list->ptr[list->len++] = (mapistore_backend_types_context_entry_t){
        .url = ms_string(uri), .name = ms_string(name), .main_folder = main_folder, .role = (uint8_t)role};
}

__attribute__((weak)) ms_code backend_init(size_t count, const char *const *keys, const char *const *values) {
    (void)count, (void)keys, (void)values;
    return MS_OK;
}

__attribute__((weak)) ms_code backend_create_root_folder(const char *username, ms_role role, ms_id fid, const char *name, ms_text *uri) {
    (void)username, (void)role, (void)fid, (void)name, (void)uri;
    return MS_OK;
}

__attribute__((weak)) ms_code backend_generate_uri(const char *username, const char *folder, const char *message, const char *root_uri,
                                                   ms_text *uri) {
    (void)username, (void)folder, (void)message, (void)root_uri, (void)uri;
    return ms_missing("provider.generate-uri");
}

void exports_mapistore_backend_provider_describe(mapistore_backend_types_backend_info_t *ret) {
    ms_info info = backend_describe();
    ret->name = ms_string(info.name);
    ret->description = ms_string(info.description);
    ret->namespace_ = ms_string(info.space);
    ret->version = ms_string(info.version);
    ret->capabilities = info.capabilities;
    ret->inline_limit = MS_INLINE_LIMIT;
}

bool exports_mapistore_backend_provider_init(backend_list_tuple2_string_string_t *config, error_t_ *err) {
    const char **texts = ms_zeros(2 * config->len + 1, sizeof *texts);
    for (size_t i = 0; i < config->len; i++) {
        texts[i] = ms_terminated(config->ptr[i].f0.ptr, config->ptr[i].f0.len);
        texts[config->len + i] = ms_terminated(config->ptr[i].f1.ptr, config->ptr[i].f1.len);
    }
    ms_code code = backend_init(config->len, texts, texts + config->len);
    for (size_t i = 0; i < 2 * config->len; i++) free((char *)texts[i]);
    free(texts);
    backend_list_tuple2_string_string_free(config);
    return ms_done(code, err);
}

bool exports_mapistore_backend_provider_list_contexts(backend_string_t *username,
                                                      exports_mapistore_backend_provider_list_context_entry_t *ret, error_t_ *err) {
    ms_contexts contexts = {0};
    char *user = ms_terminated(username->ptr, username->len);
    ms_code code = backend_list_contexts(user, &contexts);
    free(user);
    backend_string_free(username);
    if (code == MS_OK) *ret = contexts.list;
    else exports_mapistore_backend_provider_list_context_entry_free(&contexts.list);
    return ms_done(code, err);
}

bool exports_mapistore_backend_provider_create_context(mapistore_backend_types_connection_info_t *info, backend_string_t *uri,
                                                       OBJ(own_context_t) *ret, error_t_ *err) {
    char *username = ms_terminated(info->username.ptr, info->username.len), *owner = ms_terminated(info->owner.ptr, info->owner.len);
    char *asked = ms_terminated(uri->ptr, uri->len);
    ms_connection connection = {username, owner, info->replica_guid, info->replica_id, info->locale, info->codepage};
    ms_context context = {0};
    ms_code code = backend_create_context(&connection, asked, &context);
    if (code == MS_OK) *ret = handle_context(context);
    free(username), free(owner), free(asked);
    mapistore_backend_types_connection_info_free(info);
    backend_string_free(uri);
    return ms_done(code, err);
}

bool exports_mapistore_backend_provider_create_root_folder(backend_string_t *username, mapistore_backend_types_role_t role, ms_id id,
                                                           backend_string_t *name, backend_option_string_t *ret, error_t_ *err) {
    char *user = ms_terminated(username->ptr, username->len), *called = ms_terminated(name->ptr, name->len);
    ms_text uri = {0};
    ms_code code = backend_create_root_folder(user, (ms_role)role, id, called, &uri);
    ret->is_some = code == MS_OK && uri.text;
    if (ret->is_some) ret->val = ms_string(uri.text);
    free(user), free(called), free(uri.text);
    backend_string_free(username);
    backend_string_free(name);
    return ms_done(code, err);
}

bool exports_mapistore_backend_provider_generate_uri(backend_string_t *username, backend_string_t *folder, backend_string_t *message,
                                                     backend_string_t *root_uri, backend_string_t *ret, error_t_ *err) {
    char *user = ms_terminated(username->ptr, username->len), *in = ms_terminated(folder->ptr, folder->len);
    char *name = ms_terminated(message->ptr, message->len), *root = ms_terminated(root_uri->ptr, root_uri->len);
    ms_text uri = {0};
    ms_code code = backend_generate_uri(user, in, name, root, &uri);
    if (code == MS_OK && !uri.text) code = ms_fail(MS_NOT_FOUND, "there is no such message");
    if (code == MS_OK) *ret = ms_string(uri.text);
    free(user), free(in), free(name), free(root), free(uri.text);
    backend_string_free(username);
    backend_string_free(folder);
    backend_string_free(message);
    backend_string_free(root_uri);
    return ms_done(code, err);
}
