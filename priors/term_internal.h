/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terms that priors/term.c lists, and what they share. */
#ifndef MUTAU_TERM_INTERNAL_H
#define MUTAU_TERM_INTERNAL_H

#include "base/interp.h"
#include "physics/mediator.h"
#include "priors/term.h"

extern const mutau_term_type mutau_term_g2;
extern const mutau_term_type mutau_term_na64;
extern const mutau_term_type mutau_term_kaon;
extern const mutau_term_type mutau_term_z_decay;
extern const mutau_term_type mutau_term_w_decay;
extern const mutau_term_type mutau_term_trident;
extern const mutau_term_type mutau_term_neff;
extern const mutau_term_type mutau_term_borexino;
extern const mutau_term_type mutau_term_charm_ii;
extern const mutau_term_type mutau_term_na64e;

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

/* Where the boson's parameters begin in a point of the set; MUTAU_EDOM if it has none. */
mutau_status mutau_term_find_boson(const mutau_parameter_set *set, size_t *boson,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/* A term that is a curve over the boson's mass, the first of its inputs, and a rule: the `curve` of
 * its type. */
typedef struct mutau_term_curve {
    mutau_interp_kind kind;
    double mass_max_mev; /* 0: where the curve ends */
    double (*lnl)(const mutau_interp *curve, double m_zprime_mev, double g_prime);
} mutau_term_curve;

/* Its functions.  It has no settings. */
mutau_status mutau_term_curve_alloc(const mutau_term_type *self, const void *settings,
                                    const char *data_dir, const mutau_parameter_set *set,
                                    void **state, mutau_error *err) MUTAU_MUST_CHECK;
void mutau_term_curve_free(void *state);
double mutau_term_curve_lnl(const void *state, const double point[]);
void mutau_term_curve_range(const void *state, double *min_mev, double *max_mev);

#endif
