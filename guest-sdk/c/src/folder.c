/* Folders: the host's calls of them, as calls of the backend's functions. */
#include "internal.h"

OBJ(own_folder_t) ms_handle_folder(ms_folder folder) {
    OBJ(folder_t) *rep = ms_zeros(1, sizeof *rep);
    rep->is = folder;
    return OBJ(folder_new)(rep);
}

/* Tables over its messages may outlive it: the last one of them is its end. */
void OBJ(folder_destructor)(OBJ(folder_t) *rep) {
    rep->dropped = true;
    if (rep->tables) return;
    if (HAS(rep, drop)) rep->is.ops->drop(rep->is.self);
    free(rep);
}

/* ------------------------------------------------------------------ properties */

bool OBJ(method_folder_list_properties)(OBJ(borrow_folder_t) self, OBJ(list_property_tag_t) *ret, error_t_ *err) {
    ms_properties bag = {0};
    ms_code code = CALL(self, properties, "folder.get-properties", &bag);
    if (code == MS_OK) ms_list_tags(&bag, ret);
    ms_empty(&bag);
    return ms_done(code, err);
}

bool OBJ(method_folder_get_properties)(OBJ(borrow_folder_t) self, OBJ(list_property_tag_t) *tags, OBJ(list_cell_t) *ret, error_t_ *err) {
    ms_properties bag = {.wanted = tags->ptr, .wanted_count = tags->len};
    ms_code code = CALL(self, properties, "folder.get-properties", &bag);
    if (code == MS_OK) {
        *ret = (OBJ(list_cell_t)){ms_zeros(tags->len, sizeof *ret->ptr), tags->len};
        ms_fill_cells(&bag, tags->ptr, tags->len, ret->ptr);
    }
    ms_empty(&bag);
    OBJ(list_property_tag_free)(tags);
    return ms_done(code, err);
}

bool OBJ(method_folder_set_properties)(OBJ(borrow_folder_t) self, OBJ(list_property_t) *values, OBJ(list_property_problem_t) *ret,
                                       error_t_ *err) {
    ms_code code = HAS(self, set_property) ? MS_OK : ms_missing("folder.set-properties");
    if (code == MS_OK) ms_set_each(self->is.self, self->is.ops->set_property, values, ret);
    OBJ(list_property_free)(values);
    return ms_done(code, err);
}

bool OBJ(method_folder_remove_properties)(OBJ(borrow_folder_t) self, OBJ(list_property_tag_t) *tags,
                                          OBJ(list_property_problem_t) *ret, error_t_ *err) {
    ms_code code = HAS(self, remove_property) ? MS_OK : ms_missing("folder.remove-properties");
    if (code == MS_OK) ms_remove_each(self->is.self, self->is.ops->remove_property, tags, ret);
    OBJ(list_property_tag_free)(tags);
    return ms_done(code, err);
}

bool OBJ(method_folder_open_stream)(OBJ(borrow_folder_t) self, ms_tag tag, OBJ(stream_access_t) access,
                                    OBJ(own_property_stream_t) *ret, error_t_ *err) {
    ms_stream stream = {0};
    ms_code code = CALL(self, open_stream, "folder.open-stream", tag, (ms_access)access, &stream);
    if (code == MS_OK) *ret = ms_handle_stream(stream);
    return ms_done(code, err);
}

/* ------------------------------------------------------------------ sub-folders */

bool OBJ(method_folder_open_folder)(OBJ(borrow_folder_t) self, ms_id id, OBJ(own_folder_t) *ret, error_t_ *err) {
    ms_folder folder = {0};
    ms_code code = CALL(self, open_folder, "folder.open-folder", id, &folder);
    if (code == MS_OK) *ret = ms_handle_folder(folder);
    return ms_done(code, err);
}

bool OBJ(method_folder_create_folder)(OBJ(borrow_folder_t) self, ms_id id, OBJ(list_property_t) *values, OBJ(own_folder_t) *ret,
                                      error_t_ *err) {
    ms_folder folder = {0};
    ms_properties bag = {0};
    for (size_t i = 0; i < values->len; i++) ms_set(&bag, values->ptr[i].tag, &values->ptr[i].value);
    ms_code code = CALL(self, create_folder, "folder.create-folder", id, &bag, &folder);
    if (code == MS_OK) *ret = ms_handle_folder(folder);
    ms_empty(&bag);
    OBJ(list_property_free)(values);
    return ms_done(code, err);
}

