/**
 * Write a MAPIStore storage backend in C.
 *
 * A backend fills in tables of functions, one for each kind of object, and leaves out what it does not do: that answers
 * `not-implemented`, or what is said here. `wit/` says what each call must do; `backend_describe` claims it.
 *
 * Who owns what, once and for all:
 *
 *  - What a function is given is the SDK's, for as long as the call lasts. Copy what you keep.
 *  - What you hand to the SDK is copied: texts, bytes, ids. Keep or free yours as you like.
 *  - An object that you answer (`ms_folder` and so on) is the SDK's from then on. It calls `drop` exactly once, when the host
 *    has dropped its handle and the tables over it, and nothing of the object after that. If your function answers an error, there is no object.
 *  - What several objects share is made by ms_new, kept by ms_retain and let go by ms_release, which may be `drop` itself.
 *
 * Errors are codes: MS_OK or another ms_code, best by ms_fail, which keeps a sentence for the operator. Running out of memory is a
 * trap: it ends the context and harms no other.
 */
#ifndef MAPISTORE_H
#define MAPISTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bindings/backend.h"
#include "bindings/tags.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ errors */

/** How a call ended: MS_OK, or an error-code of the contract. */
typedef enum ms_code {
    MS_OK,
    MS_FAILED,
    MS_NO_MEMORY,
    MS_NOT_INITIALIZED,
    MS_CORRUPTED,
    MS_INVALID_PARAMETER,
    MS_STORAGE,
    MS_BACKEND_INIT,
    MS_INVALID_NAMESPACE,
    MS_INVALID_URI,
    MS_NOT_FOUND,
    MS_IN_USE,
    MS_EXISTS,
    MS_INVALID_DATA,
    MS_TRANSPORT,
    MS_DENIED,
    MS_CONNECTION_REFUSED,
    MS_NOT_AVAILABLE,
    MS_NOT_IMPLEMENTED,
    MS_OBJECT_MODIFIED,
    MS_OBJECT_DELETED,
    MS_TOO_COMPLEX,
    MS_TOO_BIG,
    MS_QUOTA_EXCEEDED,
    MS_CANCELLED,
} ms_code;

