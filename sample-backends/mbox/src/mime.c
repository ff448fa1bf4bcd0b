#include "mime.h"

#include "mboxrd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX 16
#define PARTS_MAX 1000
/* Of a field that has parameters: more would take long to go through again and again. */
#define PARAMETERS_MAX ((size_t)16 << 10)

/* ------------------------------------------------------------------ fields */

bool next_field(span *header, span *name, span *value, span *whole) {
    span line;
    if (!span_line(header, &line)) return false;
    *whole = line;
    while (header->length && (header->at[0] == ' ' || header->at[0] == '\t') && span_line(header, &line)) whole->length += line.length;
    const char *colon = memchr(whole->at, ':', whole->length);
    size_t length = colon ? (size_t)(colon - whole->at) : 0;
    *name = span_trim((span){whole->at, length});
    *value = colon ? span_trim((span){colon + 1, whole->length - length - 1}) : (span){"", 0};
    return true;
}

bool field(span header, const char *name, span *value) {
    span found, whole;
    while (next_field(&header, &found, value, &whole))
        if (span_is_word(found, name)) return true;
    *value = (span){"", 0};
    return false;
}

/* Cuts a message or part in two. Before its header a line of an mbox may stand. */
static void split(span content, span *header, span *body) {
    span line, rest = content;
    if (content.length > 5 && (!memcmp(content.at, "From ", 5) || (content.length > 6 && !memcmp(content.at, ">From ", 6))) &&
        span_line(&rest, &line))
        content = rest;
    header->at = content.at, header->length = 0;
    while (span_line(&rest, &line) && is_header_line(line)) header->length += line.length;
    *body = (span){content.at + header->length, content.length - header->length};
    rest = *body;
    /* The empty line between them is of neither; one that is no header is of the body. */
    if (span_line(&rest, &line) && !span_trim(line).length) *body = rest;
}

/* ------------------------------------------------------------------ parameters */

/* The next `name=value` behind a semicolon; false at the end. The value is without its quotes in `out`. */
static bool next_parameter(span *rest, span *name, bytes *out) {
    const char *from = rest->at, *end = rest->at + rest->length;
    out->length = 0;
    while (from < end && *from != ';') {
        /* A semicolon in quotes separates nothing. */
        if (*from++ == '"') {
            while (from < end && *from != '"') from += *from == '\\' && from + 1 < end ? 2 : 1;
            if (from < end) from++;
        }
    }
    if (from >= end) return false;
    const char *begin = ++from;
    while (from < end && *from != '=' && *from != ';') from++;
    *name = span_trim((span){begin, (size_t)(from - begin)});
    if (from < end && *from == '=') {
        for (from++; from < end && strchr(" \t\r\n", *from) && *from;) from++;
        if (from < end && *from == '"') {
            for (from++; from < end && *from != '"'; from++) {
                if (*from == '\\' && from + 1 < end) from++;
                bytes_add(out, from, 1);
            }
            if (from < end) from++;
        } else {
            begin = from;
            while (from < end && *from != ';') from++;
            span value = span_trim((span){begin, (size_t)(from - begin)});
            bytes_add(out, value.at, value.length);
        }
    }
    *rest = (span){from, (size_t)(end - from)};
    return true;
}

static void percent_decoded(bytes *out, span from) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < from.length; i++) {
        const char *high = from.length - i >= 3 && from.at[i] == '%' && from.at[i + 1] ? strchr(digits, from.at[i + 1] | 0x20) : NULL;
        const char *low = high && from.at[i + 2] ? strchr(digits, from.at[i + 2] | 0x20) : NULL;
        char c = low ? (char)((high - digits) << 4 | (low - digits)) : from.at[i];
        bytes_add(out, &c, 1);
        if (low) i += 2;
    }
}

