/* Streams: the host's calls of them, and streams over memory. */
#include "internal.h"

OBJ(own_property_stream_t) ms_handle_stream(ms_stream stream) {
    OBJ(property_stream_t) *rep = ms_zeros(1, sizeof *rep);
    rep->is = stream;
    return OBJ(property_stream_new)(rep);
}

void OBJ(property_stream_destructor)(OBJ(property_stream_t) *rep) {
    if (HAS(rep, drop)) rep->is.ops->drop(rep->is.self);
    free(rep);
}

bool OBJ(method_property_stream_size)(OBJ(borrow_property_stream_t) self, uint64_t *ret, error_t_ *err) {
    return ms_done(CALL(self, size, "property-stream.size", ret), err);
}

bool OBJ(method_property_stream_read)(OBJ(borrow_property_stream_t) self, uint64_t offset, uint32_t length, backend_list_u8_t *ret,
                                      error_t_ *err) {
    /* The contract's limit; more is never asked for. */
    size_t got = length < 1u << 20 ? length : 1u << 20;
    *ret = (backend_list_u8_t){ms_need(malloc(got + 1)), 0};
    ms_code code = CALL(self, read, "property-stream.read", offset, ret->ptr, &got);
    ret->len = code == MS_OK ? got : 0;
    if (!ret->len) free(ret->ptr), ret->ptr = NULL;
    return ms_done(code, err);
}

bool OBJ(method_property_stream_write)(OBJ(borrow_property_stream_t) self, uint64_t offset, backend_list_u8_t *data, error_t_ *err) {
    ms_code code = CALL(self, write, "property-stream.write", offset, data->ptr, data->len);
    backend_list_u8_free(data);
    return ms_done(code, err);
}

bool OBJ(method_property_stream_set_size)(OBJ(borrow_property_stream_t) self, uint64_t size, error_t_ *err) {
    return ms_done(CALL(self, set_size, "property-stream.set-size", size), err);
}

bool OBJ(method_property_stream_commit)(OBJ(borrow_property_stream_t) self, error_t_ *err) {
    return ms_done(CALL(self, commit, "property-stream.commit"), err);
}

/* ------------------------------------------------------------------ over memory */

/* Beyond this a context would not have room for a value and its copies. */
#define SIZE_MAX_OF_VALUE ((size_t)64 << 20)

typedef struct memory_stream { uint8_t *bytes; size_t length, room; ms_commit commit; void *owner; } memory_stream;

static ms_code memory_size(void *self, uint64_t *size) {
    *size = ((memory_stream *)self)->length;
    return MS_OK;
}

static ms_code memory_read(void *self, uint64_t offset, void *buffer, size_t *length) {
    const memory_stream *it = self;
    size_t left = offset < it->length ? it->length - (size_t)offset : 0;
    if (*length > left) *length = left;
    if (*length) memcpy(buffer, it->bytes + offset, *length);
    return MS_OK;
}

static ms_code memory_set_size(void *self, uint64_t size) {
    memory_stream *it = self;
    if (!it->commit) return ms_read_only();
    if (size > SIZE_MAX_OF_VALUE) return ms_fail(MS_TOO_BIG, "a value has at most %zu MiB", SIZE_MAX_OF_VALUE >> 20);
    while (it->room < size) it->bytes = ms_grow(it->bytes, it->room, &it->room, 1);
    if (size > it->length) memset(it->bytes + it->length, 0, (size_t)size - it->length);
    it->length = (size_t)size;
    return MS_OK;
}

static ms_code memory_write(void *self, uint64_t offset, const void *data, size_t length) {
    memory_stream *it = self;
    if (!it->commit) return ms_read_only();
    uint64_t end = offset + length;
    if (end < offset) return ms_fail(MS_TOO_BIG, "there is no such offset");
    if (end > it->length) {
        ms_code code = memory_set_size(self, end);
        if (code != MS_OK) return code;
    }
    if (length) memcpy(it->bytes + offset, data, length);
    return MS_OK;
}

static ms_code memory_commit(void *self) {
    memory_stream *it = self;
    return it->commit ? it->commit(it->owner, it->bytes, it->length) : ms_read_only();
}

static void memory_drop(void *self) {
    memory_stream *it = self;
    ms_release(it->owner);
    free(it->bytes);
    free(it);
}

ms_stream ms_stream_to_write(const void *bytes, size_t length, ms_commit commit, void *self) {
    static const ms_stream_ops ops = {.size = memory_size, .read = memory_read, .write = memory_write,
                                      .set_size = memory_set_size, .commit = memory_commit, .drop = memory_drop};
    memory_stream *it = ms_zeros(1, sizeof *it);
    *it = (memory_stream){ms_copy(bytes, length), length, length, commit, ms_retain(self)};
    return (ms_stream){&ops, it};
}

ms_stream ms_stream_to_read(const void *bytes, size_t length) { return ms_stream_to_write(bytes, length, NULL, NULL); }

ms_code ms_stream_of(const ms_properties *bag, ms_tag tag, ms_stream *stream) {
    const ms_value *value = ms_get(bag, tag);
    uint32_t wanted = tag & TYPE_MASK;
    if (value && value->tag == VALUE(TEXT) && (!wanted || wanted == TYPE_STRING)) {
        size_t length;
        char *text = ms_text_of(value);
        uint8_t *wide = ms_to_utf16(text, &length);
        *stream = ms_stream_to_read(wide, length);
        free(text), free(wide);
        return MS_OK;
    }
    if (value && value->tag == VALUE(TEXT) && wanted == TYPE_STRING8) {
        backend_list_u8_t narrow = ms_to_string8(&value->val.text);
        *stream = ms_stream_to_read(narrow.ptr, narrow.len);
        backend_list_u8_free(&narrow);
        return MS_OK;
    }
    if (value && (value->tag == VALUE(BINARY) || value->tag == VALUE(STRING8)) && (!wanted || wanted == ms_value_type(value->tag))) {
        *stream = ms_stream_to_read(value->val.binary.ptr, value->val.binary.len);
        return MS_OK;
    }
    return ms_fail(MS_NOT_FOUND, "there is no text and are no bytes of the property 0x%08x", (unsigned)tag);
}
