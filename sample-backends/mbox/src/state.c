/* What is kept beside a file: where its messages are, with their ids and change numbers. A header and one record for each. */
#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0x0031786F626D736Du
#define BEGINNING 4096
/* More than anybody has in one file; what says more is not ours. */
#define ENTRIES_MAX 10000000u

typedef struct head {
    uint64_t magic, replica[2], size, inode;
    int64_t seconds, nanoseconds;
    uint64_t beginning, count, sum;
} head;

typedef struct record {
    uint64_t start, content, end, key[2];
    int64_t time;
    uint64_t id, change;
    uint32_t ordinal;
    uint8_t flags, internal, zero[2];
} record;

_Static_assert(sizeof(head) == 80 && sizeof(record) == 72, "what is kept has the same form everywhere");

/* `.NAME.mapistore` beside the file. */
static char *path_of(const box *it, const char *suffix) {
    const char *slash = strrchr(it->path, '/');
    bytes path = {0};
    int folder = slash ? (int)(slash - it->path) + 1 : 0;
    bytes_format(&path, "%.*s.%s.mapistore%s", folder, it->path, it->path + folder, suffix);
    return bytes_take(&path);
}

static uint64_t sum_of(const head *from) {
    uint64_t sum = 0, words[9];
    memcpy(words, from, sizeof words);
    for (size_t i = 0; i < 9; i++) sum = (sum ^ words[i]) * 0x9E3779B97F4A7C15u, sum ^= sum >> 29;
    return sum;
}

uint64_t state_beginning(const file *of, uint64_t size) {
    char text[BEGINNING];
    uint64_t key[2];
    ssize_t got = of ? pread(of->descriptor, text, size < BEGINNING ? (size_t)size : BEGINNING, 0) : 0;
    key_of((span){text, got > 0 ? (size_t)got : 0}, key);
    return key[0];
}

static head head_of(const box *it, uint64_t beginning) {
    head made = {MAGIC,       {it->replica.hi, it->replica.lo}, it->seen.size,  it->seen.inode, it->seen.seconds, it->seen.nanoseconds,
                 beginning, it->list.count,                   0};
    made.sum = sum_of(&made);
    return made;
}

static record record_of(const entry *from) {
    record made = {from->at.start, from->at.content, from->at.end, {from->at.key[0], from->at.key[1]}, from->at.time, from->id,
                   from->change,   from->ordinal,    from->at.flags, from->at.internal,                {0, 0}};
    return made;
}

static bool read_all(int descriptor, void *to, size_t length) {
    for (size_t at = 0; at < length;) {
        ssize_t got = read(descriptor, (char *)to + at, length - at);
        if (got <= 0) return false;
        at += (size_t)got;
    }
    return true;
}

bool state_load(const box *it, saved *to) {
    *to = (saved){0};
    char *path = path_of(it, "");
    int descriptor = open(path, O_RDONLY);
    free(path);
    if (descriptor < 0) return false;
    struct stat now;
    head found;
    bool whole = !fstat(descriptor, &now) && read_all(descriptor, &found, sizeof found) && found.magic == MAGIC &&
                 found.sum == sum_of(&found) && found.replica[0] == it->replica.hi && found.replica[1] == it->replica.lo &&
                 found.count <= ENTRIES_MAX && (uint64_t)now.st_size >= sizeof found + found.count * sizeof(record);
    if (whole) {
        to->seen = (stamp){found.size, found.inode, found.seconds, found.nanoseconds};
        to->beginning = found.beginning;
        to->list.items = grow(NULL, (size_t)found.count, &to->list.room, sizeof *to->list.items);
        record batch[256];
        for (size_t done = 0; whole && done < found.count;) {
            size_t wanted = found.count - done < 256 ? (size_t)found.count - done : 256;
            whole = read_all(descriptor, batch, wanted * sizeof *batch);
            for (size_t i = 0; whole && i < wanted; i++, done++) {
                const record *from = &batch[i];
                /* Anybody who may write here may have written this: what it says is held against the file when that is read. */
                whole = from->start < from->content && from->content <= from->end && from->end <= found.size;
                to->list.items[to->list.count++] =
                    (entry){{from->start, from->content, from->end, {from->key[0], from->key[1]}, from->time, from->flags, from->internal != 0},
                            from->ordinal,
                            from->id,
                            from->change};
            }
        }
    }
    close(descriptor);
    if (!whole) free(to->list.items), *to = (saved){0};
    return whole;
}

static bool write_all(int descriptor, const void *from, size_t length) {
    for (size_t at = 0; at < length;) {
        ssize_t put = write(descriptor, (const char *)from + at, length - at);
        if (put <= 0) return false;
        at += (size_t)put;
    }
    return true;
}

void state_save(const box *it) {
    char *path = path_of(it, ""), *draft = path_of(it, "-new");
    head first = head_of(it, state_beginning(it->file, it->seen.size));
    bytes all = {0};
    bytes_add(&all, &first, sizeof first);
    for (size_t i = 0; i < it->list.count; i++) {
        record one = record_of(&it->list.items[i]);
        bytes_add(&all, &one, sizeof one);
    }
    int descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    bool whole = descriptor >= 0 && write_all(descriptor, all.at, all.length);
    if (descriptor >= 0) close(descriptor);
    if (!whole || rename(draft, path)) ms_warn("what is known of `%s` is not kept: %s", it->path, strerror(errno));
    bytes_free(&all);
    free(path), free(draft);
}

void state_add(const box *it) {
    char *path = path_of(it, "");
    int descriptor = open(path, O_RDWR);
    free(path);
    head before;
    size_t count = it->list.count - 1;
    bool fits = descriptor >= 0 && read_all(descriptor, &before, sizeof before) && before.magic == MAGIC && before.sum == sum_of(&before) &&
                before.count == count && before.replica[0] == it->replica.hi && before.replica[1] == it->replica.lo;
    if (fits) {
        /* The record first: until the head says that it is there, it is not. A beginning that the new message is part of changed. */
        record last = record_of(&it->list.items[count]);
        head now = head_of(it, before.size >= BEGINNING ? before.beginning : state_beginning(it->file, it->seen.size));
        fits = pwrite(descriptor, &last, sizeof last, (off_t)(sizeof before + count * sizeof last)) == sizeof last &&
               pwrite(descriptor, &now, sizeof now, 0) == sizeof now;
    }
    if (descriptor >= 0) close(descriptor);
    if (!fits) state_save(it);
}
