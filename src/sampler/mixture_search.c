/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Greedy search for components; documented in mixture_search_internal.h.
 *
 * After Verbeek, Vlassis & Kroese, Neural Comput. 15, 469 (2003): a mixture of n + 1 components
 * begins as the best one of n with one more put where it adds most, and EM goes on from there.  The
 * new one is half of an old one, cut at its middle across an axis, or a seed: the nearest
 * neighbours of a point, which is how a small mode far from everything is found.  Both are tried
 * for some steps.  Nothing is random; seeds and cuts go along under a linear map. */
#include "mixture_search_internal.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Degrees of freedom: while components are counted, and in the end. */
enum { DOF_SEARCH = 16, DOF_LAST = 4 };

/* Steps of EM: to choose between two ways, for a number of components, for the last polish; what a
 * step has to add to ln L to go on; and after how many components in vain the search ends. */
enum { STEPS_TRIAL = 4, STEPS_EACH = 12, STEPS_LAST = 40, PATIENCE = 2 };
static const double ENOUGH_EACH = 1.0, ENOUGH_LAST = 2e-2;

/* Seeds: of so many points, so many are tried with neighbours that are so many shares of all. */
enum { MAX_POOL = 1000, MAX_ANCHOR = 256, N_SIZE = 2 };
static const double SHARES[N_SIZE] = {0.02, 0.08};
static const double GOLDEN = 0.61803398874989484820;

/* ---- seeds ---- */

typedef struct seeds {
    size_t n_pool, n_anchor;
    size_t n_near[N_SIZE]; /* rising */
    size_t *pool;          /* [n_pool] of the points */
    double weight;         /* of them together */
    double *place;         /* [dim][n_pool] */
    double *distance;      /* [2][n_pool] scratch */
    size_t *near;          /* [n_anchor][n_near[N_SIZE - 1]] of the points, the nearest few first */
    double *peak[N_SIZE];  /* [n_anchor][n_near[size]] density of the neighbours' blob at them */
    mutau_em local;        /* the neighbours */
} seeds;

static void seeds_free(seeds *s)
{
    free(s->pool);
    free(s->place);
    free(s->distance);
    free(s->near);
    for (size_t size = 0; size < N_SIZE; size++)
        free(s->peak[size]);
    mutau_em_free(&s->local);
}

/* At most n_place points, each standing for the same weight. */
static void fill_pool(const mutau_em *em, seeds *s, size_t n_place)
{
    double below = 0.0;
    for (size_t i = 0; i < em->n; i++) {
        const double above = below + em->weight[i] / em->n_effective * (double)n_place;
        if (floor(above + 0.5) > floor(below + 0.5) && s->n_pool < n_place)
            s->pool[s->n_pool++] = i;
        below = above;
    }
}

/* Hoare's selection: afterwards value[rank] is where sorting would put it, lower ones before. */
static double select_rank(double value[], size_t n, size_t rank)
{
    size_t begin = 0, end = n;
    while (end - begin > 1) {
        const double pivot = value[begin + (end - begin - 1) / 2];
        size_t i = begin, j = end - 1;
        for (;; i++, j--) {
            while (value[i] < pivot)
                i++;
            while (value[j] > pivot)
                j--;
            if (i >= j)
                break;
            const double swap = value[i];
            value[i] = value[j];
            value[j] = swap;
        }
        if (rank <= j)
            end = j + 1;
        else
            begin = j + 1;
    }
    return value[rank];
}

/* The nearest neighbours of the anchor, itself among them, the fewest first. */
static void find_near(const mutau_em *em, const seeds *s, size_t anchor, size_t near[])
{
    const size_t n_pool = s->n_pool, few = s->n_near[0], many = s->n_near[N_SIZE - 1];
    double *const distance = s->distance, *const sorting = distance + n_pool;
    memset(distance, 0, n_pool * sizeof *distance);
    for (size_t k = 0; k < em->dim; k++) {
        const double *const place = s->place + k * n_pool;
        const double here = place[anchor];
        for (size_t i = 0; i < n_pool; i++)
            distance[i] += (place[i] - here) * (place[i] - here);
    }
    memcpy(sorting, distance, n_pool * sizeof *sorting);
    const double outer = select_rank(sorting, n_pool, many - 1);
    const double inner = select_rank(sorting, many, few - 1);
    size_t n_few = 0, n_many = few;
    for (size_t i = 0; i < n_pool; i++) {
        if (distance[i] <= inner && n_few < few)
            near[n_few++] = s->pool[i];
        else if (distance[i] <= outer && n_many < many)
            near[n_many++] = s->pool[i];
    }
}

