#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUFFER ((size_t)256 << 10)
/* What the index takes in one call. */
#define BATCH 10000
/* How often others may get in between before a change is given up. */
#define TRIES 3
/* No header that is to be changed is longer. */
#define HEADER_MAX ((uint64_t)1 << 20)

static void close_file(void *shared) { close(((file *)shared)->descriptor); }

static void close_box(void *shared) {
    box *it = shared;
    ms_release(it->file);
    free(it->list.items);
    free(it->path), free(it->uri), free(it->holder);
}

box *box_open(const char *path, const char *uri, const ms_connection *connection) {
    box *it = ms_new(sizeof *it, close_box);
    bytes holder = {0};
    bytes_format(&holder, "mapistore %s %s", connection->username, uri);
    it->path = span_copy(span_of(path));
    it->uri = span_copy(span_of(uri));
    it->holder = bytes_take(&holder);
    it->replica = connection->replica;
    return it;
}

entry *box_find(const box *it, ms_id id) {
    for (size_t i = 0; id && i < it->list.count; i++)
        if (it->list.items[i].id == id) return &it->list.items[i];
    return NULL;
}

/* ------------------------------------------------------------------ the file */

static stamp stamp_of(const struct stat *from) {
#ifdef __APPLE__
    return (stamp){(uint64_t)from->st_size, (uint64_t)from->st_ino, from->st_mtimespec.tv_sec, from->st_mtimespec.tv_nsec};
#else
    return (stamp){(uint64_t)from->st_size, (uint64_t)from->st_ino, from->st_mtim.tv_sec, from->st_mtim.tv_nsec};
#endif
}

static bool same(const stamp *one, const stamp *other) {
    return one->size == other->size && one->inode == other->inode && one->seconds == other->seconds && one->nanoseconds == other->nanoseconds;
}

/* Whether a change after this one has another time. What adds shows in the size; this is of file systems whose clocks go in seconds. */
static bool is_settled(const stamp *of) { return of->nanoseconds || (int64_t)time(NULL) - of->seconds > 2; }

ms_code box_read(const file *from, const place *at, uint64_t most, bytes *raw) {
    uint64_t length = at->end - at->start < most ? at->end - at->start : most;
    if (!from) return ms_fail(MS_NOT_FOUND, "the mbox file is gone");
    raw->at = grow(raw->at, raw->length + (size_t)length, &raw->room, 1);
    while (length) {
        ssize_t got = pread(from->descriptor, raw->at + raw->length, (size_t)length, (off_t)(at->start + raw->length));
        if (got < 0) return ms_fail_errno("the mbox file cannot be read");
        if (!got) break;
        raw->length += (size_t)got, length -= (uint64_t)got;
    }
    raw->at[raw->length] = 0;
    return raw->length > 5 && !memcmp(raw->at, "From ", 5) ? MS_OK : ms_fail(MS_NOT_FOUND, "the mbox file changed");
}

static void add_entry(void *with, const place *found) {
    entries *list = with;
    list->items = grow(list->items, list->count, &list->room, sizeof *list->items);
    entry *added = &list->items[list->count++];
    *added = (entry){.at = *found};
    /* Only the first message of a file is what an IMAP server keeps there. */
    added->at.internal = found->internal && list->count == 1 && !found->start;
}

/* Reads all messages from `from` on; they are added to `list`. */
static ms_code scan_file(const box *it, uint64_t from, uint64_t size, entries *list) {
    scanner to = {.found = add_entry, .with = list, .at = from};
    char *buffer = need(malloc(BUFFER));
    size_t held = 0;
    ms_code code = MS_OK;
    for (uint64_t at = from;;) {
        uint64_t left = size - at;
        size_t wanted = left < BUFFER - held ? (size_t)left : BUFFER - held;
        ssize_t got = wanted ? pread(it->file->descriptor, buffer + held, wanted, (off_t)at) : 0;
        if (got < 0) {
            code = ms_fail_errno("the mbox file cannot be read");
            break;
        }
        held += (size_t)got, at += (uint64_t)got;
        bool last = !got;
        size_t done = scan(&to, (span){buffer, held}, last);
        memmove(buffer, buffer + done, held - done);
        held -= done;
        if (last) break;
    }
    free(buffer);
    if (code == MS_OK && to.garbage) code = ms_fail(MS_CORRUPTED, "`%s` does not begin with a line `From `: it is no mbox file", it->path);
    return code;
}

