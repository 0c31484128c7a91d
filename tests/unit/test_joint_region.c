/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shape of two-dimensional regions, their edges, islands and holes; every refusal.
 * (That regions hold the mass they claim is tested in tests/statistics.) */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/joint_region.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

#define INF ((double)INFINITY)

enum { N = 4000 };
static const double PI = 3.14159265358979323846;
static const double masses[] = {0.68, 0.95};

typedef struct pairs {
    double x[N], y[N];
} pairs;

static pairs *draw_pairs(uint32_t seed, void (*draw)(mutau_rng *rng, double *x, double *y))
{
    pairs *p = calloc(1, sizeof *p);
    mutau_rng *rng = mutau_rng_alloc(seed);
    assert_non_null(p);
    assert_non_null(rng);
    for (size_t i = 0; i < N; i++)
        draw(rng, &p->x[i], &p->y[i]);
    mutau_rng_free(rng);
    return p;
}

static void draw_disc(mutau_rng *rng, double *x, double *y)
{
    *x = mutau_rng_normal(rng);
    *y = mutau_rng_normal(rng);
}

static void draw_ring(mutau_rng *rng, double *x, double *y)
{
    const double r = 3.0 + 0.3 * mutau_rng_normal(rng), phi = 2.0 * PI * mutau_rng_uniform(rng);
    *x = r * cos(phi);
    *y = r * sin(phi);
}

static void draw_corner(mutau_rng *rng, double *x, double *y)
{
    *x = 1.0 - fabs(fmod(0.3 * mutau_rng_normal(rng), 1.0));
    *y = fabs(fmod(0.3 * mutau_rng_normal(rng), 1.0));
}

static void draw_square(mutau_rng *rng, double *x, double *y)
{
    *x = mutau_rng_uniform(rng);
    *y = mutau_rng_uniform(rng);
}

static void draw_three_modes(mutau_rng *rng, double *x, double *y)
{
    const double which = floor(3.0 * mutau_rng_uniform(rng));
    *x = 4.0 * which + 0.05 * mutau_rng_normal(rng);
    *y = which * which + 0.05 * mutau_rng_normal(rng);
}

static mutau_joint_axis axis(const double x[], double lo, double hi)
{
    return (mutau_joint_axis){.x = x, .lo = lo, .hi = hi};
}

/* Regions of `masses`; each ring closed, and its orientation that of its kind. */
static void find(const pairs *p, mutau_joint_axis x, mutau_joint_axis y, mutau_joint_region r[2])
{
    mutau_error err = {0};
    x.x = p->x;
    y.x = p->y;
    CHECK_OK(mutau_joint_regions(N, &x, &y, N, 2, masses, r, &err), err);
    for (size_t i = 0; i < 2; i++) {
        size_t n_inside = 0;
        assert_int_equal(r[i].first[0], 0);
        for (size_t k = 0; k < r[i].n_ring; k++) {
            const size_t begin = r[i].first[k], end = r[i].first[k + 1] - 1;
            assert_true(end >= begin + 3);
            CHECK_ABS(r[i].x[begin], r[i].x[end], 0.0);
            CHECK_ABS(r[i].y[begin], r[i].y[end], 0.0);
        }
        for (size_t k = 0; k < N; k++)
            n_inside += mutau_joint_region_holds(&r[i], p->x[k], p->y[k]);
        CHECK_ABS((double)n_inside / N, masses[i], 0.004);
    }
}

static void release(mutau_joint_region r[2])
{
    for (size_t i = 0; i < 2; i++)
        mutau_joint_region_release(&r[i]);
    assert_null(r[0].first);
    assert_null(r[1].x);
}

static void a_disc_is_one_island(void **state)
{
    (void)state;
    mutau_joint_region r[2];
    for (uint32_t seed = 1; seed <= 10; seed++) {
        pairs *p = draw_pairs(seed, draw_disc);
        find(p, axis(NULL, -INF, INF), axis(NULL, -INF, INF), r);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(r[i].n_ring, 1);
            assert_int_equal(r[i].n_island, 1);
            CHECK_REL(r[i].area, -2.0 * PI * log1p(-masses[i]), 0.15);
        }
        assert_true(mutau_joint_region_holds(&r[0], 0.0, 0.0));
        assert_false(mutau_joint_region_holds(&r[1], 4.0, 0.0));
        release(r);
        free(p);
    }
}

