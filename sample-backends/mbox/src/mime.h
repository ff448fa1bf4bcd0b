/*
 * A message as MIME (RFC 5322, 2045 to 2047, 2231): the fields of its header, its bodies and its attachments, as parts of bytes that
 * somebody else keeps. Anything may stand in there: depth and number of parts are bounded, and what does not parse is text.
 */
#ifndef MBOX_MIME_H
#define MBOX_MIME_H

#include "text.h"

/* A part that is shown or attached. */
typedef struct part {
    span header, body;
    encoding how;
    char *type;    /* Such as `text/plain`, in lower case. */
    char *charset; /* Empty without one. */
    char *name;    /* Its file name; empty without one. */
    bool is_inline;
} part;

typedef struct mime {
    span header, body;
    part text, html; /* Without a type, there is none. */
    part *attachments;
    size_t count, room;
    size_t parts; /* How many there are of all kinds. */
} mime;

/* Reads the header only if `header_only`, else all. */
void mime_read(mime *message, span content, bool header_only);
void mime_free(mime *message);

/* The first field of this name, as it stands there; false without one. */
bool field(span header, const char *name, span *value);
/* Takes the first field, all lines of it, off `header`. */
bool next_field(span *header, span *name, span *value, span *whole);
/* The value of a parameter of a Content-Type or Content-Disposition field. */
bool parameter(span value, const char *name, bytes *out);

/* The decoded bytes of a part, and its text with CRLF between lines. */
void part_bytes(const part *of, bytes *out);
void part_text(const part *of, bytes *out);
/* Whether the type says that there are attachments, for who has the header only. */
bool mime_may_have_attachments(span header);

#endif
