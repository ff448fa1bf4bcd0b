#include "text.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ------------------------------------------------------------------ transfer encodings */

static int value64(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int value16(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static void decode_base64(bytes *out, span from) {
    uint32_t bits = 0;
    int count = 0;
    char group[3 * 256];
    size_t used = 0;
    for (size_t i = 0; i < from.length; i++) {
        int value = value64(from.at[i]);
        /* Each piece of several that stand behind each other begins anew after its padding. */
        if (from.at[i] == '=') bits = 0, count = 0;
        if (value < 0) continue;
        bits = (bits << 6 | (uint32_t)value) & 0xFFFFFF, count += 6;
        if (count < 8) continue;
        count -= 8;
        group[used++] = (char)(bits >> count);
        if (used == sizeof group) bytes_add(out, group, used), used = 0;
    }
    bytes_add(out, group, used);
}

static void decode_quoted_printable(bytes *out, span from) {
    span line;
    while (span_line(&from, &line)) {
        span text = span_without_end(line);
        size_t end = line.length - text.length, at = 0;
        /* White space at the end of a line was added on the way. */
        while (text.length && (text.at[text.length - 1] == ' ' || text.at[text.length - 1] == '\t')) text.length--;
        bool soft = text.length && text.at[text.length - 1] == '=';
        if (soft) text.length--;
        while (at < text.length) {
            const char *mark = memchr(text.at + at, '=', text.length - at);
            size_t plain = mark ? (size_t)(mark - text.at) - at : text.length - at;
            bytes_add(out, text.at + at, plain);
            at += plain;
            if (!mark) break;
            int high = text.length - at >= 3 ? value16(text.at[at + 1]) : -1, low = high >= 0 ? value16(text.at[at + 2]) : -1;
            char byte = low >= 0 ? (char)(high << 4 | low) : '=';
            bytes_add(out, &byte, 1);
            at += low >= 0 ? 3 : 1;
        }
        if (!soft) bytes_add(out, line.at + line.length - end, end);
    }
}

void decode(bytes *out, span encoded, encoding how) {
    if (how == BASE64) decode_base64(out, encoded);
    else if (how == QUOTED_PRINTABLE) decode_quoted_printable(out, encoded);
    else bytes_add(out, encoded.at, encoded.length);
}

void encode_base64(bytes *out, span from, bool lines) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < from.length; at += 3) {
        uint32_t bits = 0;
        size_t left = from.length - at < 3 ? from.length - at : 3;
        for (size_t i = 0; i < 3; i++) bits = bits << 8 | (i < left ? (unsigned char)from.at[at + i] : 0);
        char group[4];
        for (size_t i = 0; i < 4; i++) group[i] = i <= left ? digits[bits >> (18 - 6 * i) & 63] : '=';
        bytes_add(out, group, 4);
        if (lines && (at / 3 % 19 == 18 || at + 3 >= from.length)) bytes_text(out, "\n");
    }
}

void encode_quoted_printable(bytes *out, span from) {
    size_t column = 0;
    for (size_t i = 0; i < from.length; i++) {
        unsigned char c = (unsigned char)from.at[i];
        bool ends = c == '\r' && i + 1 < from.length && from.at[i + 1] == '\n';
        if (ends) {
            bytes_text(out, "\n");
            i++, column = 0;
            continue;
        }
        bool last = i + 1 == from.length || from.at[i + 1] == '\r' || from.at[i + 1] == '\n';
        bool plain = c > 32 && c < 127 && c != '=';
        plain = plain || ((c == ' ' || c == '\t') && !last);
        /* Neither may a line look like the end of a message to those who look for one. */
        plain = plain && !(column == 0 && (c == 'F' || c == '.'));
        if (column >= 72) bytes_text(out, "=\n"), column = 0;
        if (plain) bytes_add(out, from.at + i, 1), column++;
        else bytes_format(out, "=%02X", c), column += 3;
    }
}

/* ------------------------------------------------------------------ character sets */

static const uint16_t windows1252[32] = {
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
    0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
};