static void modes_are_islands(void **state)
{
    (void)state;
    mutau_joint_region r[2];
    pairs *p = draw_pairs(3, draw_three_modes);
    find(p, axis(NULL, -INF, INF), axis(NULL, -INF, INF), r);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(r[i].n_ring, 3);
        assert_int_equal(r[i].n_island, 3);
        CHECK_REL(r[i].area, -6.0 * PI * 0.0025 * log1p(-masses[i]), 0.4);
    }
    assert_true(mutau_joint_region_holds(&r[0], 8.0, 4.0));
    assert_false(mutau_joint_region_holds(&r[1], 2.0, 0.5));
    release(r);
    free(p);
}

static void a_ring_has_a_hole(void **state)
{
    (void)state;
    mutau_joint_region r[2];
    pairs *p = draw_pairs(4, draw_ring);
    find(p, axis(NULL, -INF, INF), axis(NULL, -INF, INF), r);
    assert_int_equal(r[1].n_ring, 2);
    assert_int_equal(r[1].n_island, 1);
    assert_false(mutau_joint_region_holds(&r[1], 0.0, 0.0));
    CHECK_REL(r[1].area, 2.0 * PI * 3.0 * 2.0 * 1.96 * 0.3, 0.2);
    release(r);
    free(p);
}

/* The outline runs along the edges and into their corner, and never over them. */
static void edges_close_the_outline(void **state)
{
    (void)state;
    mutau_joint_region r[2];
    pairs *p = draw_pairs(5, draw_corner);
    find(p, axis(NULL, 0.0, 1.0), axis(NULL, 0.0, 1.0), r);
    assert_int_equal(r[0].n_ring, 1);
    assert_int_equal(r[1].n_ring, 1);
    bool in_corner = false;
    for (size_t i = 0; i < r[0].first[1]; i++) {
        assert_true(r[0].x[i] <= 1.0 && r[0].y[i] >= 0.0);
        in_corner = in_corner || (r[0].x[i] >= 1.0 && r[0].y[i] <= 0.0);
    }
    assert_true(in_corner);
    assert_true(mutau_joint_region_holds(&r[0], 1.0 - 1e-9, 1e-9));
    CHECK_REL(r[0].area, -0.5 * PI * 0.09 * log1p(-0.68), 0.15); /* a quarter of a disc */
    release(r);
    free(p);
}

static void a_flat_density_is_not_shredded(void **state)
{
    (void)state;
    mutau_joint_region r[2];
    pairs *p = draw_pairs(6, draw_square);
    find(p, axis(NULL, 0.0, 1.0), axis(NULL, 0.0, 1.0), r);
    assert_int_equal(r[0].n_ring, 1);
    assert_int_equal(r[1].n_ring, 1);
    CHECK_ABS(r[0].area, 0.68, 0.05);
    CHECK_ABS(r[1].area, 0.95, 0.03);
    release(r);
    free(p);
}

/* Exchanged axes, other units. */
static void axes_and_units_do_not_matter(void **state)
{
    (void)state;
    pairs *p = draw_pairs(7, draw_corner), *q = calloc(1, sizeof *q);
    assert_non_null(q);
    for (size_t i = 0; i < N; i++) {
        q->x[i] = 1e-9 * p->y[i] + 3e-8;
        q->y[i] = 1e5 * p->x[i];
    }
    mutau_joint_region r[2], s[2];
    find(p, axis(NULL, -INF, 1.0), axis(NULL, -INF, INF), r);
    find(q, axis(NULL, -INF, INF), axis(NULL, -INF, 1e5), s);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(r[i].n_ring, s[i].n_ring);
        CHECK_REL(s[i].area, 1e-4 * r[i].area, 0.01);
    }
    release(r);
    release(s);
    free(p);
    free(q);
}

