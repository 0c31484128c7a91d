/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Silence of HDF5; documented in store/chain_quiet.h.  For the length of a
 * call: what the macros H5E_BEGIN_TRY and H5E_END_TRY do, in two functions. */
#include "store/chain_quiet.h"

#include <hdf5.h>

void mutau_chain_quiet_begin(mutau_chain_quiet *kept)
{
    kept->report = NULL;
    kept->data = NULL;
    (void)H5Eauto_is_v2(H5E_DEFAULT, &kept->version);
    if (kept->version != 0) {
        H5E_auto2_t report = NULL;
        (void)H5Eget_auto2(H5E_DEFAULT, &report, &kept->data);
        (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
        kept->report = (void (*)(void))report;
    } else {
        H5E_auto1_t report = NULL;
        (void)H5Eget_auto1(&report, &kept->data);
        (void)H5Eset_auto1(NULL, NULL);
        kept->report = (void (*)(void))report;
    }
}

void mutau_chain_quiet_end(const mutau_chain_quiet *kept)
{
    if (kept->version != 0)
        (void)H5Eset_auto2(H5E_DEFAULT, (H5E_auto2_t)kept->report, kept->data);
    else
        (void)H5Eset_auto1((H5E_auto1_t)kept->report, kept->data);
}

void mutau_chain_silence_library(void)
{
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}
