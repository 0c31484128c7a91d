/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kaon's width as a table; documented in kaon_width_internal.h. */
#include "kaon_width_internal.h"

#include "priors/kaon_width_table.h"

mutau_status mutau_kaon_width_table(mutau_kaon_measured which, mutau_interp **ln_width,
                                    mutau_error *err)
{
    double mass[MUTAU_KAON_N_NODE];
    mutau_kaon_masses(which, mass);
    return mutau_interp_alloc(MUTAU_INTERP_LOG_X_CUBIC, MUTAU_KAON_N_NODE, mass, ln_widths[which],
                              ln_width, err);
}