/* Linear functions, for their areas are known: of which one falls, or both do. */
/* 40 walkers in one place, one of which has been elsewhere once, for a long time. */
static void one_long_visit_is_no_island(void **state)
{
    (void)state;
    enum { N_WALKER = 40, LONG = 79 };
    pairs *p = draw_pairs(9, draw_disc);
    for (size_t row = 20; row < 20 + LONG; row++) {
        p->x[row * N_WALKER + 3] = 12.0 + 0.05 * p->x[row * N_WALKER + 3];
        p->y[row * N_WALKER + 3] = 0.05 * p->y[row * N_WALKER + 3];
    }
    const double mass = 0.95;
    for (size_t n_walker = 0; n_walker <= N_WALKER; n_walker += N_WALKER) {
        mutau_joint_axis x = axis(p->x, -INF, INF), y = axis(p->y, -INF, INF);
        x.n_walker = n_walker;
        mutau_joint_region r;
        mutau_error err = {0};
        CHECK_OK(mutau_joint_regions(N, &x, &y, N, 1, &mass, &r, &err), err);
        assert_int_equal(r.n_island, n_walker == 0 ? 2 : 1); /* 79 draws of 79 visits, of one */
        assert_true(mutau_joint_region_holds(&r, 0.0, 0.0));
        assert_int_equal(mutau_joint_region_holds(&r, 12.0, 0.0), n_walker == 0);
        mutau_joint_region_release(&r);
    }
    free(p);
}

static void functions_keep_islands_and_orientation(void **state)
{
    (void)state;
    pairs *p = draw_pairs(4, draw_ring);
    mutau_joint_region r[2];
    find(p, axis(NULL, -INF, INF), axis(NULL, -INF, INF), r);
    const double area = r[1].area;
    const size_t n = r[1].first[r[1].n_ring], n_ring = r[1].n_ring, n_island = r[1].n_island;
    for (int step = 0; step < 2; step++) {
        const double sign = step == 0 ? -2.0 : -0.5;
        double twice = 0.0; /* holes count against islands */
        for (size_t i = 0; i < n; i++) {
            r[1].x[i] = step == 0 ? sign * r[1].x[i] : r[1].x[i];
            r[1].y[i] = step == 0 ? r[1].y[i] + 7.0 : sign * r[1].y[i];
        }
        mutau_joint_region_measure(&r[1]);
        CHECK_REL(r[1].area, (step == 0 ? 2.0 : 1.0) * area, 1e-9);
        assert_int_equal(r[1].n_ring, n_ring);
        assert_int_equal(r[1].n_island, n_island);
        assert_true(n_ring > n_island); /* the hole runs the other way */
        for (size_t k = 0; k < n_ring; k++)
            for (size_t i = r[1].first[k]; i + 1 < r[1].first[k + 1]; i++)
                twice += r[1].x[i] * r[1].y[i + 1] - r[1].x[i + 1] * r[1].y[i];
        CHECK_REL(0.5 * twice, r[1].area, 1e-6);
    }
    release(r);
    free(p);
}

/* Of two squares, the second of which lies to the right and below, and a hole in the first. */
static void extents_are_those_of_all_rings(void **state)
{
    (void)state;
    double x[] = {0.0, 2.0, 2.0, 0.0, 0.0, 0.5, 0.5, 1.0, 1.0, 0.5, 3.0, 4.0, 4.0, 3.0, 3.0};
    double y[] = {5.0, 5.0, 7.0, 7.0, 5.0, 5.5, 6.0, 6.0, 5.5, 5.5, -2.0, -2.0, -1.0, -1.0, -2.0};
    size_t first[] = {0, 5, 10, 15};
    const mutau_joint_region r = {.n_ring = 3, .n_island = 2, .first = first, .x = x, .y = y};
    double of_x[2], of_y[2];
    mutau_joint_region_extent(&r, of_x, of_y);
    CHECK_ABS(of_x[0], 0.0, 0.0);
    CHECK_ABS(of_x[1], 4.0, 0.0);
    CHECK_ABS(of_y[0], -2.0, 0.0);
    CHECK_ABS(of_y[1], 7.0, 0.0);
}

