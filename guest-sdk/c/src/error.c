/* Errors and the log. */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* What ms_fail was told last. A component has one thread. */
static char detail[512];

void ms_forget_detail(void) { detail[0] = 0; }

ms_code ms_fail(ms_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    return code;
}

ms_code ms_fail_errno(const char *what) {
    int number = errno;
    ms_code code = MS_STORAGE;
    switch (number) {
    case ENOENT: code = MS_NOT_FOUND; break;
    case EEXIST: case ENOTEMPTY: code = MS_EXISTS; break;
    case EACCES: case EPERM: case EROFS: code = MS_DENIED; break;
    case ENOSPC: case EDQUOT: code = MS_QUOTA_EXCEEDED; break;
    case EBUSY: case EAGAIN: code = MS_IN_USE; break;
    case EFBIG: case ENAMETOOLONG: code = MS_TOO_BIG; break;
    default: break;
    }
    return ms_fail(code, "%s: %s", what, strerror(number));
}

static void say(uint8_t level, const char *format, va_list arguments) {
    char text[1024];
    vsnprintf(text, sizeof text, format, arguments);
    backend_string_t context = {(uint8_t *)"", 0}, message = ms_lent(text);
    /* A line that was cut off may end in the middle of a character. */
    while (message.len == sizeof text - 1 && message.len && (text[message.len - 1] & 0x80)) text[--message.len] = 0;
    wasi_logging_logging_log(level, &context, &message);
}

void ms_log(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(WASI_LOGGING_LOGGING_LEVEL_INFO, format, arguments);
    va_end(arguments);
}

void ms_warn(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(WASI_LOGGING_LOGGING_LEVEL_WARN, format, arguments);
    va_end(arguments);
}

mapistore_backend_types_error_code_t ms_contract_code(ms_code code) {
    return code > MS_OK && code <= MS_CANCELLED ? (uint8_t)(code - 1) : MAPISTORE_BACKEND_TYPES_ERROR_CODE_FAILED;
}

bool ms_done(ms_code code, error_t_ *error) {
    if (code == MS_OK) {
        ms_forget_detail();
        return true;
    }
    error->code = ms_contract_code(code);
    /* The same of a sentence. */
    size_t length = strlen(detail);
    while (length && length >= sizeof detail - 4 && (detail[length - 1] & 0x80)) detail[--length] = 0;
    error->detail.is_some = length != 0;
    if (length) error->detail.val = ms_string(detail);
    ms_forget_detail();
    return false;
}

ms_code ms_missing(const char *function) {
    return ms_fail(MS_NOT_IMPLEMENTED, "this backend does not implement `%s`", function);
}

ms_code ms_read_only(void) { return ms_fail(MS_DENIED, "it was opened to be read"); }

ms_code ms_from_host(error_t_ *error) {
    ms_code code = (ms_code)(error->code + 1);
    const backend_string_t *text = &error->detail.val;
    if (error->detail.is_some) ms_fail(code, "%.*s", (int)text->len, (const char *)text->ptr);
    else ms_forget_detail();
    mapistore_backend_types_error_free(error);
    return code;
}