/* ------------------------------------------------------------------ what the host has of it */

static int compare_keys(const entry *one, const entry *other) {
    for (int i = 0; i < 2; i++)
        if (one->at.key[i] != other->at.key[i]) return one->at.key[i] < other->at.key[i] ? -1 : 1;
    return 0;
}

static int by_key(const void *one, const void *other) {
    const entry *a = *(entry *const *)one, *b = *(entry *const *)other;
    int order = compare_keys(a, b);
    if (!order && a->ordinal != b->ordinal) order = a->ordinal < b->ordinal ? -1 : 1;
    if (!order) order = a->at.start < b->at.start ? -1 : a->at.start > b->at.start;
    return order;
}

static entry **sorted(entries *list) {
    entry **all = need(malloc((list->count + 1) * sizeof *all));
    for (size_t i = 0; i < list->count; i++) all[i] = &list->items[i];
    qsort(all, list->count, sizeof *all, by_key);
    return all;
}

/*
 * Gives messages that were there the ordinals, ids and change numbers that they had, others an ordinal that nobody has. Messages of
 * one content are told apart by their order only. What remains of `old` has its id; what is new or has other flags has no change number.
 */
static void carry_over(entries *now, entries *old) {
    entry **fresh = sorted(now), **before = sorted(old);
    for (size_t i = 0, j = 0; i < now->count;) {
        while (j < old->count && compare_keys(before[j], fresh[i]) < 0) j++;
        size_t first = i;
        uint32_t last = 0;
        size_t k = j;
        for (; k < old->count && !compare_keys(before[k], fresh[first]); k++) last = before[k]->ordinal;
        for (; i < now->count && !compare_keys(fresh[i], fresh[first]); i++) {
            if (j < k) {
                fresh[i]->ordinal = before[j]->ordinal;
                fresh[i]->id = before[j]->id;
                fresh[i]->change = before[j]->at.flags == fresh[i]->at.flags ? before[j]->change : 0;
                before[j++]->id = 0;
            } else {
                fresh[i]->ordinal = ++last;
            }
        }
        j = k;
    }
    free(fresh), free(before);
}

static char *uri_of(const box *it, const entry *of) {
    bytes uri = {0};
    bytes_format(&uri, "%s%016llx%016llx", it->uri, (unsigned long long)of->at.key[0], (unsigned long long)of->at.key[1]);
    if (of->ordinal > 1) bytes_format(&uri, "-%u", (unsigned)of->ordinal);
    return bytes_take(&uri);
}

/* Ids for those that have none. */
static ms_code give_ids(const box *it, entries *list) {
    const char **uris = need(malloc(BATCH * sizeof *uris));
    ms_id *ids = need(malloc(BATCH * sizeof *ids));
    ms_code code = MS_OK;
    for (size_t at = 0; code == MS_OK && at < list->count;) {
        size_t count = 0, from = at;
        for (; at < list->count && count < BATCH; at++)
            if (!list->items[at].id && !list->items[at].at.internal) uris[count++] = uri_of(it, &list->items[at]);
        if (count) code = ms_ensure_ids(uris, count, ids);
        for (size_t i = 0, next = 0; i < at - from; i++) {
            entry *one = &list->items[from + i];
            if (code == MS_OK && !one->id && !one->at.internal) one->id = ids[next++];
        }
        for (size_t i = 0; i < count; i++) free((char *)uris[i]);
    }
    free(uris), free(ids);
    return code;
}

/* Change numbers for those that have none; `changed` tells whether there were any. */
static ms_code give_numbers(entries *list, uint64_t *lowest, bool *changed) {
    ms_id *numbers = need(malloc(BATCH * sizeof *numbers));
    ms_code code = MS_OK;
    *lowest = UINT64_MAX;
    for (size_t at = 0; code == MS_OK && at < list->count;) {
        uint32_t count = 0, next = 0;
        size_t end = at;
        for (; end < list->count && count < BATCH; end++) count += !list->items[end].change && !list->items[end].at.internal;
        if (count) code = ms_next_change_numbers(count, numbers), *changed = true;
        for (; at < end; at++)
            if (code == MS_OK && !list->items[at].change && !list->items[at].at.internal) list->items[at].change = numbers[next++];
        if (code == MS_OK && count && ms_globcnt(numbers[0]) < *lowest) *lowest = ms_globcnt(numbers[0]);
    }
    free(numbers);
    return code;
}

