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
 *  - What the SDK hands to you with the words "to be freed" is yours, for free(). Nothing else is.
 *  - An object that you answer (`ms_folder` and so on) is the SDK's from then on. It calls `drop` exactly once, when the host
 *    has dropped its handle and the tables over it, and nothing of the object after that. If your function answers an error, there is no object.
 *  - What several objects share is made by ms_new, kept by ms_retain and let go by ms_release, which may be `drop` itself.
 *
 * Errors are codes: MS_OK or another ms_code, best by ms_fail, which keeps a sentence for the operator. Running out of memory is a
 * trap: it ends the context and harms no other. A component has one thread, and a context one call at a time.
 *
 * A folder that says its name, and cannot do anything else:
 *
 *     static ms_code properties(void *self, ms_properties *out) {
 *         ms_set_text(out, PID_TAG_DISPLAY_NAME, "Inbox");
 *         return MS_OK;
 *     }
 *     static const ms_folder_ops ops = {.properties = properties, .drop = ms_release};
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

/* ------------------------------------------------------------------ errors and the log */

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

/** Answers the code that `errno` stands for after a call of the C library, and keeps a sentence: `what`, and what strerror says. */
ms_code ms_fail_errno(const char *what);

/** Writes to the host's log, at the level `info`. */
void ms_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** The same for what an operator has to know of: the level `warn`. */
void ms_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ------------------------------------------------------------------ types */

typedef uint64_t ms_id;  /**< A FID, MID or change number (MS-OXCDATA 2.2.1). 0 is none. */
typedef uint32_t ms_tag; /**< A property tag; `bindings/tags.h` has their names. */
typedef mapistore_backend_types_guid_t ms_guid;
typedef mapistore_backend_types_property_value_t ms_value;
typedef mapistore_backend_types_restriction_t ms_restriction; /**< A tree as a list of nodes (MS-OXCDATA 2.12). */
typedef mapistore_backend_types_sort_order_t ms_sort_order;   /**< SortOrderSet (MS-OXCDATA 2.13.2). */

/** Values of more bytes than this come as `deferred`, and are read through a stream. */
#define MS_INLINE_LIMIT (32 * 1024)

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

/** PidTagRecipientType (MS-OXOMSG 2.2.3.1). */
typedef enum ms_recipient_kind { MS_ORIGINATOR, MS_TO, MS_CC, MS_BCC } ms_recipient_kind;

/** SubmitFlags (MS-OXOMSG 2.2.3.1). */
typedef enum ms_submit_mode { MS_SUBMIT_NONE, MS_SUBMIT_PRE_PROCESS, MS_SUBMIT_NEEDS_SPOOLER } ms_submit_mode;

/** Who opens a context. */
typedef struct ms_connection {
    const char *username; /**< Who logged on. */
    const char *owner;    /**< Whose mailbox it is. */
    ms_guid replica;      /**< The GUID behind the replica id of the host's ids. */
    uint16_t replica_id;  /**< The low 16 bits of those ids. */
    uint32_t locale;      /**< Windows locale id (MS-LCID). */
    uint32_t codepage;    /**< Code page of PtypString8. */
} ms_connection;

/* ------------------------------------------------------------------ memory */

/** Memory of `size` zeros that objects share; the caller keeps it once. `destroy`, if there is one, is called with it before it goes. */
void *ms_new(size_t size, void (*destroy)(void *shared));
/** Keeps it once more; answers it. */
void *ms_retain(void *shared);
/** Lets it go; the last one destroys it. NULL is fine. */
void ms_release(void *shared);

/** Where a function puts the text that it answers. */
typedef struct ms_text ms_text;
void ms_answer(ms_text *answer, const char *text);

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
/** A text or bytes too large to be handed over at once: its size, in UTF-16 for a text. `open_stream` has it. */
void ms_defer(ms_properties *bag, ms_tag tag, uint64_t size);
/** Takes the value with this tag's id away. */
void ms_unset(ms_properties *bag, ms_tag tag);

/**
 * Whether anybody asks for this property now. A function that fills in a bag may leave out all else: look before what takes
 * time, such as reading a file.
 */
bool ms_wanted(const ms_properties *bag, ms_tag tag);

/** The value with this tag's id, or NULL. */
const ms_value *ms_get(const ms_properties *bag, ms_tag tag);
/** How many there are, and each of them by its position. */
size_t ms_count(const ms_properties *bag);
const ms_value *ms_at(const ms_properties *bag, size_t position, ms_tag *tag);
/** What PidTagSubject and the like have, with a zero at its end; NULL without such a text. Lasts as long as the bag. */
const char *ms_get_text(const ms_properties *bag, ms_tag tag);

