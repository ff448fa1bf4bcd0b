/* The backend over a directory of this machine: what other programs do to the files meanwhile, and what is left by a kill. */
#include <mapistore_testing.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"

static char directory[512];
static const char alice[] = "From alice@example.org Sat Nov 28 13:13:12 2026\nSubject: one\n\nbody of one\n\n";
static const char bob[] = "From bob@example.org Sat Nov 28 13:13:13 2026\nSubject: two\nStatus: O\n\nbody of two\n\n";

static char *path_of(const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void put(const char *name, const char *text, const char *how) {
    FILE *file = fopen(path_of(name), how);
    MS_CHECK(file && fwrite(text, 1, strlen(text), file) == strlen(text) && !fclose(file));
}

static char *get(const char *name) {
    FILE *file = fopen(path_of(name), "r");
    bytes all = {0};
    char buffer[4096];
    for (size_t got; file && (got = fread(buffer, 1, sizeof buffer, file));) bytes_add(&all, buffer, got);
    if (file) fclose(file);
    return bytes_take(&all);
}

static bool is(const char *name, const char *expected) {
    char *found = get(name);
    bool equal = !strcmp(found, expected);
    if (!equal) fprintf(stderr, "`%s` is:\n%s\nand has to be:\n%s\n", name, found, expected);
    free(found);
    return equal;
}

/* A directory of its own for each test. */
static void begin(const char *base) {
    static int number;
    snprintf(directory, sizeof directory, "%s/mail-%d", base, number++);
    MS_CHECK(!mkdir(directory, 0700));
    const char *key = "root", *value = directory;
    MS_CHECK(backend_init(1, &key, &value) == MS_OK);
    ms_testing_reset();
}

typedef struct opened { ms_context context; ms_folder folder; } opened;

static opened open_as(const char *user, const char *uri) {
    opened it = {0};
    ms_connection connection = {.username = user, .owner = "alice", .replica = {7, 9}};
    MS_CHECK(backend_create_context(&connection, uri, &it.context) == MS_OK);
    MS_CHECK(it.context.ops->get_root_folder(it.context.self, ms_testing_id(), &it.folder) == MS_OK);
    return it;
}

static opened open_inbox(void) { return open_as("alice", "mbox://alice/inbox/"); }

static void done(opened *it) {
    it->folder.ops->drop(it->folder.self);
    it->context.ops->drop(it->context.self);
}

/* The subjects of all messages, one a line, with `*` for those that are read; and their ids. */
static char *listed(const opened *it, ms_id ids[16]) {
    ms_table table;
    bytes text = {0};
    MS_CHECK(it->folder.ops->open_table(it->folder.self, MS_CONTENTS, &table) == MS_OK && table.ops->load(table.self) == MS_OK);
    for (size_t i = 0; i < table.ops->count(table.self); i++) {
        ms_properties *row = ms_new_properties();
        MS_CHECK(table.ops->row(table.self, i, row) == MS_OK);
        bytes_format(&text, "%s%s\n", ms_get_text(row, PID_TAG_SUBJECT), ms_get(row, PID_TAG_READ)->val.boolean ? "*" : "");
        if (ids && i < 16) ids[i] = (ms_id)ms_get(row, PID_TAG_MID)->val.integer64;
        ms_free_properties(row);
    }
    table.ops->drop(table.self);
    return bytes_take(&text);
}

static bool lists(const opened *it, const char *expected, ms_id ids[16]) {
    char *found = listed(it, ids);
    bool equal = !strcmp(found, expected);
    if (!equal) fprintf(stderr, "listed is:\n%s\nand has to be:\n%s\n", found, expected);
    free(found);
    return equal;
}

static ms_code add(const opened *it, const char *content) {
    ms_message message;
    ms_stream stream;
    ms_id number;
    MS_CHECK(it->folder.ops->create_message(it->folder.self, ms_testing_id(), false, &message) == MS_OK);
    MS_CHECK(message.ops->open_stream(message.self, 0x66590102, MS_CREATE, &stream) == MS_OK);
    MS_CHECK(stream.ops->write(stream.self, 0, content, strlen(content)) == MS_OK && stream.ops->commit(stream.self) == MS_OK);
    stream.ops->drop(stream.self);
    ms_code code = message.ops->save(message.self, false, &number);
    message.ops->drop(message.self);
    return code;
}

/* ------------------------------------------------------------------ the tests */

static void a_file_that_grows_keeps_the_ids_of_its_messages(void) {
    ms_id before[16], after[16], again[16];
    opened it = open_inbox();
    MS_CHECK(lists(&it, "", NULL));
    put("inbox", alice, "w");
    MS_CHECK(lists(&it, "one\n", before));
    put("inbox", bob, "a");
    MS_CHECK(lists(&it, "one\ntwo\n", after) && after[0] == before[0]);
    /* The same text once more is another message. */
    put("inbox", bob, "a");
    MS_CHECK(lists(&it, "one\ntwo\ntwo\n", again) && again[1] == after[1] && again[2] != again[1]);
    done(&it);
    it = open_inbox();
    MS_CHECK(lists(&it, "one\ntwo\ntwo\n", after) && !memcmp(after, again, 3 * sizeof *after));
    done(&it);
}

static void what_another_program_removes_or_marks_is_seen(void) {
    ms_id before[16], after[16];
    put("inbox", alice, "w"), put("inbox", bob, "a");
    opened it = open_inbox();
    MS_CHECK(lists(&it, "one\ntwo\n", before));
    put("inbox", "From bob@example.org Sat Nov 28 13:13:13 2026\nSubject: two\nStatus: RO\nX-UID: 5\n\nbody of two\n\n", "w");
    MS_CHECK(lists(&it, "two*\n", after) && after[0] == before[1]);
    char *uri = NULL;
    MS_CHECK(ms_get_uri(before[0], &uri) == MS_NOT_FOUND);
    done(&it);
}

static void what_is_known_can_be_lost(void) {
    ms_id before[16], after[16];
    put("inbox", alice, "w"), put("inbox", bob, "a");
    opened it = open_inbox();
    MS_CHECK(lists(&it, "one\ntwo\n", before));
    done(&it);
    MS_CHECK(!unlink(path_of(".inbox.mapistore")));
    put("inbox", bob, "w");
    it = open_inbox();
    MS_CHECK(lists(&it, "two\n", after) && after[0] == before[1]);
    done(&it);
    put(".inbox.mapistore", "nonsense of somebody else, who writes here as well, and more of it than a head has, which is eighty bytes", "w");
    it = open_inbox();
    MS_CHECK(lists(&it, "two\n", after) && after[0] == before[1]);
    done(&it);
}

static void changes_touch_nothing_else(void) {
    ms_id ids[16];
    ms_code outcomes[2] = {MS_OK, MS_OK};
    put("inbox", "\n\nFrom x Sat Nov 28 13:13:11 2026\r\nSubject: zero\r\nX-Odd: \xFF\r\n\r\n>From y\r\nno empty line follows\r\n", "w");
    put("inbox", alice, "a"), put("inbox", bob, "a");
    opened it = open_inbox();
    MS_CHECK(lists(&it, "zero\none\ntwo\n", ids));
    MS_CHECK(it.folder.ops->set_read_flags(it.folder.self, (ms_id[]){ids[0], 4711}, 2, true, outcomes) == MS_OK);
    MS_CHECK(outcomes[0] == MS_OK && outcomes[1] == MS_NOT_FOUND);
    outcomes[0] = MS_OK;
    MS_CHECK(it.folder.ops->delete_messages(it.folder.self, &ids[1], 1, true, outcomes) == MS_OK && outcomes[0] == MS_OK);
    bytes expected = {0};
    bytes_format(&expected, "\n\nFrom x Sat Nov 28 13:13:11 2026\r\nSubject: zero\r\nX-Odd: \xFF\r\nStatus: R \r\nX-Status:     \r\n\r\n>From y\r\n"
                            "no empty line follows\r\n%s", bob);
    MS_CHECK(is("inbox", expected.at));
    /* From now on there is room for the flag. */
    struct stat before, after;
    MS_CHECK(!stat(path_of("inbox"), &before));
    MS_CHECK(it.folder.ops->set_read_flags(it.folder.self, ids, 1, false, outcomes) == MS_OK);
    MS_CHECK(!stat(path_of("inbox"), &after) && before.st_ino == after.st_ino && lists(&it, "zero\ntwo\n", NULL));
    bytes_free(&expected);
    done(&it);
}

static void a_message_is_added_behind_a_file_without_an_end(void) {
    put("inbox", "From x Sat Nov 28 13:13:11 2026\nSubject: zero\n\nno end", "w");
    opened it = open_inbox();
    MS_CHECK(add(&it, "Subject: added\n\nFrom me\n") == MS_OK && lists(&it, "zero\nadded\n", NULL));
    char *now = get("inbox");
    MS_CHECK(!strncmp(now, "From x Sat Nov 28 13:13:11 2026\nSubject: zero\n\nno end\n\nFrom ", 60) && strstr(now, "\n>From me\n"));
    free(now);
    done(&it);
}

static void what_is_no_mbox_file_is_left_alone(void) {
    put("notes", "just a text\n", "w"), put("inbox", "just a text\n", "w"), put("Sent", "", "w"), put("x.lock", "", "w"), put(".hidden", "", "w");
    MS_CHECK(!mkdir(path_of("Archive"), 0700));
    put("Archive/2024", alice, "w");
    opened it = open_inbox();
    uint32_t count;
    MS_CHECK(it.folder.ops->get_child_count(it.folder.self, MS_CONTENTS, &count) == MS_CORRUPTED && add(&it, "a: b\n\nx") == MS_CORRUPTED);
    MS_CHECK(is("inbox", "just a text\n"));
    done(&it);
    it = open_as("alice", "mbox://alice/Archive/2024/");
    MS_CHECK(lists(&it, "one\n", NULL));
    done(&it);
    ms_connection connection = {.username = "alice", .owner = "alice"};
    static const char *const none[] = {"mbox://alice/../inbox/", "mbox://alice/nothing/", "mbox://bob/inbox/", "mbox://alice/.hidden/",
                                       "mbox://alice/%2E%2E/inbox/", "mbox://alice/a%2Fb/", "mbox://alice//", "mbox://alice/", "mbox://alice/%zz/"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        MS_CHECK(backend_create_context(&connection, none[i], &it.context) == MS_NOT_FOUND);
}

static void a_lock_of_somebody_else_is_kept_to(void) {
    put("inbox", alice, "w"), put("inbox.lock", "4711\n", "w");
    opened it = open_inbox();
    MS_CHECK(add(&it, "a: b\n\nx") == MS_IN_USE && is("inbox", alice) && is("inbox.lock", "4711\n"));
    /* Nobody holds one for so long. */
    struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    MS_CHECK(!utimensat(AT_FDCWD, path_of("inbox.lock"), old, 0));
    MS_CHECK(add(&it, "Subject: x\n\nx") == MS_OK && lists(&it, "one\nx\n", NULL) && access(path_of("inbox.lock"), F_OK));
    done(&it);
}

static void half_a_message_that_was_cut_off_goes(void) {
    bytes text = {0};
    put("inbox", alice, "w");
    bytes_format(&text, "mapistore alice mbox://alice/inbox/\n%zu 500\n", sizeof alice - 1);
    put("inbox.lock", text.at, "w"), put("inbox", "From MAILER-DAEMON Sat Nov 28 13:13:13 2026\nSubject: ha", "a");
    /* Somebody else's context leaves it to its own. */
    opened it = open_as("bob", "mbox://alice/inbox/");
    MS_CHECK(lists(&it, "one\nha\n", NULL));
    done(&it);
    it = open_inbox();
    MS_CHECK(lists(&it, "one\n", NULL) && is("inbox", alice) && access(path_of("inbox.lock"), F_OK));
    done(&it);
    bytes_free(&text);
}

static void a_refusal_of_the_host_leaves_the_old_or_the_new(void) {
    for (unsigned call = 1;; call++) {
        ms_id ids[16];
        ms_testing_reset();
        put("inbox", alice, "w"), put("inbox", bob, "a");
        unlink(path_of(".inbox.mapistore"));
        opened it = open_inbox();
        MS_CHECK(lists(&it, "one\ntwo\n", ids));
        ms_testing_refuse_after(call);
        ms_code outcome = MS_OK, code = it.folder.ops->delete_messages(it.folder.self, ids, 1, false, &outcome);
        ms_code added = add(&it, "Subject: three\n\nbody\n");
        bool refused = ms_testing_refuse_after(0);
        done(&it);
        it = open_inbox();
        char *now = listed(&it, NULL), *uri;
        bool gone = !strstr(now, "one"), there = strstr(now, "three") != NULL;
        MS_CHECK((gone || code != MS_OK) && (there || added != MS_OK) && strstr(now, "two"));
        MS_CHECK(!gone || ms_get_uri(ids[0], &uri) == MS_NOT_FOUND);
        free(now);
        done(&it);
        if (!refused) return;
    }
}

/* A process that is killed right after it told of so many messages, in the middle of what it does next: it adds and marks without an end. */
static void nothing_acknowledged_is_lost_by_a_kill(void) {
    for (int round = 0; round < 12; round++) {
        int told[2], status;
        ms_testing_reset();
        unlink(path_of("inbox")), unlink(path_of(".inbox.mapistore"));
        put("inbox", alice, "w");
        MS_CHECK(!pipe(told));
        fflush(NULL);
        pid_t child = fork();
        if (!child) {
            opened it = open_inbox();
            bytes content = {0};
            for (int i = 0;; i++) {
                ms_id ids[16];
                ms_code outcome = MS_OK;
                content.length = 0;
                bytes_format(&content, "Subject: number %d\n\n%*s\n", i, 20000, "end");
                if (add(&it, content.at) != MS_OK) _exit(1);
                if (write(told[1], &i, sizeof i) != sizeof i) _exit(2);
                free(listed(&it, ids));
                it.folder.ops->set_read_flags(it.folder.self, ids, 1, i % 2, &outcome);
            }
        }
        close(told[1]);
        int last = -1;
        while (last < round && read(told[0], &last, sizeof last) == sizeof last);
        kill(child, SIGKILL);
        MS_CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
        while (read(told[0], &last, sizeof last) == sizeof last);
        close(told[0]);
        opened it = open_inbox();
        char *now = listed(&it, NULL), *at = now;
        MS_CHECK(!strncmp(at, "one", 3));
        at = strchr(at, '\n') + 1;
        int count = 0, number, length;
        for (; sscanf(at, "number %d%n", &number, &length) == 1; count++) {
            MS_CHECK(number == count);
            at = strchr(at, '\n') + 1;
        }
        /* All that were told, and one more at most, which nobody was. */
        MS_CHECK(!*at && (count == last + 1 || count == last + 2));
        char *file = get("inbox");
        MS_CHECK(!count || !strcmp(file + strlen(file) - 5, "end\n\n"));
        free(file), free(now);
        done(&it);
    }
}

int main(int count, char **arguments) {
    static void (*const tests[])(void) = {
        a_file_that_grows_keeps_the_ids_of_its_messages, what_another_program_removes_or_marks_is_seen, what_is_known_can_be_lost,
        changes_touch_nothing_else, a_message_is_added_behind_a_file_without_an_end, what_is_no_mbox_file_is_left_alone,
        a_lock_of_somebody_else_is_kept_to, half_a_message_that_was_cut_off_goes, a_refusal_of_the_host_leaves_the_old_or_the_new,
        nothing_acknowledged_is_lost_by_a_kill};
    MS_CHECK(count == 2);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        begin(arguments[1]);
        tests[i]();
    }
    printf("backend: %zu passed\n", sizeof tests / sizeof *tests);
    return 0;
}
