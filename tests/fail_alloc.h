/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the n-th allocation fail.  For tests that are linked with
 * -Wl,--wrap= each of mutau_calloc, mutau_calloc_lines, mutau_realloc and mutau_strdup; include it
 * once. */
#ifndef MUTAU_TESTS_FAIL_ALLOC_H
#define MUTAU_TESTS_FAIL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

void *__real_mutau_calloc(size_t n, size_t size);
void *__real_mutau_calloc_lines(size_t n, size_t size);
void *__real_mutau_realloc(void *old, size_t n, size_t size);
char *__real_mutau_strdup(const char *text);
void *__wrap_mutau_calloc(size_t n, size_t size);
void *__wrap_mutau_calloc_lines(size_t n, size_t size);
void *__wrap_mutau_realloc(void *old, size_t n, size_t size);
char *__wrap_mutau_strdup(const char *text);

/* Allocations still to succeed; negative: all of them. */
static long fail_alloc_after = -1;

static bool fail_alloc_now(void)
{
    if (fail_alloc_after < 0)
        return false;
    return fail_alloc_after-- == 0;
}

void *__wrap_mutau_calloc(size_t n, size_t size)
{
    return fail_alloc_now() ? NULL : __real_mutau_calloc(n, size);
}

void *__wrap_mutau_calloc_lines(size_t n, size_t size)
{
    return fail_alloc_now() ? NULL : __real_mutau_calloc_lines(n, size);
}

void *__wrap_mutau_realloc(void *old, size_t n, size_t size)
{
    return fail_alloc_now() ? NULL : __real_mutau_realloc(old, n, size);
}

char *__wrap_mutau_strdup(const char *text)
{
    return fail_alloc_now() ? NULL : __real_mutau_strdup(text);
}

/* Runs `call` with its first, second, ... allocation failing until none is left to
 * fail; each time it must return MUTAU_ENOMEM with a text and leave `object` NULL.
 * `count` gets the number of allocations.  The last, undisturbed, run's object stays.
 * (Of many allocations some are left out where check_stride says so.) */
#define CHECK_EACH_ALLOC(call, object, count, err)                                                 \
    do {                                                                                           \
        mutau_status alloc_status_ = MUTAU_ENOMEM;                                                 \
        for ((count) = 0; alloc_status_ != MUTAU_OK;                                               \
             (count) += (count) < 20 ? 1 : check_stride(7)) {                                      \
            fail_alloc_after = (count);                                                            \
            (err).text[0] = '\0';                                                                  \
            alloc_status_ = (call);                                                                \
            const bool failed_ = fail_alloc_after < 0;                                             \
            fail_alloc_after = -1;                                                                 \
            if (!failed_) {                                                                        \
                CHECK_OK(alloc_status_, err);                                                      \
                break;                                                                             \
            }                                                                                      \
            CHECK_STATUS(alloc_status_, MUTAU_ENOMEM, err);                                        \
            assert_null(object);                                                                   \
        }                                                                                          \
    } while (0)

#endif