bool OBJ(method_folder_delete)(OBJ(borrow_folder_t) self, OBJ(delete_mode_t) mode, bool recursive, error_t_ *err) {
    return ms_done(CALL(self, remove, "folder.delete", mode == MAPISTORE_BACKEND_TYPES_DELETE_MODE_HARD, recursive), err);
}

bool OBJ(method_folder_move_to)(OBJ(borrow_folder_t) self, OBJ(borrow_folder_t) *target, backend_string_t *name, error_t_ *err) {
    char *text = ms_terminated(name->ptr, name->len);
    ms_code code = CALL(self, move_to, "folder.move-to", target ? &(*target)->is : NULL, text);
    free(text);
    backend_string_free(name);
    return ms_done(code, err);
}

bool OBJ(method_folder_copy_to)(OBJ(borrow_folder_t) self, OBJ(borrow_folder_t) target, bool recursive, backend_string_t *name,
                                error_t_ *err) {
    char *text = ms_terminated(name->ptr, name->len);
    ms_code code = CALL(self, copy_to, "folder.copy-to", &target->is, recursive, text);
    free(text);
    backend_string_free(name);
    return ms_done(code, err);
}

/* ------------------------------------------------------------------ messages */

bool OBJ(method_folder_open_message)(OBJ(borrow_folder_t) self, ms_id id, bool read_write, OBJ(own_message_t) *ret, error_t_ *err) {
    ms_message message = {0};
    ms_code code = CALL(self, open_message, "folder.open-message", id, read_write, &message);
    if (code == MS_OK) *ret = ms_handle_message(message, read_write);
    return ms_done(code, err);
}

bool OBJ(method_folder_create_message)(OBJ(borrow_folder_t) self, ms_id id, bool associated, OBJ(own_message_t) *ret, error_t_ *err) {
    ms_message message = {0};
    ms_code code = CALL(self, create_message, "folder.create-message", id, associated, &message);
    if (code == MS_OK) *ret = ms_handle_message(message, true);
    return ms_done(code, err);
}

/* The outcomes of a batch as the host reads them. */
static void outcomes_of(const ms_id *ids, const ms_code *codes, size_t count, OBJ(list_item_outcome_t) *ret) {
    *ret = (OBJ(list_item_outcome_t)){ms_zeros(count, sizeof *ret->ptr), count};
    for (size_t i = 0; i < count; i++) {
        ret->ptr[i].id = ids[i];
        ret->ptr[i].outcome.is_err = codes[i] != MS_OK;
        if (codes[i] != MS_OK) ret->ptr[i].outcome.val.err = ms_contract_code(codes[i]);
    }
    ms_forget_detail();
}

bool OBJ(method_folder_delete_messages)(OBJ(borrow_folder_t) self, OBJ(list_mid_t) *ids, OBJ(delete_mode_t) mode,
                                        OBJ(list_item_outcome_t) *ret, error_t_ *err) {
    ms_code *codes = ms_zeros(ids->len, sizeof *codes);
    bool hard = mode == MAPISTORE_BACKEND_TYPES_DELETE_MODE_HARD;
    ms_code code = CALL(self, delete_messages, "folder.delete-messages", ids->ptr, ids->len, hard, codes);
    if (code == MS_OK) outcomes_of(ids->ptr, codes, ids->len, ret);
    free(codes);
    OBJ(list_mid_free)(ids);
    return ms_done(code, err);
}

