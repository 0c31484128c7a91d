/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Islands and gaps of a region that are but noise (credible_internal.h).
 *
 * A region {f >= level} with several intervals claims that the density of each island is above
 * the level and that of each gap below it.  n effective draws lie in an island of length l
 * where a density that only just reached the level would have put n_0 = level l ess of them;
 * Poisson's law makes that a fluctuation of so many standard deviations,
 *     z^2 = 2 (n ln(n / n_0) - n + n_0),
 * and likewise for a gap.  For the level is itself of these draws, the two are also held against
 * each other: of n draws in both, the density being the same, n_0 each by their lengths, the
 * two z^2 with these added up.  An island and the gap beside it that differ by less than
 * PAIR_SIGMAS, or from the level by less than OWN_SIGMAS, are no statement of the draws, and
 * one of them is removed: an island is cut off at the height of the gap, a gap is filled up to
 * the lower of the two peaks beside it.  Both leave a plateau with a slope too small to be
 * seen, down and away from the higher side, so that a level within it ends the region at one
 * place and the region still holds its mass.
 *
 * A place that one walker has come to once, to stay, has one draw however long it stayed: no
 * island and no gap has more effective draws than walkers have entered it.
 *
 * A strip between the region and an edge of the prior is a gap, too, if it is not below the
 * level and holds no more than the error of the region's mass: it is filled, once.
 *
 * With what is removed the level moves: where the island, or gap, would stand out from the
 * level without it, it stays, or the larger of two modes would make noise of the other.
 */
#include <math.h>
#include <string.h>

#include "credible_internal.h"

static const double PAIR_SIGMAS = 4.0, OWN_SIGMAS = 3.0;
static const double SLOPE = 1e-6; /* of a plateau, from one end to the other, in its height */

/* An island or a gap: nodes [begin, end). */
typedef struct feature {
    bool island;
    size_t begin, end;
} feature;

/* An island and the gap beside it. */
typedef struct neighbours {
    feature island, gap;
    double ess_island, ess_gap;
    double z_island, z_gap, z; /* against the level, against each other */
    double share;              /* of the draws, in that of the two with fewer */
} neighbours;

bool mutau_credible_next_run(const credible_density *d, double level, size_t *begin, size_t *end)
{
    size_t i = *end;
    while (i < d->n + 2 && d->f[i] < level)
        i++;
    *begin = i;
    while (i < d->n + 2 && d->f[i] >= level)
        i++;
    *end = i;
    return *begin < *end;
}

