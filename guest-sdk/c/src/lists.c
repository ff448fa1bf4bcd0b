/* What functions of a backend fill in, or are given, besides properties: rows, ids, recipients, permissions. */
#include "internal.h"

ms_properties *ms_add_row(ms_rows *rows) {
    rows->items = ms_grow(rows->items, rows->count, &rows->room, sizeof *rows->items);
    return rows->items[rows->count++] = ms_zeros(1, sizeof(ms_properties));
}

void ms_empty_rows(ms_rows *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        ms_empty(rows->items[i]);
        free(rows->items[i]);
    }
    free(rows->items);
    *rows = (ms_rows){0};
}

void ms_list_id(ms_ids *ids, ms_id id) {
    ids->items = ms_grow(ids->items, ids->count, &ids->room, sizeof *ids->items);
    ids->items[ids->count++] = id;
}

ms_properties *ms_add_recipient(ms_recipients *recipients, ms_recipient_kind kind, const char *account) {
    recipient *added = ms_zeros(1, sizeof *added);
    added->kind = kind;
    if (account) added->account = ms_terminated(account, strlen(account));
    recipients->items = ms_grow(recipients->items, recipients->count, &recipients->room, sizeof *recipients->items);
    recipients->items[recipients->count++] = added;
    return &added->bag;
}

ms_recipients *ms_new_recipients(void) { return ms_zeros(1, sizeof(ms_recipients)); }

void ms_free_recipients(ms_recipients *recipients) {
    if (recipients) ms_empty_recipients(recipients);
    free(recipients);
}

size_t ms_count_recipients(const ms_recipients *recipients) { return recipients->count; }

const ms_properties *ms_recipient_at(const ms_recipients *recipients, size_t position, ms_recipient_kind *kind, const char **account) {
    const recipient *found = recipients->items[position];
    if (kind) *kind = found->kind;
    if (account) *account = found->account;
    return &found->bag;
}

void ms_empty_recipients(ms_recipients *recipients) {
    for (size_t i = 0; i < recipients->count; i++) {
        ms_empty(&recipients->items[i]->bag);
        free(recipients->items[i]->account);
        free(recipients->items[i]);
    }
    free(recipients->items);
    *recipients = (ms_recipients){0};
}

void ms_add_permission(ms_permissions *permissions, const ms_permission *permission) {
    OBJ(list_permission_t) *list = &permissions->list;
    list->ptr = ms_grow(list->ptr, list->len, &permissions->room, sizeof *list->ptr);
    OBJ(permission_t) *row = &list->ptr[list->len++];
    *row = (OBJ(permission_t)){.member.tag = (uint8_t)permission->member, .rights = permission->rights};
    if (permission->member == MS_USER)
        row->member.val.user = (backend_list_u8_t){ms_copy(permission->entry_id, permission->entry_id_length), permission->entry_id_length};
    row->name.is_some = permission->name != NULL;
    if (permission->name) row->name.val = ms_string(permission->name);
}

static void note(OBJ(list_property_problem_t) *problems, ms_tag tag, ms_code code) {
    if (code != MS_OK) problems->ptr[problems->len++] = (OBJ(property_problem_t)){tag, ms_contract_code(code)};
    ms_forget_detail();
}

static void trim(OBJ(list_property_problem_t) *problems) {
    if (!problems->len) free(problems->ptr), problems->ptr = NULL;
}

void ms_set_each(void *self, ms_setter set, OBJ(list_property_t) *values, OBJ(list_property_problem_t) *problems) {
    *problems = (OBJ(list_property_problem_t)){ms_zeros(values->len, sizeof *problems->ptr), 0};
    for (size_t i = 0; i < values->len; i++) note(problems, values->ptr[i].tag, set(self, values->ptr[i].tag, &values->ptr[i].value));
    trim(problems);
}

void ms_remove_each(void *self, ms_remover remove, OBJ(list_property_tag_t) *tags, OBJ(list_property_problem_t) *problems) {
    *problems = (OBJ(list_property_problem_t)){ms_zeros(tags->len, sizeof *problems->ptr), 0};
    for (size_t i = 0; i < tags->len; i++) note(problems, tags->ptr[i], remove(self, tags->ptr[i]));
    trim(problems);
}
