/* What the format does with mail, and with what only looks like it. Nothing is read or written but the mails that are named. */
#include <mapistore_testing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"
#include "mail.h"
#include "mboxrd.h"

/* How many damaged copies of each mail are tried, and with which damage. */
#ifndef COPIES
#define COPIES 60
#endif
static uint64_t chance = 20261128;

static uint32_t draw(uint32_t below) {
    chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
    return below ? (uint32_t)(chance % below) : 0;
}

/* ------------------------------------------------------------------ helpers */

typedef struct places { place items[64]; size_t count; } places;

static void note_place(void *with, const place *found) {
    places *list = with;
    MS_CHECK(found->start < found->content && found->content <= found->end);
    if (list->count < 64) list->items[list->count] = *found;
    list->count++;
}

/* Scans with a buffer that gets `step` bytes at a time. */
static places scan_in_steps(span text, size_t step) {
    places list = {.count = 0};
    scanner to = {.found = note_place, .with = &list};
    size_t done = 0, held = 0;
    do {
        held = held + step < text.length - done ? held + step : text.length - done;
        bool last = done + held == text.length;
        /* A copy of its own, so that reading past the end is seen. */
        char *copy = memcpy(malloc(held + 1), text.at + done, held);
        size_t used = scan(&to, (span){copy, held}, last);
        free(copy);
        done += used, held -= used;
        if (last) break;
    } while (true);
    return list;
}

static span content_of(span all, const place *at, bytes *content, notes *noted) {
    unquote((span){all.at + at->content, (size_t)(at->end - at->content)}, content, noted);
    return bytes_span(content);
}

static bool equal(span one, span other) { return one.length == other.length && !memcmp(one.at, other.at, one.length); }

/* Written between two others, a content comes out as it went in, and is known by the same. */
static void round_trip(span content) {
    bytes text = {0}, found = {0};
    notes noted = {.flags = FLAG_READ | FLAG_FLAGGED}, read;
    uint64_t key[2];
    quote(&text, "From a@example.org Sat Nov 28 13:13:12 2026", span_of("Subject: before\n\nbody\n"), &(notes){0}, (span){"", 0});
    quote(&text, "From MAILER-DAEMON Sat Nov 28 13:13:12 2026", content, &noted, (span){"", 0});
    quote(&text, "From b@example.org Sat Nov 28 13:13:13 2026", span_of("Subject: after\n\nbody"), &(notes){0}, (span){"", 0});
    places list = scan_in_steps(bytes_span(&text), 4096);
    MS_CHECK(list.count == 3);
    MS_CHECK(equal(content_of(bytes_span(&text), &list.items[1], &found, &read), content));
    MS_CHECK(list.items[1].flags == noted.flags && read.flags == noted.flags);
    key_of(content, key);
    MS_CHECK(!memcmp(key, list.items[1].key, sizeof key));
    /* Other flags change nothing else, and take no more room. */
    bytes marked = {0};
    const place *at = &list.items[1];
    span raw = {text.at + at->start, (size_t)(at->end - at->start)};
    quote_flags(&marked, raw, FLAG_ANSWERED);
    MS_CHECK(marked.length == raw.length);
    found.length = 0;
    place own = {0, at->content - at->start, marked.length, {0, 0}, 0, 0, false};
    MS_CHECK(equal(content_of(bytes_span(&marked), &own, &found, &read), content) && read.flags == FLAG_ANSWERED);
    bytes_free(&marked), bytes_free(&text), bytes_free(&found);
}

/* ------------------------------------------------------------------ the tests */

