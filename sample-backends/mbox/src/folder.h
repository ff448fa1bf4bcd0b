/* A folder of the host: an mbox file, with its messages and its table. */
#ifndef MBOX_FOLDER_H
#define MBOX_FOLDER_H

#include "box.h"
#include "mail.h"

/* The root folder of a context, of which nothing else is open. */
typedef struct root {
    box *in;
    char *name; /* What people see. */
    ms_id fid;
} root;

/* Shared memory. */
root *root_open(box *in, const char *name);
ms_folder root_folder(root *of);

/* message.c: a message that is there, as one of `in` says it is; NULL for a new one. `file` is the one that it is in. */
ms_message message_open(root *of, const file *in, const entry *found, ms_id mid);
/* The properties of a row of a contents table. */
ms_code message_row(const root *of, const file *in, const entry *found, ms_properties *out);

/* A second message of the same bytes, under this id. */
ms_code message_copy(root *of, const file *in, const entry *found, ms_id target);

/* attachment.c */
typedef struct message message;
ms_attachment attachment_open(message *of, const attached *found);

/* An open message. Attachments keep it (ms_retain). */
struct message {
    root *of;
    file *in;       /* Where its bytes are. */
    entry found;    /* What it was when it was opened, or last saved. */
    ms_id mid;
    bool is_new, is_changed;
    mail *held;     /* What it says, once that was asked for. */
    bytes *content; /* Its bytes, where they were written as a whole; they hold until a property changes. */
    int64_t time;   /* When it was delivered; 0 for now. */
    uint8_t flags;
    bool new_flags; /* They are not those that the file has. */
};
/* What it says; read when it is asked for the first time. */
ms_code message_hold(message *it);

#endif