static void put_character(bytes *out, uint32_t c) {
    char utf8[3] = {(char)c};
    size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    if (length == 2) utf8[0] = (char)(0xC0 | c >> 6), utf8[1] = (char)(0x80 | (c & 0x3F));
    if (length == 3) utf8[0] = (char)(0xE0 | c >> 12), utf8[1] = (char)(0x80 | (c >> 6 & 0x3F)), utf8[2] = (char)(0x80 | (c & 0x3F));
    bytes_add(out, utf8, length);
}

/* How many bytes the character takes that begins here; 0 for what is no UTF-8, or U+0000. */
static size_t character_length(span text, size_t at) {
    unsigned char c = (unsigned char)text.at[at];
    size_t length = c < 0x80 ? c != 0 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (!length || text.length - at < length) return 0;
    for (size_t i = 1; i < length; i++)
        if (((unsigned char)text.at[at + i] & 0xC0) != 0x80) return 0;
    unsigned char second = length > 1 ? (unsigned char)text.at[at + 1] : 0;
    if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second >= 0xA0) || (c == 0xF0 && second < 0x90) || (c == 0xF4 && second >= 0x90))
        return 0;
    return length;
}

bool is_utf8(span text) {
    for (size_t at = 0, length; at < text.length; at += length)
        if (!(length = character_length(text, at))) return false;
    return true;
}

/* UTF-8 with U+FFFD for what is none. */
static void mended(bytes *out, span text) {
    size_t at = 0, from = 0;
    while (at < text.length) {
        size_t length = character_length(text, at);
        if (length) {
            at += length;
            continue;
        }
        bytes_add(out, text.at + from, at - from);
        put_character(out, 0xFFFD);
        from = ++at;
    }
    bytes_add(out, text.at + from, at - from);
}

static void from_windows1252(bytes *out, span text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        put_character(out, c >= 0x80 && c < 0xA0 ? windows1252[c - 0x80] : c ? c : 0xFFFD);
    }
}

/* Through the C library's iconv; false if it does not know the set. */
static bool through_iconv(bytes *out, span text, const char *charset) {
    iconv_t how = iconv_open("UTF-8", charset);
    if (how == (iconv_t)-1) return false;
    bytes converted = {0};
    char buffer[4096];
    char *from = (char *)text.at;
    size_t left = text.length;
    while (left) {
        char *to = buffer;
        size_t room = sizeof buffer;
        size_t result = iconv(how, &from, &left, &to, &room);
        bytes_add(&converted, buffer, (size_t)(to - buffer));
        if (result != (size_t)-1 || errno == E2BIG) continue;
        put_character(&converted, 0xFFFD);
        if (left) from++, left--;
    }
    iconv_close(how);
    mended(out, bytes_span(&converted));
    bytes_free(&converted);
    return true;
}

void to_utf8(bytes *out, span from, span charset) {
    charset = span_trim(charset);
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(charset.length < 63 ? charset.length : 63), charset.at);
    bool ascii = !*name || !strcasecmp(name, "us-ascii") || !strcasecmp(name, "ascii");
    bool utf8 = !strcasecmp(name, "utf-8") || !strcasecmp(name, "utf8");
    /* As browsers do: what calls itself Latin 1 is windows-1252. */
    if (!strcasecmp(name, "iso-8859-1") || !strcasecmp(name, "latin1") || !strcasecmp(name, "windows-1252")) from_windows1252(out, from);
    else if (utf8) mended(out, from);
    else if (!ascii && through_iconv(out, from, name)) return;
    else if (is_utf8(from)) bytes_add(out, from.at, from.length);
    else from_windows1252(out, from);
}

void with_crlf(bytes *out, span text) {
    span line;
    while (span_line(&text, &line)) {
        bool lone = line.at[line.length - 1] == '\n' && (line.length < 2 || line.at[line.length - 2] != '\r');
        bytes_add(out, line.at, line.length - lone);
        if (lone) bytes_text(out, "\r\n");
    }
}

/* ------------------------------------------------------------------ words */

