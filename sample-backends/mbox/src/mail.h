/*
 * A message between its bytes and its properties: read from MIME, changed one property at a time, and composed again. Does not
 * know where it is kept.
 */
#ifndef MBOX_MAIL_H
#define MBOX_MAIL_H

#include <mapistore.h>

#include "mime.h"

/* What is attached. Objects that the host has open share it. */
typedef struct attached {
    uint32_t number;
    bool saved;         /* It is one of the message's. */
    ms_properties *bag; /* Its name, its type, and so on. */
    bytes data;
} attached;

typedef struct mail {
    ms_properties *bag; /* What the header and the bodies say. */
    addresses to[4];    /* Recipients by ms_recipient_kind. */
    attached **attachments;
    size_t count, room;
    uint32_t next_number;
    bytes others; /* Fields that stand for no property; they stay as they are. */
} mail;

/* The properties that a header has. */
void mail_envelope(ms_properties *bag, span header);
/* The recipients in a header. */
void mail_recipients(addresses to[4], span header);

mail *mail_new(void);
mail *mail_read(span content);
void mail_free(mail *message);
/* The message as bytes, with LF between lines. */
void mail_compose(const mail *message, bytes *content);

/* Sets one property of what can be set in mail: MS_NOT_IMPLEMENTED for one that MIME has no place for, MS_DENIED for one that is computed. */
ms_code mail_set(mail *message, ms_tag tag, const ms_value *value);
ms_code mail_remove(mail *message, ms_tag tag);

attached *attached_new(mail *message);
attached *attached_find(const mail *message, uint32_t number);
void attached_free(attached *attachment);
/* Sets one property of an attachment. */
ms_code attached_set(attached *attachment, ms_tag tag, const ms_value *value);
/* What it says of itself. */
void attached_properties(const attached *attachment, ms_properties *out);

#endif
