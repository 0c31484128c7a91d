/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file builtin_target_internal.h
 * What the kinds of built-in targets fill in.  Private to the sampler.
 */
#ifndef MUTAU_BUILTIN_TARGET_INTERNAL_H
#define MUTAU_BUILTIN_TARGET_INTERNAL_H

#include "sampler/builtin_target.h"

enum {
    BUILTIN_MAX_DIM = MUTAU_BUILTIN_TARGET_MAX_DIM,
    BUILTIN_MAX_MODE = 8,
    BUILTIN_MAX_DATA = 64,
    BUILTIN_MAX_LINEAR = 8
};

struct mutau_builtin_target {
    size_t dim;
    /* The prior: N(0, normal_sd^2) in each coordinate where normal_sd > 0, else uniform
     * between lo and hi. */
    double lo, hi, normal_sd;
    double (*ln_like)(const mutau_builtin_target *t, const double x[]);
    mutau_builtin_truth truth;
    double mean[BUILTIN_MAX_DIM], sd[BUILTIN_MAX_DIM], median[BUILTIN_MAX_DIM];

    /* What ln_like needs, by kind. */
    double norm;              /* added constant */
    double inv_var, coupling; /* gaussian: of the squares, of the squared sum */
    double power;             /* student: of 1 + inv_var x^2 */
    size_t n_mode;            /* mixture */
    double ln_weight[BUILTIN_MAX_MODE], centre[BUILTIN_MAX_MODE];
    size_t n_data; /* linear-gaussian */
    double data[BUILTIN_MAX_DATA], design[BUILTIN_MAX_DATA][BUILTIN_MAX_LINEAR];
};

extern const mutau_builtin_target_type mutau_builtin_gaussian;
extern const mutau_builtin_target_type mutau_builtin_rosenbrock;
extern const mutau_builtin_target_type mutau_builtin_eggbox;
extern const mutau_builtin_target_type mutau_builtin_shells;
extern const mutau_builtin_target_type mutau_builtin_mixture;
extern const mutau_builtin_target_type mutau_builtin_linear;
extern const mutau_builtin_target_type mutau_builtin_student;
extern const mutau_builtin_target_type mutau_builtin_funnel;

#endif
