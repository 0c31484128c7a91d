/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a row of a data set must be, and what it hardly is; documented in
 * dataset_internal.h. */
#include "dataset_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/plausible.h"

static mutau_status bad(const mutau_dataset_table *t, mutau_dataset_column column, size_t i,
                        mutau_error *err, const char *format, ...) MUTAU_PRINTF(5, 6);

/* "FILE:LINE:COLUMN: data set 'own', row 3, E2Phi: ..." */
static mutau_status bad(const mutau_dataset_table *t, mutau_dataset_column column, size_t i,
                        mutau_error *err, const char *format, ...)
{
    char text[MUTAU_ERROR_SIZE / 2];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return mutau_table_error(t->table, t->names[column], i, err, "data set '%s', row %zu, %s: %s",
                             t->dataset, i + 1, t->names[column], text);
}

static mutau_status check_edges(const mutau_dataset_table *t, size_t i, const mutau_bin bins[],
                                mutau_error *err)
{
    const mutau_bin *bin = &bins[i];
    char own[MUTAU_NUMBER_SIZE], other[MUTAU_NUMBER_SIZE];
    if (!(bin->e_lo_gev > 0.0))
        return bad(t, MUTAU_COLUMN_E_LO, i, err, "the lower edge must be above 0");
    mutau_number_write(bin->e_lo_gev, own);
    if (!(bin->e_hi_gev > bin->e_lo_gev)) {
        mutau_number_write(bin->e_hi_gev, other);
        return bad(t, MUTAU_COLUMN_E_HI, i, err,
                   "the upper edge must be above the lower: %s is not above %s GeV", other, own);
    }
    if (i == 0 || bin->e_lo_gev >= bins[i - 1].e_hi_gev)
        return MUTAU_OK;
    mutau_number_write(bins[i - 1].e_hi_gev, other);
    return bad(t, MUTAU_COLUMN_E_LO, i, err,
               "rows must rise in energy and not overlap: this one begins at %s GeV, the one "
               "before ends at %s GeV",
               own, other);
}

/* The flux and its errors: a measured row has all three, a limit what it likes. */
static mutau_status check_flux(const mutau_dataset_table *t, size_t i, const mutau_bin *bin,
                               mutau_error *err)
{
    const struct {
        mutau_dataset_column column;
        double value;
    } fields[] = {{MUTAU_COLUMN_E2PHI, bin->e2phi},
                  {MUTAU_COLUMN_ERR_MINUS, bin->err_minus},
                  {MUTAU_COLUMN_ERR_PLUS, bin->err_plus}};
    for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++) {
        if (isnan(fields[k].value) && !bin->is_limit)
            return bad(t, fields[k].column, i, err,
                       "no number, and the row is no limit (%s): a measurement needs one",
                       t->names[MUTAU_COLUMN_IS_LIMIT]);
        if (fields[k].column != MUTAU_COLUMN_E2PHI && fields[k].value < 0.0)
            return bad(t, fields[k].column, i, err, "a negative error");
    }
    if (!bin->is_limit && !(bin->err_minus > 0.0) && !(bin->err_plus > 0.0))
        return bad(t, MUTAU_COLUMN_ERR_PLUS, i, err,
                   "both errors are 0: a measurement needs one, and a limit has %s 1",
                   t->names[MUTAU_COLUMN_IS_LIMIT]);
    return MUTAU_OK;
}

static mutau_status check_limit(const mutau_dataset_table *t, size_t i, const mutau_bin *bin,
                                mutau_error *err)
{
    const bool is_sum = t->names[MUTAU_COLUMN_LIMIT][0] == '\0';
    const mutau_dataset_column edge = is_sum ? MUTAU_COLUMN_E2PHI : MUTAU_COLUMN_LIMIT;
    char limit[MUTAU_NUMBER_SIZE], best[MUTAU_NUMBER_SIZE];
    if (isnan(bin->e2phi_limit) && is_sum)
        return bad(t, edge, i, err,
                   "the edge of this limit is %s + %s (columns: {limit: ''}): both are needed",
                   t->names[MUTAU_COLUMN_E2PHI], t->names[MUTAU_COLUMN_ERR_PLUS]);
    if (isnan(bin->e2phi_limit))
        return bad(t, edge, i, err,
                   "the row is a limit (%s), whose upper edge must stand here: E^2 dPhi/dE per "
                   "flavour, GeV cm^-2 s^-1 sr^-1",
                   t->names[MUTAU_COLUMN_IS_LIMIT]);
    if (!(bin->e2phi_limit > 0.0))
        return bad(t, edge, i, err, "the limit must be above 0");
    mutau_number_write(bin->e2phi_limit, limit);
    mutau_number_write(bin->e2phi, best);
    if (bin->e2phi > bin->e2phi_limit)
        return bad(t, edge, i, err, "the limit %s is below its own best fit %s (%s)", limit, best,
                   t->names[MUTAU_COLUMN_E2PHI]);
    if (isnan(bin->limit_level))
        return bad(t, MUTAU_COLUMN_LEVEL, i, err, "a limit needs its confidence level");
    if (!(bin->limit_level > 0.0 && bin->limit_level < 1.0))
        return bad(t, MUTAU_COLUMN_LEVEL, i, err,
                   "a confidence level is between 0 and 1, like 0.68 and 0.90");
    return MUTAU_OK;
}

