/* Texts of mail: transfer encodings, character sets, words of headers, addresses. What comes out is UTF-8 without U+0000. */
#ifndef MBOX_TEXT_H
#define MBOX_TEXT_H

#include "bytes.h"

typedef enum encoding { PLAIN, BASE64, QUOTED_PRINTABLE } encoding;

/* The bytes behind a transfer encoding. What is no base64 is left out, and what is no quoted-printable stays. */
void decode(bytes *out, span encoded, encoding how);
/* Base64 in lines of 76; quoted-printable of a text whose line ends are CRLF, with LF for its lines. */
void encode_base64(bytes *out, span from, bool lines);
void encode_quoted_printable(bytes *out, span from);

/* Text in a character set; without or with an unknown one, UTF-8 if it is that, else windows-1252. */
void to_utf8(bytes *out, span from, span charset);
bool is_utf8(span text);
/* Texts of lines that end in LF or CRLF get CRLF everywhere. */
void with_crlf(bytes *out, span text);

/* The value of a field as people read it: unfolded, with its encoded words (RFC 2047) decoded. */
void read_words(bytes *out, span value);
/* The value as a field has it: as it is, where that can be, else as encoded words. */
void write_words(bytes *out, const char *text);

/* A mailbox. Neither is NULL; what is missing is empty. */
typedef struct address { char *name, *mail; } address;
typedef struct addresses { address *items; size_t count, room; } addresses;
/* Adds the mailboxes of a field, those in groups too. */
void read_addresses(addresses *list, span value);
void write_address(bytes *out, const char *name, const char *mail);
void add_address(addresses *list, const char *name, const char *mail);
void free_addresses(addresses *list);

#endif