/* The blob of the n points near[n], as points of their own. */
static void seed_blob(const mutau_em *em, seeds *s, size_t n, const size_t near[],
                      mutau_em_blob *blob)
{
    mutau_em *const local = &s->local;
    local->n = n;
    local->n_effective = s->weight;
    memcpy(local->floor, em->floor, sizeof em->floor);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < em->dim; k++)
            local->y[k * n + i] = em->y[k * em->n + near[i]];
        memcpy(local->feature + i * em->n_feature, em->feature + near[i] * em->n_feature,
               em->n_feature * sizeof *em->feature);
        local->weight[i] = em->weight[near[i]];
    }
    (void)mutau_em_gather(local, DOF_SEARCH, local->weight, NULL, blob);
}

static bool seeds_alloc(const mutau_em *em, seeds *s)
{
    const size_t n_near = s->n_near[N_SIZE - 1];
    bool complete = mutau_em_alloc(&s->local, em->dim, n_near);
    s->place = mutau_calloc(s->n_pool, em->dim * sizeof *s->place);
    s->distance = mutau_calloc(s->n_pool, 2 * sizeof *s->distance);
    s->near = mutau_calloc(s->n_anchor, n_near * sizeof *s->near);
    for (size_t size = 0; size < N_SIZE; size++) {
        s->peak[size] = mutau_calloc(s->n_anchor, s->n_near[size] * sizeof *s->peak[size]);
        complete = complete && s->peak[size] != NULL;
    }
    return complete && s->place != NULL && s->distance != NULL && s->near != NULL;
}

