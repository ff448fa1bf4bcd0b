/* Attachments of an open message. Each holds what it says until it is saved into its message, which is saved after it. */
#include "folder.h"

#include <stdlib.h>
#include <string.h>

typedef struct attachment { message *of; attached held; } attachment;

static void copy(attached *to, const attached *from) {
    *to = (attached){.number = from->number, .saved = from->saved, .bag = ms_new_properties()};
    ms_set_all(to->bag, from->bag);
    bytes_add(&to->data, bytes_span(&from->data).at, from->data.length);
}

static void destroy(void *shared) {
    attachment *it = shared;
    ms_free_properties(it->held.bag);
    bytes_free(&it->held.data);
    ms_release(it->of);
}

static ms_code properties(void *self, ms_properties *out) {
    attached_properties(&((attachment *)self)->held, out);
    return MS_OK;
}

static ms_code set_property(void *self, ms_tag tag, const ms_value *value) { return attached_set(&((attachment *)self)->held, tag, value); }

static ms_code remove_property(void *self, ms_tag tag) {
    attachment *it = self;
    if (tag == PID_TAG_ATTACH_DATA_BINARY || tag == PID_TAG_ATTACH_METHOD || tag == PID_TAG_ATTACH_NUMBER || tag == PID_TAG_ATTACH_SIZE)
        return MS_DENIED;
    ms_unset(it->held.bag, tag);
    return MS_OK;
}

static ms_code commit(void *self, const void *written, size_t length) {
    attachment *it = self;
    it->held.data.length = 0;
    bytes_add(&it->held.data, written, length);
    return MS_OK;
}

static ms_code open_stream(void *self, ms_tag tag, ms_access access, ms_stream *stream) {
    attachment *it = self;
    span data = bytes_span(&it->held.data);
    if (tag == PID_TAG_ATTACH_DATA_BINARY) {
        if (access == MS_READ) *stream = ms_stream_to_read(data.at, data.length);
        else *stream = ms_stream_to_write(data.at, access == MS_CREATE ? 0 : data.length, commit, it);
        return MS_OK;
    }
    if (access != MS_READ) return ms_fail(MS_DENIED, "the property 0x%08x cannot be written as a stream", (unsigned)tag);
    return ms_stream_of(it->held.bag, tag, stream);
}

static ms_code save(void *self) {
    attachment *it = self;
    mail *in = it->of->held;
    attached *place = in ? attached_find(in, it->held.number) : NULL;
    if (!in || (it->held.saved && !place)) return ms_fail(MS_OBJECT_DELETED, "the attachment is gone");
    if (!place) {
        place = attached_new(in);
        place->number = it->held.number, in->next_number--;
    }
    it->held.saved = true;
    ms_free_properties(place->bag);
    bytes_free(&place->data);
    copy(place, &it->held);
    it->of->is_changed = true;
    if (it->of->content) bytes_free(it->of->content), free(it->of->content), it->of->content = NULL;
    return MS_OK;
}

static const ms_attachment_ops ops = {.properties = properties,
                                      .set_property = set_property,
                                      .remove_property = remove_property,
                                      .open_stream = open_stream,
                                      .save = save,
                                      .drop = ms_release};

ms_attachment attachment_open(message *of, const attached *found) {
    attachment *it = ms_new(sizeof *it, destroy);
    it->of = ms_retain(of);
    copy(&it->held, found);
    return (ms_attachment){&ops, it};
}