bool OBJ(method_folder_move_copy_messages)(OBJ(borrow_folder_t) self, OBJ(transfer_source_t) *source, OBJ(list_transfer_item_t) *items,
                                           bool copy, OBJ(list_item_outcome_t) *ret, error_t_ *err) {
    bool here = source->tag == EXPORTS_MAPISTORE_BACKEND_OBJECTS_TRANSFER_SOURCE_SAME_CONTEXT;
    char *uri = here ? NULL : ms_terminated(source->val.uri.ptr, source->val.uri.len);
    ms_transfer_item *moved = ms_zeros(items->len, sizeof *moved);
    ms_id *ids = ms_zeros(items->len, sizeof *ids);
    ms_code *codes = ms_zeros(items->len, sizeof *codes);
    for (size_t i = 0; i < items->len; i++) {
        const OBJ(transfer_item_t) *item = &items->ptr[i];
        ids[i] = item->source;
        moved[i] = (ms_transfer_item){.source = item->source, .target = item->target};
        if (!item->keys.is_some) continue;
        moved[i].change_key = item->keys.val.change_key.ptr, moved[i].change_key_length = item->keys.val.change_key.len;
        moved[i].predecessors = item->keys.val.predecessors.ptr, moved[i].predecessors_length = item->keys.val.predecessors.len;
    }
    ms_code code = CALL(self, move_copy_messages, "folder.move-copy-messages", here ? &source->val.same_context->is : NULL, uri, moved,
                        items->len, copy, codes);
    if (code == MS_OK) outcomes_of(ids, codes, items->len, ret);
    free(uri), free(moved), free(ids), free(codes);
    OBJ(transfer_source_free)(source);
    OBJ(list_transfer_item_free)(items);
    return ms_done(code, err);
}

/* Without `set_read_flags`: one message, opened and told. */
static ms_code mark(OBJ(borrow_folder_t) self, ms_id id, bool read) {
    ms_message message = {0};
    ms_code code = CALL(self, open_message, "folder.set-read-flags", id, true, &message);
    if (code != MS_OK) return code;
    code = message.ops->set_read_flag ? message.ops->set_read_flag(message.self, read) : ms_missing("folder.set-read-flags");
    if (message.ops->drop) message.ops->drop(message.self);
    return code;
}

bool OBJ(method_folder_set_read_flags)(OBJ(borrow_folder_t) self, OBJ(list_mid_t) *ids, bool read, OBJ(list_item_outcome_t) *ret,
                                       error_t_ *err) {
    ms_code *codes = ms_zeros(ids->len, sizeof *codes), code = MS_OK;
    if (HAS(self, set_read_flags)) {
        code = self->is.ops->set_read_flags(self->is.self, ids->ptr, ids->len, read, codes);
    } else {
        for (size_t i = 0; code == MS_OK && i < ids->len; i++) {
            codes[i] = mark(self, ids->ptr[i], read);
            if (codes[i] == MS_NOT_IMPLEMENTED) code = ms_missing("folder.set-read-flags");
        }
    }
    if (code == MS_OK) outcomes_of(ids->ptr, codes, ids->len, ret);
    free(codes);
    OBJ(list_mid_free)(ids);
    return ms_done(code, err);
}

/* ------------------------------------------------------------------ tables, deletions, permissions */

/* The columns of a table over messages; any other may be asked for as well. */
static const ms_tag message_columns[] = {
    PID_TAG_MID, PID_TAG_CHANGE_NUMBER, PID_TAG_CHANGE_KEY, PID_TAG_MESSAGE_CLASS, PID_TAG_MESSAGE_FLAGS, PID_TAG_MESSAGE_SIZE,
    PID_TAG_SUBJECT, PID_TAG_NORMALIZED_SUBJECT, PID_TAG_SENDER_NAME, PID_TAG_SENDER_EMAIL_ADDRESS, PID_TAG_DISPLAY_TO,
    PID_TAG_CLIENT_SUBMIT_TIME, PID_TAG_MESSAGE_DELIVERY_TIME, 0};

static ms_code open_table(OBJ(borrow_folder_t) self, ms_table_kind kind, OBJ(table_t) **table) {
    static const ms_table_ops messages = {.columns = message_columns};
    ms_table object = {&messages, NULL};
    bool over_messages = HAS(self, messages) && HAS(self, open_message) && !HAS(self, open_table);
    ms_code code = over_messages ? MS_OK : CALL(self, open_table, "folder.open-table", kind, &object);
    /* A folder that lists its messages has rows of no other kind. */
    return code == MS_OK ? ms_open_table(object, over_messages && kind == MS_CONTENTS ? self : NULL, NULL, table) : code;
}

