#include "mboxrd.h"

#include "date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A line is hashed in pieces of this size, wherever the buffers end that it comes in. */
#define PIECE ((size_t)64 << 10)
#define OUR_FIELD "X-Mapistore"
#define QUOTED "X-Quoted-"

/* ------------------------------------------------------------------ lines */

bool is_from_line(span line, int64_t *time) {
    if (line.length < 20 || memcmp(line.at, "From ", 5)) return false;
    line = span_without_end(line);
    /* The sender may be missing, and may have blanks in it: the date decides. No line of use is longer. */
    size_t last = line.length < 1024 ? line.length : 1024;
    for (size_t i = 4; i + 15 < last; i++)
        if ((line.at[i] == ' ' || line.at[i] == '\t') && date_parse_asctime((span){line.at + i, line.length - i}, time)) return true;
    return false;
}

/* The length of a field's name; 0 for what is no field. */
static size_t name_length(span line) {
    size_t length = 0;
    while (length < line.length && line.at[length] > ' ' && line.at[length] < 127 && line.at[length] != ':') length++;
    size_t colon = length;
    while (colon < line.length && (line.at[colon] == ' ' || line.at[colon] == '\t')) colon++;
    return colon < line.length && line.at[colon] == ':' ? length : 0;
}

bool is_header_line(span line) {
    return line.length && (line.at[0] == ' ' || line.at[0] == '\t' ? span_trim(line).length > 0 : name_length(line) > 0);
}

/* The part behind the colon. */
static span value_of(span line, size_t name) {
    const char *colon = memchr(line.at + name, ':', line.length - name);
    size_t skip = (size_t)(colon - line.at) + 1;
    return span_trim((span){line.at + skip, line.length - skip});
}

/* Whether a field is a note of a program about the message. */
static bool is_note(span name) {
    static const char *const names[] = {"Status", "X-Status", "X-Keywords", "X-UID", "X-IMAP", "X-IMAPbase", OUR_FIELD};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is_word(name, names[i])) return true;
    return false;
}

static span without_quotes(span name) {
    const size_t length = sizeof QUOTED - 1;
    while (name.length > length && !strncasecmp(name.at, QUOTED, length)) name.at += length, name.length -= length;
    return name;
}

static const struct { char letter; uint8_t flag; bool in_status; } letters[] = {
    {'R', FLAG_READ, true},     {'O', FLAG_OLD, true},    {'A', FLAG_ANSWERED, false},
    {'F', FLAG_FLAGGED, false}, {'T', FLAG_DRAFT, false}, {'D', FLAG_DELETED, false}};

static void read_note(span name, span value, notes *noted) {
    bool status = span_is_word(name, "Status");
    if (status || span_is_word(name, "X-Status")) {
        for (size_t i = 0; i < value.length; i++)
            for (size_t j = 0; j < sizeof letters / sizeof *letters; j++)
                if (value.at[i] == letters[j].letter && status == letters[j].in_status) noted->flags |= letters[j].flag;
    } else if (span_is_word(name, "X-IMAP")) {
        noted->internal = true;
    } else if (span_is_word(name, OUR_FIELD)) {
        unsigned long long high, low;
        char text[80], cut[16];
        snprintf(text, sizeof text, "%.*s", (int)(value.length < 79 ? value.length : 79), value.at);
        if (sscanf(text, "key=%16llx%16llx", &high, &low) == 2)
            noted->has_key = true, noted->key[0] = high, noted->key[1] = low;
        char *end = strstr(text, "no-newline");
        if (end && sscanf(end, "%15s", cut) == 1) noted->no_newline = true;
    }
}

/* ------------------------------------------------------------------ what a message is known by */

static uint64_t turn(uint64_t x, int by) { return x << by | x >> (64 - by); }

static void mix(uint64_t hash[2], uint64_t word) {
    hash[0] = turn(hash[0] ^ word, 29) * 0x9E3779B97F4A7C15u;
    hash[1] = turn(hash[1] + word, 31) * 0xC2B2AE3D27D4EB4Fu ^ hash[0];
}

static void hash_piece(uint64_t hash[2], const char *at, size_t length) {
    uint64_t word;
    mix(hash, length);
    for (; length >= 8; at += 8, length -= 8) {
        memcpy(&word, at, 8);
        mix(hash, word);
    }
    if (length) {
        word = 0;
        memcpy(&word, at, length);
        mix(hash, word);
    }
}

