/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What those files of the chain store share that use HDF5. */
#ifndef MUTAU_CHAIN_HDF5_H
#define MUTAU_CHAIN_HDF5_H

#include "chain_internal.h"

/** HDF5's hid_t, so that this header needs none of HDF5's: an object, negative
 * after a failure. */
typedef int64_t mutau_chain_hid;

/* ---- chain_image.c: a file that HDF5 composes in memory --------------------- */

#define MUTAU_CHAIN_PAGE 4096 /* what is empty is not written in pieces of this size */

/** The first bytes of a file; behind them nothing has been written. */
typedef struct mutau_chain_image {
    unsigned char *bytes; /**< owned; zero where nothing has been written */
    size_t size;          /**< of the memory, whole pages; a write beyond it fails */
    size_t used;          /**< whole pages, up to the last write */
    uint64_t file_size;   /**< of the whole file, space for raw data included */
} mutau_chain_image;

/** Memory for `size` bytes; MUTAU_ENOMEM.  Freed with mutau_chain_image_free, also
 * after a failure. */
mutau_status mutau_chain_image_alloc(size_t size, mutau_chain_image *image,
                                     mutau_error *err) MUTAU_MUST_CHECK;
void mutau_chain_image_free(mutau_chain_image *image);
/** A new HDF5 file on `image`, which must not move until it is closed; metadata are gathered in
 * its first `metadata_size` bytes.  `name` is one that no other open file has; a file of that name
 * is neither read nor written.  Negative on failure. */
mutau_chain_hid mutau_chain_image_create(mutau_chain_image *image, uint64_t metadata_size,
                                         const char *name);

/* ---- chain_types.c ---------------------------------------------------------- */

/** Closes an object of any kind that one need not know to be written; negative: nothing. */
void mutau_chain_drop(mutau_chain_hid object);

/** The types of the compound data sets in memory and in the file; negative on
 * failure, to be closed with H5Tclose. */
mutau_chain_hid mutau_chain_blob_type(const mutau_chain_info *info);
mutau_chain_hid mutau_chain_check_type(void);
mutau_chain_hid mutau_chain_evidence_type(const mutau_chain_info *info);
mutau_chain_hid mutau_chain_failure_type(const mutau_chain_info *info);
mutau_chain_hid mutau_chain_slot_type(const mutau_chain_info *info);
/** UTF-8 text of any length. */
mutau_chain_hid mutau_chain_text_type(void);
/** UTF-8 text of the size of this one. */
mutau_chain_hid mutau_chain_fixed_text_type(const char *text);
/** The 8-bit enumeration FALSE, TRUE that h5py takes for a bool. */
mutau_chain_hid mutau_chain_bool_type(void);

#endif