static void lines_that_separate_messages(void) {
    static const char *const yes[] = {
        "From alice@example.org Sat Nov 28 13:13:12 2026\n", "From MAILER-DAEMON Fri Jul  8 12:08:34 2011\r\n",
        "From - Sat Jan  3 01:05:34 1996\n", "From alice Sat Nov 28 13:13 2026\n", "From alice Sat Nov 28 13:13:12 EST 2026\n",
        "From alice Sat Nov 28 13:13:12 2026 +0100\n", "From \"a b\"@example.org  Sat Nov 28 13:13:12 2026\n",
        "From alice Sat Nov 28 13:13:12 2026 remote from uucp\n"};
    static const char *const no[] = {"From alice\n", "From here on, it is Sat Nov 28.\n", "from alice Sat Nov 28 13:13:12 2026\n",
                                     ">From alice Sat Nov 28 13:13:12 2026\n", "From alice Sat Nov 32 13:13:12 2026\n",
                                     "From alice Sat Nov 28 25:13:12 2026\n", "From \n", "From alice Sat Nov 28 13:13:12\n"};
    int64_t time = 0;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) MS_CHECK(is_from_line(span_of(yes[i]), &time));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) MS_CHECK(!is_from_line(span_of(no[i]), &time));
    MS_CHECK(is_from_line(span_of(yes[0]), &time) && time == 1795871592);
    MS_CHECK(is_from_line(span_of(yes[5]), &time) && time == 1795871592 - 3600);
}

static void dates_of_mail(void) {
    int64_t time;
    char text[48];
    MS_CHECK(date_parse(span_of("Sat, 28 Nov 2026 13:13:12 +0000"), &time) && time == 1795871592);
    MS_CHECK(date_parse(span_of("28 Nov 26 14:13:12 CET"), &time) && time == 1795871592);
    MS_CHECK(date_parse(span_of("Sat, 28 Nov 2026 08:13:12 -0500 (EST)"), &time) && time == 1795871592);
    MS_CHECK(!date_parse(span_of("tomorrow"), &time) && !date_parse(span_of(""), &time));
    date_format(1795871592, text);
    MS_CHECK(!strcmp(text, "Sat, 28 Nov 2026 13:13:12 +0000"));
    date_format_asctime(1795871592, text);
    MS_CHECK(!strcmp(text, "Sat Nov 28 13:13:12 2026"));
    date_format(INT64_MAX, text), date_format(INT64_MIN, text);
}

static void what_goes_in_comes_out(void) {
    static const char *const contents[] = {
        "", "\n", "\n\n", "\r\n", "a", "a: b", "a: b\n", "a: b\r\n", "a: b\n\n", "a: b\n\nbody", "a: b\n\nbody\n", "a: b\n\nbody\n\n\n",
        "a: b\r\n\r\nbody\r\n\r\n", "\nbody", "no header\nat all\n", " begins with a blank\nStatus: RO\n", "a: b\n\nFrom here on\n",
        "a: b\n\n>From here on\n>>From\n>>From \n", "From alice Sat Nov 28 13:13:12 2026\na: b\n\nbody\n",
        "Status: RO\nX-Status: A\nX-UID: 7\nX-Mapistore: key=0 no-newline\na: b\n\nbody\n",
        "X-Quoted-Status: RO\nx-quoted-x-quoted-status: x\nX-Quoted-Other: y\n\nStatus: in the body\n", "Status: RO\n folded\n\n",
        "a: b\n \t\nbody\n", "a: b\n\n\rFrom x\n", "a:b\n\nFrom alice Sat Nov 28 13:13:12 2026", "From : odd\nFrom: alice\n\nx"};
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) round_trip(span_of(contents[i]));
    round_trip((span){"a: b\0c\n\n\0\xFF\n\0", 12});
    /* Lines longer than what is hashed at once, with the end at every place around it. */
    for (size_t length = 65530; length < 65545; length++) {
        char *text = malloc(length + 8);
        memset(text, 'x', length + 8);
        memcpy(text, "a: b\n\n", 6);
        round_trip((span){text, length});
        text[length - 1] = '\n';
        round_trip((span){text, length});
        free(text);
    }
}

static const char foreign[] = "From alice@example.org Sat Nov 28 13:13:12 2026\r\n"
                              "Subject: one\r\nStatus: RO\r\nX-Status: AF\r\nX-UID: 12\r\n\r\nbody\r\n\r\n"
                              "From bob@example.org Sat Nov 28 13:13:13 2026\n"
                              "Subject: two\nContent-Length: 3\n\nFrom is a word\n>From alice Sat Nov 28 13:13:12 2026\n"
                              "From carol@example.org Sat Nov 28 13:13:14 2026\nSubject: three\n\nno end";

