/* Bytes: a part of some, which somebody else owns, and a list of them that grows. Running out of memory ends the context. */
#ifndef MBOX_BYTES_H
#define MBOX_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct span { const char *at; size_t length; } span;

/* A zero stands after the last one, once there is any. Zeros are an empty list. */
typedef struct bytes { char *at; size_t length, room; } bytes;

void bytes_add(bytes *to, const void *from, size_t length);
void bytes_text(bytes *to, const char *text);
void bytes_format(bytes *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bytes_free(bytes *list);
/* The bytes with a zero at their end, to be freed; the list is empty then. */
char *bytes_take(bytes *list);
span bytes_span(const bytes *list);

span span_of(const char *text);
/* A copy with a zero at its end, to be freed. */
char *span_copy(span from);
bool span_is(span from, const char *text);
/* The same, whatever the case of letters in ASCII. */
bool span_is_word(span from, const char *word);
/* Without white space at both ends. */
span span_trim(span from);
/* Takes the first line, with its end, off `rest`; false when there is none left. */
bool span_line(span *rest, span *line);
/* Without LF or CRLF. */
span span_without_end(span line);

void *need(void *memory);
void *grow(void *list, size_t count, size_t *room, size_t size);

#endif