bool OBJ(method_folder_open_table)(OBJ(borrow_folder_t) self, OBJ(table_kind_t) kind, OBJ(own_table_t) *ret, error_t_ *err) {
    OBJ(table_t) *table;
    ms_code code = open_table(self, (ms_table_kind)kind, &table);
    if (code == MS_OK) *ret = ms_handle_table(table);
    return ms_done(code, err);
}

bool OBJ(method_folder_get_child_count)(OBJ(borrow_folder_t) self, OBJ(table_kind_t) kind, uint32_t *ret, error_t_ *err) {
    if (HAS(self, get_child_count)) return ms_done(self->is.ops->get_child_count(self->is.self, (ms_table_kind)kind, ret), err);
    OBJ(table_t) *table;
    ms_code code = open_table(self, (ms_table_kind)kind, &table);
    if (code == MS_OK) {
        *ret = (uint32_t)ms_row_count(table);
        OBJ(table_destructor)(table);
    }
    return ms_done(code, err);
}

bool OBJ(method_folder_get_deleted)(OBJ(borrow_folder_t) self, OBJ(table_kind_t) kind, OBJ(change_number_t) since,
                                    OBJ(deleted_set_t) *ret, error_t_ *err) {
    ms_ids ids = {0};
    ms_id upto = 0;
    ms_code code = CALL(self, get_deleted, "folder.get-deleted", (ms_table_kind)kind, since, &ids, &upto);
    if (code == MS_OK) {
        ret->ids.ptr = (ms_id *)ms_copy(ids.items, ids.count * sizeof *ids.items);
        ret->ids.len = ids.count;
        ret->upto = upto;
    }
    free(ids.items);
    return ms_done(code, err);
}

bool OBJ(method_folder_get_permissions)(OBJ(borrow_folder_t) self, OBJ(list_permission_t) *ret, error_t_ *err) {
    ms_permissions permissions = {0};
    ms_code code = CALL(self, get_permissions, "folder.get-permissions", &permissions);
    if (code == MS_OK) *ret = permissions.list;
    else OBJ(list_permission_free)(&permissions.list);
    return ms_done(code, err);
}

/* Its name, which is to be freed, is the only text that lacks a zero at its end. */
static ms_permission permission_of(const OBJ(permission_t) *from) {
    ms_permission permission = {.member = (ms_member)from->member.tag, .rights = from->rights};
    if (permission.member == MS_USER)
        permission.entry_id = from->member.val.user.ptr, permission.entry_id_length = from->member.val.user.len;
    if (from->name.is_some) permission.name = ms_terminated(from->name.val.ptr, from->name.val.len);
    return permission;
}

bool OBJ(method_folder_modify_permissions)(OBJ(borrow_folder_t) self, OBJ(permission_options_t) options,
                                           OBJ(list_permission_change_t) *changes, error_t_ *err) {
    ms_permission_change *changed = ms_zeros(changes->len, sizeof *changed);
    for (size_t i = 0; i < changes->len; i++) {
        const OBJ(permission_change_t) *from = &changes->ptr[i];
        changed[i].change = (ms_change)from->tag;
        if (changed[i].change != MS_REMOVE) {
            changed[i].permission = permission_of(&from->val.add);
        } else {
            OBJ(permission_t) member = {.member = from->val.remove};
            changed[i].permission = permission_of(&member);
        }
    }
    ms_code code = CALL(self, modify_permissions, "folder.modify-permissions", options, changed, changes->len);
    for (size_t i = 0; i < changes->len; i++) free((char *)changed[i].permission.name);
    free(changed);
    OBJ(list_permission_change_free)(changes);
    return ms_done(code, err);
}

bool OBJ(method_folder_preload_messages)(OBJ(borrow_folder_t) self, OBJ(table_kind_t) kind, OBJ(list_mid_t) *ids, error_t_ *err) {
    ms_code code = MS_OK;
    if (HAS(self, preload_messages)) code = self->is.ops->preload_messages(self->is.self, (ms_table_kind)kind, ids->ptr, ids->len);
    OBJ(list_mid_free)(ids);
    return ms_done(code, err);
}
