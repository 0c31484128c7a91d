/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file parameter.h
 * The parameters of a run and their priors.
 *
 * A parameter with a log-uniform prior is sampled and stored as its log10, under
 * the name "log10_<name>"; the others as they are.  Densities are normalised in
 * the stored coordinate.  All functions are thread-safe unless they take an rng.
 */
#ifndef MUTAU_PARAMETER_H
#define MUTAU_PARAMETER_H

#include <stdbool.h>
#include <stddef.h>

#include "store/config.h"
#include "base/parameter_set.h"
#include "base/rng.h"
#include "base/status.h"

typedef enum mutau_prior_kind {
    MUTAU_PRIOR_FIXED,
    MUTAU_PRIOR_UNIFORM,         /**< min, max */
    MUTAU_PRIOR_LOG_UNIFORM,     /**< 0 < min, max */
    MUTAU_PRIOR_NORMAL,          /**< mean, sd */
    MUTAU_PRIOR_TRUNCATED_NORMAL /**< mean, sd, min, max */
} mutau_prior_kind;

#define MUTAU_PARAMETER_TEXT_SIZE 96

typedef struct mutau_parameter {
    const mutau_parameter_spec *spec; /**< not owned */
    mutau_prior_kind prior;
    double value;    /**< of a fixed parameter, natural units */
    double min, max; /**< support in natural units; infinite for a normal prior */
    double mean, sd;
    double lo, hi;  /**< support in the stored coordinate */
    double ln_norm; /**< ln of the density's normalisation in the stored coordinate */
    /** Of the stored coordinate: those of `spec`, or made of them for its log10. */
    char stored_name[MUTAU_PARAMETER_TEXT_SIZE];
    char stored_unit[MUTAU_PARAMETER_TEXT_SIZE];
    char stored_latex[MUTAU_PARAMETER_TEXT_SIZE];
} mutau_parameter;

/** The names of the priors of a free parameter, ended by NULL, in the order of their kinds. */
extern const char *const mutau_prior_names[];
/** The name of a kind; "fixed" if it is none. */
const char *mutau_prior_name(mutau_prior_kind kind);
/** The keys that a prior of that name takes, ended by NULL; NULL for an unknown name. */
const char *const *mutau_prior_keys(const char *name);

/** Reads one entry of the run file's `parameters`: a number fixes it, a mapping
 * frees it: {prior: uniform | log-uniform, min, max}, {prior: normal, mean, sigma} or
 * {prior: truncated-normal, mean, sigma, min, max}, of which one edge may be infinite.
 * A normal prior on a parameter whose range has an end must be truncated.  `spec` must outlive
 * *out.  MUTAU_ECONFIG. */
mutau_status mutau_parameter_read(mutau_node *node, const mutau_parameter_spec *spec,
                                  mutau_parameter *out, mutau_error *err) MUTAU_MUST_CHECK;

/** Takes what a free parameter's prior has below `least`, in natural units, off it: the rest
 * is normalised again.  MUTAU_ECONFIG, at `node`, if nothing is left. */
mutau_status mutau_parameter_cut(const mutau_node *node, double least, mutau_parameter *p,
                                 mutau_error *err) MUTAU_MUST_CHECK;

/** ln of the prior density at the stored coordinate x; -INFINITY outside the support. */
double mutau_parameter_ln_prior(const mutau_parameter *p, double x);
/** A draw of the stored coordinate from the prior: one uniform, by inversion. */
double mutau_parameter_draw(const mutau_parameter *p, mutau_rng *rng);
/** The stored coordinate below which the share 0 < u < 1 of the prior is. */
double mutau_parameter_quantile(const mutau_parameter *p, double u);
/** The share of the prior, 0 to 1, that is below a natural value. */
double mutau_parameter_share_below(const mutau_parameter *p, double value);
/** Stored coordinate to natural value, and back. */
double mutau_parameter_natural(const mutau_parameter *p, double x);
double mutau_parameter_stored(const mutau_parameter *p, double value);
/** The support in the stored coordinate (infinite where the prior has no edge). */
void mutau_parameter_support(const mutau_parameter *p, double *lo, double *hi);

#endif
