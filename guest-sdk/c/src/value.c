/* Values: copies that own what is in them, and texts between encodings. */
#include "internal.h"

/* Size of an element of a list of scalars, 0 for what is no such list. */
static size_t element_size(uint8_t kind) {
    switch (kind) {
    case VALUE(STRING8): case VALUE(TEXT): case VALUE(BINARY): case VALUE(SERVER_ID): case VALUE(RESTRICTION_BLOB):
    case VALUE(RULE_ACTIONS): return 1;
    case VALUE(MULTIPLE_INTEGER16): return 2;
    case VALUE(MULTIPLE_INTEGER32): case VALUE(MULTIPLE_FLOATING32): return 4;
    case VALUE(MULTIPLE_FLOATING64): case VALUE(MULTIPLE_CURRENCY): case VALUE(MULTIPLE_FLOATING_TIME):
    case VALUE(MULTIPLE_INTEGER64): case VALUE(MULTIPLE_TIME): return 8;
    case VALUE(MULTIPLE_GUID): return sizeof(ms_guid);
    default: return 0;
    }
}

static bool is_list_of_lists(uint8_t kind) {
    return kind == VALUE(MULTIPLE_STRING8) || kind == VALUE(MULTIPLE_TEXT) || kind == VALUE(MULTIPLE_BINARY);
}

/* Every list is a pointer and a length, whatever its elements are. */
ms_value ms_value_copy(const ms_value *value) {
    ms_value copy = *value;
    size_t size = element_size(value->tag);
    if (size) {
        copy.val.binary.ptr = ms_copy(value->val.binary.ptr, value->val.binary.len * size);
    } else if (is_list_of_lists(value->tag)) {
        const backend_list_list_u8_t *from = &value->val.multiple_binary;
        copy.val.multiple_binary.ptr = ms_zeros(from->len, sizeof *from->ptr);
        for (size_t i = 0; i < from->len; i++) {
            copy.val.multiple_binary.ptr[i].ptr = ms_copy(from->ptr[i].ptr, from->ptr[i].len);
            copy.val.multiple_binary.ptr[i].len = from->ptr[i].len;
        }
    }
    return copy;
}

uint32_t ms_value_type(uint8_t kind) {
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

/* The character of UTF-8 that begins at `*at`, which moves behind it. The host has checked the text, or the caller vouches for it. */
static uint32_t next(const uint8_t *text, size_t length, size_t *at) {
    uint32_t c = text[(*at)++];
    int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    if (more) c &= 0x3Fu >> more;
    while (more-- && *at < length) c = c << 6 | (text[(*at)++] & 0x3Fu);
    return c;
}

static size_t put_utf8(uint8_t *out, uint32_t c) {
    if (c < 0x80) return out[0] = (uint8_t)c, 1;
    size_t count = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = count; --i; c >>= 6) out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)(0xF00u >> count | c);
    return count;
}

backend_list_u8_t ms_to_string8(const backend_string_t *text) {
    backend_list_u8_t out = {ms_need(malloc(text->len + 1)), 0};
    for (size_t at = 0; at < text->len;) {
        uint32_t c = next(text->ptr, text->len, &at);
        uint8_t byte = c < 0x80 || (c >= 0xA0 && c < 0x100) ? (uint8_t)c : '?';
        for (unsigned i = 0; i < 32 && byte == '?'; i++)
            if (cp1252[i] == c) byte = (uint8_t)(0x80 + i);
        out.ptr[out.len++] = byte;
    }
    if (!out.len) free(out.ptr), out.ptr = NULL;
    return out;
}

backend_string_t ms_from_string8(const backend_list_u8_t *bytes) {
    backend_string_t out = {ms_need(malloc(bytes->len * 3 + 1)), 0};
    for (size_t at = 0; at < bytes->len; at++) {
        uint32_t c = bytes->ptr[at];
        out.len += put_utf8(out.ptr + out.len, c >= 0x80 && c < 0xA0 ? cp1252[c - 0x80] : c);
    }
    if (!out.len) free(out.ptr), out.ptr = NULL;
    return out;
}

uint8_t *ms_to_utf16(const char *text, size_t *length) {
    size_t bytes = strlen(text);
    uint8_t *out = ms_need(malloc(2 * bytes + 1));
    *length = 0;
    for (size_t at = 0; at < bytes;) {
        uint32_t c = next((const uint8_t *)text, bytes, &at), high = 0;
        if (c >= 0x10000) high = 0xD7C0 + (c >> 10), c = 0xDC00 | (c & 0x3FF);
        if (high) out[(*length)++] = (uint8_t)high, out[(*length)++] = (uint8_t)(high >> 8);
        out[(*length)++] = (uint8_t)c, out[(*length)++] = (uint8_t)(c >> 8);
    }
    return out;
}

ms_code ms_from_utf16(const void *bytes, size_t length, char **text) {
    const uint8_t *in = bytes;
    uint8_t *out = ms_need(malloc(length / 2 * 3 + 1));
    size_t used = 0;
    bool whole = length % 2 == 0;
    for (size_t at = 0; whole && at < length; at += 2) {
        uint32_t c = in[at] | (uint32_t)in[at + 1] << 8;
        if (c >= 0xD800 && c < 0xE000) {
            uint32_t low = length - at >= 4 ? in[at + 2] | (uint32_t)in[at + 3] << 8 : 0;
            whole = c < 0xDC00 && low >= 0xDC00 && low < 0xE000;
            c = 0x10000 + ((c & 0x3FF) << 10 | (low & 0x3FF)), at += 2;
        }
        whole = whole && c != 0;
        if (whole) used += put_utf8(out + used, c);
    }
    out[used] = 0;
    *text = (char *)out;
    if (whole) return MS_OK;
    free(out), *text = NULL;
    return ms_fail(MS_INVALID_DATA, "the text is not UTF-16LE, or has U+0000 in it");
}

char *ms_text_of(const ms_value *value) {
    if (value->tag == VALUE(TEXT)) return ms_terminated(value->val.text.ptr, value->val.text.len);
    if (value->tag != VALUE(STRING8)) return NULL;
    backend_string_t wide = ms_from_string8(&value->val.string8);
    char *text = ms_terminated(wide.ptr, wide.len);
    backend_string_free(&wide);
    return text;
}