static void a_file_that_others_wrote_is_read_however_it_comes(void) {
    span all = span_of(foreign);
    places whole = scan_in_steps(all, all.length);
    bytes content = {0};
    notes noted;
    MS_CHECK(whole.count == 3 && whole.items[2].end == all.length);
    for (size_t step = 1; step < 80; step++) {
        places list = scan_in_steps(all, step);
        MS_CHECK(list.count == 3 && !memcmp(list.items, whole.items, 3 * sizeof *whole.items));
    }
    MS_CHECK(whole.items[0].flags == (FLAG_READ | FLAG_OLD | FLAG_ANSWERED | FLAG_FLAGGED));
    MS_CHECK(equal(content_of(all, &whole.items[0], &content, &noted), span_of("Subject: one\r\n\r\nbody\r\n")));
    content.length = 0;
    MS_CHECK(equal(content_of(all, &whole.items[1], &content, &noted),
                   span_of("Subject: two\nContent-Length: 3\n\nFrom is a word\nFrom alice Sat Nov 28 13:13:12 2026\n")));
    content.length = 0;
    MS_CHECK(equal(content_of(all, &whole.items[2], &content, &noted), span_of("Subject: three\n\nno end")));
    bytes_free(&content);
    /* A last message that gets its line end and an empty line is known by the same. */
    bytes more = {0};
    bytes_format(&more, "%s\n\n", foreign);
    places longer = scan_in_steps(bytes_span(&more), 4096);
    MS_CHECK(!memcmp(longer.items[2].key, whole.items[2].key, sizeof whole.items[2].key));
    bytes_free(&more);
}

static void reads_words(const char *value, const char *expected) {
    bytes text = {0};
    read_words(&text, span_of(value));
    if (strcmp(text.at, expected)) fprintf(stderr, "`%s` reads as `%s`\n", value, text.at);
    MS_CHECK(!strcmp(text.at, expected));
    bytes_free(&text);
}

