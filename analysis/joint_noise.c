/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levels off the islands and holes of a density of two quantities that are but noise
 * (joint_internal.h).
 *
 * The nodes are flooded from the highest down.  Where two peaks' lands meet, the one with
 * the lower peak is an island of its own at the levels between that saddle and its peak.
 * It is noise if it rises above the saddle by less than NOISE_SIGMAS of the density's
 * standard deviation, and is then cut off at the saddle's height.  Flooded from the lowest
 * up, the same is done to holes.
 *
 * An island that is no noise may still reach above the level of a region by chance, as a second
 * mode does of just that height: where the number of draws in it above the level is not more
 * than the level would have there by itself it is cut off, too, and likewise a hole is filled
 * (credible_noise.c), an island with no more draws than walkers have come to it.  A saddle just
 * below the level, the seam between two islands, has no one place to be filled; it is only
 * reported.
 *
 * Neighbours are those of the triangles, so that there are
 * as many islands here as in the outline.
 */
#include <math.h>
#include <stdlib.h>

#include "joint_internal.h"
#include "base/mem.h"

/* Kernels that follow the density add to its noise, and a grid has many places: on a banana
 * 5, which is enough in one dimension, lets one in fifty islands of noise through. */
static const double NOISE_SIGMAS = 7.0;
static const double SEAM_SIGMAS = 3.0; /* of the density at the saddle */

typedef struct place {
    double f;
    size_t node;
} place;

static int compare(const void *a, const void *b)
{
    const place *x = a, *y = b;
    return x->f < y->f ? -1 : x->f > y->f ? 1 : (x->node > y->node) - (x->node < y->node);
}

/* Lands as a forest: up[node] - 1 is a node of the same land, 0 one not yet flooded.  The
 * root of each knows its highest node and its last one; next[node] - 1 is another node of
 * the same land, and all are found from the root on. */
typedef struct lands {
    const joint_draws *draws;
    joint_density *d;
    double sign; /* 1 on the way down, -1 on the way up */
    size_t *up, *peak, *last, *next;
    double level; /* of the region */
    size_t n_removed;
    bool seam;
} lands;

static size_t root_of(lands *l, size_t node)
{
    while (l->up[node] - 1 != node) {
        l->up[node] = l->up[l->up[node] - 1];
        node = l->up[node] - 1;
    }
    return node;
}

static bool is_in_land(lands *l, size_t root, size_t draw)
{
    const size_t node = mutau_joint_node_of(l->d, l->draws->u[draw], l->draws->v[draw]);
    return l->up[node] > 0 && root_of(l, node) == root;
}

/* The effective number of all draws, as far as it matters for the share of these: no more
 * draws are in a land than walkers have come into it. */
static double local_ess(lands *l, size_t root)
{
    double n = 0.0, n_visit = 0.0;
    for (size_t i = 0; i < l->draws->n; i++) {
        if (!is_in_land(l, root, i))
            continue;
        n += 1.0;
        n_visit += i < l->draws->n_walker || !is_in_land(l, root, i - l->draws->n_walker);
    }
    return n > 0.0 ? fmin(l->d->ess, n_visit / n * (double)l->draws->n) : l->d->ess;
}

/* Whether the draws of the land beyond the level are more, or fewer, than the level's. */
static bool is_beyond_level(lands *l, size_t root)
{
    const joint_density *d = l->d;
    const size_t n_v = joint_nodes(&d->v);
    double sum = 0.0, n = 0.0; /* of density and cells */
    for (size_t node = root + 1; node > 0; node = l->next[node - 1]) {
        const size_t i = (node - 1) / n_v, j = (node - 1) % n_v;
        const bool cell = i >= 2 && i < d->u.n + 2 && j >= 2 && j < d->v.n + 2;
        if (!cell || (d->f[node - 1] >= l->level) != (l->sign > 0.0))
            continue;
        sum += d->f[node - 1];
        n += 1.0;
    }
    const double cell = d->u.cell * d->v.cell;
    if (!mutau_credible_stands_out(sum * cell * d->ess, l->level * n * cell * d->ess))
        return false;
    if (l->sign < 0.0) /* few draws in a hole may be few visits: they are none too many */
        return true;
    const double ess = local_ess(l, root);
    return mutau_credible_stands_out(sum * cell * ess, l->level * n * cell * ess);
}

