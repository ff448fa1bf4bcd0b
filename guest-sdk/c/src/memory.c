/* Memory: what the SDK allocates, and what objects share. */
#include "internal.h"

void *ms_need(void *memory) {
    if (!memory) abort();
    return memory;
}

/* An empty list has no memory: the bindings do not free it. */
void *ms_zeros(size_t count, size_t size) { return count ? ms_need(calloc(count, size)) : NULL; }

void *ms_grow(void *list, size_t count, size_t *room, size_t size) {
    if (count < *room) return list;
    if (*room > SIZE_MAX / 2 / size) abort();
    *room = *room ? *room * 2 : 16;
    return ms_need(realloc(list, *room * size));
}

uint8_t *ms_copy(const void *bytes, size_t length) {
    return length ? memcpy(ms_need(malloc(length)), bytes, length) : NULL;
}

backend_string_t ms_string(const char *text) {
    size_t length = strlen(text);
    return (backend_string_t){ms_copy(text, length), length};
}

backend_string_t ms_lent(const char *text) { return (backend_string_t){(uint8_t *)text, strlen(text)}; }

char *ms_terminated(const void *bytes, size_t length) {
    char *text = ms_need(malloc(length + 1));
    if (length) memcpy(text, bytes, length);
    text[length] = 0;
    return text;
}

void ms_answer(ms_text *answer, const char *text) {
    free(answer->text);
    answer->text = ms_terminated(text, strlen(text));
}

/* Shared memory stands behind how often it is kept; a double keeps it aligned. */
typedef union shared {
    struct { size_t kept; void (*destroy)(void *); } head;
    long double align;
} shared;

void *ms_new(size_t size, void (*destroy)(void *)) {
    shared *memory = ms_zeros(1, sizeof *memory + size);
    memory->head.kept = 1;
    memory->head.destroy = destroy;
    return memory + 1;
}

void *ms_retain(void *memory) {
    if (memory) ((shared *)memory - 1)->head.kept++;
    return memory;
}

void ms_release(void *memory) {
    if (!memory) return;
    shared *found = (shared *)memory - 1;
    if (--found->head.kept) return;
    if (found->head.destroy) found->head.destroy(memory);
    free(found);
}
