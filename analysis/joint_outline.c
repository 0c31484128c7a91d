/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The outline of a level of a density of two quantities (joint_internal.h).
 *
 * On each triangle of the grid the density is linear, so that the level's outline is a
 * straight line from one of its edges to another, directed with the inside on its left.
 * Each edge knows the edge at which that line ends; following them closes every ring.  The
 * nodes outside, at the same place as the window's ends, let rings run along an edge of the
 * prior.
 */
#include <math.h>
#include <stdlib.h>

#include "joint_internal.h"
#include "base/mem.h"

enum { ALONG_V, ALONG_U, DIAGONAL, EDGES_PER_NODE };

typedef struct tracing {
    const joint_draws *draws;
    const joint_density *d;
    double level;
    size_t *next; /* [nodes][EDGES_PER_NODE]: edge + 1 to which the line from this one goes */
    size_t n_point, room, ring_room;
    mutau_joint_region *region;
} tracing;

/* The edge between two nodes of a triangle: it belongs to the lower one. */
static size_t edge_between(size_t n_v, size_t a, size_t b)
{
    const size_t low = a < b ? a : b, step = a < b ? b - a : a - b;
    return low * EDGES_PER_NODE + (step == 1 ? ALONG_V : step == n_v ? ALONG_U : DIAGONAL);
}

/* Nodes in counter-clockwise order. */
static void cross_triangle(tracing *t, size_t a, size_t b, size_t c)
{
    const size_t corner[] = {a, b, c, a}, n_v = joint_nodes(&t->d->v);
    size_t from = 0, to = 0;
    for (int i = 0; i < 3; i++) {
        const bool in = t->d->f[corner[i]] >= t->level,
                   in_next = t->d->f[corner[i + 1]] >= t->level;
        const size_t edge = edge_between(n_v, corner[i], corner[i + 1]) + 1;
        if (in && !in_next)
            from = edge;
        else if (!in && in_next)
            to = edge;
    }
    if (from > 0)
        t->next[from - 1] = to;
}

static void cross_triangles(tracing *t)
{
    const size_t n_u = joint_nodes(&t->d->u), n_v = joint_nodes(&t->d->v);
    for (size_t i = 0; i + 1 < n_u; i++)
        for (size_t j = 0; j + 1 < n_v; j++) {
            const size_t node = i * n_v + j;
            cross_triangle(t, node, node + n_v, node + n_v + 1);
            cross_triangle(t, node, node + n_v + 1, node + 1);
        }
}

/* Where the level crosses an edge, in the caller's coordinates. */
static void crossing(const tracing *t, size_t edge, double *x, double *y)
{
    const joint_density *d = t->d;
    const size_t n_v = joint_nodes(&d->v), low = edge / EDGES_PER_NODE;
    const size_t kind = edge % EDGES_PER_NODE;
    const size_t i = low / n_v, j = low % n_v;
    const size_t k = kind == ALONG_V ? i : i + 1, l = kind == ALONG_U ? j : j + 1;
    const double f = d->f[low], g = d->f[k * n_v + l], share = (t->level - f) / (g - f);
    const double u0 = joint_position(&d->u, i), u1 = joint_position(&d->u, k);
    const double v0 = joint_position(&d->v, j), v1 = joint_position(&d->v, l);
    const double a = u1 > u0 ? u0 + share * (u1 - u0) : u0;
    const double b = (v1 > v0 ? v0 + share * (v1 - v0) : v0) + t->draws->slope * a;
    *x = t->draws->swapped ? b : a;
    *y = t->draws->swapped ? a : b;
}

static bool is_equal(double a, double b)
{
    return !(a < b) && !(a > b);
}

/* A point that repeats the one before, as at the corners of the window, is left out. */
static mutau_status add_point(tracing *t, double x, double y)
{
    mutau_joint_region *r = t->region;
    const size_t n = t->n_point;
    if (n > r->first[r->n_ring] && is_equal(x, r->x[n - 1]) && is_equal(y, r->y[n - 1]))
        return MUTAU_OK;
    if (n == t->room) {
        t->room = 2 * t->room + 256;
        double **arrays[] = {&r->x, &r->y};
        for (int i = 0; i < 2; i++) {
            double *larger = mutau_realloc(*arrays[i], t->room, sizeof larger[0]);
            if (larger == NULL)
                return MUTAU_ENOMEM;
            *arrays[i] = larger;
        }
    }
    r->x[n] = x;
    r->y[n] = y;
    t->n_point++;
    return MUTAU_OK;
}