/** The text of a value, with a zero at its end, to be freed; NULL for a value of another type. */
char *ms_text_of(const ms_value *value);

/** PidTagSubject, and its two parts (MS-OXCMSG 2.2.1.9, 2.2.1.10): a prefix is one to three letters, a colon and a space. */
void ms_set_subject(ms_properties *bag, const char *subject);

/** A bag of your own, and recipients of your own: for what a backend holds until it is saved. Let go by the functions that free them. */
ms_properties *ms_new_properties(void);
void ms_free_properties(ms_properties *bag);
/** Puts all that `from` has into `bag`, in the place of what is there. */
void ms_set_all(ms_properties *bag, const ms_properties *from);

/** Seconds since 1970 as FILETIME, and back. */
uint64_t ms_filetime(int64_t unix_seconds);
int64_t ms_unix_time(uint64_t filetime);
/** The id or change number with this GLOBCNT in the host's replica, and back. Compare GLOBCNTs, never ids. */
ms_id ms_from_globcnt(uint64_t globcnt);
uint64_t ms_globcnt(ms_id id);
/** Sets a change key or source key: `id` as an XID of the replica (MS-OXCFXICS 2.2.2.2). */
void ms_set_xid(ms_properties *bag, ms_tag tag, ms_guid replica, ms_id id);
/** Sets PidTagChangeNumber, PidTagChangeKey, and PidTagPredecessorChangeList with that key alone. */
void ms_set_change(ms_properties *bag, ms_guid replica, ms_id change_number);

/** UTF-8 as the UTF-16LE that streams of PtypString have, and back. To be freed; MS_INVALID_DATA for half of a character. */
uint8_t *ms_to_utf16(const char *text, size_t *length);
ms_code ms_from_utf16(const void *bytes, size_t length, char **text);

/** Rows to be filled. */
typedef struct ms_rows ms_rows;
/** Adds a row and answers its bag. */
ms_properties *ms_add_row(ms_rows *rows);

/** Ids to be listed: of messages, folders, or the numbers of attachments. */
typedef struct ms_ids ms_ids;
void ms_list_id(ms_ids *ids, ms_id id);

/** Recipients (MS-OXCMSG 2.2.3.1.2): each has a kind, perhaps a local account, and properties. */
typedef struct ms_recipients ms_recipients;
/** Adds one and answers its bag: PidTagDisplayName, PidTagEmailAddress, PidTagAddressType and what else it has. `account` may be NULL. */
ms_properties *ms_add_recipient(ms_recipients *recipients, ms_recipient_kind kind, const char *account);
ms_recipients *ms_new_recipients(void);
void ms_free_recipients(ms_recipients *recipients);
size_t ms_count_recipients(const ms_recipients *recipients);
/** One of them; `account` becomes NULL without one. */
const ms_properties *ms_recipient_at(const ms_recipients *recipients, size_t position, ms_recipient_kind *kind, const char **account);

/** Whose permission it is (MS-OXCPERM 2.2.5). */
typedef enum ms_member { MS_DEFAULT_USER, MS_ANONYMOUS, MS_USER } ms_member;
/** A row of a folder's permissions. The entry id is that of a MS_USER; `name` may be NULL. */
typedef struct ms_permission {
    ms_member member;
    const void *entry_id;
    size_t entry_id_length;
    const char *name;
    uint32_t rights; /**< PidTagMemberRights (MS-OXCPERM 2.2.7). */
} ms_permission;
typedef enum ms_change { MS_ADD, MS_MODIFY, MS_REMOVE } ms_change;
/** One change of them; a MS_REMOVE has a member only. */
typedef struct ms_permission_change { ms_change change; ms_permission permission; } ms_permission_change;
typedef struct ms_permissions ms_permissions;
void ms_add_permission(ms_permissions *permissions, const ms_permission *permission);

/* ------------------------------------------------------------------ objects */

typedef struct ms_context_ops ms_context_ops;
typedef struct ms_folder_ops ms_folder_ops;
typedef struct ms_message_ops ms_message_ops;
typedef struct ms_attachment_ops ms_attachment_ops;
typedef struct ms_table_ops ms_table_ops;
typedef struct ms_stream_ops ms_stream_ops;

/** An object: its functions, and what they are called with. */
typedef struct ms_context { const ms_context_ops *ops; void *self; } ms_context;
typedef struct ms_folder { const ms_folder_ops *ops; void *self; } ms_folder;
typedef struct ms_message { const ms_message_ops *ops; void *self; } ms_message;
typedef struct ms_attachment { const ms_attachment_ops *ops; void *self; } ms_attachment;
typedef struct ms_table { const ms_table_ops *ops; void *self; } ms_table;
typedef struct ms_stream { const ms_stream_ops *ops; void *self; } ms_stream;

