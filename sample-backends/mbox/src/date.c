#define _GNU_SOURCE
#include "date.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char days[] = "SunMonTueWedThuFriSat";

/* Where a word of three letters stands in a list of such; -1 where it does not. */
static int place_of(span word, const char *list) {
    for (int i = 0; word.length >= 3 && list[3 * i]; i++)
        if (!strncasecmp(word.at, list + 3 * i, 3)) return i;
    return -1;
}

/* The next word, which ends at white space or a comma. */
static bool next_word(span *rest, span *word) {
    while (rest->length && strchr(" \t\r\n,", rest->at[0])) rest->at++, rest->length--;
    word->at = rest->at, word->length = 0;
    while (rest->length && !strchr(" \t\r\n,", rest->at[0])) rest->at++, rest->length--, word->length++;
    return word->length > 0;
}

static bool number(span text, int least, int most, int *value) {
    if (!text.length || text.length > 4) return false;
    *value = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
        *value = *value * 10 + (text.at[i] - '0');
    }
    return *value >= least && *value <= most;
}

/* `13:13` or `13:13:12`, also `13.13.12`. */
static bool clock_of(span word, struct tm *tm) {
    span parts[3] = {{word.at, 0}};
    int count = 0;
    for (size_t i = 0; i < word.length; i++) {
        if (word.at[i] != ':' && word.at[i] != '.') parts[count].length++;
        else if (++count > 2) return false;
        else parts[count] = (span){word.at + i + 1, 0};
    }
    tm->tm_sec = 0;
    return count >= 1 && number(parts[0], 0, 23, &tm->tm_hour) && number(parts[1], 0, 59, &tm->tm_min) &&
           (count < 2 || number(parts[2], 0, 60, &tm->tm_sec));
}

/* Seconds east of Greenwich. Names other than these stand for an unknown zone (RFC 5322 4.3). */
static bool zone_of(span word, int *east) {
    static const struct { const char *name; int hours; } named[] = {
        {"EDT", -4}, {"EST", -5}, {"CDT", -5}, {"CST", -6}, {"MDT", -6}, {"MST", -7}, {"PDT", -7}, {"PST", -8}, {"CET", 1}, {"CEST", 2}};
    int value = 0;
    *east = 0;
    if (!word.length) return false;
    if (word.at[0] == '+' || word.at[0] == '-') {
        if (word.length != 5 || !number((span){word.at + 1, 4}, 0, 9999, &value)) return false;
        *east = (value / 100 * 60 + value % 100) * 60 * (word.at[0] == '-' ? -1 : 1);
        return true;
    }
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (span_is_word(word, named[i].name)) *east = named[i].hours * 3600;
    return (word.at[0] | 0x20) >= 'a' && (word.at[0] | 0x20) <= 'z';
}

static bool year_of(span word, struct tm *tm) {
    int year;
    if (!number(word, 0, 9999, &year)) return false;
    if (word.length < 3) year += year < 50 ? 2000 : 1900;
    else if (word.length == 3) year += 1900;
    tm->tm_year = year - 1900;
    return year >= 1601;
}

bool date_parse(span text, int64_t *seconds) {
    struct tm tm = {0};
    span word;
    int east = 0;
    if (!next_word(&text, &word)) return false;
    if (place_of(word, days) >= 0 && !next_word(&text, &word)) return false;
    if (!number(word, 1, 31, &tm.tm_mday) || !next_word(&text, &word)) return false;
    tm.tm_mon = place_of(word, months);
    if (tm.tm_mon < 0 || !next_word(&text, &word) || !year_of(word, &tm)) return false;
    if (!next_word(&text, &word) || !clock_of(word, &tm)) return false;
    if (next_word(&text, &word)) zone_of(word, &east);
    *seconds = (int64_t)timegm(&tm) - east;
    return true;
}

bool date_parse_asctime(span text, int64_t *seconds) {
    struct tm tm = {0};
    span word;
    int east = 0, zone;
    if (!next_word(&text, &word) || word.length != 3 || place_of(word, days) < 0) return false;
    if (!next_word(&text, &word) || word.length != 3 || (tm.tm_mon = place_of(word, months)) < 0) return false;
    if (!next_word(&text, &word) || !number(word, 1, 31, &tm.tm_mday)) return false;
    if (!next_word(&text, &word) || !clock_of(word, &tm) || !next_word(&text, &word)) return false;
    for (int i = 0; i < 2 && zone_of(word, &zone); i++) {
        east = zone;
        if (!next_word(&text, &word)) return false;
    }
    if (word.length != 4 || !year_of(word, &tm)) return false;
    if (next_word(&text, &word) && (word.at[0] == '+' || word.at[0] == '-') && zone_of(word, &zone)) east = zone;
    *seconds = (int64_t)timegm(&tm) - east;
    return true;
}

/* A time that has a year of four digits, which all of these forms need. */
static struct tm broken_down(int64_t seconds) {
    if (seconds < -11644473600LL) seconds = -11644473600LL;
    if (seconds > 253402300799LL) seconds = 253402300799LL;
    time_t time = (time_t)seconds;
    struct tm tm;
    gmtime_r(&time, &tm);
    return tm;
}

void date_format(int64_t seconds, char text[48]) {
    struct tm tm = broken_down(seconds);
    snprintf(text, 48, "%.3s, %02d %.3s %04d %02d:%02d:%02d +0000", days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
             tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void date_format_asctime(int64_t seconds, char text[48]) {
    struct tm tm = broken_down(seconds);
    snprintf(text, 48, "%.3s %.3s %2d %02d:%02d:%02d %04d", days + 3 * tm.tm_wday, months + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour,
             tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
}