static void few_draws_and_any_ess_do(void **state)
{
    (void)state;
    const double x[] = {1.0, 3.0, 2.0}, y[] = {1.0, 1.5, 4.0};
    const double ess[] = {1.0, 1e9, (double)NAN};
    const mutau_joint_axis ax = axis(x, 0.0, 9.0), ay = axis(y, 0.0, 9.0);
    for (size_t i = 0; i < 3; i++) {
        mutau_joint_region r[2];
        mutau_error err = {0};
        CHECK_OK(mutau_joint_regions(3, &ax, &ay, ess[i], 2, masses, r, &err), err);
        assert_true(r[1].n_island >= 1);
        release(r);
    }
}

static void regions_refuse(void **state)
{
    (void)state;
    enum { FEW = 4 };
    const double good[FEW] = {0.5, 1.0, 2.0, 1.2}, other[FEW] = {0.1, 1.0, 0.3, 2.0};
    const double equal[FEW] = {1.0, 1.0, 1.0, 1.0}, nan[FEW] = {0.5, (double)NAN, 1.0, 2.0};
    const double inf[FEW] = {0.5, INF, 1.0, 2.0}, line[FEW] = {2.0, 3.0, 5.0, 3.4};
    const double mass[] = {1.0, 0.0, (double)NAN, 0.5};
    const struct {
        size_t n;
        mutau_joint_axis y;
        mutau_status status;
        const char *text;
    } cases[] = {
        {0, axis(other, 0.0, 3.0), MUTAU_EDOM, "no draws"},
        {FEW, axis(nan, 0.0, 3.0), MUTAU_ENAN, "draw 2 of 4"},
        {FEW, axis(inf, 0.0, INF), MUTAU_EDOM, "infinite"},
        {FEW, axis(equal, 0.0, 3.0), MUTAU_EDOM, "equal"},
        {FEW, axis(line, -INF, INF), MUTAU_EDOM, "line"},
        {FEW, axis(other, 3.0, 0.0), MUTAU_EDOM, "not in order"},
        {FEW, axis(other, (double)NAN, 3.0), MUTAU_EDOM, "not in order"},
        {FEW, axis(other, 0.2, 3.0), MUTAU_EDOM, "reach over"},
        {FEW, axis(other, 0.0, 1.9), MUTAU_EDOM, "reach over"},
    };
    mutau_joint_region r[20];
    mutau_error err = {0};
    const mutau_joint_axis x = axis(good, -INF, INF), y = axis(other, 0.0, 3.0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_STATUS(mutau_joint_regions(cases[i].n, &x, &cases[i].y, 4, 1, &mass[3], r, &err),
                     cases[i].status, err);
        assert_non_null(strstr(err.text, cases[i].text));
        assert_null(r[0].first);
    }
    for (size_t i = 0; i < 3; i++)
        CHECK_STATUS(mutau_joint_regions(FEW, &x, &y, 4, 1, &mass[i], r, &err), MUTAU_EDOM, err);
    double many[20];
    for (size_t i = 0; i < 20; i++)
        many[i] = 0.5;
    CHECK_STATUS(mutau_joint_regions(FEW, &x, &y, 4, 20, many, r, &err), MUTAU_EDOM, err);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    enum { SOME = 60 };
    double x[SOME], y[SOME];
    for (size_t i = 0; i < SOME; i++) {
        x[i] = sqrt((double)i);
        y[i] = (double)(i * 37 % 60);
    }
    const mutau_joint_axis ax = axis(x, 0.0, 9.0), ay = axis(y, -INF, INF);
    mutau_joint_region r[2];
    mutau_error err = {0};
    long n_alloc = 0;
    memset(r, 0, sizeof r);
    CHECK_EACH_ALLOC(mutau_joint_regions(SOME, &ax, &ay, SOME, 2, masses, r, &err), r[0].first,
                     n_alloc, err);
    assert_true(n_alloc >= 20);
    release(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disc_is_one_island),
        cmocka_unit_test(modes_are_islands),
        cmocka_unit_test(a_ring_has_a_hole),
        cmocka_unit_test(edges_close_the_outline),
        cmocka_unit_test(a_flat_density_is_not_shredded),
        cmocka_unit_test(axes_and_units_do_not_matter),
        cmocka_unit_test(one_long_visit_is_no_island),
        cmocka_unit_test(functions_keep_islands_and_orientation),
        cmocka_unit_test(extents_are_those_of_all_rings),
        cmocka_unit_test(few_draws_and_any_ess_do),
        cmocka_unit_test(regions_refuse),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
