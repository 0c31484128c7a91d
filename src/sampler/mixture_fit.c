/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitting a mixture; documented in sampler/mixture.h.
 *
 * The fit is made in coordinates in which the sample has unit covariance: whatever is done there
 * with distances alone goes along with an affine map of z.  The covariance is the sample's with a
 * little of the prior's, so that a sample that spans no volume has one, too.  Its factor is the
 * triangle of a QR decomposition of the centred points, as in covariance.c. */
#include "sampler/mixture.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mixture_em_internal.h"
#include "mixture_internal.h"
#include "mixture_search_internal.h"

/* Draws of less weight, relative to the greatest, do not count. */
static const double LEAST_WEIGHT = 1e-10;
/* The least width of a component: of the prior's, and of the sample's. */
static const double PRIOR_FLOOR = 1e-6, SAMPLE_FLOOR = 1e-4;
/* A coordinate of the prior that the ones before determine to this share counts as degenerate. */
static const double MIN_INDEPENDENT = 1e-12;
/* The wide component's degrees of freedom: few, for heavy tails, but with a covariance. */
enum { WIDE_DOF = 4 };

/* Weighted points z, different ones. */
typedef struct cloud {
    size_t n;
    double *z;      /* [n][dim] */
    double *weight; /* [n], the greatest 1 */
} cloud;

static void cloud_free(cloud *c)
{
    free(c->z);
    free(c->weight);
}

/* ---- the draws ---- */

static mutau_status greatest_weight(const mutau_mixture_sample *sample, const char *what,
                                    double *most, mutau_error *err)
{
    *most = -(double)INFINITY;
    for (size_t i = 0; i < sample->n; i++) {
        const double ln_weight = sample->ln_weight != NULL ? sample->ln_weight[i] : 0.0;
        if (isnan(ln_weight) || (isinf(ln_weight) && ln_weight > 0.0))
            return mutau_error_set(err, MUTAU_EDOM,
                                   "mixture: draw %zu of the %s has the log-weight %g: must be "
                                   "finite, or -inf",
                                   i + 1, what, ln_weight);
        *most = fmax(*most, ln_weight);
    }
    if (isinf(*most))
        return mutau_error_set(err, MUTAU_EDOM, "mixture: no draw of the %s has a weight", what);
    return MUTAU_OK;
}

static mutau_status out_of_edges(const mutau_mixture *m, const double x[], size_t draw,
                                 const char *what, mutau_error *err)
{
    size_t k = 0;
    while (k + 1 < m->dim && x[k] > m->lo[k] && x[k] < m->hi[k])
        k++;
    return mutau_error_set(err, MUTAU_EDOM,
                           "mixture: coordinate %zu of draw %zu of the %s is %g: must be within "
                           "%g and %g",
                           k + 1, draw + 1, what, x[k], m->lo[k], m->hi[k]);
}

/* A point for sorting. */
typedef struct entry {
    const double *z;
    size_t dim, index;
} entry;

static int compare_places(const entry *a, const entry *b)
{
    for (size_t k = 0; k < a->dim; k++)
        if (a->z[k] < b->z[k] || a->z[k] > b->z[k])
            return a->z[k] < b->z[k] ? -1 : 1;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const entry *const first = a, *const second = b;
    const int order = compare_places(first, second);
    return order != 0 ? order : (first->index > second->index) - (first->index < second->index);
}

/* A place that a chain stayed at is one point with the sum of the weights, where it was first. */
static mutau_status merge_equal(size_t dim, cloud *c, mutau_error *err)
{
    entry *const entries = mutau_calloc(c->n, sizeof *entries);
    if (entries == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to fit a mixture");
    for (size_t i = 0; i < c->n; i++)
        entries[i] = (entry){.z = c->z + i * dim, .dim = dim, .index = i};
    qsort(entries, c->n, sizeof *entries, by_place);
    for (size_t i = 1, first = 0; i < c->n; i++) {
        if (compare_places(&entries[first], &entries[i]) == 0) {
            c->weight[entries[first].index] += c->weight[entries[i].index];
            c->weight[entries[i].index] = 0.0;
        } else {
            first = i;
        }
    }
    free(entries);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (!(c->weight[i] > 0.0))
            continue;
        memmove(c->z + n * dim, c->z + i * dim, dim * sizeof *c->z);
        c->weight[n++] = c->weight[i];
    }
    c->n = n;
    return MUTAU_OK;
}

