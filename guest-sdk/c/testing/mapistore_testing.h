/**
 * For tests of a backend on this machine: what stands in for the host. Index, keys and values, and named properties are kept in memory,
 * for one owner. `cc.sh` compiles a test.
 */
#ifndef MAPISTORE_TESTING_H
#define MAPISTORE_TESTING_H

#include <mapistore.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Forgets everything, as for another owner. */
void ms_testing_reset(void);
/** A fresh id, as the host allocates it for a call that makes something. */
ms_id ms_testing_id(void);
/** From now on the host refuses the call after so many with MS_STORAGE; 0 for none. Answers whether one was refused since the last time. */
bool ms_testing_refuse_after(unsigned calls);
/** An empty bag, rows, ids and recipients of one's own are what the functions of a backend are called with. */
ms_ids *ms_testing_ids(void);
/** The ids in a list, which is let go. To be freed. */
ms_id *ms_testing_take_ids(ms_ids *ids, size_t *count);

/** Ends the test if `truth` is none. */
#define MS_CHECK(truth) \
    do { \
        if (!(truth)) ms_testing_failed(__FILE__, __LINE__, #truth); \
    } while (0)
void ms_testing_failed(const char *file, int line, const char *truth);

#ifdef __cplusplus
}
#endif

#endif