/* An encoded word at the beginning of `text`: its parts, and how long it is; 0 for what is none. */
static size_t encoded_word(span text, span *charset, char *how, span *inside) {
    if (text.length < 8 || memcmp(text.at, "=?", 2)) return 0;
    /* RFC 2047 has 75; looking further would make many beginnings without an end take long. */
    if (text.length > 2048) text.length = 2048;
    const char *marks[3], *from = text.at + 2, *end = text.at + text.length;
    for (int i = 0; i < 2; i++) {
        marks[i] = memchr(from, '?', (size_t)(end - from));
        if (!marks[i]) return 0;
        from = marks[i] + 1;
    }
    for (marks[2] = from; marks[2] + 1 < end && memcmp(marks[2], "?=", 2); marks[2]++)
        if (*marks[2] == '\n' || *marks[2] == '\r') return 0;
    if (marks[2] + 1 >= end || marks[1] != marks[0] + 2) return 0;
    *charset = (span){text.at + 2, (size_t)(marks[0] - text.at) - 2};
    /* RFC 2231 5: a language may follow. */
    const char *star = memchr(charset->at, '*', charset->length);
    if (star) charset->length = (size_t)(star - charset->at);
    *how = (char)(marks[0][1] | 0x20);
    *inside = (span){marks[1] + 1, (size_t)(marks[2] - marks[1]) - 1};
    for (size_t i = 0; i < charset->length; i++)
        if (charset->at[i] <= ' ' || charset->at[i] >= 127) return 0;
    return *how == 'b' || *how == 'q' ? (size_t)(marks[2] - text.at) + 2 : 0;
}

static void decode_word(bytes *out, span inside, char how) {
    if (how == 'b') {
        decode(out, inside, BASE64);
        return;
    }
    for (size_t i = 0; i < inside.length; i++) {
        int high = inside.at[i] == '=' && inside.length - i >= 3 ? value16(inside.at[i + 1]) : -1;
        int low = high >= 0 ? value16(inside.at[i + 2]) : -1;
        char c = inside.at[i] == '_' ? ' ' : low >= 0 ? (char)(high << 4 | low) : inside.at[i];
        bytes_add(out, &c, 1);
        if (low >= 0) i += 2;
    }
}

void read_words(bytes *out, span value) {
    bytes text = {0}, raw = {0};
    span last_charset = {"", 0};
    size_t plain = 0, blanks_from = SIZE_MAX;
    /* Words in one set are decoded together: some programs cut characters in two. */
    for (size_t at = 0; at <= value.length;) {
        span charset = {"", 0}, inside;
        char how = 0;
        size_t length = at < value.length ? encoded_word((span){value.at + at, value.length - at}, &charset, &how, &inside) : 0;
        bool blank = at < value.length && strchr(" \t\r\n", value.at[at]) && value.at[at];
        bool follows = length && blanks_from != SIZE_MAX && charset.length == last_charset.length &&
                       !strncasecmp(charset.at, last_charset.at, charset.length);
        if (!length && blank && blanks_from != SIZE_MAX) {
            at++;
            continue;
        }
        if (blanks_from != SIZE_MAX && !follows) {
            to_utf8(&text, bytes_span(&raw), last_charset);
            bytes_free(&raw);
            /* Blanks between two encoded words are none; before anything else they are. */
            plain = length ? at : blanks_from;
            blanks_from = SIZE_MAX;
        }
        if (!length) {
            if (at == value.length) {
                to_utf8(&text, (span){value.at + plain, at - plain}, (span){"", 0});
                break;
            }
            at++;
            continue;
        }
        if (blanks_from == SIZE_MAX) to_utf8(&text, (span){value.at + plain, at - plain}, (span){"", 0});
        decode_word(&raw, inside, how);
        last_charset = charset;
        at += length, blanks_from = at, plain = at;
    }
    bytes_free(&raw);
    /* Unfolded: the line ends go, the blanks after them stay. Other control characters are blanks. */
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c == '\r' || c == '\n') continue;
        bytes_add(out, c < 32 || c == 127 ? " " : text.at + i, 1);
    }
    bytes_add(out, "", 0);
    bytes_free(&text);
}

void write_words(bytes *out, const char *text) {
    size_t length = strlen(text);
    bool plain = length < 900 && !strstr(text, "=?") && (!length || (text[0] > ' ' && text[length - 1] > ' '));
    for (size_t i = 0; i < length && plain; i++) plain = text[i] >= ' ' && text[i] < 127;
    if (plain) {
        bytes_text(out, text);
        return;
    }
    /* Each word has whole characters only, and at most 75 bytes. */
    for (size_t at = 0; at < length;) {
        size_t end = at + 42 < length ? at + 42 : length;
        while (end > at + 1 && end < length && ((unsigned char)text[end] & 0xC0) == 0x80) end--;
        bytes_text(out, at ? "\n =?utf-8?B?" : "=?utf-8?B?");
        encode_base64(out, (span){text + at, end - at}, false);
        bytes_text(out, "?=");
        at = end;
    }
}