static mutau_status cloud_fill(const mutau_mixture *m, const mutau_mixture_sample *sample,
                               const char *what, cloud *c, mutau_error *err)
{
    double most, unused;
    MUTAU_CHECK(greatest_weight(sample, what, &most, err));
    c->z = mutau_calloc(sample->n, m->dim * sizeof *c->z);
    c->weight = mutau_calloc(sample->n, sizeof *c->weight);
    if (c->z == NULL || c->weight == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to fit a mixture");
    for (size_t i = 0; i < sample->n; i++) {
        const double *const x = sample->x + i * m->dim;
        const double weight = sample->ln_weight != NULL ? exp(sample->ln_weight[i] - most) : 1.0;
        if (weight < LEAST_WEIGHT)
            continue;
        if (!mutau_mixture_map(m, x, c->z + c->n * m->dim, &unused))
            return out_of_edges(m, x, i, what, err);
        c->weight[c->n++] = weight;
    }
    return merge_equal(m->dim, c, err);
}

/* ---- moments ---- */

static double weighted_mean(size_t dim, const cloud *c, double mean[])
{
    double total = 0.0;
    memset(mean, 0, dim * sizeof *mean);
    for (size_t i = 0; i < c->n; i++)
        total += c->weight[i];
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < dim; k++)
            mean[k] += c->weight[i] / total * c->z[i * dim + k];
    return total;
}

/* Mean and lower triangle of the points, the covariance of which factor factor^T is, with
 * more more^T added to it (more[dim][dim], NULL: nothing).  False: it spans no volume. */
static bool triangle_of(size_t dim, const cloud *c, const double more[], double mean[],
                        double factor[], double rows[])
{
    const double total = weighted_mean(dim, c, mean);
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < dim; k++)
            rows[i * dim + k] = sqrt(c->weight[i] / total) * (c->z[i * dim + k] - mean[k]);
    for (size_t j = 0; j < dim; j++)
        for (size_t k = 0; k < dim; k++)
            rows[(c->n + j) * dim + k] = more != NULL ? more[k * dim + j] : 0.0;
    double tau[MUTAU_MAX_DIM];
    gsl_matrix_view view = gsl_matrix_view_array(rows, c->n + dim, dim);
    gsl_vector_view tau_view = gsl_vector_view_array(tau, dim);
    (void)gsl_linalg_QR_decomp(&view.matrix, &tau_view.vector);
    bool full = true;
    for (size_t k = 0; k < dim; k++) {
        double length = 0.0;
        for (size_t l = 0; l <= k; l++) {
            const double r = rows[l * dim + k];
            length = hypot(length, r);
            factor[k * (k + 1) / 2 + l] = rows[l * dim + l] < 0.0 ? -r : r;
        }
        full = full && fabs(rows[k * dim + k]) > MIN_INDEPENDENT * length;
    }
    return full;
}

static void expand(size_t dim, double scale, const double triangle[], double matrix[])
{
    for (size_t k = 0; k < dim; k++)
        for (size_t l = 0; l < dim; l++)
            matrix[k * dim + l] = l <= k ? scale * triangle[k * (k + 1) / 2 + l] : 0.0;
}

/* Mean and factor of the prior's draws; if they span no volume, with a bit of each coordinate,
 * relative to what is known of it. */
static void prior_moments(size_t dim, const cloud *prior, double mean[], double factor[],
                          double rows[])
{
    if (triangle_of(dim, prior, NULL, mean, factor, rows))
        return;
    double more[MUTAU_MAX_DIM * MUTAU_MAX_DIM] = {0};
    for (size_t k = 0; k < dim; k++) {
        double length = 0.0;
        for (size_t l = 0; l <= k; l++)
            length = hypot(length, factor[k * (k + 1) / 2 + l]);
        more[k * dim + k] = PRIOR_FLOOR * fmax(length, fmax(fabs(mean[k]), PRIOR_FLOOR));
    }
    (void)triangle_of(dim, prior, more, mean, factor, rows);
}

