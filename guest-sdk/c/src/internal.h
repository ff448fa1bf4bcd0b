/* What the files of the SDK share. Between the generated bindings and the tables of functions of mapistore.h: every argument is freed
 * after the call, and every result that was not handed on; the bindings free what they have handed on. */
#ifndef MAPISTORE_INTERNAL_H
#define MAPISTORE_INTERNAL_H

#include "../mapistore.h"

#include <stdlib.h>
#include <string.h>

typedef mapistore_backend_types_error_t error_t_;
typedef mapistore_backend_types_cell_t cell_t;

#define OBJ(name) exports_mapistore_backend_objects_##name
#define VALUE(name) MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_##name

#define TYPE_MASK 0xFFFFu
#define TYPE_STRING8 0x001Eu
#define TYPE_STRING 0x001Fu
#define TYPE_BINARY 0x0102u

/* memory.c. Running out of memory is a trap, so none of these answers NULL for anything but nothing. */
void *ms_need(void *memory);
void *ms_zeros(size_t count, size_t size);
/* Room for one more element of a list that has `count`; answers where the list is now. */
void *ms_grow(void *list, size_t count, size_t *room, size_t size);
uint8_t *ms_copy(const void *bytes, size_t length);
backend_string_t ms_string(const char *text);
char *ms_terminated(const void *bytes, size_t length);
/* The text as the host's own type, for the time of a call. */
backend_string_t ms_lent(const char *text);
struct ms_text { char *text; };

/* error.c */
mapistore_backend_types_error_code_t ms_contract_code(ms_code code);
/* Tells the host how a call ended; true if it went well. */
bool ms_done(ms_code code, error_t_ *error);
ms_code ms_missing(const char *function);
/* What an import answered as its error, which is freed. */
ms_code ms_from_host(error_t_ *error);
/* What was said of an error that nobody is told. */
void ms_forget_detail(void);

/* value.c */
ms_value ms_value_copy(const ms_value *value);
/* The property type of a value; 0 for what has none of its own. */
uint32_t ms_value_type(uint8_t kind);
backend_list_u8_t ms_to_string8(const backend_string_t *text);
backend_string_t ms_from_string8(const backend_list_u8_t *bytes);

/* properties.c. A bag of zeros is empty, and everything is wanted in it. */
typedef struct property { ms_tag tag; ms_value value; char *text; } property;
struct ms_properties { property *items; size_t count, room; const ms_tag *wanted; size_t wanted_count; };
void ms_empty(ms_properties *bag);
void ms_list_tags(const ms_properties *bag, OBJ(list_property_tag_t) *tags);
void ms_fill_cells(const ms_properties *bag, const ms_tag *tags, size_t count, cell_t *cells);

/* lists.c */
struct ms_rows { ms_properties **items; size_t count, room; };
struct ms_ids { ms_id *items; size_t count, room; };
typedef struct recipient { ms_recipient_kind kind; char *account; ms_properties bag; } recipient;
struct ms_recipients { recipient **items; size_t count, room; };
struct ms_permissions { OBJ(list_permission_t) list; size_t room; };
void ms_empty_rows(ms_rows *rows);
void ms_empty_recipients(ms_recipients *recipients);

/* Objects behind the host's handles: what the backend answered, and what the SDK has to know of it. */
struct exports_mapistore_backend_objects_context_t { ms_context is; };
struct exports_mapistore_backend_objects_folder_t { ms_folder is; size_t tables; bool dropped; };
struct exports_mapistore_backend_objects_message_t { ms_message is; bool writable; size_t tables; bool dropped; };
struct exports_mapistore_backend_objects_attachment_t { ms_attachment is; bool writable; };
struct exports_mapistore_backend_objects_property_stream_t { ms_stream is; };
struct exports_mapistore_backend_objects_table_t {
    ms_table is;
    OBJ(folder_t) *folder;   /* Of a table over messages. */
    OBJ(message_t) *message; /* Of a table over attachments. */
    ms_tag *columns;
    size_t column_count;
    ms_rows rows;
};

/* The table of functions of an object has this one. */
#define HAS(self, method) ((self)->is.ops && (self)->is.ops->method)
/* Calls it, or answers `not-implemented` as the function of this name. */
#define CALL(self, method, name, ...) (HAS(self, method) ? (self)->is.ops->method((self)->is.self, ##__VA_ARGS__) : ms_missing(name))
/* The same of what changes an object: refused if it was opened to be read. */
#define CHANGE(self, method, name, ...) \
    (HAS(self, method) && !(self)->writable ? ms_read_only() : CALL(self, method, name, ##__VA_ARGS__))
ms_code ms_read_only(void);

/* A handle for the host, of an object that a function has answered. */
OBJ(own_folder_t) ms_handle_folder(ms_folder folder);
OBJ(own_message_t) ms_handle_message(ms_message message, bool writable);
OBJ(own_attachment_t) ms_handle_attachment(ms_attachment attachment, bool writable);
OBJ(own_property_stream_t) ms_handle_stream(ms_stream stream);
OBJ(own_table_t) ms_handle_table(OBJ(table_t) *table);
/* Opens a table, and loads it. The folder or message, where there is one, stays until the table goes. */
ms_code ms_open_table(ms_table table, OBJ(folder_t) *folder, OBJ(message_t) *message, OBJ(table_t) **opened);
/* As many rows as a table has. */
size_t ms_row_count(OBJ(table_t) *table);

/* Sets or removes the properties of one object, one by one. */
typedef ms_code (*ms_setter)(void *self, ms_tag tag, const ms_value *value);
typedef ms_code (*ms_remover)(void *self, ms_tag tag);
void ms_set_each(void *self, ms_setter set, OBJ(list_property_t) *values, OBJ(list_property_problem_t) *problems);
void ms_remove_each(void *self, ms_remover remove, OBJ(list_property_tag_t) *tags, OBJ(list_property_problem_t) *problems);

#endif