static void cut_off(lands *l, size_t root, size_t saddle)
{
    double *f = l->d->f;
    for (size_t node = root + 1; node > 0; node = l->next[node - 1])
        if (l->sign * f[node - 1] > l->sign * f[saddle])
            f[node - 1] = f[saddle];
}

/* Cuts the land off at the height of the saddle at which it has met a higher one, if it is
 * but noise. */
static void judge(lands *l, size_t root, size_t saddle)
{
    const double *f = l->d->f;
    const size_t peak = l->peak[root];
    const double high = fmax(f[peak], f[saddle]), low = fmin(f[peak], f[saddle]);
    const double noise = sqrt(fmax(high, 0.0) * fmax(l->d->noise[peak], l->d->noise[saddle]));
    if (high - low < NOISE_SIGMAS * noise) {
        cut_off(l, root, saddle);
    } else if (low < l->level && l->level <= high && !is_beyond_level(l, root)) {
        cut_off(l, root, saddle);
        l->n_removed++;
    } else if (low < l->level && l->level <= high && l->sign > 0.0) {
        const double sd = sqrt(l->level * l->d->noise[saddle]);
        l->seam = l->seam || l->level - low < SEAM_SIGMAS * sd;
    }
}

/* The node just flooded has a neighbour that may belong to another land. */
static void join(lands *l, size_t node, size_t neighbour)
{
    if (l->up[neighbour] == 0)
        return;
    const size_t a = root_of(l, node), b = root_of(l, neighbour);
    if (a == b)
        return;
    const double *f = l->d->f;
    const bool a_is_lower = l->sign * f[l->peak[a]] <= l->sign * f[l->peak[b]];
    const size_t low = a_is_lower ? a : b, high = a_is_lower ? b : a;
    if (l->peak[low] != node)
        judge(l, low, node);
    l->up[low] = high + 1;
    l->next[l->last[high]] = low + 1;
    l->last[high] = l->last[low];
}

static void flood(lands *l, size_t node)
{
    const size_t n_u = joint_nodes(&l->d->u), n_v = joint_nodes(&l->d->v);
    const size_t i = node / n_v, j = node % n_v;
    l->up[node] = node + 1;
    l->peak[node] = l->last[node] = node;
    l->next[node] = 0;
    if (i > 0)
        join(l, node, node - n_v);
    if (j > 0)
        join(l, node, node - 1);
    if (i > 0 && j > 0)
        join(l, node, node - n_v - 1);
    if (i + 1 < n_u)
        join(l, node, node + n_v);
    if (j + 1 < n_v)
        join(l, node, node + 1);
    if (i + 1 < n_u && j + 1 < n_v)
        join(l, node, node + n_v + 1);
}

static void flood_all(lands *l, size_t n, place order[])
{
    for (size_t i = 0; i < n; i++) {
        order[i] = (place){-l->sign * l->d->f[i], i};
        l->up[i] = 0;
    }
    qsort(order, n, sizeof order[0], compare);
    for (size_t i = 0; i < n; i++)
        flood(l, order[i].node);
}

mutau_status mutau_joint_level_noise(const joint_draws *draws, joint_density *d, double level,
                                     size_t *n_removed, bool *seam)
{
    const size_t n = joint_nodes(&d->u) * joint_nodes(&d->v);
    place *order = mutau_calloc(n, sizeof order[0]);
    size_t *work = mutau_calloc(4 * n, sizeof work[0]);
    const bool complete = order != NULL && work != NULL;
    if (complete) {
        lands l = {.draws = draws, .d = d, .sign = 1.0, .level = level};
        l.up = work;
        l.peak = work + n;
        l.last = work + 2 * n;
        l.next = work + 3 * n;
        flood_all(&l, n, order);
        l.sign = -1.0;
        flood_all(&l, n, order);
        *n_removed = l.n_removed;
        *seam = l.seam;
    }
    free(order);
    free(work);
    return complete ? MUTAU_OK : MUTAU_ENOMEM;
}