/* ---- to and from white coordinates ---- */

/* v[dim] = triangle v */
static void multiply(size_t dim, const double triangle[], double v[])
{
    for (size_t k = dim; k-- > 0;) {
        double sum = 0.0;
        for (size_t l = 0; l <= k; l++)
            sum += triangle[k * (k + 1) / 2 + l] * v[l];
        v[k] = sum;
    }
}

/* The floor of scale matrices: the prior's share in white coordinates, and a bit of unity. */
static void set_floor(mutau_em *em, const double prior[], const double inverse[])
{
    const size_t dim = em->dim;
    double column[MUTAU_MAX_DIM];
    for (size_t k = 0; k < dim; k++)
        em->floor[k * (k + 3) / 2] = SAMPLE_FLOOR * SAMPLE_FLOOR;
    for (size_t j = 0; j < dim; j++) {
        for (size_t k = 0; k < dim; k++)
            column[k] = j <= k ? PRIOR_FLOOR * prior[k * (k + 1) / 2 + j] : 0.0;
        multiply(dim, inverse, column);
        for (size_t k = 0, at = 0; k < dim; k++)
            for (size_t l = 0; l <= k; l++, at++)
                em->floor[at] += column[k] * column[l];
    }
}

static void whiten(const cloud *c, const double mean[], const double inverse[], mutau_em *em)
{
    double v[MUTAU_MAX_DIM];
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = 0; k < em->dim; k++)
            v[k] = c->z[i * em->dim + k] - mean[k];
        multiply(em->dim, inverse, v);
        for (size_t k = 0; k < em->dim; k++)
            em->y[k * em->n + i] = v[k];
        em->weight[i] = c->weight[i];
    }
    mutau_em_prepare(em);
}

/* Components of the blend, coloured, and with the weights that leave the wide one its own. */
static void take_blend(mutau_mixture *m, const mutau_em_blend *blend, double wide_weight,
                       const double mean[], const double factor[])
{
    const size_t dim = m->dim;
    double total = 0.0;
    for (size_t b = 0; b < blend->n; b++)
        total += blend->blob[b].weight;
    for (size_t b = 0; b < blend->n; b++) {
        const mutau_em_blob *const blob = &blend->blob[b];
        mutau_component *const c = &m->component[b];
        c->weight = (1.0 - wide_weight) * blob->weight / total;
        c->dof = blend->dof;
        memcpy(c->mean, blob->mean, sizeof c->mean);
        multiply(dim, factor, c->mean);
        for (size_t k = 0; k < dim; k++)
            c->mean[k] += mean[k];
        for (size_t j = 0; j < dim; j++) {
            double column[MUTAU_MAX_DIM];
            for (size_t k = 0; k < dim; k++)
                column[k] = j <= k ? blob->factor[k * (k + 1) / 2 + j] : 0.0;
            multiply(dim, factor, column);
            for (size_t k = j; k < dim; k++)
                c->factor[k * (k + 1) / 2 + j] = column[k];
        }
    }
    m->n = blend->n;
}

/* The covariance of a t distribution is dof / (dof - 2) times its scale matrix. */
static void add_wide(mutau_mixture *m, double weight, const double mean[], const double factor[])
{
    mutau_component *const c = &m->component[m->n++];
    const double shrink = sqrt((WIDE_DOF - 2.0) / WIDE_DOF);
    c->weight = weight;
    c->dof = WIDE_DOF;
    memcpy(c->mean, mean, m->dim * sizeof *mean);
    for (size_t i = 0; i < m->dim * (m->dim + 1) / 2; i++)
        c->factor[i] = shrink * factor[i];
}

/* ---- the fit ---- */

