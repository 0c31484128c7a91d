/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An HDF5 file driver whose file is a block of memory.
 *
 * HDF5 does not survive a failing write well: what it could not flush stays
 * behind in its caches, closing the file fails, and so may the end of the program
 * (h5py issue 914).  So while a chain file is composed, HDF5 writes to memory,
 * where nothing can fail, and the caller brings the bytes to disk.  HDF5's own
 * `core` driver would hold the space of the raw data too; this one holds only what
 * has been written, and raw data never are. */
#include "chain_hdf5.h"

#include <hdf5.h>

#if !H5_VERSION_GE(1, 10, 7)
#error "HDF5 1.10.7 or later is needed (H5Pset_file_locking, H5Dget_chunk_info)"
#endif

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include <stdlib.h>
#include <string.h>

#include "mutau/mem.h"

_Static_assert(sizeof(hid_t) == sizeof(mutau_chain_hid), "hid_t has 64 bits since HDF5 1.10");

#define MAX_ADDRESS (((haddr_t)1 << 62) - 1)

typedef struct image_file {
    H5FD_t common; /* HDF5's part, first */
    mutau_chain_image *image;
} image_file;

/* The driver's information in the access property list: which image. */
typedef struct image_info {
    mutau_chain_image *image;
} image_info;

/* HDF5 hands its callbacks the first member of the whole. */
static image_file *of(H5FD_t *file)
{
    void *whole = file;
    return whole;
}

static const image_file *of_const(const H5FD_t *file)
{
    const void *whole = file;
    return whole;
}

static H5FD_t *image_open(const char *name, unsigned flags, hid_t access, haddr_t max_address)
{
    (void)name;
    (void)flags;
    (void)max_address;
    const image_info *info = H5Pget_driver_info(access);
    if (info == NULL)
        return NULL;
    image_file *file = info->image->file;
    file->image = info->image;
    return &file->common;
}

static herr_t image_close(H5FD_t *file)
{
    (void)file; /* the image's owner frees it */
    return 0;
}

static herr_t image_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    /* Aggregation keeps all metadata in one block at the front. */
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t image_end_of_space(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return of_const(file)->image->file_size;
}

static herr_t image_set_end_of_space(H5FD_t *file, H5FD_mem_t type, haddr_t end)
{
    (void)type;
    of(file)->image->file_size = end;
    return 0;
}

static haddr_t image_end_of_file(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return of_const(file)->image->used;
}

static herr_t image_read(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                         size_t size, void *buffer)
{
    (void)type;
    (void)transfer;
    const mutau_chain_image *image = of(file)->image;
    if (address > image->size || size > image->size - address)
        return -1;
    memcpy(buffer, image->bytes + address, size);
    return 0;
}

static herr_t image_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                          size_t size, const void *buffer)
{
    (void)type;
    (void)transfer;
    mutau_chain_image *image = of(file)->image;
    if (address > image->size || size > image->size - address)
        return -1;
    memcpy(image->bytes + address, buffer, size);
    if (address + size > image->used)
        image->used = (size_t)(address + size);
    return 0;
}

static const H5FD_class_t image_class = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)600, /* 512 and above are anybody's */
#endif
    .name = "mutau_image",
    .maxaddr = MAX_ADDRESS,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(image_info),
    .open = image_open,
    .close = image_close,
    .query = image_query,
    .get_eoa = image_end_of_space,
    .set_eoa = image_set_end_of_space,
    .get_eof = image_end_of_file,
    .read = image_read,
    .write = image_write,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

mutau_status mutau_chain_image_alloc(size_t size, mutau_chain_image *image, mutau_error *err)
{
    *image = (mutau_chain_image){
        .bytes = mutau_calloc(size, 1),
        .size = size,
        .file = mutau_calloc(1, sizeof(image_file)),
    };
    if (image->bytes == NULL || image->file == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to compose a chain file");
    return MUTAU_OK;
}

void mutau_chain_image_free(mutau_chain_image *image)
{
    free(image->bytes);
    free(image->file);
    *image = (mutau_chain_image){0};
}

hid_t mutau_chain_image_create(mutau_chain_image *image, uint64_t metadata_size, hid_t *driver)
{
    const image_info info = {image};
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = -1;
    *driver = H5FDregister(&image_class);
    if (access >= 0 && *driver >= 0 && H5Pset_driver(access, *driver, &info) >= 0 &&
        H5Pset_meta_block_size(access, metadata_size) >= 0 &&
        H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) >= 0)
        file = H5Fcreate("mutau chain", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (access >= 0)
        (void)H5Pclose(access);
    return file;
}
