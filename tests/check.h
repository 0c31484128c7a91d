/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every test includes: cmocka and comparisons that NaN fails. */
#ifndef MUTAU_TESTS_CHECK_H
#define MUTAU_TESTS_CHECK_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/** How many of alike cases (allocations to fail, random numbers to try) to go on by: 1, or `every`
 * where MUTAU_THIN_UNIT is set, as Meson's set-up `valgrind` does: it takes fifty times as long,
 * and the same build has had them all without it, as have the sanitizers. */
static inline int check_stride(int every)
{
    return getenv("MUTAU_THIN_UNIT") != NULL ? every : 1;
}

/** |got - want| <= tol * |want|; a NaN on either side fails. */
#define CHECK_REL(got, want, tol)                                                                  \
    do {                                                                                           \
        const double got_ = (got), want_ = (want), tol_ = (tol);                                   \
        if (!(fabs(got_ - want_) <= tol_ * fabs(want_)))                                           \
            fail_msg("%s = %.17g, want %.17g: relative difference %.3g > %.3g", #got, got_, want_, \
                     fabs(got_ / want_ - 1.0), tol_);                                              \
    } while (0)

/** |got - want| <= tol; a NaN on either side fails. */
#define CHECK_ABS(got, want, tol)                                                                  \
    do {                                                                                           \
        const double got_ = (got), want_ = (want), tol_ = (tol);                                   \
        if (!(fabs(got_ - want_) <= tol_))                                                         \
            fail_msg("%s = %.17g, want %.17g: difference %.3g > %.3g", #got, got_, want_,          \
                     fabs(got_ - want_), tol_);                                                    \
    } while (0)

/** `call` must return MUTAU_OK; prints the text of the mutau_error `err` if not. */
#define CHECK_OK(call, err)                                                                        \
    do {                                                                                           \
        const mutau_status status_ = (call);                                                       \
        if (status_ != MUTAU_OK)                                                                   \
            fail_msg("%s: %s: %s", #call, mutau_status_text(status_), (err).text);                 \
    } while (0)

/** `call` must return `status`, with a text in `err`. */
#define CHECK_STATUS(call, status, err)                                                            \
    do {                                                                                           \
        const mutau_status status_ = (call);                                                       \
        if (status_ != (status))                                                                   \
            fail_msg("%s: got '%s' (%s), want '%s'", #call, mutau_status_text(status_),            \
                     (err).text, mutau_status_text(status));                                       \
        if ((err).text[0] == '\0')                                                                 \
            fail_msg("%s: no error text", #call);                                                  \
    } while (0)

#endif
