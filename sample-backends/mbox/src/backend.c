/* The backend: which mbox files there are, and what they are for. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPACE "mbox"
/* Folders in folders: how deep, and how many in all. */
#define DEPTH_MAX 8
#define FOLDERS_MAX 999
#define PATH_LENGTH_MAX 1024

/* The settings. What `init` leaves here, every context begins with. */
static char directory[PATH_LENGTH_MAX] = "/mail";
static char inbox[256] = "inbox";

/* The usual names of special folders, the first of each role that is there being the main one. */
static const struct { const char *name; ms_role role; } special[] = {
    {"Drafts", MS_DRAFTS},        {"postponed", MS_DRAFTS},    {"Sent", MS_SENT_ITEMS},           {"sent-mail", MS_SENT_ITEMS},
    {"Sent Items", MS_SENT_ITEMS}, {"Sent Messages", MS_SENT_ITEMS}, {"Trash", MS_DELETED_ITEMS}, {"Deleted Items", MS_DELETED_ITEMS},
    {"Deleted Messages", MS_DELETED_ITEMS}, {"Outbox", MS_OUTBOX},
};

ms_info backend_describe(void) {
    return (ms_info){SPACE, "mail in Unix mbox files", SPACE, "0.1.0",
                     MAPISTORE_BACKEND_TYPES_CAPABILITIES_CREATE_ROOT | MAPISTORE_BACKEND_TYPES_CAPABILITIES_ATTACHMENTS |
                         MAPISTORE_BACKEND_TYPES_CAPABILITIES_STREAMS | MAPISTORE_BACKEND_TYPES_CAPABILITIES_WRITE_MESSAGES};
}

/* Whether a file may have this name: nothing that leads elsewhere, and nothing that is made beside files. */
static bool is_name(const char *name) {
    size_t length = strlen(name);
    bool plain = length >= 1 && length <= 200 && name[0] != '.' && !strstr(name, ".lock");
    for (const char *c = name; *c && plain; c++) plain = (unsigned char)*c >= ' ' && *c != 127 && *c != '/' && *c != '\\';
    return plain && is_utf8(span_of(name));
}

ms_code backend_init(size_t count, const char *const *keys, const char *const *values) {
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(values[i]);
        if (!strcmp(keys[i], "root") && values[i][0] == '/' && length < sizeof directory - 512) {
            memcpy(directory, values[i], length + 1);
        } else if (!strcmp(keys[i], "inbox") && is_name(values[i])) {
            memcpy(inbox, values[i], length + 1);
        } else {
            return ms_fail(MS_BACKEND_INIT,
                           "there is no setting `%s` with the value `%s`: `root` is an absolute path, `inbox` is the name of a file", keys[i],
                           values[i]);
        }
    }
    return MS_OK;
}

/* ------------------------------------------------------------------ names and URIs */

/* A path below the directory as part of a URI: `%XX` for what would break it apart. */
static void write_uri(bytes *out, const char *user, const char *path) {
    bytes_format(out, SPACE "://%s/", user);
    for (const char *c = path; *c; c++) {
        if (*c == '%' || *c == '?' || *c == '#' || (unsigned char)*c <= ' ') bytes_format(out, "%%%02X", (unsigned char)*c);
        else bytes_add(out, c, 1);
    }
    bytes_text(out, "/");
}

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

/* Back again; false for what is no path of names. */
static bool read_path(span text, bytes *path) {
    for (size_t i = 0; i < text.length; i++) {
        int high = text.at[i] == '%' && text.length - i >= 3 ? digit(text.at[i + 1]) : -1, low = high >= 0 ? digit(text.at[i + 2]) : -1;
        char c = low >= 0 ? (char)(high << 4 | low) : text.at[i];
        if (text.at[i] == '%' && (low < 0 || c == '/')) return false;
        bytes_add(path, &c, 1);
        if (low >= 0) i += 2;
    }
    bytes_add(path, "", 0);
    char *copy = span_copy(bytes_span(path)), *rest = copy, *name;
    size_t depth = 0;
    bool fits = strlen(copy) == path->length && path->length && path->length < 512;
    while (fits && (name = rest)) {
        rest = strchr(name, '/');
        if (rest) *rest++ = 0;
        fits = is_name(name) && ++depth <= DEPTH_MAX;
    }
    free(copy);
    return fits;
}

/* Both parts have bounds of their own. */
static void file_path(char out[PATH_LENGTH_MAX], const char *path) {
    if (snprintf(out, PATH_LENGTH_MAX, "%s/%s", directory, path) >= PATH_LENGTH_MAX) out[0] = 0;
}

/* Whether a file is an mbox file, so far as its first bytes show. An empty one is. */
static bool is_mbox(const char *path) {
    struct stat found;
    char start[64];
    if (stat(path, &found) || !S_ISREG(found.st_mode)) return false;
    int descriptor = found.st_size ? open(path, O_RDONLY) : -1;
    ssize_t got = descriptor >= 0 ? read(descriptor, start, sizeof start) : 0;
    if (descriptor >= 0) close(descriptor);
    if (!found.st_size) return true;
    size_t at = 0;
    while (got > 0 && at < (size_t)got && (start[at] == '\n' || start[at] == '\r')) at++;
    return got >= 5 && at + 5 <= (size_t)got && !memcmp(start + at, "From ", 5);
}

/* ------------------------------------------------------------------ roots */

typedef struct names { char **items; size_t count, room; } names;

static int by_name(const void *one, const void *other) { return strcmp(*(char *const *)one, *(char *const *)other); }

