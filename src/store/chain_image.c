/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An HDF5 file that is a block of memory.
 *
 * HDF5 does not survive a failing write well: what it could not flush stays
 * behind in its caches, closing the file fails, and so may the end of the program
 * (h5py issue 914).  So a chain file is composed by HDF5's `core` driver without a
 * file behind it, where nothing can fail, and the caller brings the bytes to disk.
 *
 * H5Fget_file_image() would hand out the space of the raw data, too, gigabytes of
 * zeros.  The memory that the driver asks for ends behind the last write, and raw data
 * are never written: so it is given ours, which is still there when HDF5 has closed
 * the file. */
#include "chain_hdf5_internal.h"

#include <hdf5.h>

#if !H5_VERSION_GE(1, 10, 7)
#error "HDF5 1.10.7 or later is needed (H5Pset_file_locking, H5Dget_chunk_info)"
#endif

#include <stdlib.h>

#include "base/mem.h"

_Static_assert(sizeof(hid_t) == sizeof(mutau_chain_hid), "hid_t has 64 bits since HDF5 1.10");

/* The driver's memory grows in our block, which cannot move. */
static void *image_grow(void *bytes, size_t size, H5FD_file_image_op_t why, void *user)
{
    (void)bytes;
    (void)why;
    mutau_chain_image *image = user;
    if (size > image->size)
        return NULL;
    image->used = size;
    return image->bytes;
}

static herr_t image_keep(void *bytes, H5FD_file_image_op_t why, void *user)
{
    (void)bytes;
    (void)why;
    (void)user; /* the image's owner frees it */
    return 0;
}

static void *image_of_copy(void *user)
{
    return user;
}

static herr_t image_of_copy_end(void *user)
{
    (void)user;
    return 0;
}

mutau_status mutau_chain_image_alloc(size_t size, mutau_chain_image *image, mutau_error *err)
{
    const size_t whole = (size / MUTAU_CHAIN_PAGE + 1) * MUTAU_CHAIN_PAGE;
    *image = (mutau_chain_image){.bytes = mutau_calloc(whole, 1), .size = whole};
    if (image->bytes == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to compose a chain file");
    return MUTAU_OK;
}

void mutau_chain_image_free(mutau_chain_image *image)
{
    free(image->bytes);
    *image = (mutau_chain_image){0};
}

hid_t mutau_chain_image_create(mutau_chain_image *image, uint64_t metadata_size, const char *name)
{
    H5FD_file_image_callbacks_t memory = {
        .image_realloc = image_grow,
        .image_free = image_keep,
        .udata_copy = image_of_copy,
        .udata_free = image_of_copy_end,
        .udata = image,
    };
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = -1;
    if (access >= 0 && H5Pset_fapl_core(access, MUTAU_CHAIN_PAGE, false) >= 0 &&
        H5Pset_file_image_callbacks(access, &memory) >= 0 &&
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 &&
        H5Pset_meta_block_size(access, metadata_size) >= 0 &&
        H5Pset_small_data_block_size(access, 0) >= 0 &&
        H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) >= 0)
        file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (access >= 0)
        (void)H5Pclose(access);
    return file;
}