/* Few points have no seeds. */
static mutau_status seeds_find(const mutau_em *em, seeds *s, mutau_error *err)
{
    const size_t n_place = em->n < MAX_POOL ? em->n : MAX_POOL;
    *s = (seeds){0};
    s->pool = mutau_calloc(n_place, sizeof *s->pool);
    if (s->pool == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to fit a mixture");
    fill_pool(em, s, n_place);
    for (size_t i = 0; i < s->n_pool; i++)
        s->weight += em->weight[s->pool[i]];
    for (size_t size = 0; size < N_SIZE; size++) {
        const double least = (double)(2 * size + 1) * (mutau_em_least(em) + 2.0);
        s->n_near[size] = (size_t)fmax(least, SHARES[size] * (double)s->n_pool);
    }
    if (s->n_near[N_SIZE - 1] > s->n_pool)
        return MUTAU_OK;
    s->n_anchor = s->n_pool < MAX_ANCHOR ? s->n_pool : MAX_ANCHOR;
    if (!seeds_alloc(em, s))
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to fit a mixture");
    for (size_t k = 0; k < em->dim; k++)
        for (size_t i = 0; i < s->n_pool; i++)
            s->place[k * s->n_pool + i] = em->y[k * em->n + s->pool[i]];
    for (size_t a = 0; a < s->n_anchor; a++) {
        const double turn = GOLDEN * (double)a, part = turn - floor(turn);
        const bool all = s->n_anchor == s->n_pool;
        size_t *const near = s->near + a * s->n_near[N_SIZE - 1];
        find_near(em, s, all ? a : (size_t)(part * (double)s->n_pool), near);
        for (size_t size = 0; size < N_SIZE; size++) {
            mutau_em_blob blob;
            seed_blob(em, s, s->n_near[size], near, &blob);
            blob.front /= blob.weight;
            mutau_em_evaluate(&s->local, &blob, DOF_SEARCH, s->peak[size] + a * s->n_near[size],
                              s->local.shrink);
        }
    }
    return MUTAU_OK;
}

/* What ln L of the pool gains, about, if the n neighbours become a blob of their own: elsewhere it
 * counts as nothing. */
static double seed_gain(const mutau_em *em, double pool, size_t n, const size_t near[],
                        const double peak[])
{
    double weight = 0.0, gain = 0.0;
    for (size_t i = 0; i < n; i++)
        weight += em->weight[near[i]];
    const double share = weight / pool;
    for (size_t i = 0; i < n; i++)
        gain += em->weight[near[i]] * log(1.0 - share + share * peak[i] / em->total[near[i]]);
    return gain + (pool - weight) * log(1.0 - share);
}

/* The blend with the seed that gains most; false if there is no seed. */
static bool add_seed(const mutau_em *em, seeds *s, const mutau_em_blend *blend,
                     mutau_em_blend *more)
{
    double best = -(double)INFINITY;
    size_t best_n = 0;
    const size_t *best_near = NULL;
    for (size_t a = 0; a < s->n_anchor; a++) {
        const size_t *const near = s->near + a * s->n_near[N_SIZE - 1];
        for (size_t size = 0; size < N_SIZE; size++) {
            const size_t n = s->n_near[size];
            const double gain = seed_gain(em, s->weight, n, near, s->peak[size] + a * n);
            if (gain > best) {
                best = gain;
                best_n = n;
                best_near = near;
            }
        }
    }
    if (best_near == NULL)
        return false;
    *more = *blend;
    mutau_em_blob *const blob = &more->blob[more->n++];
    seed_blob(em, s, best_n, best_near, blob);
    for (size_t b = 0; b < blend->n; b++) {
        more->blob[b].weight *= 1.0 - blob->weight;
        more->blob[b].front *= 1.0 - blob->weight;
    }
    return true;
}

/* ---- cuts ---- */

/* Singular vectors of matrix[dim][dim] in its columns, the greatest values first. */
static void left_vectors(size_t dim, double matrix[])
{
    double v[MUTAU_MAX_DIM * MUTAU_MAX_DIM], values[MUTAU_MAX_DIM];
    gsl_matrix_view u_view = gsl_matrix_view_array(matrix, dim, dim);
    gsl_matrix_view v_view = gsl_matrix_view_array(v, dim, dim);
    gsl_vector_view value_view = gsl_vector_view_array(values, dim);
    /* It fails after more sweeps than any matrix takes. */
    (void)gsl_linalg_SV_decomp_jacobi(&u_view.matrix, &v_view.matrix, &value_view.vector);
}

/* The longest axis of a blob. */
static void longest_axis(const mutau_em *em, const mutau_em_blob *blob, double axis[])
{
    const size_t dim = em->dim;
    double u[MUTAU_MAX_DIM * MUTAU_MAX_DIM] = {0};
    for (size_t k = 0, at = 0; k < dim; k++)
        for (size_t l = 0; l <= k; l++, at++)
            u[k * dim + l] = blob->factor[at];
    left_vectors(dim, u);
    for (size_t k = 0; k < dim; k++)
        axis[k] = u[k * dim];
}

/* The direction across which the blob's points have the shortest tails, as two lumps do: of all
 * directions that in which the mean of |u|^2 u u^T is least, u being the points in coordinates in
 * which the blob is round (Cardoso 1989; |u|^2 is bounded here, for the sake of outliers).  It does
 * not depend on lengths.  em->share holds the points' shares. */
static void flattest_axis(const mutau_em *em, const mutau_em_blob *blob, const double shrink[],
                          double axis[])
{
    const size_t dim = em->dim;
    double fourth[MUTAU_MAX_DIM * MUTAU_MAX_DIM] = {0}, u[MUTAU_MAX_DIM];
    for (size_t i = 0; i < em->n; i++) {
        const double *inverse = blob->inverse;
        double square = 0.0;
        if (em->share[i] < 1e-6 * em->weight[i])
            continue;
        for (size_t k = 0; k < dim; k++) {
            u[k] = 0.0;
            for (size_t l = 0; l <= k; l++)
                u[k] += *inverse++ * (em->y[l * em->n + i] - blob->mean[l]);
            square += u[k] * u[k];
        }
        const double pull = em->share[i] * shrink[i] * shrink[i] * square;
        for (size_t k = 0; k < dim; k++)
            for (size_t l = 0; l < dim; l++)
                fourth[k * dim + l] += pull * u[k] * u[l];
    }
    left_vectors(dim, fourth);
    for (size_t l = 0; l < dim; l++) {
        axis[l] = 0.0;
        for (size_t k = l; k < dim; k++)
            axis[l] += blob->inverse[k * (k + 1) / 2 + l] * fourth[k * dim + dim - 1];
    }
}

/* Both halves of blob b, whose points em->share holds; false if one has too few. */
static bool cut(mutau_em *em, const mutau_em_blend *blend, size_t b, const double axis[],
                mutau_em_blob half[2])
{
    const mutau_em_blob *const blob = &blend->blob[b];
    double *const side = em->trial, *const share = side + em->n;
    memset(side, 0, em->n * sizeof *side);
    for (size_t k = 0; k < em->dim; k++)
        for (size_t i = 0; i < em->n; i++)
            side[i] += axis[k] * (em->y[k * em->n + i] - blob->mean[k]);
    for (int h = 0; h < 2; h++) {
        for (size_t i = 0; i < em->n; i++)
            share[i] = (side[i] < 0.0) == (h == 0) ? em->share[i] : 0.0;
        if (!(mutau_em_gather(em, blend->dof, share, em->shrink + b * em->n, &half[h]) >=
              mutau_em_least(em)))
            return false;
    }
    return true;
}

/* ln L with blob b replaced by its halves. */
static double cut_ln_like(mutau_em *em, const mutau_em_blend *blend, size_t b,
                          const mutau_em_blob half[2])
{
    double *const first = em->trial, *const second = first + em->n, *const unused = second + em->n;
    double sum = 0.0;
    mutau_em_evaluate(em, &half[0], blend->dof, first, unused);
    mutau_em_evaluate(em, &half[1], blend->dof, second, unused);
    for (size_t i = 0; i < em->n; i++) {
        const double rest = fmax(em->total[i] - em->density[b * em->n + i], 0.0);
        sum += em->weight[i] * log(rest + first[i] + second[i]);
    }
    return sum;
}

/* The blend with the best cut; false if no blob can be cut. */
static bool add_cut(mutau_em *em, const mutau_em_blend *blend, mutau_em_blend *more)
{
    double best = -(double)INFINITY;
    for (size_t b = 0; b < blend->n; b++) {
        double axis[2][MUTAU_MAX_DIM];
        for (size_t i = 0; i < em->n; i++)
            em->share[i] = em->weight[i] * em->density[b * em->n + i] / em->total[i];
        longest_axis(em, &blend->blob[b], axis[0]);
        flattest_axis(em, &blend->blob[b], em->shrink + b * em->n, axis[1]);
        for (int way = 0; way < 2; way++) {
            mutau_em_blob half[2];
            if (!cut(em, blend, b, axis[way], half))
                continue;
            const double ln_like = cut_ln_like(em, blend, b, half);
            if (!(ln_like > best))
                continue;
            best = ln_like;
            *more = *blend;
            more->blob[b] = half[0];
            more->blob[more->n++] = half[1];
        }
    }
    return best > -(double)INFINITY;
}

/* ---- the search ---- */

/* The better of a cut and a seed; the blend must be evaluated.  False: neither lives. */
static bool add_component(mutau_em *em, seeds *s, mutau_em_blend *blend, mutau_em_blend room[2])
{
    bool lives[2];
    lives[0] = add_cut(em, blend, &room[0]); /* in this order: both use the room in em */
    lives[1] = add_seed(em, s, blend, &room[1]);
    for (int way = 0; way < 2; way++)
        lives[way] = lives[way] && mutau_em_run(em, &room[way], STEPS_TRIAL, ENOUGH_EACH);
    if (!lives[0] && !lives[1])
        return false;
    const bool first = lives[0] && !(lives[1] && room[1].ln_like > room[0].ln_like);
    *blend = room[first ? 0 : 1];
    return mutau_em_run(em, blend, STEPS_EACH, ENOUGH_EACH);
}

/* The Bayesian information criterion as a penalised ln L. */
static double criterion(const mutau_em *em, const mutau_em_blend *blend)
{
    const double n_parameter = (double)(blend->n * em->n_feature) - 1.0;
    return blend->ln_like - 0.5 * n_parameter * log(em->n_effective);
}

static void grow(mutau_em *em, seeds *s, size_t max_component, mutau_em_blend room[3],
                 mutau_em_blend *best)
{
    mutau_em_blend *const blend = &room[2];
    double best_criterion = criterion(em, best);
    *blend = *best;
    for (int patience = PATIENCE; blend->n < max_component && patience > 0; patience--) {
        if (!add_component(em, s, blend, room))
            break;
        const double now = criterion(em, blend);
        if (now > best_criterion) {
            best_criterion = now;
            *best = *blend;
            patience = PATIENCE + 1;
        }
    }
}

/* The blend with tails as heavy as they may be for the covariance to be finite. */
static void finish(mutau_em *em, mutau_em_blend *blend, mutau_em_blend *best)
{
    best->dof = DOF_LAST;
    for (size_t b = 0; b < best->n; b++)
        best->blob[b].front *=
            mutau_t_front(em->dim, DOF_LAST) / mutau_t_front(em->dim, DOF_SEARCH);
    *blend = *best;
    if (mutau_em_run(em, blend, STEPS_LAST, ENOUGH_LAST))
        *best = *blend;
}

static void begin(mutau_em *em, mutau_em_blend *blend)
{
    blend->n = 1;
    blend->dof = DOF_SEARCH;
    (void)mutau_em_gather(em, blend->dof, em->weight, NULL, &blend->blob[0]);
    (void)mutau_em_run(em, blend, STEPS_EACH, ENOUGH_EACH);
}

mutau_status mutau_mixture_search(mutau_em *em, size_t max_component, mutau_em_blend *best,
                                  mutau_error *err)
{
    seeds s = {0};
    mutau_em_blend *room = mutau_calloc(3, sizeof *room);
    mutau_status status = MUTAU_OK;
    if (room == NULL)
        status = mutau_error_set(err, MUTAU_ENOMEM, "no memory to fit a mixture");
    else if (max_component > 1)
        status = seeds_find(em, &s, err);
    if (status == MUTAU_OK) {
        begin(em, best);
        grow(em, &s, max_component, room, best);
        finish(em, &room[0], best);
    }
    seeds_free(&s);
    free(room);
    return status;
}