mutau_status mutau_dataset_check_bin(const mutau_dataset_table *t, size_t i, mutau_bin bins[],
                                     mutau_error *err)
{
    mutau_bin *bin = &bins[i];
    MUTAU_CHECK(check_edges(t, i, bins, err));
    MUTAU_CHECK(check_flux(t, i, bin, err));
    if (bin->is_limit)
        MUTAU_CHECK(check_limit(t, i, bin, err));
    bin->e2phi = isnan(bin->e2phi) ? 0.0 : bin->e2phi;
    bin->err_minus = isnan(bin->err_minus) ? 0.0 : bin->err_minus;
    bin->err_plus = isnan(bin->err_plus) ? 0.0 : bin->err_plus;
    return MUTAU_OK;
}

/* --- units ------------------------------------------------------------------------------ */

/* A value to judge, and the column it stands in. */
typedef struct magnitude {
    mutau_plausible_kind kind;
    mutau_dataset_column column;
    double value;
    const char *what; /* "": the column's own number */
} magnitude;

enum { MAX_MAGNITUDE = 6 };

static size_t list_magnitudes(const mutau_bin *bin, bool edge_is_sum, magnitude m[MAX_MAGNITUDE])
{
    const double least = fmin(bin->err_minus, bin->err_plus), upper = bin->e2phi + bin->err_plus;
    const mutau_dataset_column edge = edge_is_sum ? MUTAU_COLUMN_E2PHI : MUTAU_COLUMN_LIMIT;
    size_t n = 0;
    m[n++] = (magnitude){MUTAU_PLAUSIBLE_ENERGY, MUTAU_COLUMN_E_LO, bin->e_lo_gev, ""};
    m[n++] = (magnitude){MUTAU_PLAUSIBLE_ENERGY, MUTAU_COLUMN_E_HI, bin->e_hi_gev, ""};
    if (bin->is_limit) {
        m[n++] = (magnitude){MUTAU_PLAUSIBLE_E2PHI_REACH, edge, bin->e2phi_limit, "the limit, "};
        return n;
    }
    m[n++] = (magnitude){MUTAU_PLAUSIBLE_E2PHI, MUTAU_COLUMN_E2PHI, bin->e2phi, ""};
    m[n++] = (magnitude){MUTAU_PLAUSIBLE_E2PHI_REACH, MUTAU_COLUMN_ERR_PLUS, upper,
                         "with the best fit, "};
    if (bin->e2phi > 0.0 && least > 0.0)
        m[n++] = (magnitude){MUTAU_PLAUSIBLE_RELATIVE_ERROR, MUTAU_COLUMN_ERR_PLUS,
                             least / bin->e2phi, "relative to the best fit, "};
    return n;
}

/* Judges row i: MUTAU_EDATA for what is impossible; `first` becomes the first thing that is
 * implausible, in the words of an error, if it is still empty. */
static mutau_status check_row(const mutau_dataset_table *t, size_t i, const mutau_bin *bin,
                              bool *implausible, mutau_error *first, mutau_error *err)
{
    const bool edge_is_sum = t->names[MUTAU_COLUMN_LIMIT][0] == '\0';
    magnitude m[MAX_MAGNITUDE];
    const size_t n = list_magnitudes(bin, edge_is_sum, m);
    *implausible = false;
    for (size_t k = 0; k < n; k++) {
        char why[MUTAU_PLAUSIBLE_SIZE];
        const mutau_plausible_verdict verdict = mutau_plausible_judge(m[k].kind, m[k].value, why);
        if (verdict == MUTAU_IS_IMPOSSIBLE)
            return bad(t, m[k].column, i, err, "%s%s", m[k].what, why);
        if (verdict == MUTAU_IS_IMPLAUSIBLE && first->text[0] == '\0')
            (void)bad(t, m[k].column, i, first, "%s%s", m[k].what, why);
        *implausible = *implausible || verdict == MUTAU_IS_IMPLAUSIBLE;
    }
    return MUTAU_OK;
}

mutau_status mutau_dataset_check_units(const mutau_dataset_table *t, size_t n_bin,
                                       const mutau_bin bins[], char **warning, mutau_error *err)
{
    mutau_error first = {0};
    char text[MUTAU_ERROR_SIZE + 64];
    size_t n = 0;
    *warning = NULL;
    for (size_t i = 0; i < n_bin; i++) {
        bool implausible;
        MUTAU_CHECK(check_row(t, i, &bins[i], &implausible, &first, err));
        n += implausible ? 1 : 0;
    }
    if (n == 0)
        return MUTAU_OK;
    (void)snprintf(text, sizeof text, "%s (%zu of %zu rows)", first.text, n, n_bin);
    *warning = mutau_strdup(text);
    return *warning != NULL
               ? MUTAU_OK
               : mutau_error_set(err, MUTAU_ENOMEM, "no memory for the data set %s", t->dataset);
}
