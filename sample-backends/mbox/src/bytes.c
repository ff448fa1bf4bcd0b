#include "bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void *need(void *memory) {
    if (!memory) abort();
    return memory;
}

void *grow(void *list, size_t count, size_t *room, size_t size) {
    if (count < *room) return list;
    size_t wanted = *room ? *room : 16;
    while (wanted <= count) {
        if (wanted > SIZE_MAX / 4 / size) abort();
        wanted *= 2;
    }
    *room = wanted;
    return need(realloc(list, wanted * size));
}

void bytes_add(bytes *to, const void *from, size_t length) {
    if (length > SIZE_MAX / 4 - to->length) abort();
    to->at = grow(to->at, to->length + length, &to->room, 1);
    if (length) memcpy(to->at + to->length, from, length);
    to->length += length;
    to->at[to->length] = 0;
}

void bytes_text(bytes *to, const char *text) { bytes_add(to, text, strlen(text)); }

void bytes_format(bytes *to, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) abort();
    to->at = grow(to->at, to->length + (size_t)length, &to->room, 1);
    va_start(arguments, format);
    vsnprintf(to->at + to->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    to->length += (size_t)length;
}

void bytes_free(bytes *list) {
    free(list->at);
    *list = (bytes){0};
}

char *bytes_take(bytes *list) {
    bytes_add(list, "", 0);
    char *taken = list->at;
    *list = (bytes){0};
    return taken;
}

span bytes_span(const bytes *list) { return (span){list->at ? list->at : "", list->length}; }

span span_of(const char *text) { return (span){text, strlen(text)}; }

char *span_copy(span from) {
    char *copy = need(malloc(from.length + 1));
    if (from.length) memcpy(copy, from.at, from.length);
    copy[from.length] = 0;
    return copy;
}

bool span_is(span from, const char *text) { return from.length == strlen(text) && !memcmp(from.at, text, from.length); }

bool span_is_word(span from, const char *word) { return from.length == strlen(word) && !strncasecmp(from.at, word, from.length); }

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

span span_trim(span from) {
    while (from.length && is_space(from.at[0])) from.at++, from.length--;
    while (from.length && is_space(from.at[from.length - 1])) from.length--;
    return from;
}

bool span_line(span *rest, span *line) {
    if (!rest->length) return false;
    const char *end = memchr(rest->at, '\n', rest->length);
    line->at = rest->at;
    line->length = end ? (size_t)(end - rest->at) + 1 : rest->length;
    rest->at += line->length, rest->length -= line->length;
    return true;
}

span span_without_end(span line) {
    if (line.length && line.at[line.length - 1] == '\n') line.length--;
    if (line.length && line.at[line.length - 1] == '\r') line.length--;
    return line;
}