static int by_id(const void *one, const void *other) {
    ms_id a = *(const ms_id *)one, b = *(const ms_id *)other;
    return a < b ? -1 : a > b;
}

/* Without anything kept, ids of the folder that no message has. */
static ms_code forget_unknown(const box *it, const entries *list) {
    ms_id *known = need(malloc((list->count + 1) * sizeof *known)), after = 0;
    for (size_t i = 0; i < list->count; i++) known[i] = list->items[i].id;
    qsort(known, list->count, sizeof *known, by_id);
    ms_code code = MS_OK;
    for (bool more = true; code == MS_OK && more;) {
        ms_entry *found;
        size_t count, gone = 0;
        code = ms_find(it->uri, "", after, BATCH, &found, &count);
        if (code != MS_OK) break;
        ms_id *ids = need(malloc((count + 1) * sizeof *ids));
        for (size_t i = 0; i < count; i++) {
            const char *name = found[i].uri + strlen(it->uri);
            bool is_message = strlen(found[i].uri) > strlen(it->uri) && !strchr(name, '/');
            if (is_message && !bsearch(&found[i].id, known, list->count, sizeof *known, by_id)) ids[gone++] = found[i].id;
            after = found[i].id;
        }
        if (gone) code = ms_remove_ids(ids, gone, false);
        more = count == BATCH;
        free(ids);
        ms_free_entries(found, count);
    }
    free(known);
    return code;
}

static ms_code forget_gone(const entries *old) {
    ms_id *ids = need(malloc((old->count + 1) * sizeof *ids));
    size_t count = 0;
    ms_code code = MS_OK;
    for (size_t i = 0; i < old->count; i++)
        if (old->items[i].id) ids[count++] = old->items[i].id;
    for (size_t at = 0; code == MS_OK && at < count; at += BATCH)
        code = ms_remove_ids(ids + at, count - at < BATCH ? count - at : BATCH, false);
    free(ids);
    return code;
}

/* ------------------------------------------------------------------ looking */

/* Whether a file that is longer than it was is the old one with more at its end: its beginning and its last message are the same. */
static bool has_grown(const box *it, const saved *old, uint64_t size, entries *list) {
    if (size <= old->seen.size || !old->list.count || state_beginning(it->file, old->seen.size) != old->beginning) return false;
    const entry *last = &old->list.items[old->list.count - 1];
    for (size_t i = 0; i + 1 < old->list.count; i++) {
        add_entry(list, &old->list.items[i].at);
        list->items[i].at.internal = old->list.items[i].at.internal;
    }
    size_t before = list->count;
    bool same_last = scan_file(it, last->at.start, size, list) == MS_OK && list->count > before &&
                     !compare_keys(&list->items[before], last) && list->items[before].at.start == last->at.start &&
                     list->items[before].at.flags == last->at.flags;
    if (!same_last) list->count = 0;
    return same_last;
}

/* Opens the file anew, if it is another one than before. `now` is all zeros where there is none. */
static ms_code reopen(box *it, stamp *now) {
    struct stat found;
    *now = (stamp){0};
    int descriptor = open(it->path, O_RDONLY);
    if (descriptor < 0 && errno != ENOENT) return ms_fail_errno("the mbox file cannot be opened");
    ms_release(it->file);
    it->file = NULL;
    if (descriptor < 0) return MS_OK;
    it->file = ms_new(sizeof *it->file, close_file);
    it->file->descriptor = descriptor;
    if (fstat(descriptor, &found)) return ms_fail_errno("the mbox file cannot be looked at");
    if (!S_ISREG(found.st_mode)) return ms_fail(MS_CORRUPTED, "`%s` is not a file", it->path);
    *now = stamp_of(&found);
    return MS_OK;
}