struct ms_context_ops {
    ms_code (*get_root_folder)(void *self, ms_id fid, ms_folder *folder);
    /** Where an object is now: its URI without `namespace://`. Left out, the index is asked. */
    ms_code (*get_path)(void *self, ms_id id, ms_text *path);
    /** Shuts down where that can fail; `drop` follows. Nothing that was acknowledged may depend on it. */
    ms_code (*close)(void *self);
    void (*drop)(void *self);
};

/** One item of a transfer: the id that it has, and the one that it gets. A change key of no bytes is none. */
typedef struct ms_transfer_item {
    ms_id source, target;
    const void *change_key;
    size_t change_key_length;
    const void *predecessors;
    size_t predecessors_length;
} ms_transfer_item;

struct ms_folder_ops {
    /** Fills in all properties: `list-properties` and `get-properties` answer from it. */
    ms_code (*properties)(void *self, ms_properties *properties);
    /** Sets one property, durably. An error of one is a problem of that one; the others are set all the same. */
    ms_code (*set_property)(void *self, ms_tag tag, const ms_value *value);
    /** Removes one property; one that is not there is no error. */
    ms_code (*remove_property)(void *self, ms_tag tag);
    ms_code (*open_stream)(void *self, ms_tag tag, ms_access access, ms_stream *stream);
    ms_code (*open_folder)(void *self, ms_id fid, ms_folder *folder);
    ms_code (*create_folder)(void *self, ms_id fid, const ms_properties *properties, ms_folder *folder);
    ms_code (*remove)(void *self, bool hard, bool recursive);
    /** Below `target`, which may be this very folder; NULL makes it a root. Both are of this context: look at `ops` before `self`. */
    ms_code (*move_to)(void *self, const ms_folder *target, const char *name);
    ms_code (*copy_to)(void *self, const ms_folder *target, bool recursive, const char *name);
    /** What changes a message that was not opened `read_write` the SDK refuses, but for `set_read_flag`. */
    ms_code (*open_message)(void *self, ms_id mid, bool read_write, ms_message *message);
    ms_code (*create_message)(void *self, ms_id mid, bool associated, ms_message *message);
    /** Deletes these messages; `outcomes` has MS_OK for each, to be replaced by what went wrong. */
    ms_code (*delete_messages)(void *self, const ms_id *mids, size_t count, bool hard, ms_code *outcomes);
    /** Into this folder, from `source` or, where that is NULL, from the folder that `uri` names. `outcomes` as above. */
    ms_code (*move_copy_messages)(void *self, const ms_folder *source, const char *uri, const ms_transfer_item *items, size_t count,
                                  bool copy, ms_code *outcomes);
    /** `outcomes` as above. Left out, each message is opened and told. */
    ms_code (*set_read_flags)(void *self, const ms_id *mids, size_t count, bool read, ms_code *outcomes);
    /** Left out, the rows of the table are counted. */
    ms_code (*get_child_count)(void *self, ms_table_kind kind, uint32_t *count);
    ms_code (*open_table)(void *self, ms_table_kind kind, ms_table *table);
    /** Lists the messages. Instead of `open_table`, where a folder has only these: each row is what `open_message` opens. */
    ms_code (*messages)(void *self, ms_ids *mids);
    /** What was deleted since a change number, and the number up to which that is complete. */
    ms_code (*get_deleted)(void *self, ms_table_kind kind, ms_id since, ms_ids *ids, ms_id *upto);
    ms_code (*get_permissions)(void *self, ms_permissions *permissions);
    /** `options` are of MAPISTORE_BACKEND_TYPES_PERMISSION_OPTIONS_*. */
    ms_code (*modify_permissions)(void *self, uint32_t options, const ms_permission_change *changes, size_t count);
    /** A hint that these messages will be opened soon; none ends it. Left out, it is ignored. */
    ms_code (*preload_messages)(void *self, ms_table_kind kind, const ms_id *mids, size_t count);
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
    /** Fills in the recipients. Left out, there are none. */
    ms_code (*recipients)(void *self, ms_recipients *recipients);
    /** Replaces all recipients, until `save`. */
    ms_code (*set_recipients)(void *self, const ms_recipients *recipients);
    /** Durable when it answers. `folder.set-read-flags` calls it for each message. */
    ms_code (*set_read_flag)(void *self, bool read);
    ms_code (*save)(void *self, bool force, ms_id *change_number);
    ms_code (*submit)(void *self, ms_submit_mode mode);
    /** Lists the numbers of the saved attachments. */
    ms_code (*attachments)(void *self, ms_ids *numbers);
    ms_code (*open_attachment)(void *self, uint32_t number, bool read_write, ms_attachment *attachment);
    ms_code (*create_attachment)(void *self, uint32_t *number, ms_attachment *attachment);
    ms_code (*delete_attachment)(void *self, uint32_t number);
    /** Left out, it has a row for each of `attachments`: what `open_attachment` opens. */
    ms_code (*open_attachment_table)(void *self, ms_table *table);
    void (*drop)(void *self);
};