static double ring_area(const mutau_joint_region *r, size_t begin, size_t end)
{
    double twice = 0.0;
    for (size_t i = begin; i + 1 < end; i++)
        twice += (r->x[i] - r->x[begin]) * (r->y[i + 1] - r->y[begin]) -
                 (r->x[i + 1] - r->x[begin]) * (r->y[i] - r->y[begin]);
    return 0.5 * twice;
}

static void reverse(size_t n, double x[])
{
    for (size_t i = 0; i + 1 < n - i; i++) {
        const double t = x[i];
        x[i] = x[n - 1 - i];
        x[n - 1 - i] = t;
    }
}

static void reverse_ring(mutau_joint_region *r, size_t begin, size_t end)
{
    reverse(end - begin, r->x + begin);
    reverse(end - begin, r->y + begin);
}

void mutau_joint_region_measure(mutau_joint_region *region)
{
    double area = 0.0;
    for (size_t i = 0; i < region->n_ring; i++)
        area += ring_area(region, region->first[i], region->first[i + 1]);
    for (size_t i = 0; i < region->n_ring && area < 0.0; i++)
        reverse_ring(region, region->first[i], region->first[i + 1]);
    region->area = fabs(area);
}

/* Closes the ring that began at first[n_ring]; one without an area is dropped. */
static mutau_status close_ring(tracing *t)
{
    mutau_joint_region *r = t->region;
    const size_t begin = r->first[r->n_ring];
    MUTAU_CHECK(add_point(t, r->x[begin], r->y[begin]));
    if (t->draws->swapped)
        reverse_ring(r, begin, t->n_point);
    const double area = ring_area(r, begin, t->n_point);
    if (t->n_point - begin < 4 || is_equal(area, 0.0)) {
        t->n_point = begin;
        return MUTAU_OK;
    }
    if (r->n_ring + 2 > t->ring_room) {
        t->ring_room = 2 * t->ring_room + 8;
        size_t *larger = mutau_realloc(r->first, t->ring_room, sizeof larger[0]);
        if (larger == NULL)
            return MUTAU_ENOMEM;
        r->first = larger;
    }
    r->area += area;
    r->n_island += area > 0.0;
    r->first[++r->n_ring] = t->n_point;
    return MUTAU_OK;
}

static mutau_status follow(tracing *t, size_t edge)
{
    while (t->next[edge] > 0) {
        double x = 0.0, y = 0.0;
        crossing(t, edge, &x, &y);
        MUTAU_CHECK(add_point(t, x, y));
        const size_t to = t->next[edge] - 1;
        t->next[edge] = 0;
        edge = to;
    }
    return close_ring(t);
}

static mutau_status trace(tracing *t)
{
    const size_t n_edge = joint_nodes(&t->d->u) * joint_nodes(&t->d->v) * EDGES_PER_NODE;
    t->next = mutau_calloc(n_edge, sizeof t->next[0]);
    t->region->first = mutau_calloc(2, sizeof t->region->first[0]);
    t->ring_room = 2;
    if (t->next == NULL || t->region->first == NULL)
        return MUTAU_ENOMEM;
    cross_triangles(t);
    for (size_t edge = 0; edge < n_edge; edge++)
        if (t->next[edge] > 0)
            MUTAU_CHECK(follow(t, edge));
    return MUTAU_OK;
}

mutau_status mutau_joint_outline(const joint_draws *draws, const joint_density *d, double level,
                                 mutau_joint_region *region)
{
    tracing t = {.draws = draws, .d = d, .level = level, .region = region};
    const mutau_status status = trace(&t);
    free(t.next);
    if (status != MUTAU_OK)
        mutau_joint_region_release(region);
    return status;
}