/* ------------------------------------------------------------------ addresses */

void add_address(addresses *list, const char *name, const char *mail) {
    list->items = grow(list->items, list->count, &list->room, sizeof *list->items);
    list->items[list->count++] = (address){span_copy(span_of(name)), span_copy(span_of(mail))};
}

void free_addresses(addresses *list) {
    for (size_t i = 0; i < list->count; i++) free(list->items[i].name), free(list->items[i].mail);
    free(list->items);
    *list = (addresses){0};
}

/* What was read of one mailbox. */
typedef struct reading { bytes phrase, route, comment; bool has_route, quoted; } reading;

static void end_address(addresses *list, reading *it) {
    bytes name = {0}, mail = {0};
    span phrase = span_trim(bytes_span(&it->phrase)), route = span_trim(bytes_span(&it->route));
    /* Without angles the address is what stands there, and a comment its name. */
    bool bare = !it->has_route && (it->quoted ? memchr(phrase.at, '@', phrase.length) != NULL : phrase.length > 0);
    if (bare && !memchr(phrase.at, '@', phrase.length) && memchr(phrase.at, ' ', phrase.length)) bare = false;
    read_words(&mail, bare ? phrase : route);
    read_words(&name, bare || !phrase.length ? span_trim(bytes_span(&it->comment)) : phrase);
    if (name.length || mail.length) add_address(list, bytes_span(&name).at, bytes_span(&mail).at);
    bytes_free(&name), bytes_free(&mail);
    bytes_free(&it->phrase), bytes_free(&it->route), bytes_free(&it->comment);
    *it = (reading){0};
}

void read_addresses(addresses *list, span value) {
    reading it = {0};
    bool in_quotes = false, in_route = false;
    size_t depth = 0;
    for (size_t i = 0; i < value.length; i++) {
        char c = value.at[i];
        bytes *to = depth ? &it.comment : in_route ? &it.route : &it.phrase;
        if (c == '\r' || c == '\n') continue;
        if (c == '\\' && (in_quotes || depth) && i + 1 < value.length) {
            bytes_add(to, &value.at[++i], 1);
        } else if (c == '"' && !depth) {
            in_quotes = !in_quotes, it.quoted = true;
            /* The quotes of a local part belong to the address. */
            if (in_route) bytes_add(to, &c, 1);
        } else if (in_quotes) {
            bytes_add(to, &c, 1);
        } else if (c == '(') {
            if (depth++) bytes_add(to, &c, 1);
        } else if (c == ')' && depth) {
            if (--depth) bytes_add(to, &c, 1);
        } else if (depth) {
            bytes_add(to, &c, 1);
        } else if (c == '<') {
            in_route = it.has_route = true;
        } else if (c == '>') {
            in_route = false;
        } else if (!in_route && c == ':' && !memchr(bytes_span(&it.phrase).at, '@', it.phrase.length)) {
            bytes_free(&it.phrase);
        } else if (!in_route && (c == ',' || c == ';')) {
            end_address(list, &it);
        } else {
            bytes_add(to, &c, 1);
        }
    }
    end_address(list, &it);
}

void write_address(bytes *out, const char *name, const char *mail) {
    bool plain = !strstr(name, "=?");
    for (const char *c = name; *c && plain; c++) plain = *c >= ' ' && *c < 127;
    if (*name && plain) {
        bytes_text(out, "\"");
        for (const char *c = name; *c; c++) {
            if (*c == '"' || *c == '\\') bytes_text(out, "\\");
            bytes_add(out, c, 1);
        }
        bytes_text(out, "\" ");
    } else if (*name) {
        write_words(out, name);
        bytes_text(out, " ");
    }
    bytes_text(out, "<");
    for (const char *c = mail; *c; c++)
        if ((unsigned char)*c > ' ' && *c != '<' && *c != '>' && *c != 127) bytes_add(out, c, 1);
    bytes_text(out, ">");
}