static ms_code look(box *it, const stamp *now) {
    saved old;
    bool kept = state_load(it, &old), changed = !kept;
    entries list = {0};
    if (kept && same(&old.seen, now) && (!now->size || is_settled(now))) {
        free(it->list.items);
        it->list = old.list;
        it->seen = *now;
        return MS_OK;
    }
    ms_code code = MS_OK;
    uint64_t lowest, highest = 0;
    if (now->size && !(kept && has_grown(it, &old, now->size, &list))) code = scan_file(it, 0, now->size, &list);
    if (code == MS_OK) {
        for (size_t i = 0; i < old.list.count; i++)
            if (ms_globcnt(old.list.items[i].change) > highest) highest = ms_globcnt(old.list.items[i].change);
        carry_over(&list, &old.list);
        code = give_numbers(&list, &lowest, &changed);
        if (code == MS_OK && lowest <= highest) {
            /* The numbers are not this index's: it was made anew, and none of what is kept is true. */
            old.list.count = 0, kept = false;
            for (size_t i = 0; i < list.count; i++) list.items[i].id = list.items[i].change = 0;
            code = give_numbers(&list, &lowest, &changed);
        }
        if (code == MS_OK) code = give_ids(it, &list);
        if (code == MS_OK) code = kept ? forget_gone(&old.list) : forget_unknown(it, &list);
    }
    free(old.list.items);
    if (code != MS_OK) {
        free(list.items);
        return code;
    }
    free(it->list.items);
    it->list = list;
    it->seen = *now;
    state_save(it);
    return MS_OK;
}

ms_code box_sync(box *it) {
    struct stat found;
    stamp now = {0};
    lock_recover(it);
    bool there = !stat(it->path, &found);
    if (there) now = stamp_of(&found);
    else if (errno != ENOENT) return ms_fail_errno("the mbox file cannot be looked at");
    if (it->is_seen && same(&now, &it->seen)) return MS_OK;
    it->is_seen = false;
    ms_code code = reopen(it, &now);
    if (code == MS_OK) code = look(it, &now);
    it->is_seen = code == MS_OK && (!it->file || is_settled(&now));
    return code;
}

/* ------------------------------------------------------------------ changing */

/* What has to stand between the last message of a file and one that is added. */
static const char *gap(const box *it) {
    char end[3] = "";
    uint64_t size = it->seen.size;
    if (!size) return "";
    size_t wanted = size < 3 ? (size_t)size : 3;
    if (pread(it->file->descriptor, end, wanted, (off_t)(size - wanted)) != (ssize_t)wanted || end[wanted - 1] != '\n') return "\n\n";
    bool blank = wanted < 2 || end[wanted - 2] == '\n' || (wanted == 3 && end[1] == '\r' && end[0] == '\n');
    return blank ? "" : "\n";
}

/* Locks the file, and looks at it; nobody who keeps to the lock changes it before lock_give. `added` bytes are going to stand behind it. */
static ms_code begin(box *it, uint64_t added) {
    struct stat found;
    for (int i = 0; i < TRIES; i++) {
        ms_code code = box_sync(it);
        /* The lock says how long the file will be when all of them are there: exactly, since less is undone. */
        if (code == MS_OK) code = lock_take(it, it->seen.size, added ? strlen(gap(it)) + added : 0);
        if (code != MS_OK) return code;
        uint64_t size = stat(it->path, &found) ? 0 : (uint64_t)found.st_size;
        if (size == it->seen.size) return MS_OK;
        lock_give(it);
    }
    return ms_fail(MS_IN_USE, "`%s` is changed by others all the time", it->path);
}

/* After a change of ours: the file is as `list` says. */
static ms_code end(box *it) {
    stamp now;
    ms_code code = reopen(it, &now);
    it->seen = now;
    it->is_seen = code == MS_OK;
    return code;
}

static bool write_all(int descriptor, const char *from, size_t length) {
    for (size_t at = 0; at < length;) {
        ssize_t put = write(descriptor, from + at, length - at);
        if (put <= 0) return false;
        at += (size_t)put;
    }
    return true;
}

/* The id gets this URI, whatever was left of an earlier try that was cut off: the id with another URI, or the URI with another id. */
static ms_code register_id(const box *it, ms_id id, const char *uri) {
    char *old = NULL;
    ms_id holder = 0;
    ms_code code = ms_get_uri(id, &old);
    bool is_new = code == MS_NOT_FOUND;
    if (is_new) code = MS_OK;
    if (code == MS_OK && (is_new || strcmp(old, uri))) code = ms_find_ids(&uri, 1, &holder);
    if (code == MS_OK && holder && holder != id && !box_find(it, holder)) code = ms_remove_id(holder, true);
    if (code == MS_OK && is_new) code = ms_add_id(id, uri);
    else if (code == MS_OK && strcmp(old, uri)) code = ms_update_id(id, uri);
    free(old);
    return code;
}