static void words_of_headers(void) {
    reads_words("=?utf-8?q?=C3=A4?=", "\xC3\xA4");
    reads_words("=?iso-8859-1?Q?a_b=E4?= c", "a b\xC3\xA4 c");
    reads_words("x =?utf-8?B?w6Q=?=\r\n =?utf-8?B?w7Y=?= y", "x \xC3\xA4\xC3\xB6 y");
    reads_words("=?utf-8?B?ww==?= =?utf-8?B?pA==?=", "\xC3\xA4");
    reads_words("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "\xE6\x97\xA5\xE6\x9C\xAC");
    reads_words("a =?broken?x b", "a =?broken?x b");
    reads_words("folded\r\n\tline", "folded line");
    reads_words("=?utf-8?q?a=0Ab=00c?=", "ab\xEF\xBF\xBD" "c");
    reads_words("\xE4", "\xC3\xA4");
    static const char *const texts[] = {"plain", "", " blank ", "Ein gr\xC3\xB6\xC3\x9F" "eres", "=?no?q?word?=", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bytes written = {0};
        write_words(&written, texts[i]);
        reads_words(written.at ? written.at : "", texts[i]);
        bytes_free(&written);
    }
}

static void addresses_of_headers(void) {
    addresses list = {0};
    read_addresses(&list, span_of("Anna <anna@example.org>, \"Carla, the \\\"third\\\"\" <carla@example.net>, bob@example.org (Bob), "
                                  "friends: x@example.org, <y@example.org>;, \"odd name\"@example.org, undisclosed-recipients:;"));
    static const char *const expected[][2] = {{"Anna", "anna@example.org"},      {"Carla, the \"third\"", "carla@example.net"},
                                              {"Bob", "bob@example.org"},        {"", "x@example.org"},
                                              {"", "y@example.org"},             {"", "odd name@example.org"}};
    MS_CHECK(list.count == 6);
    for (size_t i = 0; i < 6; i++) MS_CHECK(!strcmp(list.items[i].name, expected[i][0]) && !strcmp(list.items[i].mail, expected[i][1]));
    free_addresses(&list);
}

static ms_value text_value(const char *text) {
    ms_value value = {.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_TEXT};
    value.val.text = (backend_string_t){(uint8_t *)text, strlen(text)};
    return value;
}

static void what_is_composed_reads_back(void) {
    static const char *const bodies[] = {"", "plain", "lines\r\nof text \r\n", "a lone\nline end", "\xC3\xA4\xC3\xB6 and so on, mostly ASCII",
                                         "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", "--=_mbox_0\r\n--=_mbox_1\r\n", "From here\r\n.\r\n= =20 \t\r\n"};
    for (size_t i = 0; i < 3 * sizeof bodies / sizeof *bodies; i++) {
        const char *body = bodies[i / 3];
        mail *made = mail_new();
        bytes content = {0};
        ms_value subject = text_value("Re: \xC3\xA4"), text = text_value(body), html = {.tag = MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_BINARY};
        html.val.binary = (backend_list_u8_t){(uint8_t *)"<p>\xC3\xA4</p>\n", 10};
        MS_CHECK(mail_set(made, PID_TAG_SUBJECT, &subject) == MS_OK && mail_set(made, PID_TAG_BODY, &text) == MS_OK);
        if (i % 3) MS_CHECK(mail_set(made, PID_TAG_HTML, &html) == MS_OK);
        add_address(&made->to[MS_TO], "Anna \"A\" \xC3\x96zt\xC3\xBCrk", "anna@example.org");
        if (i % 3 == 2) {
            attached *added = attached_new(made);
            ms_value name = text_value("Gr\xC3\xB6\xC3\x9F" "e; \"x\".pdf");
            added->saved = true;
            MS_CHECK(attached_set(added, PID_TAG_ATTACH_LONG_FILENAME, &name) == MS_OK);
            bytes_add(&added->data, "\0\n.\r\n--=_mbox_0\xFF", 16);
        }
        mail_compose(made, &content);
        mail *read = mail_read(bytes_span(&content));
        MS_CHECK(!strcmp(ms_get_text(read->bag, PID_TAG_SUBJECT), "Re: \xC3\xA4"));
        MS_CHECK(!strcmp(ms_get_text(read->bag, PID_TAG_NORMALIZED_SUBJECT), "\xC3\xA4"));
        MS_CHECK(ms_get_text(read->bag, PID_TAG_BODY) && !strcmp(ms_get_text(read->bag, PID_TAG_BODY), body));
        MS_CHECK(read->to[MS_TO].count == 1 && !strcmp(read->to[MS_TO].items[0].name, made->to[MS_TO].items[0].name));
        const ms_value *rich = ms_get(read->bag, PID_TAG_HTML);
        MS_CHECK(!rich == !(i % 3) && (!rich || (rich->val.binary.len == 10 && !memcmp(rich->val.binary.ptr, "<p>\xC3\xA4</p>\n", 10))));
        MS_CHECK(read->count == (i % 3 == 2));
        if (read->count) {
            MS_CHECK(read->attachments[0]->data.length == 16 && !memcmp(read->attachments[0]->data.at, "\0\n.\r\n--=_mbox_0\xFF", 16));
            MS_CHECK(!strcmp(ms_get_text(read->attachments[0]->bag, PID_TAG_ATTACH_LONG_FILENAME), "Gr\xC3\xB6\xC3\x9F" "e; \"x\".pdf"));
        }
        mail_free(read), mail_free(made);
        bytes_free(&content);
    }
}

static void no_property_adds_a_field(void) {
    static const ms_tag tags[] = {PID_TAG_SUBJECT, PID_TAG_SENDER_NAME, PID_TAG_SENDER_EMAIL_ADDRESS, PID_TAG_INTERNET_MESSAGE_ID,
                                  PID_TAG_IN_REPLY_TO_ID, PID_TAG_CONVERSATION_TOPIC};
    ms_value evil = text_value("x\r\nBcc: everybody@example.org");
    mail *made = mail_new();
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) MS_CHECK(mail_set(made, tags[i], &evil) != MS_OK);
    mail_free(made);
}