/* A whole line or a piece of one, without LF. Empty lines wait: those at the end of a message come and go. */
static void hash_line(uint64_t hash[2], size_t *blank, span piece, bool begins) {
    if (!begins && !piece.length) return;
    if (begins && (!piece.length || span_is(piece, "\r"))) {
        ++*blank;
        return;
    }
    for (; *blank; --*blank) mix(hash, 0);
    hash_piece(hash, piece.at, piece.length);
}

static void finish(uint64_t hash[2]) {
    for (int i = 0; i < 4; i++) mix(hash, (uint64_t)i);
}

static const uint64_t seed[2] = {0x6D626F7872640001u, 0x243F6A8885A308D3u};

/* ------------------------------------------------------------------ scanning */

static void end_message(scanner *to, uint64_t at) {
    if (!to->open) return;
    to->open = false;
    finish(to->hash);
    to->current.end = at;
    to->current.flags = to->noted.flags;
    to->current.internal = to->noted.internal;
    memcpy(to->current.key, to->noted.has_key ? to->noted.key : to->hash, sizeof to->hash);
    to->found(to->with, &to->current);
}

/* One line or the first piece of one, with its LF if it has one. */
static void scan_line(scanner *to, span line) {
    int64_t time;
    if (line.at[0] == 'F' && is_from_line(line, &time)) {
        end_message(to, to->at);
        to->current = (place){.start = to->at, .content = to->at + line.length, .time = time};
        memcpy(to->hash, seed, sizeof seed);
        to->noted = (notes){0};
        to->open = to->in_header = true;
        to->blank = 0;
        return;
    }
    if (!to->open) {
        to->garbage = to->garbage || span_trim(line).length;
        return;
    }
    if (to->in_header) {
        size_t length = name_length(line);
        span name = {line.at, length};
        to->in_header = is_header_line(line);
        if (to->in_header && length && is_note(name)) {
            read_note(name, value_of(line, length), &to->noted);
            return;
        }
    }
    if (line.length && line.at[line.length - 1] == '\n') line.length--;
    hash_line(to->hash, &to->blank, line, true);
}

size_t scan(scanner *to, span data, bool last) {
    size_t done = 0;
    while (done < data.length) {
        span rest = {data.at + done, data.length - done};
        const char *end = memchr(rest.at, '\n', rest.length < PIECE ? rest.length : PIECE);
        size_t length = end ? (size_t)(end - rest.at) + 1 : PIECE;
        if (!end && rest.length < PIECE) {
            if (!last) break;
            length = rest.length;
        }
        if (!to->in_line) scan_line(to, (span){rest.at, length});
        else if (to->open) hash_line(to->hash, &to->blank, (span){rest.at, length - (end != NULL)}, false);
        to->in_line = !end;
        to->at += length, done += length;
    }
    if (last) end_message(to, to->at);
    return done;
}

void key_of(span content, uint64_t key[2]) {
    size_t blank = 0;
    bool in_header = true;
    span line;
    memcpy(key, seed, sizeof seed);
    while (span_line(&content, &line)) {
        /* What is hashed in a file is what stands there. */
        bytes quoted = {0};
        size_t quotes = 0;
        while (quotes < line.length && line.at[quotes] == '>') quotes++;
        if (line.length - quotes >= 5 && !memcmp(line.at + quotes, "From ", 5)) {
            bytes_text(&quoted, ">");
        } else if (in_header && name_length(line) && is_note(without_quotes((span){line.at, name_length(line)}))) {
            bytes_text(&quoted, QUOTED);
        }
        if (quoted.length) bytes_add(&quoted, line.at, line.length), line = bytes_span(&quoted);
        in_header = in_header && is_header_line(line);
        if (line.at[line.length - 1] == '\n') line.length--;
        bool begins = true;
        do {
            /* As `scan` cuts it: a piece has PIECE bytes. */
            span piece = {line.at, line.length < PIECE ? line.length : PIECE};
            if (begins || piece.length) hash_line(key, &blank, piece, begins);
            line.at += piece.length, line.length -= piece.length;
            begins = false;
        } while (line.length);
        bytes_free(&quoted);
    }
    finish(key);
}

/* ------------------------------------------------------------------ reading */

/* Without the empty line that stands before the next message. */
static span without_separator(span raw) {
    size_t cut = raw.length >= 1 && raw.at[raw.length - 1] == '\n' ? 1 : 0;
    if (cut && raw.length >= 2 && raw.at[raw.length - 2] == '\r') cut = 2;
    if (cut && (raw.length == cut || raw.at[raw.length - cut - 1] == '\n')) raw.length -= cut;
    return raw;
}