/* The mbox files of a folder and of those in it, as paths below the directory. */
static ms_code find_files(names *found, const char *below, int depth) {
    char path[PATH_LENGTH_MAX];
    file_path(path, below);
    DIR *folder = opendir(path);
    if (!folder) return errno == ENOENT || depth ? MS_OK : ms_fail_errno("the directory of mbox files cannot be read");
    names folders = {0};
    struct dirent *one;
    while ((one = readdir(folder)) && found->count < FOLDERS_MAX) {
        bytes name = {0};
        struct stat what;
        bytes_format(&name, "%s%s%s", below, *below ? "/" : "", one->d_name);
        file_path(path, name.at);
        names *to = NULL;
        if (is_name(one->d_name) && name.length < 512 && !stat(path, &what))
            to = S_ISDIR(what.st_mode) ? &folders : is_mbox(path) ? found : NULL;
        if (to) {
            to->items = grow(to->items, to->count, &to->room, sizeof *to->items);
            to->items[to->count++] = bytes_take(&name);
        }
        bytes_free(&name);
    }
    closedir(folder);
    for (size_t i = 0; i < folders.count; i++) {
        if (depth + 1 < DEPTH_MAX && found->count < FOLDERS_MAX) find_files(found, folders.items[i], depth + 1);
        free(folders.items[i]);
    }
    free(folders.items);
    return MS_OK;
}

static void add_root(ms_contexts *out, const char *user, const char *path, const char *name, bool main_folder, ms_role role) {
    bytes uri = {0};
    write_uri(&uri, user, path);
    ms_add_context(out, uri.at, name, main_folder, role);
    bytes_free(&uri);
}

ms_code backend_list_contexts(const char *username, ms_contexts *out) {
    names found = {0};
    bool taken[MS_FALLBACK + 1] = {false};
    ms_code code = find_files(&found, "", 0);
    add_root(out, username, inbox, "Inbox", true, MS_MAIL);
    qsort(found.items, found.count, sizeof *found.items, by_name);
    /* In the order of preference, so that the first of each role is the main one. */
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        for (size_t j = 0; j < found.count; j++) {
            if (!found.items[j] || strcasecmp(found.items[j], special[i].name) || !strcmp(found.items[j], inbox)) continue;
            add_root(out, username, found.items[j], found.items[j], !taken[special[i].role], special[i].role);
            taken[special[i].role] = true;
            free(found.items[j]), found.items[j] = NULL;
        }
    }
    for (size_t i = 0; i < found.count; i++) {
        if (found.items[i] && strcmp(found.items[i], inbox)) add_root(out, username, found.items[i], found.items[i], false, MS_MAIL);
        free(found.items[i]);
    }
    free(found.items);
    return code;
}

ms_code backend_create_root_folder(const char *username, ms_role role, ms_id fid, const char *name, ms_text *uri) {
    (void)fid;
    if (role > MS_DELETED_ITEMS) return MS_OK;
    if (!is_name(name) || !strcmp(name, inbox))
        return ms_fail(MS_INVALID_PARAMETER, "`%s` cannot be the name of an mbox file: 1 to 200 bytes, no `/`, no `.` first, no `.lock`", name);
    char path[PATH_LENGTH_MAX];
    file_path(path, name);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (descriptor < 0) return ms_fail_errno("the mbox file cannot be made");
    close(descriptor);
    bytes text = {0};
    write_uri(&text, username, name);
    ms_answer(uri, text.at);
    bytes_free(&text);
    return MS_OK;
}

/* ------------------------------------------------------------------ contexts */

static ms_code get_root_folder(void *self, ms_id fid, ms_folder *out) {
    root *it = self;
    it->fid = fid;
    *out = root_folder(it);
    return MS_OK;
}

/* The root may be older than its record in the index. */
static ms_code get_path(void *self, ms_id id, ms_text *out) {
    root *it = self;
    char *uri = NULL;
    if (id && id == it->fid) {
        ms_answer(out, it->in->uri + strlen(SPACE "://"));
        return MS_OK;
    }
    ms_code code = ms_get_uri(id, &uri);
    if (code != MS_OK) return code;
    ms_answer(out, uri + strlen(SPACE "://"));
    free(uri);
    return MS_OK;
}

ms_code backend_create_context(const ms_connection *connection, const char *uri, ms_context *out) {
    static const ms_context_ops ops = {.get_root_folder = get_root_folder, .get_path = get_path, .drop = ms_release};
    size_t scheme = strlen(SPACE "://"), user = strlen(connection->owner), length = strlen(uri);
    bytes path = {0}, own = {0};
    char at[PATH_LENGTH_MAX];
    if (length && uri[length - 1] == '/') length--;
    if (length <= scheme + user || strncmp(uri, SPACE "://", scheme) || strncmp(uri + scheme, connection->owner, user) ||
        uri[scheme + user] != '/' || !read_path((span){uri + scheme + user + 1, length - scheme - user - 1}, &path)) {
        bytes_free(&path);
        return ms_fail(MS_NOT_FOUND, "`%s` is no folder of `%s`", uri, connection->owner);
    }
    file_path(at, path.at);
    bool is_inbox = !strcmp(path.at, inbox);
    struct stat found;
    ms_code code = MS_OK;
    /* Mail is delivered to the inbox: it is there, if empty, before anybody did. */
    if (stat(at, &found) && errno == ENOENT && !is_inbox) code = ms_fail(MS_NOT_FOUND, "there is no mbox file `%s`", path.at);
    if (code == MS_OK) {
        write_uri(&own, connection->owner, path.at);
        box *in = box_open(at, own.at, connection);
        *out = (ms_context){&ops, root_open(in, is_inbox ? "Inbox" : path.at)};
        ms_release(in);
    }
    bytes_free(&path), bytes_free(&own);
    return code;
}
