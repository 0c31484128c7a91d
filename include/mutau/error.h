/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file error.h
 * How a call of the library says that it failed.
 *
 * A function that can fail returns a mutau_status and takes, as its last argument, a caller-owned
 * `mutau_error *` that may be NULL.  On failure the code is returned and the text says, in one
 * line, where, what, and what would be right; results behind out-parameters are then unspecified
 * unless the function says otherwise.  On success the text is untouched.
 */
#ifndef MUTAU_ERROR_H
#define MUTAU_ERROR_H

#if defined(__GNUC__)
#define MUTAU_API __attribute__((visibility("default")))
#define MUTAU_MUST_CHECK __attribute__((warn_unused_result))
#else
#define MUTAU_API
#define MUTAU_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** The numbers never change; new codes are added at the end. */
typedef enum mutau_status {
    MUTAU_OK = 0,
    MUTAU_EDOM = 1,      /**< argument outside its domain */
    MUTAU_ENAN = 2,      /**< not a number */
    MUTAU_ENOMEM = 3,    /**< out of memory */
    MUTAU_EUSAGE = 4,    /**< wrong usage */
    MUTAU_ECONFIG = 5,   /**< invalid configuration */
    MUTAU_EDATA = 6,     /**< invalid data file */
    MUTAU_EIO = 7,       /**< input/output error */
    MUTAU_EEXIST = 8,    /**< file exists */
    MUTAU_ELOCKED = 9,   /**< file is in use by another writer */
    MUTAU_ERESUME = 10,  /**< run cannot be resumed */
    MUTAU_ENUMERIC = 11, /**< numerical failure */
    MUTAU_ESTOPPED = 12  /**< stopped on request */
} mutau_status;

#define MUTAU_ERROR_SIZE 1024

/** One line of text for a person; initialise with `mutau_error err = {0}`. */
typedef struct mutau_error {
    char text[MUTAU_ERROR_SIZE]; /**< always terminated; cut at the end if too long */
} mutau_error;

/** The fixed description of `status` ("success", ...); never NULL. */
MUTAU_API const char *mutau_status_text(mutau_status status);

#ifdef __cplusplus
}
#endif

#endif
