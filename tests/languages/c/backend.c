/* Does harm when its root's tables are counted, another way for each kind; its destructors count themselves. */
#include <mapistore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not inlined, and not a loop. */
static __attribute__((noinline)) int recurse(volatile char *from) {
    volatile char here[1024];
    here[0] = from[0];
    return recurse(here) + here[0];
}

static ms_code get_child_count(void *self, ms_table_kind kind, uint32_t *count) {
    switch (kind) {
    case MS_HIERARCHY: *count = (uint32_t)recurse((volatile char *)"r"); return MS_OK;
    case MS_CONTENTS:
        for (;;) {
            char *memory = malloc(1 << 20);
            /* A host that has no more is the end as well: nobody goes on without memory. */
            if (!memory) abort();
            memset(memory, 1, 1 << 20);
            *count += (uint32_t)memory[12345];
        }
    case MS_ASSOCIATED: abort();
    case MS_RULES: exit(0);
    case MS_PERMISSIONS: *count = *(volatile uint32_t *)0xFFFFFFF0u; return MS_OK;
    default: *count = 0; return MS_OK;
    }
}

/* A key for each of them, so that two that are dropped are two. */
static void drop(void *self) {
    char key[32];
    snprintf(key, sizeof key, "%s", (const char *)self);
    ms_keep("dropped", key, "1", 1);
    ms_release(self);
}

static ms_code properties(void *self, ms_properties *out) {
    size_t dropped = 0;
    ms_code code = ms_count_kept("dropped", &dropped);
    ms_set_text(out, PID_TAG_DISPLAY_NAME, "Inbox");
    ms_set_int32(out, PID_TAG_CONTENT_COUNT, (int32_t)dropped);
    return code;
}

static const ms_folder_ops folder_ops = {.properties = properties, .get_child_count = get_child_count, .drop = drop};

static ms_code get_root_folder(void *self, ms_id fid, ms_folder *out) {
    char *name = ms_new(32, NULL);
    snprintf(name, 32, "folder");
    *out = (ms_folder){&folder_ops, name};
    return MS_OK;
}

static const ms_context_ops context_ops = {.get_root_folder = get_root_folder, .drop = drop};

ms_info backend_describe(void) { return (ms_info){"hostile-c", "does harm", "hostile-c", "0.1.0", 0}; }

ms_code backend_list_contexts(const char *username, ms_contexts *out) {
    char uri[4096];
    snprintf(uri, sizeof uri, "hostile-c://%s/inbox/", username);
    ms_add_context(out, uri, "Inbox", true, MS_MAIL);
    return MS_OK;
}

ms_code backend_create_context(const ms_connection *connection, const char *uri, ms_context *out) {
    char *name = ms_new(32, NULL);
    snprintf(name, 32, "context");
    *out = (ms_context){&context_ops, name};
    return MS_OK;
}
