/*
 * The format of an mbox file: messages after each other, each behind a line `From SENDER DATE`, lines of theirs that look like one
 * quoted by `>` (mboxrd). Knows bytes; does not know files, ids or MAPI.
 *
 * What programs note about a message stands in fields of its header: `Status`, `X-Status`, `X-UID` and so on. They are not of the
 * message. Fields of the message itself that have such a name are written as `X-Quoted-Status`, so that what comes out is what went in.
 */
#ifndef MBOX_MBOXRD_H
#define MBOX_MBOXRD_H

#include "bytes.h"

/* The letters of Status and X-Status. */
enum { FLAG_READ = 1, FLAG_OLD = 2, FLAG_ANSWERED = 4, FLAG_FLAGGED = 8, FLAG_DRAFT = 16, FLAG_DELETED = 32 };

/* What stands about a message in its header. */
typedef struct notes {
    uint8_t flags;
    bool no_newline; /* The message does not end in a line end; the one that it has is the format's. */
    bool has_key;
    bool internal;   /* Not a message, but what an IMAP server keeps in the first place of a file. */
    uint64_t key[2]; /* What the message is known by, where that is not what its content says. */
} notes;

/* One message of a file. */
typedef struct place {
    uint64_t start, content, end; /* Where its `From ` line, what follows that, and the next message begin. */
    uint64_t key[2];              /* What it is known by: all of its content, or what was noted. */
    int64_t time;                 /* Of its `From ` line. */
    uint8_t flags;
    bool internal;
} place;

/* Whether a line separates messages, and its time. */
bool is_from_line(span line, int64_t *time);
/* Whether a line is one of a header: a field, or the continuation of one. */
bool is_header_line(span line);

/* Reads a file from a message on; `found` is told of each once its end is known. */
typedef struct scanner scanner;
struct scanner {
    void (*found)(void *with, const place *place);
    void *with;
    uint64_t at;   /* How far it came. */
    bool open;     /* There is a message whose end is not known. */
    bool in_header, in_line, garbage; /* Garbage: what stands before the first message is not white space. */
    uint64_t hash[2];
    size_t blank;  /* Empty lines that are hashed once more follows. */
    notes noted;
    place current;
};
/* Goes over `data`, of which `last` says that nothing follows. Answers how much of it need not come again. */
size_t scan(scanner *to, span data, bool last);

/* The content of a message, out of what stands between its `From ` line and the next. */
void unquote(span raw, bytes *content, notes *noted);
/* A message as it stands in a file, with its `From ` line and the empty line behind it. `others` are noted lines to be kept. */
void quote(bytes *out, const char *from_line, span content, const notes *noted, span others);
/* The same message, or as much of it as there is, with other flags and all else untouched; false if its header does not end in it. */
bool quote_flags(bytes *out, span raw_with_from_line, uint8_t flags);
/* The noted lines of a message that are not ours to write: `X-UID` and the like. */
void other_notes(span raw, bytes *lines);
/* What a content is known by. */
void key_of(span content, uint64_t key[2]);

#endif