/** Answers `code`, and keeps a sentence for the operator: lower case, no full stop, no secrets. `format` as in printf. */
ms_code ms_fail(ms_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Writes to the host's log, as at the level `info`. */
void ms_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ------------------------------------------------------------------ types */

typedef uint64_t ms_id;  /**< A FID, MID or change number (MS-OXCDATA 2.2.1). */
typedef uint32_t ms_tag; /**< A property tag; `bindings/tags.h` has their names. */
typedef mapistore_backend_types_guid_t ms_guid;
typedef mapistore_backend_types_property_value_t ms_value;

/** Which rows a table has. */
typedef enum ms_table_kind {
    MS_HIERARCHY, MS_CONTENTS, MS_ASSOCIATED, MS_RULES, MS_ATTACHMENTS, MS_PERMISSIONS,
} ms_table_kind;

/** How a stream is opened. MS_CREATE begins with an empty value. */
typedef enum ms_access { MS_READ, MS_READ_WRITE, MS_CREATE } ms_access;

/** What a root folder is for. */
typedef enum ms_role {
    MS_MAIL, MS_DRAFTS, MS_SENT_ITEMS, MS_OUTBOX, MS_DELETED_ITEMS, MS_CALENDAR, MS_CONTACTS, MS_TASKS, MS_NOTES, MS_JOURNAL,
    MS_FALLBACK,
} ms_role;

/** Who opens a context. */
typedef struct ms_connection {
    const char *username; /**< Who logged on. */
    const char *owner;    /**< Whose mailbox it is. */
    ms_guid replica;      /**< The GUID behind the replica id of the host's ids. */
} ms_connection;

/* ------------------------------------------------------------------ memory */

/** Memory of `size` zeros that objects share; the caller keeps it once. `destroy`, if there is one, is called with it before it goes. */
void *ms_new(size_t size, void (*destroy)(void *shared));
/** Keeps it once more; answers it. */
void *ms_retain(void *shared);
/** Lets it go; the last one destroys it. NULL is fine. */
void ms_release(void *shared);

/* ------------------------------------------------------------------ properties */

/** A bag of properties: one value for each id. */
typedef struct ms_properties ms_properties;

void ms_set_text(ms_properties *bag, ms_tag tag, const char *text);
void ms_set_bytes(ms_properties *bag, ms_tag tag, const void *bytes, size_t length);
void ms_set_int32(ms_properties *bag, ms_tag tag, int32_t value);
void ms_set_bool(ms_properties *bag, ms_tag tag, bool value);
/** A FID, MID or change number, as PtypInteger64. */
void ms_set_id(ms_properties *bag, ms_tag tag, ms_id value);
/** A FILETIME. */
void ms_set_time(ms_properties *bag, ms_tag tag, uint64_t filetime);
/** Any other value; a copy is kept. */
void ms_set(ms_properties *bag, ms_tag tag, const ms_value *value);

/** The value with this tag's id, or NULL. */
const ms_value *ms_get(const ms_properties *bag, ms_tag tag);
/** How many there are, and each of them by its position. */
size_t ms_count(const ms_properties *bag);
const ms_value *ms_at(const ms_properties *bag, size_t position, ms_tag *tag);
/** What PidTagSubject and the like have, with a zero at its end; NULL without such a text. Lasts as long as the bag. */
const char *ms_get_text(const ms_properties *bag, ms_tag tag);

/** Seconds since 1970 as FILETIME. */
uint64_t ms_filetime(int64_t unix_seconds);
/** The id or change number with this GLOBCNT in the host's replica. */
ms_id ms_from_globcnt(uint64_t globcnt);
/** Sets a change key or source key: `id` as an XID of the replica (MS-OXCFXICS 2.2.2.2). */
void ms_set_xid(ms_properties *bag, ms_tag tag, ms_guid replica, ms_id id);

/** Rows to be filled. */
typedef struct ms_rows ms_rows;
/** Adds a row and answers its bag. */
ms_properties *ms_add_row(ms_rows *rows);

/** Ids to be listed. */
typedef struct ms_ids ms_ids;
void ms_list_id(ms_ids *ids, ms_id id);

/* ------------------------------------------------------------------ objects */

typedef struct ms_context_ops ms_context_ops;
typedef struct ms_folder_ops ms_folder_ops;
typedef struct ms_message_ops ms_message_ops;
typedef struct ms_table_ops ms_table_ops;
typedef struct ms_stream_ops ms_stream_ops;

/** An object: its functions, and what they are called with. */
typedef struct ms_context { const ms_context_ops *ops; void *self; } ms_context;
typedef struct ms_folder { const ms_folder_ops *ops; void *self; } ms_folder;
typedef struct ms_message { const ms_message_ops *ops; void *self; } ms_message;
typedef struct ms_table { const ms_table_ops *ops; void *self; } ms_table;
typedef struct ms_stream { const ms_stream_ops *ops; void *self; } ms_stream;

struct ms_context_ops {
    ms_code (*get_root_folder)(void *self, ms_id fid, ms_folder *folder);
    void (*drop)(void *self);
};

struct ms_folder_ops {
    /** Fills in all properties: `list-properties` and `get-properties` answer from it. */
    ms_code (*properties)(void *self, ms_properties *properties);
    /** Sets one property, durably. */
    ms_code (*set_property)(void *self, ms_tag tag, const ms_value *value);
    ms_code (*open_folder)(void *self, ms_id fid, ms_folder *folder);
    ms_code (*create_folder)(void *self, ms_id fid, const ms_properties *properties, ms_folder *folder);
    ms_code (*remove)(void *self, bool hard, bool recursive);
    ms_code (*open_message)(void *self, ms_id mid, bool read_write, ms_message *message);
    ms_code (*create_message)(void *self, ms_id mid, bool associated, ms_message *message);
    /** Deletes these messages; `outcomes` has MS_OK for each, to be replaced by what went wrong. */
    ms_code (*delete_messages)(void *self, const ms_id *mids, size_t count, bool hard, ms_code *outcomes);
    /** Without it the rows of the table are counted. */
    ms_code (*get_child_count)(void *self, ms_table_kind kind, uint32_t *count);
    ms_code (*open_table)(void *self, ms_table_kind kind, ms_table *table);
    /** Lists the messages. Instead of `open_table`, where a folder has only these: each row is what `open_message` opens. */
    ms_code (*messages)(void *self, ms_ids *mids);
    void (*drop)(void *self);
};

struct ms_message_ops {
    /** Fills in all properties: `list-properties`, `get-properties` and `get-data` answer from it. */
    ms_code (*properties)(void *self, ms_properties *properties);
    /** Sets one property, until `save`. */
    ms_code (*set_property)(void *self, ms_tag tag, const ms_value *value);
    /** Removes one property, until `save`; one that is not there is no error. */
    ms_code (*remove_property)(void *self, ms_tag tag);
    ms_code (*open_stream)(void *self, ms_tag tag, ms_access access, ms_stream *stream);
    /** Durable when it answers. `folder.set-read-flags` calls it for each message. */
    ms_code (*set_read_flag)(void *self, bool read);
    ms_code (*save)(void *self, bool force, ms_id *change_number);
    void (*drop)(void *self);
};

struct ms_stream_ops {
    ms_code (*size)(void *self, uint64_t *size);
    /** Up to `*length` bytes from `offset` into `buffer`; `*length` becomes how many. */
    ms_code (*read)(void *self, uint64_t offset, void *buffer, size_t *length);
    ms_code (*write)(void *self, uint64_t offset, const void *data, size_t length);
    ms_code (*set_size)(void *self, uint64_t size);
    ms_code (*commit)(void *self);
    void (*drop)(void *self);
};

/** A table is ready-made: it asks for its rows when it is opened and at each refresh. The host restricts and sorts. */
struct ms_table_ops {
    /** Fills in all rows, in their natural order. */
    ms_code (*rows)(void *self, ms_rows *rows);
    /** What can be a column, with a 0 at the end. */
    const ms_tag *columns;
    void (*drop)(void *self);
};

/* ------------------------------------------------------------------ the backend */

/** What the backend says of itself. `capabilities` are of MAPISTORE_BACKEND_TYPES_CAPABILITIES_*. */
typedef struct ms_info {
    const char *name, *description, *space, *version;
    uint32_t capabilities;
} ms_info;

/** Where `backend_list_contexts` puts what it has. */
typedef struct ms_contexts ms_contexts;
void ms_add_context(ms_contexts *contexts, const char *uri, const char *name, bool main_folder, ms_role role);

/** To be defined: answers the same whenever it is called, and calls nothing of the host. `space` is the namespace. */
ms_info backend_describe(void);
/** To be defined: the roots of a user. */
ms_code backend_list_contexts(const char *username, ms_contexts *contexts);
/** To be defined: opens the root that `uri` names. */
ms_code backend_create_context(const ms_connection *connection, const char *uri, ms_context *context);
/** May be defined: runs once, with the operator's settings, before everything but `backend_describe`. */
ms_code backend_init(size_t count, const char *const *keys, const char *const *values);

/* ------------------------------------------------------------------ what the host does for you */

/** The live id of each URI; where there is none, a fresh one is registered. At most 10,000. */
ms_code ms_ensure_ids(const char *const *uris, size_t count, ms_id *ids);
/** The URI of an id that is live, to be freed; MS_NOT_FOUND for any other. */
ms_code ms_get_uri(ms_id id, char **uri);
/** Registers a URI under an id that the host allocated. */
ms_code ms_add_id(ms_id id, const char *uri);
/** Gives a live record another URI. */
ms_code ms_update_id(ms_id id, const char *uri);
/** Takes an id out of the index; without `hard` a tombstone stays. */
ms_code ms_remove_id(ms_id id, bool hard);
/** A fresh change number, greater than all before. */
ms_code ms_next_change_number(ms_id *number);

/** Whether a bucket of the host's key-value store has a key. */
ms_code ms_kept(const char *bucket, const char *key, bool *there);
/** How many keys a bucket has. */
ms_code ms_count_kept(const char *bucket, size_t *count);
/** The value of a key, to be freed; MS_NOT_FOUND without one. It has a zero after its `length` bytes. */
ms_code ms_keep_get(const char *bucket, const char *key, char **value, size_t *length);
/** Writes a value; durable when it answers. */
ms_code ms_keep(const char *bucket, const char *key, const void *value, size_t length);
/** Removes a key; one that is not there is no error. */
ms_code ms_forget(const char *bucket, const char *key);

#ifdef __cplusplus
}
#endif

#endif
