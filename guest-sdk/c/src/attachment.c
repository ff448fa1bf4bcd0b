/* Attachments: the host's calls of them, as calls of the backend's functions. */
#include "internal.h"

OBJ(own_attachment_t) ms_handle_attachment(ms_attachment attachment, bool writable) {
    OBJ(attachment_t) *rep = ms_zeros(1, sizeof *rep);
    rep->is = attachment;
    rep->writable = writable;
    return OBJ(attachment_new)(rep);
}

void OBJ(attachment_destructor)(OBJ(attachment_t) *rep) {
    if (HAS(rep, drop)) rep->is.ops->drop(rep->is.self);
    free(rep);
}

bool OBJ(method_attachment_list_properties)(OBJ(borrow_attachment_t) self, OBJ(list_property_tag_t) *ret, error_t_ *err) {
    ms_properties bag = {0};
    ms_code code = CALL(self, properties, "attachment.get-properties", &bag);
    if (code == MS_OK) ms_list_tags(&bag, ret);
    ms_empty(&bag);
    return ms_done(code, err);
}

bool OBJ(method_attachment_get_properties)(OBJ(borrow_attachment_t) self, OBJ(list_property_tag_t) *tags, OBJ(list_cell_t) *ret,
                                           error_t_ *err) {
    ms_properties bag = {.wanted = tags->ptr, .wanted_count = tags->len};
    ms_code code = CALL(self, properties, "attachment.get-properties", &bag);
    if (code == MS_OK) {
        *ret = (OBJ(list_cell_t)){ms_zeros(tags->len, sizeof *ret->ptr), tags->len};
        ms_fill_cells(&bag, tags->ptr, tags->len, ret->ptr);
    }
    ms_empty(&bag);
    OBJ(list_property_tag_free)(tags);
    return ms_done(code, err);
}

bool OBJ(method_attachment_set_properties)(OBJ(borrow_attachment_t) self, OBJ(list_property_t) *values,
                                           OBJ(list_property_problem_t) *ret, error_t_ *err) {
    ms_code code = !HAS(self, set_property) ? ms_missing("attachment.set-properties") : self->writable ? MS_OK : ms_read_only();
    if (code == MS_OK) ms_set_each(self->is.self, self->is.ops->set_property, values, ret);
    OBJ(list_property_free)(values);
    return ms_done(code, err);
}

bool OBJ(method_attachment_remove_properties)(OBJ(borrow_attachment_t) self, OBJ(list_property_tag_t) *tags,
                                              OBJ(list_property_problem_t) *ret, error_t_ *err) {
    ms_code code = !HAS(self, remove_property) ? ms_missing("attachment.remove-properties") : self->writable ? MS_OK : ms_read_only();
    if (code == MS_OK) ms_remove_each(self->is.self, self->is.ops->remove_property, tags, ret);
    OBJ(list_property_tag_free)(tags);
    return ms_done(code, err);
}

bool OBJ(method_attachment_open_stream)(OBJ(borrow_attachment_t) self, ms_tag tag, OBJ(stream_access_t) access,
                                        OBJ(own_property_stream_t) *ret, error_t_ *err) {
    ms_stream stream = {0};
    ms_code code = HAS(self, open_stream) && access != MS_READ && !self->writable
                       ? ms_read_only()
                       : CALL(self, open_stream, "attachment.open-stream", tag, (ms_access)access, &stream);
    if (code == MS_OK) *ret = ms_handle_stream(stream);
    return ms_done(code, err);
}

bool OBJ(method_attachment_save)(OBJ(borrow_attachment_t) self, error_t_ *err) {
    return ms_done(CHANGE(self, save, "attachment.save"), err);
}

bool OBJ(method_attachment_open_embedded)(OBJ(borrow_attachment_t) self, OBJ(tuple2_mid_own_message_t) *ret, error_t_ *err) {
    ms_message message = {0};
    ms_id id = 0;
    ms_code code = CALL(self, open_embedded, "attachment.open-embedded", &id, &message);
    if (code == MS_OK) ret->f0 = id, ret->f1 = ms_handle_message(message, self->writable);
    return ms_done(code, err);
}

bool OBJ(method_attachment_create_embedded)(OBJ(borrow_attachment_t) self, ms_id id, OBJ(own_message_t) *ret, error_t_ *err) {
    ms_message message = {0};
    ms_code code = CHANGE(self, create_embedded, "attachment.create-embedded", id, &message);
    if (code == MS_OK) *ret = ms_handle_message(message, true);
    return ms_done(code, err);
}