static void parts_in_parts_end(void) {
    bytes deep = {0};
    for (int i = 0; i < 5000; i++) bytes_format(&deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    mail_free(mail_read(bytes_span(&deep)));
    bytes_free(&deep);
    for (int i = 0; i < 20000; i++) bytes_text(&deep, i ? "\n--b\n" : "Content-Type: multipart/mixed; boundary=b\n\n--b\n");
    mail_free(mail_read(bytes_span(&deep)));
    bytes_free(&deep);
    for (int i = 0; i < 20000; i++) bytes_text(&deep, i ? "=?a?b?" : "Subject: ");
    bytes_text(&deep, "\n\n");
    mail_free(mail_read(bytes_span(&deep)));
    bytes_free(&deep);
}

/* ------------------------------------------------------------------ real and damaged mail */

static void damage(bytes *text) {
    for (uint32_t i = draw(8) + 1; i--;) {
        size_t at = draw((uint32_t)text->length + 1), length = draw(40);
        if (at + length > text->length) length = text->length - at;
        switch (draw(4)) {
        case 0: /* Some bytes are others. */
            for (size_t j = 0; j < length; j++) text->at[at + j] = (char)draw(256);
            break;
        case 1: /* Some are missing. */
            memmove(text->at + at, text->at + at + length, text->length - at - length);
            text->length -= length;
            break;
        case 2: { /* Some are there twice. */
            char copy[40];
            memcpy(copy, text->at + at, length);
            bytes_add(text, copy, length);
            break;
        }
        default: /* Something that means something. */
            bytes_text(text, (const char *[]){"\nFrom x Sat Nov 28 13:13:12 2026\n", "=?utf-8?q?", "\n--", "\"", "\r\n\r\n", "<", "*0*="}[draw(7)]);
        }
    }
}

static void try_mail(span content) {
    bytes composed = {0};
    round_trip(content);
    mail *read = mail_read(content);
    mail_compose(read, &composed);
    mail *again = mail_read(bytes_span(&composed));
    const char *subject = ms_get_text(read->bag, PID_TAG_SUBJECT), *later = ms_get_text(again->bag, PID_TAG_SUBJECT);
    MS_CHECK(!subject == !later && (!subject || !strcmp(subject, later)));
    const char *body = ms_get_text(read->bag, PID_TAG_BODY), *then = ms_get_text(again->bag, PID_TAG_BODY);
    MS_CHECK(!body || (then && !strcmp(body, then)));
    MS_CHECK(again->count == read->count);
    for (size_t i = 0; i < read->count; i++)
        MS_CHECK(equal(bytes_span(&read->attachments[i]->data), bytes_span(&again->attachments[i]->data)));
    mail_free(read), mail_free(again);
    bytes_free(&composed);
    /* As a file of its own, whatever it is. */
    scan_in_steps(content, 1 + draw(5000));
}

static void mail_whole_and_damaged(const char *path) {
    FILE *file = fopen(path, "rb");
    char buffer[4096];
    bytes whole = {0};
    MS_CHECK(file);
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file));) bytes_add(&whole, buffer, got);
    fclose(file);
    try_mail(bytes_span(&whole));
    for (int i = 0; i < COPIES && whole.length < 200000; i++) {
        bytes copy = {0};
        bytes_add(&copy, whole.at, whole.length);
        damage(&copy);
        /* Without room behind it, so that reading past the end is seen. */
        char *exact = memcpy(malloc(copy.length + 1), copy.at, copy.length);
        exact = realloc(exact, copy.length ? copy.length : 1);
        try_mail((span){exact, copy.length});
        free(exact);
        bytes_free(&copy);
    }
    bytes_free(&whole);
}

int main(int count, char **paths) {
    lines_that_separate_messages();
    dates_of_mail();
    what_goes_in_comes_out();
    a_file_that_others_wrote_is_read_however_it_comes();
    words_of_headers();
    addresses_of_headers();
    what_is_composed_reads_back();
    no_property_adds_a_field();
    parts_in_parts_end();
    for (int i = 1; i < count; i++) mail_whole_and_damaged(paths[i]);
    printf("format: all passed, with %d mails\n", count - 1);
    return 0;
}