void unquote(span raw, bytes *content, notes *noted) {
    bool in_header = true;
    span line;
    *noted = (notes){0};
    raw = without_separator(raw);
    while (span_line(&raw, &line)) {
        size_t quotes = 0;
        in_header = in_header && is_header_line(line);
        if (in_header) {
            span name = {line.at, name_length(line)};
            if (is_note(name)) {
                read_note(name, value_of(line, name.length), noted);
                continue;
            }
            if (name.length && without_quotes(name).length < name.length && is_note(without_quotes(name)))
                line.at += sizeof QUOTED - 1, line.length -= sizeof QUOTED - 1;
        }
        while (quotes < line.length && line.at[quotes] == '>') quotes++;
        if (quotes && line.length - quotes >= 5 && !memcmp(line.at + quotes, "From ", 5)) line.at++, line.length--;
        bytes_add(content, line.at, line.length);
    }
    if (noted->no_newline && content->length && content->at[content->length - 1] == '\n') content->at[--content->length] = 0;
}

/* ------------------------------------------------------------------ writing */

/* Both fields have room for all letters, so that flags can be changed in their place later. */
static void write_flags(bytes *out, uint8_t flags, const char *end) {
    char text[2][8] = {"", ""};
    size_t used[2] = {0, 0};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (flags & letters[i].flag) text[!letters[i].in_status][used[!letters[i].in_status]++] = letters[i].letter;
    bytes_format(out, "Status: %-2s%sX-Status: %-4s%s", text[0], end, text[1], end);
}

static void write_notes(bytes *out, const notes *noted, span others) {
    write_flags(out, noted->flags, "\n");
    if (noted->has_key || noted->no_newline) {
        bytes_text(out, OUR_FIELD ":");
        if (noted->has_key) bytes_format(out, " key=%016llx%016llx", (unsigned long long)noted->key[0], (unsigned long long)noted->key[1]);
        if (noted->no_newline) bytes_text(out, " no-newline");
        bytes_text(out, "\n");
    }
    bytes_add(out, others.at, others.length);
}

void quote(bytes *out, const char *from_line, span content, const notes *noted, span others) {
    notes all = *noted;
    bool in_header = true;
    span line;
    all.no_newline = !content.length ? false : content.at[content.length - 1] != '\n';
    bytes_format(out, "%s\n", from_line);
    while (span_line(&content, &line)) {
        if (in_header && !is_header_line(line)) {
            write_notes(out, &all, others);
            in_header = false;
        }
        size_t quotes = 0, name = in_header ? name_length(line) : 0;
        while (quotes < line.length && line.at[quotes] == '>') quotes++;
        if (line.length - quotes >= 5 && !memcmp(line.at + quotes, "From ", 5)) bytes_text(out, ">");
        if (name && is_note(without_quotes((span){line.at, name}))) bytes_text(out, QUOTED);
        bytes_add(out, line.at, line.length);
    }
    if (all.no_newline) bytes_text(out, "\n");
    if (in_header) write_notes(out, &all, others);
    bytes_text(out, "\n");
}

bool quote_flags(bytes *out, span raw, uint8_t flags) {
    span line;
    if (!span_line(&raw, &line)) return false;
    const char *end = line.length >= 2 && line.at[line.length - 2] == '\r' ? "\r\n" : "\n";
    bytes_add(out, line.at, line.length);
    bool in_header = true;
    while (span_line(&raw, &line)) {
        if (in_header && !is_header_line(line)) {
            write_flags(out, flags, end);
            in_header = false;
        }
        span name = {line.at, in_header ? name_length(line) : 0};
        if (span_is_word(name, "Status") || span_is_word(name, "X-Status")) continue;
        bytes_add(out, line.at, line.length);
    }
    if (!in_header) return true;
    if (out->length && out->at[out->length - 1] != '\n') bytes_text(out, end);
    write_flags(out, flags, end);
    return false;
}

void other_notes(span raw, bytes *lines) {
    span line;
    while (span_line(&raw, &line) && is_header_line(line)) {
        span name = {line.at, name_length(line)};
        if (!is_note(name) || span_is_word(name, "Status") || span_is_word(name, "X-Status") || span_is_word(name, OUR_FIELD)) continue;
        bytes_add(lines, line.at, line.length);
    }
}
