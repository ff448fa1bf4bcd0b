/*
 * One mbox file with what the host has of it: where its messages are, and their ids and change numbers. Other programs write the
 * file too: it is looked at before every use, and changed under its lock.
 */
#ifndef MBOX_BOX_H
#define MBOX_BOX_H

#include <mapistore.h>

#include "mboxrd.h"

/* A file that is open, for as long as anybody keeps it (ms_retain): after a rewrite the old one can still be read. */
typedef struct file { int descriptor; } file;

/* What tells one state of a file from another. */
typedef struct stamp { uint64_t size, inode; int64_t seconds, nanoseconds; } stamp;

/* One message. */
typedef struct entry {
    place at;
    uint32_t ordinal; /* Which of several with the same key, from 1. */
    ms_id id, change;
} entry;

typedef struct entries { entry *items; size_t count, room; } entries;

typedef struct box {
    char *path;   /* The file. */
    char *uri;    /* The folder's, with its slash. */
    char *holder; /* What locks of ours say: who opened this context. */
    ms_guid replica;
    file *file;   /* NULL where there is no file. */
    stamp seen;   /* What the file was when `list` was true. */
    bool is_seen;
    entries list;
} box;

/* Shared memory (ms_release); nothing is read before the first box_sync. */
box *box_open(const char *path, const char *uri, const ms_connection *connection);

/* Makes `list` true: new messages get ids and change numbers, changed ones change numbers, and ids of those that are gone become tombstones. */
ms_code box_sync(box *it);
/* The message with this id, or NULL. */
entry *box_find(const box *it, ms_id id);
/* The bytes of a message, as they are in its file, from its `From ` line on; at most `most` of them. */
ms_code box_read(const file *from, const place *at, uint64_t most, bytes *raw);

/* Adds a message under an id that the host allocated. Its `From ` line has no line end. */
ms_code box_append(box *it, ms_id id, const char *from_line, span content, const notes *noted, ms_id *change);
/* Gives a message another content. */
ms_code box_replace(box *it, ms_id id, const char *from_line, span content, const notes *noted, ms_id *change);
/* Sets and clears flags of messages; outcomes as the SDK has them. */
ms_code box_flag(box *it, const ms_id *ids, size_t count, uint8_t set, uint8_t clear, ms_code *outcomes);
ms_code box_delete(box *it, const ms_id *ids, size_t count, bool hard, ms_code *outcomes);
/* Gives a message another id: it moved within its folder. */
ms_code box_renumber(box *it, ms_id id, ms_id target);
/* Gives a message a new change number, and nothing else. */
ms_code box_touch(box *it, ms_id id, ms_id *change);

/* state.c: what is kept beside the file, so that it need not be read again; it may be lost at any time. */
typedef struct saved { stamp seen; uint64_t beginning; entries list; } saved;
bool state_load(const box *it, saved *to);
void state_save(const box *it);
/* After an entry was added at the end. */
void state_add(const box *it);
/* The beginning of the file, by which a file that only grew is known. */
uint64_t state_beginning(const file *of, uint64_t size);

/* lock.c: the dotlock that delivery agents and mail readers take. `size` is what an append that is cut off is undone to. */
ms_code lock_take(const box *it, uint64_t size, uint64_t added);
void lock_give(const box *it);
/* Ends what a context of the same user began, and did not end. */
void lock_recover(const box *it);

#endif
