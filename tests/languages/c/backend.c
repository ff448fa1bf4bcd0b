/* Does harm when its root is counted, in the way that its URI names; counts what it makes and what is dropped. See ../README.md. */
#include <mapistore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned made, dropped;

/* Each object is this: its context's harm. */
typedef struct counted { char harm[32]; } counted;

static counted *new_counted(const char *harm) {
    counted *it = ms_new(sizeof *it, NULL);
    snprintf(it->harm, sizeof it->harm, "%s", harm);
    made++;
    return it;
}
static void drop(void *self) {
    dropped++;
    ms_release(self);
}

/* Not inlined, and not a loop; clang would say that it never ends. */
#pragma clang diagnostic ignored "-Winfinite-recursion"
static __attribute__((noinline)) int recurse(volatile char *from) {
    volatile char here[16];
    here[0] = from[0];
    return recurse(here) + here[0];
}
static void grow(void) {
    for (;;) {
        char *memory = malloc(1 << 20);
        /* A host that has no more is the end as well: nobody goes on without memory. */
        if (!memory) abort();
        memset(memory, 1, 1 << 20);
        *(volatile char *)memory;
    }
}
/* No harm: what the SDK has of many keys at once, over the host. How many were there, after each step. */
static uint32_t batches(void) {
    const ms_pair pairs[] = {{"b", "two", 3}, {"a", "", 0}};
    const char *asked[] = {"a", "none", "b"};
    char **keys, *values[3];
    size_t count, left, lengths[3];
    if (ms_keep_many("batches", pairs, 2) != MS_OK || ms_kept_keys("batches", NULL, &keys, &count) != MS_OK) return 0;
    bool ordered = count == 2 && !strcmp(keys[0], "a") && !strcmp(keys[1], "b");
    ms_free_keys(keys, count);
    if (!ordered || ms_keep_get_many("batches", asked, 3, values, lengths) != MS_OK) return 1;
    bool found = values[0] && !lengths[0] && !values[1] && values[2] && lengths[2] == 3 && !strcmp(values[2], "two");
    free(values[0]), free(values[2]);
    if (ms_kept_keys("batches", "a", &keys, &left) != MS_OK) return 2;
    ms_free_keys(keys, left);
    if (!found || left != 1 || ms_forget_many("batches", asked, 3) != MS_OK || ms_count_kept("batches", &left) != MS_OK) return 3;
    return left ? 4 : 100;
}
static uint32_t do_harm(const char *harm) {
    static volatile char from = 'r';
    if (!strcmp(harm, "recursion")) return (uint32_t)recurse(&from);
    if (!strcmp(harm, "memory")) grow();
    if (!strcmp(harm, "loop")) for (;;) from++;
    /* What other languages throw. Address 0 is memory like any other in WebAssembly; this one is beyond it. */
    if (!strcmp(harm, "exception")) return *(volatile uint32_t *)0xFFFFFFF0u;
    if (!strcmp(harm, "abort")) abort();
    if (!strcmp(harm, "exit")) exit(3);
    if (!strcmp(harm, "batches")) return batches();
    return 100;
}

/* The sums over contexts that are gone, to be freed. */
static ms_code sums(char **out) {
    size_t length = 0;
    ms_code code = ms_keep_get("counts", "sums", out, &length);
    if (code != MS_NOT_FOUND) return code;
    *out = calloc(1, 6);
    return *out ? (memcpy(*out, "0 0 0", 5), MS_OK) : MS_NO_MEMORY;
}

static ms_code get_child_count(void *self, ms_table_kind kind, uint32_t *count) {
    switch (kind) {
    case MS_ASSOCIATED: *count = made; return MS_OK;
    case MS_HIERARCHY: *count = dropped; return MS_OK;
    case MS_CONTENTS: *count = do_harm(((counted *)self)->harm); return MS_OK;
    default: *count = 100; return MS_OK;
    }
}
static ms_code folder_properties(void *self, ms_properties *out) {
    char *text = NULL;
    ms_code code = sums(&text);
    if (code != MS_OK) return code;
    ms_set_text(out, PID_TAG_DISPLAY_NAME, ((counted *)self)->harm);
    ms_set_text(out, PID_TAG_BODY, text);
    free(text);
    return MS_OK;
}

static ms_code mail_properties(void *self, ms_properties *out) {
    char body[801] = "";
    for (int at = 0; at < 100; at++) memcpy(body + 8 * at, "a body\r\n", 9);
    ms_set_text(out, PID_TAG_SUBJECT, "a subject");
    ms_set_text(out, PID_TAG_BODY, body);
    return MS_OK;
}
static const ms_message_ops message_ops = {.properties = mail_properties, .drop = drop};
static ms_code open_message(void *self, ms_id mid, bool read_write, ms_message *out) {
    *out = (ms_message){&message_ops, new_counted("")};
    return MS_OK;
}

static ms_code rows(void *self, ms_rows *out) {
    for (int at = 0; at < 100; at++) {
        char subject[32];
        ms_properties *row = ms_add_row(out);
        ms_set_int32(row, PID_TAG_MESSAGE_SIZE, snprintf(subject, sizeof subject, "message %d", at));
        ms_set_text(row, PID_TAG_SUBJECT, subject);
    }
    return MS_OK;
}
static const ms_table_ops table_ops = {.rows = rows, .columns = (const ms_tag[]){PID_TAG_SUBJECT, PID_TAG_MESSAGE_SIZE, 0}, .drop = drop};
static ms_code open_table(void *self, ms_table_kind kind, ms_table *out) {
    *out = (ms_table){&table_ops, new_counted("")};
    return MS_OK;
}

static const ms_folder_ops folder_ops = {
    .properties = folder_properties, .get_child_count = get_child_count, .open_message = open_message, .open_table = open_table, .drop = drop,
};
static ms_code get_root_folder(void *self, ms_id fid, ms_folder *out) {
    *out = (ms_folder){&folder_ops, new_counted(((counted *)self)->harm)};
    return MS_OK;
}

/* The last of its context. A destructor cannot answer: a sum that is missing is seen. */
static void drop_context(void *self) {
    unsigned all_made = 0, all_dropped = 0, contexts = 0;
    char *text = NULL, sum[64];
    drop(self);
    if (sums(&text) != MS_OK) return;
    sscanf(text, "%u %u %u", &all_made, &all_dropped, &contexts);
    free(text);
    int length = snprintf(sum, sizeof sum, "%u %u %u", all_made + made, all_dropped + dropped, contexts + 1);
    ms_keep("counts", "sums", sum, (size_t)length);
}
static const ms_context_ops context_ops = {.get_root_folder = get_root_folder, .drop = drop_context};

ms_info backend_describe(void) { return (ms_info){"hostile-c", "does harm", "hostile-c", "0.1.0", 0}; }

ms_code backend_list_contexts(const char *username, ms_contexts *out) {
    char uri[4096];
    snprintf(uri, sizeof uri, "hostile-c://%s/behaves/", username);
    ms_add_context(out, uri, "Inbox", true, MS_MAIL);
    return MS_OK;
}
ms_code backend_create_context(const ms_connection *connection, const char *uri, ms_context *out) {
    /* hostile-c://USER/HARM/ */
    const char *harm = strrchr(uri, '/');
    while (harm > uri && harm[-1] != '/') harm--;
    char name[32];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(harm, "/"), harm);
    *out = (ms_context){&context_ops, new_counted(name)};
    return MS_OK;
}