struct ms_attachment_ops {
    ms_code (*properties)(void *self, ms_properties *properties);
    ms_code (*set_property)(void *self, ms_tag tag, const ms_value *value);
    ms_code (*remove_property)(void *self, ms_tag tag);
    /** The content is PidTagAttachDataBinary. */
    ms_code (*open_stream)(void *self, ms_tag tag, ms_access access, ms_stream *stream);
    /** Makes it part of the message as it is held. */
    ms_code (*save)(void *self);
    /** The message in it, which is as writable as the attachment. */
    ms_code (*open_embedded)(void *self, ms_id *mid, ms_message *message);
    ms_code (*create_embedded)(void *self, ms_id mid, ms_message *message);
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

/**
 * A table, whose columns and pages the SDK sees to. Its rows are given at once (`rows`) or when they are asked for (`load`,
 * `count`, `row`). Left out, restrictions and sort orders are `too-complex`, and searches `not-implemented`: the host does them.
 */
struct ms_table_ops {
    /** What can be a column, with a 0 at the end. Others may be asked for as well. */
    const ms_tag *columns;
    /** Fills in all rows, in their natural order; called when the table is opened and at each refresh. */
    ms_code (*rows)(void *self, ms_rows *rows);
    /** Looks at the folder, when the table is opened and at each refresh; until the next time rows stay as they are. */
    ms_code (*load)(void *self);
    size_t (*count)(void *self);
    ms_code (*row)(void *self, size_t position, ms_properties *row);
    /** NULL shows all rows again, or is the natural order. Rows are asked for anew. */
    ms_code (*set_restriction)(void *self, const ms_restriction *restriction);
    ms_code (*set_sort_order)(void *self, const ms_sort_order *order);
    /** The first row from `start`, itself included, that satisfies the restriction; MS_NOT_FOUND without one. */
    ms_code (*find_row)(void *self, size_t start, bool backward, const ms_restriction *restriction, size_t *position);
    void (*drop)(void *self);
};

/* ------------------------------------------------------------------ streams over memory */

/** Takes what was written to a stream into the object; `self` is the one that was given with it. */
typedef ms_code (*ms_commit)(void *self, const void *bytes, size_t length);
/** A stream over a copy of these bytes, to be read. */
ms_stream ms_stream_to_read(const void *bytes, size_t length);
/** The same to be written as well; `self` is kept by ms_retain until the stream is dropped. */
ms_stream ms_stream_to_write(const void *bytes, size_t length, ms_commit commit, void *self);
/** A stream to read a text or bytes that a bag has; MS_NOT_FOUND for any other. */
ms_code ms_stream_of(const ms_properties *bag, ms_tag tag, ms_stream *stream);

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
/** May be defined: makes a root for a role, and answers its URI; without an answer it is "not my role, ask the next backend". */
ms_code backend_create_root_folder(const char *username, ms_role role, ms_id fid, const char *name, ms_text *uri);
/** May be defined: the URI of a message in a folder, without opening either. */
ms_code backend_generate_uri(const char *username, const char *folder, const char *message, const char *root_uri, ms_text *uri);

/* ------------------------------------------------------------------ what the host does for you: the index */

/** A record of the index. */
typedef struct ms_entry { ms_id id; char *uri; bool soft_deleted; } ms_entry;
/** Frees records with their URIs. */
void ms_free_entries(ms_entry *entries, size_t count);

/** The live id of each URI; where there is none, a fresh one is registered. At most 10,000, as in all of these. */
ms_code ms_ensure_ids(const char *const *uris, size_t count, ms_id *ids);
/** The live id of each URI; 0 where there is none. */
ms_code ms_find_ids(const char *const *uris, size_t count, ms_id *ids);
/** The URI of an id that is live, to be freed; MS_NOT_FOUND for any other. */
ms_code ms_get_uri(ms_id id, char **uri);
/** Live records whose URI begins with `prefix` and ends with `suffix`, after the id `after` or from the first. To be freed by ms_free_entries. */
ms_code ms_find(const char *prefix, const char *suffix, ms_id after, uint32_t limit, ms_entry **entries, size_t *count);
/** Tombstones below `prefix` made after a change number. To be freed by ms_free_entries. */
ms_code ms_list_deleted(const char *prefix, ms_id since, ms_entry **entries, size_t *count);
/** Registers a URI under an id that the host allocated. */
ms_code ms_add_id(ms_id id, const char *uri);
/** Gives a live record another URI. */
ms_code ms_update_id(ms_id id, const char *uri);
/** Gives all that is below a container another beginning; `changed`, which may be NULL, becomes how many. */
ms_code ms_rename_prefix(const char *old, const char *renamed, uint64_t *changed);
/** Takes ids out of the index; without `hard` tombstones stay. Unknown ids are no error. */
ms_code ms_remove_ids(const ms_id *ids, size_t count, bool hard);
ms_code ms_remove_id(ms_id id, bool hard);
/** Allocates ids whose GLOBCNTs follow each other, without registering anything. */
ms_code ms_reserve_ids(uint32_t count, ms_id *first);
/** Fresh change numbers, each greater than all before. */
ms_code ms_next_change_numbers(uint32_t count, ms_id *numbers);
ms_code ms_next_change_number(ms_id *number);

/* ------------------------------------------------------------------ named properties and notifications */

/** The name of a property: a text, or where that is NULL a number (MS-OXPROPS 1.3.2). */
typedef struct ms_name { ms_guid set; const char *name; uint32_t lid; } ms_name;
/** The property id of each name, from 0x8000; 0 where there is none and `create` does not make one. */
ms_code ms_name_ids(const ms_name *names, size_t count, bool create, uint16_t *ids);
/** The name of one id; a text is to be freed. MS_NOT_FOUND for an id that was never given out. */
ms_code ms_id_name(uint16_t id, ms_name *name);

/** What changed (MS-OXCNOTIF 2.2.1.1). */
typedef enum ms_event_kind {
    MS_NEW_MAIL, MS_CREATED, MS_DELETED, MS_MODIFIED, MS_MOVED, MS_COPIED, MS_TABLE_CHANGED,
} ms_event_kind;
/** `message` 0 stands for the folder itself; the source is of MS_MOVED and MS_COPIED, the tags of MS_MODIFIED. */
typedef struct ms_event {
    ms_event_kind kind;
    ms_id folder, message;
    ms_id source_folder, source_message;
    const ms_tag *tags;
    size_t tag_count;
} ms_event;
/** Announces changes that are already durable. What follows from the call itself the host announces. */
void ms_publish(const ms_event *events, size_t count);

/* ------------------------------------------------------------------ keys and values, for the owner */

/** Whether a bucket of the host's key-value store has a key. */
ms_code ms_kept(const char *bucket, const char *key, bool *there);
/** How many keys a bucket has. */
ms_code ms_count_kept(const char *bucket, size_t *count);
/** The value of a key, to be freed; MS_NOT_FOUND without one. It has a zero after its `length` bytes. */
ms_code ms_keep_get(const char *bucket, const char *key, char **value, size_t *length);
/** Writes a value; durable when it answers. */
ms_code ms_keep(const char *bucket, const char *key, const void *value, size_t length);
/** Adds to a number, which is 0 if it is not there; `sum`, which may be NULL, becomes what it is then. */
ms_code ms_keep_add(const char *bucket, const char *key, int64_t delta, int64_t *sum);
/** Removes a key; one that is not there is no error. */
ms_code ms_forget(const char *bucket, const char *key);

/**
 * Up to 1,000 keys after `after`, which may be NULL or any text, in the order of their bytes, to be freed by ms_free_keys. The last one is
 * what the next page comes after; at the end there are none.
 */
ms_code ms_kept_keys(const char *bucket, const char *after, char ***keys, size_t *count);
void ms_free_keys(char **keys, size_t count);
/** The values of keys as of ms_keep_get, in their order; NULL where there is no such key. `lengths` may be NULL. */
ms_code ms_keep_get_many(const char *bucket, const char *const *keys, size_t count, char **values, size_t *lengths);
/** A key and its value. */
typedef struct ms_pair { const char *key; const void *value; size_t length; } ms_pair;
/** Writes all of them, or none; of a key that is there twice, the last counts. At most 10,000, and 32 MiB. */
ms_code ms_keep_many(const char *bucket, const ms_pair *pairs, size_t count);
/** Removes all of them, or none. At most 10,000. */
ms_code ms_forget_many(const char *bucket, const char *const *keys, size_t count);

#ifdef __cplusplus
}
#endif

#endif