ms_code box_append(box *it, ms_id id, const char *from_line, span content, const notes *noted, ms_id *change) {
    bytes text = {0};
    entry added = {.id = id};
    quote(&text, from_line, content, noted, (span){"", 0});
    ms_code code = begin(it, text.length);
    if (code != MS_OK) {
        bytes_free(&text);
        return code;
    }
    const char *between = gap(it);
    uint64_t start = it->seen.size + strlen(between);
    int64_t time = 0;
    is_from_line(span_of(from_line), &time);
    added.at = (place){start, start + strlen(from_line) + 1, start + text.length, {0, 0}, time, noted->flags, false};
    key_of(content, added.at.key);
    added.ordinal = 1;
    for (size_t i = 0; i < it->list.count; i++)
        if (!compare_keys(&it->list.items[i], &added) && it->list.items[i].ordinal >= added.ordinal)
            added.ordinal = it->list.items[i].ordinal + 1;
    char *uri = uri_of(it, &added);
    code = ms_next_change_number(&added.change);
    if (code == MS_OK) code = register_id(it, id, uri);
    if (code == MS_OK) {
        int descriptor = open(it->path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        bool whole = descriptor >= 0 && write_all(descriptor, between, strlen(between)) && write_all(descriptor, text.at, text.length) &&
                     !fsync(descriptor);
        if (!whole) {
            code = ms_fail_errno("the message cannot be added to the mbox file");
            if (descriptor >= 0 && ftruncate(descriptor, (off_t)it->seen.size)) ms_warn("`%s`: %s", it->path, strerror(errno));
            ms_code said = code;
            if (ms_remove_id(id, true) != MS_OK) ms_warn("the id of a message that was not saved stays in the index");
            code = said;
        }
        if (descriptor >= 0) close(descriptor);
    }
    if (code == MS_OK) {
        it->list.items = grow(it->list.items, it->list.count, &it->list.room, sizeof *it->list.items);
        it->list.items[it->list.count++] = added;
        /* The one before may have got the line end that it lacked. */
        if (it->list.count > 1) it->list.items[it->list.count - 2].at.end = start;
        code = end(it);
        *change = added.change;
        if (code == MS_OK) state_add(it);
    }
    lock_give(it);
    free(uri);
    bytes_free(&text);
    return code;
}

/* What becomes of a message when its file is written anew: it goes, or its first `cut` bytes get this text in their place. */
typedef struct plan { bool gone, replaced; uint64_t cut; bytes text; } plan;

/* Copies what stays as it is. */
static bool copy_range(const file *from, int to, uint64_t start, uint64_t stop, char *buffer) {
    while (start < stop) {
        size_t wanted = stop - start < BUFFER ? (size_t)(stop - start) : BUFFER;
        ssize_t got = pread(from->descriptor, buffer, wanted, (off_t)start);
        if (got <= 0 || !write_all(to, buffer, (size_t)got)) return false;
        start += (uint64_t)got;
    }
    return true;
}

/*
 * Writes the file anew beside itself, and renames it into its place: whenever that is cut off, there is the old file or the new one.
 * `list` is that of the new one then. The lock is held.
 */
static ms_code rewrite(box *it, plan *plans) {
    bytes draft = {0};
    bytes_format(&draft, "%s.lock-new", it->path);
    char *buffer = need(malloc(BUFFER));
    struct stat found;
    int to = open(draft.at, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    bool whole = to >= 0;
    /* What stands before the first message stays too. */
    uint64_t from = 0;
    for (size_t i = 0; whole && i < it->list.count; i++) {
        if (!plans[i].gone && !plans[i].replaced) continue;
        whole = copy_range(it->file, to, from, it->list.items[i].at.start, buffer);
        if (plans[i].replaced && whole) whole = write_all(to, plans[i].text.at, plans[i].text.length);
        from = plans[i].gone ? it->list.items[i].at.end : it->list.items[i].at.start + plans[i].cut;
    }
    whole = whole && copy_range(it->file, to, from, it->seen.size, buffer) && !fsync(to);
    ms_code code = whole ? MS_OK : ms_fail_errno("the mbox file cannot be written anew");
    free(buffer);
    if (code == MS_OK) {
        stamp now = stat(it->path, &found) ? (stamp){0} : stamp_of(&found);
        if (!same(&now, &it->seen)) code = ms_fail(MS_IN_USE, "`%s` was changed by somebody who does not keep to its lock", it->path);
        else if (rename(draft.at, it->path)) code = ms_fail_errno("the mbox file cannot be put in its place");
    }
    if (code != MS_OK) unlink(draft.at);
    /* The sandbox cannot make a directory durable; ext4, XFS and Btrfs write the new name of a file with the file. */
    else if (fsync(to)) ms_warn("`%s`: %s", it->path, strerror(errno));
    if (to >= 0) close(to);
    bytes_free(&draft);
    if (code != MS_OK) return code;
    int64_t moved = 0;
    size_t left = 0;
    for (size_t i = 0; i < it->list.count; i++) {
        entry *one = &it->list.items[i];
        int64_t length = (int64_t)(one->at.end - one->at.start), now = plans[i].gone ? 0 : length;
        if (plans[i].replaced) now += (int64_t)plans[i].text.length - (int64_t)plans[i].cut;
        one->at.start = (uint64_t)((int64_t)one->at.start + moved);
        one->at.content = (uint64_t)((int64_t)one->at.content + moved);
        moved += now - length;
        one->at.end = one->at.start + (uint64_t)now;
        if (!plans[i].gone) it->list.items[left++] = *one;
    }
    it->list.count = left;
    return end(it);
}

static plan *no_plans(const box *it) { return need(calloc(it->list.count + 1, sizeof(plan))); }

static void free_plans(plan *plans, size_t count) {
    for (size_t i = 0; i < count; i++) bytes_free(&plans[i].text);
    free(plans);
}

/* The file is in a state that `list` may not show: it is looked at again. */
static ms_code give_up(box *it, ms_code code) {
    if (code != MS_OK) it->is_seen = false;
    lock_give(it);
    return code;
}

ms_code box_replace(box *it, ms_id id, const char *from_line, span content, const notes *noted, ms_id *change) {
    ms_code code = begin(it, 0);
    if (code != MS_OK) return code;
    size_t count = it->list.count;
    plan *plans = no_plans(it);
    entry *found = box_find(it, id);
    bytes raw = {0}, others = {0};
    notes all = *noted;
    ms_id number = 0;
    code = found ? box_read(it->file, &found->at, HEADER_MAX, &raw) : ms_fail(MS_OBJECT_DELETED, "the message is gone");
    if (code == MS_OK) code = ms_next_change_number(&number);
    if (code == MS_OK) {
        plan *own = &plans[found - it->list.items];
        span rest = bytes_span(&raw), line;
        span_line(&rest, &line);
        other_notes(rest, &others);
        /* What it is known by stays. */
        all.has_key = true;
        memcpy(all.key, found->at.key, sizeof all.key);
        own->replaced = true;
        own->cut = found->at.end - found->at.start;
        quote(&own->text, from_line, content, &all, bytes_span(&others));
        is_from_line(span_of(from_line), &found->at.time);
        found->at.content = found->at.start + strlen(from_line) + 1;
        found->at.flags = noted->flags;
        found->change = number;
        code = rewrite(it, plans);
    }
    if (code == MS_OK) {
        state_save(it);
        *change = number;
    }
    bytes_free(&raw), bytes_free(&others);
    free_plans(plans, count);
    return give_up(it, code);
}

/* Other flags in the place of the old ones, which have as many bytes: the bytes that differ. */
static ms_code flag_in_place(const box *it, const entry *of, span old, span new) {
    size_t from = 0, to = old.length;
    while (from < to && old.at[from] == new.at[from]) from++;
    while (to > from && old.at[to - 1] == new.at[to - 1]) to--;
    int descriptor = open(it->path, O_WRONLY);
    bool whole = descriptor >= 0 &&
                 pwrite(descriptor, new.at + from, to - from, (off_t)(of->at.start + from)) == (ssize_t)(to - from) && !fsync(descriptor);
    ms_code code = whole ? MS_OK : ms_fail_errno("flags cannot be written into the mbox file");
    if (descriptor >= 0) close(descriptor);
    return code;
}

ms_code box_flag(box *it, const ms_id *ids, size_t count, uint8_t set, uint8_t clear, ms_code *outcomes) {
    ms_code code = begin(it, 0);
    if (code != MS_OK) return code;
    size_t before = it->list.count, longer = 0, changed = 0;
    plan *plans = no_plans(it);
    for (size_t i = 0; code == MS_OK && i < count; i++) {
        entry *found = box_find(it, ids[i]);
        uint8_t flags = found ? (uint8_t)((found->at.flags | set) & ~clear) : 0;
        if (!found) outcomes[i] = MS_NOT_FOUND;
        /* One id twice is one change. */
        if (!found || flags == found->at.flags || plans[found - it->list.items].replaced) continue;
        plan *own = &plans[found - it->list.items];
        bytes raw = {0};
        code = box_read(it->file, &found->at, HEADER_MAX, &raw);
        if (code == MS_OK && !quote_flags(&own->text, bytes_span(&raw), flags) && raw.length == HEADER_MAX) {
            outcomes[i] = MS_TOO_BIG;
            bytes_free(&raw), bytes_free(&own->text);
            continue;
        }
        own->replaced = code == MS_OK;
        own->cut = raw.length;
        longer += own->text.length != raw.length;
        found->at.flags = flags, found->change = 0, changed++;
        bytes_free(&raw);
    }
    uint64_t lowest;
    bool any;
    if (code == MS_OK && changed) code = give_numbers(&it->list, &lowest, &any);
    if (code == MS_OK && changed == 1 && !longer) {
        for (size_t i = 0; code == MS_OK && i < before; i++) {
            bytes raw = {0};
            if (!plans[i].replaced) continue;
            code = box_read(it->file, &it->list.items[i].at, plans[i].cut, &raw);
            if (code == MS_OK) code = flag_in_place(it, &it->list.items[i], bytes_span(&raw), bytes_span(&plans[i].text));
            bytes_free(&raw);
        }
        if (code == MS_OK) code = end(it);
    } else if (code == MS_OK && changed) {
        code = rewrite(it, plans);
    }
    if (code == MS_OK && changed) state_save(it);
    free_plans(plans, before);
    return give_up(it, code);
}

ms_code box_delete(box *it, const ms_id *ids, size_t count, bool hard, ms_code *outcomes) {
    ms_code code = begin(it, 0);
    if (code != MS_OK) return code;
    size_t before = it->list.count, gone = 0;
    plan *plans = no_plans(it);
    ms_id *known = need(malloc((count + 1) * sizeof *known));
    for (size_t i = 0; i < count; i++) {
        entry *found = box_find(it, ids[i]);
        if (!found) outcomes[i] = MS_NOT_FOUND;
        if (!found || plans[found - it->list.items].gone) continue;
        plans[found - it->list.items].gone = true;
        known[gone++] = ids[i];
    }
    if (gone) code = rewrite(it, plans);
    /* What fails from here on is made up for when the file is looked at the next time. */
    for (size_t at = 0; code == MS_OK && at < gone; at += BATCH)
        code = ms_remove_ids(known + at, gone - at < BATCH ? gone - at : BATCH, hard);
    if (code == MS_OK && gone) state_save(it);
    free_plans(plans, before);
    free(known);
    return give_up(it, code);
}

ms_code box_renumber(box *it, ms_id id, ms_id target) {
    ms_code code = box_sync(it);
    entry *found = code == MS_OK ? box_find(it, id) : NULL;
    if (code == MS_OK && !found) code = ms_fail(MS_NOT_FOUND, "the folder has no such message");
    ms_id number = 0;
    if (code == MS_OK) code = ms_next_change_number(&number);
    if (code == MS_OK) code = ms_remove_id(id, false);
    if (code != MS_OK) return code;
    char *uri = uri_of(it, found);
    /* Until the index has it, nobody has: the next look gives it an id. */
    code = register_id(it, target, uri);
    if (code == MS_OK) found->id = target, found->change = number;
    else found->id = 0, it->is_seen = false;
    state_save(it);
    free(uri);
    return code;
}

ms_code box_touch(box *it, ms_id id, ms_id *change) {
    ms_code code = box_sync(it);
    entry *found = code == MS_OK ? box_find(it, id) : NULL;
    if (code == MS_OK && !found) code = ms_fail(MS_OBJECT_DELETED, "the message is gone");
    if (code == MS_OK) code = ms_next_change_number(change);
    if (code != MS_OK) return code;
    found->change = *change;
    state_save(it);
    return MS_OK;
}