/* RFC 2231: `name*` is encoded, `name*0`, `name*1*` and so on are pieces of one. */
static bool extended_parameter(span value, const char *name, bytes *out) {
    size_t length = strlen(name);
    bytes one = {0}, raw = {0};
    char charset[64] = "";
    bool any = false;
    for (int wanted = 0; wanted < 100; wanted++) {
        span rest = value, found;
        bool more = false;
        while (!more && next_parameter(&rest, &found, &one)) {
            if (found.length <= length || strncasecmp(found.at, name, length) || found.at[length] != '*') continue;
            span mark = {found.at + length + 1, found.length - length - 1};
            bool encoded = !mark.length || mark.at[mark.length - 1] == '*';
            if (mark.length && encoded) mark.length--;
            char digits[16];
            snprintf(digits, sizeof digits, "%d", wanted);
            if (mark.length ? !span_is(mark, digits) : wanted > 0) continue;
            span piece = bytes_span(&one);
            const char *quote = encoded && !wanted ? memchr(piece.at, '\'', piece.length) : NULL;
            const char *second = quote ? memchr(quote + 1, '\'', piece.length - (size_t)(quote + 1 - piece.at)) : NULL;
            if (second) {
                size_t set = (size_t)(quote - piece.at);
                snprintf(charset, sizeof charset, "%.*s", (int)(set < 63 ? set : 63), piece.at);
                piece = (span){second + 1, piece.length - (size_t)(second + 1 - piece.at)};
            }
            if (encoded) percent_decoded(&raw, piece);
            else bytes_add(&raw, piece.at, piece.length);
            more = any = true;
        }
        if (!more) break;
    }
    if (any) {
        bytes text = {0};
        to_utf8(&text, bytes_span(&raw), span_of(charset));
        /* Line ends and the like have no place in a name. */
        read_words(out, bytes_span(&text));
        bytes_free(&text);
    }
    bytes_free(&one), bytes_free(&raw);
    return any;
}

bool parameter(span value, const char *name, bytes *out) {
    if (value.length > PARAMETERS_MAX) value.length = PARAMETERS_MAX;
    if (extended_parameter(value, name, out)) return true;
    span rest = value, found;
    bytes one = {0};
    bool there = false;
    while (!there && next_parameter(&rest, &found, &one)) there = span_is_word(found, name);
    if (there) read_words(out, bytes_span(&one));
    bytes_free(&one);
    return there;
}

/* ------------------------------------------------------------------ parts */

static char *lower_word(span value, const char *otherwise) {
    size_t length = 0;
    while (length < value.length && value.at[length] > ' ' && value.at[length] < 127 && !strchr(";,\"()", value.at[length])) length++;
    char *word = length ? span_copy((span){value.at, length}) : span_copy(span_of(otherwise));
    for (char *c = word; *c; c++)
        if (*c >= 'A' && *c <= 'Z') *c |= 0x20;
    return word;
}

static void part_free(part *of) {
    free(of->type), free(of->charset), free(of->name);
    *of = (part){0};
}

/* What the header of a part says. */
static part part_of(span header, span body, const char *otherwise) {
    part found = {.header = header, .body = body};
    span type, how, disposition;
    bytes value = {0};
    field(header, "Content-Type", &type);
    found.type = lower_word(type, otherwise);
    if (!strchr(found.type, '/')) free(found.type), found.type = span_copy(span_of("text/plain"));
    parameter(type, "charset", &value);
    found.charset = bytes_take(&value);
    field(header, "Content-Transfer-Encoding", &how);
    char *word = lower_word(how, "");
    found.how = !strcmp(word, "base64") ? BASE64 : !strcmp(word, "quoted-printable") ? QUOTED_PRINTABLE : PLAIN;
    free(word);
    bool disposed = field(header, "Content-Disposition", &disposition);
    if (!parameter(disposition, "filename", &value)) parameter(type, "name", &value);
    found.name = bytes_take(&value);
    word = lower_word(disposition, "");
    found.is_inline = !disposed || strcmp(word, "attachment") != 0;
    free(word);
    return found;
}

