/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The library as a whole; documented in mutau/library.h. */
#include "mutau/library.h"

#include <gsl/gsl_errno.h>
#include <pthread.h>
#include <stddef.h>

#include "mutau_build.h"

/* GSL does not tell which handler is in force other than by setting another: two threads that did
 * so at a time could lose the program's. */
static void keep_gsl_from_aborting(void)
{
    gsl_error_handler_t *const own = gsl_set_error_handler_off();
    if (own != NULL)
        (void)gsl_set_error_handler(own);
}

void mutau_init(void)
{
    /* The one thing here that can be written: whether a state of the process, GSL's, has been
     * seen to. */
    static pthread_once_t init_once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&init_once, keep_gsl_from_aborting);
}

const char *mutau_version(void)
{
    return MUTAU_VERSION;
}