double mutau_credible_binned_level(const credible_density *d, double mass)
{
    double lo = 0.0, hi = 0.0;
    for (size_t i = 0; i < d->n_used; i++)
        hi = d->f[d->used[i] + 1] > hi ? d->f[d->used[i] + 1] : hi;
    for (int round = 0; round < 30; round++) {
        const double mid = 0.5 * (lo + hi);
        double inside = 0.0;
        for (size_t i = 0; i < d->n_used; i++)
            inside += d->f[d->used[i] + 1] >= mid ? d->share[d->used[i]] : 0.0;
        if (inside >= mass)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static double share_of(const credible_density *d, const feature *at)
{
    double sum = 0.0;
    for (size_t i = at->begin; i < at->end; i++)
        sum += i > 0 && i <= d->n ? d->share[i - 1] : 0.0;
    return sum;
}

static double length_of(const credible_density *d, const feature *at)
{
    const size_t begin = at->begin > 0 ? at->begin : 1;
    const size_t end = at->end < d->n + 1 ? at->end : d->n + 1;
    return end > begin ? d->cell * (double)(end - begin) : 0.0;
}

/* z^2 of n draws where there should be n_0. */
static double deviance(double n, double n_0)
{
    if (!(n_0 > 0.0))
        return n > 0.0 ? (double)INFINITY : 0.0;
    return 2.0 * fmax((n > 0.0 ? n * log(n / n_0) : 0.0) - n + n_0, 0.0);
}

/* How often walkers have come into it. */
static size_t visits(const credible_density *d, const feature *at)
{
    const double lo = mutau_credible_position(d, at->begin) - 0.5 * d->cell;
    const double hi = mutau_credible_position(d, at->end - 1) + 0.5 * d->cell;
    size_t n = 0;
    for (size_t i = 0; i < d->n_row * d->n_walker; i++) {
        const bool inside = d->x[i] >= lo && d->x[i] < hi;
        if (inside && i < d->n_walker)
            n++;
        else if (inside)
            n += !(d->x[i - d->n_walker] >= lo && d->x[i - d->n_walker] < hi);
    }
    return n;
}

/* The node in [begin, end) with the greatest sign * f. */
static size_t extreme_in(const credible_density *d, size_t begin, size_t end, double sign)
{
    size_t best = begin;
    for (size_t i = begin + 1; i < end; i++)
        best = sign * d->f[i] > sign * d->f[best] ? i : best;
    return best;
}

/* The island as far as the lowest places of the gaps on either side: a walker that leaves the
 * island but not these has not left the mode. */
static feature territory(const credible_density *d, const feature *island, double level)
{
    size_t left = island->begin, right = island->end;
    while (left > 0 && d->f[left - 1] < level)
        left--;
    while (right < d->n + 2 && d->f[right] < level)
        right++;
    return (feature){
        .island = true,
        .begin = left > 0 ? extreme_in(d, left, island->begin, -1.0) : 0,
        .end = right < d->n + 2 ? extreme_in(d, island->end, right, -1.0) + 1 : d->n + 2,
    };
}

/* The effective number of all draws, as far as it matters for the share of these. */
static double local_ess(const credible_density *d, const feature *at, double level)
{
    const feature wide = at->island ? territory(d, at, level) : *at;
    const double share = share_of(d, &wide);
    return share > 0.0 ? fmin(d->ess, (double)visits(d, &wide) / share) : d->ess;
}

/* z against the level: of the draws, for f may have been filled or cut there. */
static double significance(const credible_density *d, const feature *at, double ess, double level)
{
    const double n = share_of(d, at) * ess, n_0 = level * length_of(d, at) * ess;
    return (at->island ? n > n_0 : n < n_0) ? sqrt(deviance(n, n_0)) : 0.0;
}

bool mutau_credible_stands_out(double n, double n_0)
{
    return sqrt(deviance(n, n_0)) >= PAIR_SIGMAS;
}

/* z of an island against a gap. */
static double contrast(const credible_density *d, const neighbours *pair)
{
    const double n_i = share_of(d, &pair->island) * pair->ess_island;
    const double n_g = share_of(d, &pair->gap) * pair->ess_gap;
    const double l_i = length_of(d, &pair->island) * pair->ess_island;
    const double l_g = length_of(d, &pair->gap) * pair->ess_gap;
    const double density = (n_i + n_g) / (l_i + l_g);
    return n_i * l_g > n_g * l_i ? sqrt(deviance(n_i, density * l_i) + deviance(n_g, density * l_g))
                                 : 0.0;
}

static bool stand_out(const neighbours *pair)
{
    return fmin(pair->z_island, pair->z_gap) >= OWN_SIGMAS && pair->z >= PAIR_SIGMAS;
}

/* Whether a comes before b in the order in which they are tried. */
static bool is_before(const neighbours *a, const neighbours *b)
{
    if (a->share < b->share || a->share > b->share)
        return a->share < b->share;
    return a->island.begin + a->gap.begin < b->island.begin + b->gap.begin;
}

static void measure(const credible_density *d, double level, neighbours *pair)
{
    pair->z_island = significance(d, &pair->island, pair->ess_island, level);
    pair->z_gap = significance(d, &pair->gap, pair->ess_gap, level);
    pair->z = contrast(d, pair);
}

/* Puts the two in *least if they do not stand out and are the first after `last` so far. */
static void consider(const credible_density *d, double level, const neighbours *last,
                     const feature *island, const feature *gap, neighbours *least)
{
    neighbours pair = {.island = *island, .gap = *gap};
    pair.share = fmin(share_of(d, island), share_of(d, gap));
    if (!is_before(last, &pair) || (least->gap.end > 0 && !is_before(&pair, least)))
        return;
    pair.ess_island = pair.ess_gap = d->ess;
    measure(d, level, &pair);
    if (stand_out(&pair)) { /* few do, and visits take time to count */
        pair.ess_island = local_ess(d, island, level);
        pair.ess_gap = local_ess(d, gap, level);
        measure(d, level, &pair);
    }
    if (!stand_out(&pair))
        *least = pair;
}

/* The neighbours after `last` that do not stand out; false if there are none. */
static bool next_candidates(const credible_density *d, double level, const neighbours *last,
                            neighbours *next)
{
    size_t begin = 0, end = 0;
    feature before = {.island = true};
    *next = (neighbours){.share = 0.0};
    while (mutau_credible_next_run(d, level, &begin, &end)) {
        const feature island = {.island = true, .begin = begin, .end = end};
        const feature gap = {.begin = before.end, .end = begin};
        if (before.end > 0) {
            consider(d, level, last, &before, &gap, next);
            consider(d, level, last, &island, &gap, next);
        }
        before = island;
    }
    return next->gap.end > 0;
}

/* f of the nodes between `high` and `low`, on either side of each other: a plateau of that
 * height which falls towards `low`. */
static void level_between(credible_density *d, ptrdiff_t high, ptrdiff_t low, double height)
{
    const ptrdiff_t step = low > high ? 1 : -1;
    for (ptrdiff_t i = high + step; i != low; i += step)
        d->f[i] = height * (1.0 + SLOPE * (double)(low - i) / (double)(low - high));
}

/* The first node from `at` on, in steps of 1 or -1, where f is at least the height (sign 1)
 * or below it (sign -1); one beyond the last node if there is none. */
static ptrdiff_t first_beyond(const credible_density *d, ptrdiff_t at, ptrdiff_t step,
                              double height, double sign)
{
    while (at >= 0 && at < (ptrdiff_t)d->n + 2 &&
           (sign > 0.0 ? d->f[at] < height : d->f[at] >= height))
        at += step;
    return at;
}

/* Up to the lower of the peaks of the islands on either side. */
static void fill_gap(credible_density *d, const feature *gap, double level)
{
    size_t left = gap->begin, right = gap->end;
    while (left > 0 && d->f[left - 1] >= level)
        left--;
    while (right < d->n + 2 && d->f[right] >= level)
        right++;
    left = extreme_in(d, left, gap->begin, 1.0);
    right = extreme_in(d, gap->end, right, 1.0);
    const bool left_is_lower = d->f[left] < d->f[right];
    const double height = fmin(d->f[left], d->f[right]);
    if (left_is_lower)
        level_between(d, first_beyond(d, (ptrdiff_t)gap->end, 1, height, 1.0), (ptrdiff_t)left,
                      height);
    else
        level_between(d, first_beyond(d, (ptrdiff_t)gap->begin - 1, -1, height, 1.0),
                      (ptrdiff_t)right, height);
}

/* Down to the higher of the dips of the gaps on either side; where there is no island further
 * on there is no gap. */
static void cut_island(credible_density *d, const feature *island, double level)
{
    const feature wide = territory(d, island, level);
    const bool has_left = wide.begin > 0, has_right = wide.end < d->n + 2;
    const ptrdiff_t left = (ptrdiff_t)wide.begin, right = (ptrdiff_t)wide.end - 1;
    const double height = !has_left    ? d->f[right]
                          : !has_right ? d->f[left]
                                       : fmax(d->f[left], d->f[right]);
    if (has_left && d->f[left] >= height)
        level_between(d, left, first_beyond(d, (ptrdiff_t)island->end, 1, height, -1.0),
                      height * (1.0 - SLOPE));
    else
        level_between(d, right, first_beyond(d, (ptrdiff_t)island->begin - 1, -1, height, -1.0),
                      height * (1.0 - SLOPE));
}

/* How many cells are at or above the level. */
static size_t cells_inside(const credible_density *d, double level)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += d->f[i + 1] >= level;
    return n;
}

/* f without that island or gap of {f >= level}; the new level. */
static double without(credible_density *d, const feature *at, double mass, double level)
{
    if (at->island)
        cut_island(d, at, level);
    else
        fill_gap(d, at, level);
    return mutau_credible_binned_level(d, mass);
}

/* That of the two without which the region is shorter. */
static void remove_either(credible_density *d, const neighbours *pair, double mass, double level,
                          const double before[])
{
    const size_t size = (d->n + 2) * sizeof d->f[0];
    const size_t without_island = cells_inside(d, without(d, &pair->island, mass, level));
    memcpy(d->f, before, size);
    const size_t without_gap = cells_inside(d, without(d, &pair->gap, mass, level));
    if (without_gap <= without_island)
        return;
    memcpy(d->f, before, size);
    (void)without(d, &pair->island, mass, level);
}

/* Fills a strip of noise, `gap`, between the region and an edge of the prior, to the height of
 * the peak of the island beside it. */
static bool reach_edge(credible_density *d, const feature *gap, const feature *island, double mass,
                       double level)
{
    const double error = sqrt(mass * (1.0 - mass) / d->ess);
    if (gap->end <= gap->begin || share_of(d, gap) > OWN_SIGMAS * error ||
        significance(d, gap, d->ess, level) >= OWN_SIGMAS)
        return false;
    const double height = d->f[extreme_in(d, island->begin, island->end, 1.0)];
    for (size_t i = gap->begin; i < gap->end; i++) {
        const size_t from_edge = gap->begin == 0 ? i : gap->end - 1 - i;
        d->f[i] = height * (1.0 + SLOPE * (double)from_edge / (double)(gap->end - gap->begin));
    }
    return true;
}

static bool reach_edges(credible_density *d, double mass, double level)
{
    size_t begin = 0, end = 0;
    feature first = {.end = 0}, last = {.end = 0};
    while (mutau_credible_next_run(d, level, &begin, &end)) {
        last = (feature){.island = true, .begin = begin, .end = end};
        first = first.end == 0 ? last : first;
    }
    const feature below = {.begin = 0, .end = first.begin};
    const feature above = {.begin = last.end, .end = d->n + 2};
    if (d->w.edge_lo && !d->reaches_lo && reach_edge(d, &below, &first, mass, level))
        return d->reaches_lo = true;
    if (d->w.edge_hi && !d->reaches_hi && reach_edge(d, &above, &last, mass, level))
        return d->reaches_hi = true;
    return false;
}

bool mutau_credible_remove_noise(credible_density *d, double mass, double level, double before[])
{
    const size_t size = (d->n + 2) * sizeof d->f[0];
    neighbours last = {.share = -1.0}, next;
    for (; next_candidates(d, level, &last, &next); last = next) {
        memcpy(before, d->f, size);
        if (next.z < PAIR_SIGMAS) {
            remove_either(d, &next, mass, level, before);
            return true;
        }
        const feature *weak = next.z_island < OWN_SIGMAS ? &next.island : &next.gap;
        const double ess = weak->island ? next.ess_island : next.ess_gap;
        if (significance(d, weak, ess, without(d, weak, mass, level)) < PAIR_SIGMAS)
            return true;
        memcpy(d->f, before, size);
    }
    return reach_edges(d, mass, level);
}