/* Finds the next line that separates parts; `before` is what stands in front of it, without its line end. */
static bool next_boundary(span *rest, const char *boundary, size_t length, span *before, bool *last) {
    span line;
    before->at = rest->at, before->length = 0;
    while (span_line(rest, &line)) {
        if (line.length >= length + 2 && line.at[0] == '-' && line.at[1] == '-' && !memcmp(line.at + 2, boundary, length)) {
            span tail = {line.at + 2 + length, line.length - 2 - length};
            *last = tail.length >= 2 && tail.at[0] == '-' && tail.at[1] == '-';
            if (*last || !span_trim(tail).length) {
                *before = span_without_end(*before);
                return true;
            }
        }
        before->length += line.length;
    }
    *last = true;
    return false;
}

static void walk(mime *message, span header, span body, const char *otherwise, int depth);

static void walk_parts(mime *message, const part *of, const char *boundary, int depth) {
    const char *otherwise = !strcmp(of->type, "multipart/digest") ? "message/rfc822" : "text/plain";
    span rest = of->body, content, header, body;
    bool last = false;
    if (!next_boundary(&rest, boundary, strlen(boundary), &content, &last)) return;
    while (!last && rest.length && message->parts < PARTS_MAX) {
        next_boundary(&rest, boundary, strlen(boundary), &content, &last);
        split(content, &header, &body);
        walk(message, header, body, otherwise, depth + 1);
    }
}

static void walk(mime *message, span header, span body, const char *otherwise, int depth) {
    part found = part_of(header, body, otherwise);
    bytes boundary = {0};
    span type;
    message->parts++;
    if (!strncmp(found.type, "multipart/", 10) && depth < DEPTH_MAX && field(header, "Content-Type", &type) &&
        parameter(type, "boundary", &boundary) && boundary.length) {
        walk_parts(message, &found, boundary.at, depth);
        part_free(&found);
    } else {
        bool shown = found.is_inline && !*found.name;
        part *place = shown && !strcmp(found.type, "text/plain")   ? &message->text
                      : shown && !strcmp(found.type, "text/html")  ? &message->html
                      : !depth && !strncmp(found.type, "text/", 5) ? &message->text
                                                                   : NULL;
        if (place && !place->type) {
            *place = found;
        } else {
            message->attachments = grow(message->attachments, message->count, &message->room, sizeof *message->attachments);
            message->attachments[message->count++] = found;
        }
    }
    bytes_free(&boundary);
}

void mime_read(mime *message, span content, bool header_only) {
    *message = (mime){0};
    split(content, &message->header, &message->body);
    if (!header_only) walk(message, message->header, message->body, "text/plain", 0);
}

void mime_free(mime *message) {
    part_free(&message->text), part_free(&message->html);
    for (size_t i = 0; i < message->count; i++) part_free(&message->attachments[i]);
    free(message->attachments);
    *message = (mime){0};
}

void part_bytes(const part *of, bytes *out) { decode(out, of->body, of->how); }

void part_text(const part *of, bytes *out) {
    bytes raw = {0}, text = {0};
    part_bytes(of, &raw);
    to_utf8(&text, bytes_span(&raw), span_of(of->charset));
    /* Lines end as the file's do; what was base64 has the sender's own. */
    if (of->how == BASE64) bytes_add(out, bytes_span(&text).at, text.length);
    else with_crlf(out, bytes_span(&text));
    bytes_free(&raw), bytes_free(&text);
}

bool mime_may_have_attachments(span header) {
    span type, disposition;
    field(header, "Content-Type", &type);
    field(header, "Content-Disposition", &disposition);
    char *word = lower_word(type, "text/plain"), *how = lower_word(disposition, "");
    bool may = !strcmp(word, "multipart/mixed") || !strcmp(word, "multipart/related") || !strcmp(word, "multipart/report") ||
               !strcmp(word, "multipart/signed") || !strcmp(how, "attachment") ||
               (strncmp(word, "multipart/", 10) && strncmp(word, "text/", 5));
    free(word), free(how);
    return may;
}
