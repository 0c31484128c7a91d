/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terms that priors/term.c lists, and what they share. */
#ifndef MUTAU_TERM_INTERNAL_H
#define MUTAU_TERM_INTERNAL_H

#include "mutau/interp.h"
#include "mutau/term.h"

extern const mutau_term_type mutau_term_g2;
extern const mutau_term_type mutau_term_na64;
extern const mutau_term_type mutau_term_kaon;
extern const mutau_term_type mutau_term_z_decay;
extern const mutau_term_type mutau_term_w_decay;
extern const mutau_term_type mutau_term_trident;
extern const mutau_term_type mutau_term_neff;
extern const mutau_term_type mutau_term_borexino;

/* Reads the first two columns of an input (a name within the folder "priors" beside
 * data_dir) into an interpolation table. */
mutau_status mutau_term_read_table(const char *data_dir, const mutau_term_input *input,
                                   mutau_interp_kind kind, mutau_interp **out,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/* Reads column i_column against the first into a natural cubic spline of its logarithm (which
 * it gives) in ln x. */
mutau_status mutau_term_read_log_spline(const char *data_dir, const mutau_term_input *input,
                                        size_t i_column, mutau_interp **out,
                                        mutau_error *err) MUTAU_MUST_CHECK;

/* The `free` and `mass_range` of a term whose state is one such table. */
void mutau_term_free_table(void *state);
void mutau_term_table_range(const void *state, double *min_mev, double *max_mev);

#endif
