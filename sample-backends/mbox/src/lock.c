/*
 * The dotlock `NAME.lock` beside a file, which Postfix, procmail, Dovecot and mutt take as well. The sandbox has neither flock() nor
 * fcntl() locks, so it is the only one.
 *
 * The lock says whose it is: the user and root of a context, of which the host has one at a time. One that says so, and that this
 * context does not hold, was left by a context that was cut off, and what it was doing is undone.
 */
#define _GNU_SOURCE
#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How long a lock of somebody else is waited for, and how old it is when nobody can be behind it any more. */
#define WAIT_MS 3000
#define STALE_SECONDS 120
#define STEP_MS 50

static char *name_of(const box *it, const char *suffix) {
    bytes name = {0};
    bytes_format(&name, "%s%s", it->path, suffix);
    return bytes_take(&name);
}

/* What the lock says; false if there is none. */
static bool lock_read(const char *path, char text[1024]) {
    int descriptor = open(path, O_RDONLY);
    if (descriptor < 0) return false;
    ssize_t got = read(descriptor, text, 1023);
    close(descriptor);
    text[got > 0 ? got : 0] = 0;
    return true;
}

static bool is_ours(const box *it, const char *text) {
    size_t length = strlen(it->holder);
    return !strncmp(text, it->holder, length) && text[length] == '\n';
}

void lock_recover(const box *it) {
    char *path = name_of(it, ".lock"), text[1024];
    if (lock_read(path, text) && is_ours(it, text)) {
        unsigned long long size = 0, added = 0;
        struct stat now;
        bool appended = sscanf(text + strlen(it->holder), " %llu %llu", &size, &added) == 2 && added;
        /* Part of a message, and nothing behind it: nobody was told that it is there. */
        if (appended && !stat(it->path, &now) && (uint64_t)now.st_size > size && (uint64_t)now.st_size < size + added) {
            ms_warn("`%s`: a message whose saving was cut off is taken away", it->path);
            if (truncate(it->path, (off_t)size)) ms_warn("`%s`: %s", it->path, strerror(errno));
        }
        unlink(path);
    }
    free(path);
}

/* Puts a lock that is complete in its place; false if there is one. */
static ms_code try_lock(const box *it, const char *path, uint64_t size, uint64_t added, bool *taken) {
    char *draft = name_of(it, ".lock-mapistore");
    bytes text = {0};
    bytes_format(&text, "%s\n%llu %llu\n", it->holder, (unsigned long long)size, (unsigned long long)added);
    ms_code code = MS_OK;
    /* Of two contexts at once, the one that comes second takes the draft of the first away, who then tries again. */
    unlink(draft);
    int descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (descriptor < 0 && errno != EEXIST) code = ms_fail_errno("the lock of the mbox file cannot be made");
    if (descriptor >= 0 && write(descriptor, text.at, text.length) != (ssize_t)text.length)
        code = ms_fail_errno("the lock of the mbox file cannot be written");
    if (descriptor >= 0) close(descriptor);
    *taken = code == MS_OK && descriptor >= 0 && !link(draft, path);
    if (code == MS_OK && !*taken && descriptor >= 0 && errno != EEXIST && errno != ENOENT)
        code = ms_fail_errno("the mbox file cannot be locked");
    unlink(draft);
    free(draft);
    bytes_free(&text);
    return code;
}

ms_code lock_take(const box *it, uint64_t size, uint64_t added) {
    char *path = name_of(it, ".lock"), text[1024];
    bool taken = false;
    ms_code code = MS_OK;
    for (int waited = 0; code == MS_OK && !taken; waited += STEP_MS) {
        struct stat old;
        code = try_lock(it, path, size, added, &taken);
        if (code != MS_OK || taken) break;
        if (!stat(path, &old) && time(NULL) - old.st_mtime > STALE_SECONDS) {
            ms_warn("`%s` is older than %d seconds, and is taken away", path, STALE_SECONDS);
            unlink(path);
            continue;
        }
        if (waited >= WAIT_MS) {
            bool there = lock_read(path, text);
            code = ms_fail(MS_IN_USE, "`%s` is held by somebody else%s", path, there ? "" : ", who comes and goes");
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
    free(path);
    return code;
}

void lock_give(const box *it) {
    char *path = name_of(it, ".lock"), text[1024];
    /* It may have been taken for stale, and be somebody else's by now. */
    if (lock_read(path, text) && is_ours(it, text)) unlink(path);
    free(path);
}