static mutau_status check_settings(const mutau_mixture_settings *s, mutau_error *err)
{
    if (s->max_component < 1 || s->max_component > MUTAU_MAX_COMPONENTS)
        return mutau_error_set(err, MUTAU_EDOM, "mixture: %zu components: must be 1 to %d",
                               s->max_component, MUTAU_MAX_COMPONENTS);
    if (!(s->wide_weight > 0.0 && s->wide_weight < 1.0))
        return mutau_error_set(err, MUTAU_EDOM,
                               "mixture: a wide component of weight %g: must be between 0 and 1",
                               s->wide_weight);
    return MUTAU_OK;
}

/* What a fit holds. */
typedef struct fit {
    cloud sample, prior;
    double *rows; /* room for triangle_of */
    mutau_em em;
    mutau_em_blend *blend;
} fit;

static void fit_free(fit *f)
{
    cloud_free(&f->sample);
    cloud_free(&f->prior);
    free(f->rows);
    mutau_em_free(&f->em);
    free(f->blend);
}

static mutau_status fit_begin(const mutau_mixture *m, const mutau_mixture_sample *sample,
                              const mutau_mixture_sample *prior, fit *f, mutau_error *err)
{
    MUTAU_CHECK(cloud_fill(m, sample, "sample", &f->sample, err));
    MUTAU_CHECK(cloud_fill(m, prior, "prior", &f->prior, err));
    const size_t n_row = (f->sample.n > f->prior.n ? f->sample.n : f->prior.n) + m->dim;
    f->rows = mutau_calloc(n_row, m->dim * sizeof *f->rows);
    f->blend = mutau_calloc(1, sizeof *f->blend);
    if (f->rows == NULL || f->blend == NULL || !mutau_em_alloc(&f->em, m->dim, f->sample.n))
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to fit a mixture");
    return MUTAU_OK;
}

static mutau_status too_far(mutau_error *err)
{
    return mutau_error_set(err, MUTAU_EDOM,
                           "mixture: the draws are farther from each other than numbers go");
}

static mutau_status fit_run(mutau_mixture *m, const mutau_mixture_settings *settings, fit *f,
                            mutau_error *err)
{
    const size_t dim = m->dim;
    double prior_mean[MUTAU_MAX_DIM], prior_factor[MUTAU_MAX_TRIANGLE];
    double mean[MUTAU_MAX_DIM], factor[MUTAU_MAX_TRIANGLE], inverse[MUTAU_MAX_TRIANGLE];
    double little[MUTAU_MAX_DIM * MUTAU_MAX_DIM] = {0};
    prior_moments(dim, &f->prior, prior_mean, prior_factor, f->rows);
    expand(dim, PRIOR_FLOOR, prior_factor, little);
    (void)triangle_of(dim, &f->sample, little, mean, factor, f->rows);
    mutau_triangle_invert(dim, factor, inverse);
    for (size_t i = 0; i < dim * (dim + 1) / 2; i++)
        if (!isfinite(prior_factor[i]) || !isfinite(factor[i]) || !isfinite(inverse[i]))
            return too_far(err);
    set_floor(&f->em, prior_factor, inverse);
    whiten(&f->sample, mean, inverse, &f->em);
    MUTAU_CHECK(mutau_mixture_search(&f->em, settings->max_component, f->blend, err));
    take_blend(m, f->blend, settings->wide_weight, mean, factor);
    add_wide(m, settings->wide_weight, prior_mean, prior_factor);
    return mutau_mixture_complete(m) ? MUTAU_OK : too_far(err);
}

mutau_status mutau_mixture_fit(const mutau_mixture_settings *settings,
                               const mutau_mixture_sample *sample,
                               const mutau_mixture_sample *prior, mutau_mixture **out,
                               mutau_error *err)
{
    fit f = {0};
    mutau_mixture *m = NULL;
    *out = NULL;
    MUTAU_CHECK(check_settings(settings, err));
    MUTAU_CHECK(mutau_mixture_alloc(settings->dim, settings->lo, settings->hi, &m, err));
    mutau_status status = fit_begin(m, sample, prior, &f, err);
    if (status == MUTAU_OK)
        status = fit_run(m, settings, &f, err);
    fit_free(&f);
    if (status == MUTAU_OK)
        *out = m;
    else
        mutau_mixture_free(m);
    return status;
}
