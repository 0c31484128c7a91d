/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for maxima, on densities whose maxima are known in closed form. */
#include "check.h"
#include "fail_alloc.h"
#include "posterior/search.h"

#include <gsl/gsl_multimin.h>
#include <gsl/gsl_vector.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

gsl_multimin_fminimizer *
__real_gsl_multimin_fminimizer_alloc(const gsl_multimin_fminimizer_type *type, size_t n);
gsl_multimin_fminimizer *
__wrap_gsl_multimin_fminimizer_alloc(const gsl_multimin_fminimizer_type *type, size_t n);
gsl_vector *__real_gsl_vector_alloc(size_t n);
gsl_vector *__wrap_gsl_vector_alloc(size_t n);

gsl_multimin_fminimizer *
__wrap_gsl_multimin_fminimizer_alloc(const gsl_multimin_fminimizer_type *type, size_t n)
{
    return fail_alloc_now() ? NULL : __real_gsl_multimin_fminimizer_alloc(type, n);
}

gsl_vector *__wrap_gsl_vector_alloc(size_t n)
{
    return fail_alloc_now() ? NULL : __real_gsl_vector_alloc(n);
}

enum { MAX_DIM = 4 };

/* A box or, where an edge is infinite, a normal prior of mean 0 and that width; a
 * logarithm of a likelihood inside. */
typedef struct problem {
    size_t dim;
    double lo[MAX_DIM], hi[MAX_DIM];
    double width;
    double (*ln_like)(const double x[]);
} problem;

static mutau_status eval(const void *self, void *ws, const double x[], double *ln_prior,
                         double *ln_like, double blob[])
{
    const problem *p = self;
    (void)ws;
    (void)blob;
    *ln_prior = 0.0;
    *ln_like = -INFINITY;
    for (size_t k = 0; k < p->dim; k++) {
        if (!(x[k] >= p->lo[k] && x[k] <= p->hi[k]))
            *ln_prior = -INFINITY;
        if (isinf(p->lo[k]) || isinf(p->hi[k]))
            *ln_prior -= 0.5 * x[k] * x[k] / (p->width * p->width);
    }
    if (!(*ln_prior > -(double)INFINITY))
        return MUTAU_OK;
    *ln_like = p->ln_like(x);
    return isnan(*ln_like) ? MUTAU_ENAN : MUTAU_OK;
}

static void draw(const void *self, mutau_rng *rng, double x[])
{
    const problem *p = self;
    for (size_t k = 0; k < p->dim; k++) {
        const double z = p->width * mutau_rng_normal(rng);
        if (isfinite(p->lo[k]) && isfinite(p->hi[k]))
            x[k] = p->lo[k] + (p->hi[k] - p->lo[k]) * mutau_rng_uniform(rng);
        else
            x[k] = isfinite(p->lo[k]) ? fabs(z) : isfinite(p->hi[k]) ? -fabs(z) : z;
    }
}

static const char *const NAMES[MAX_DIM] = {"x", "y", "z", "w"};

static mutau_target target_of(const problem *p)
{
    return (mutau_target){.dim = p->dim, .eval = eval, .draw = draw, .self = p, .names = NAMES};
}

static mutau_status run(const problem *p, mutau_search_goal goal, size_t n_start, int n_thread,
                        mutau_optima *out, mutau_error *err)
{
    const mutau_target target = target_of(p);
    const mutau_search_settings settings = {.goal = goal, .n_start = n_start, .n_thread = n_thread};
    mutau_rng *rng = mutau_rng_alloc(3);
    const mutau_status status = mutau_search(&target, p->lo, p->hi, &settings, rng, out, err);
    mutau_rng_free(rng);
    return status;
}

static double parabola(const double x[])
{
    double sum = 0.0;
    for (size_t k = 0; k < MAX_DIM; k++) {
        const double pull = (x[k] - 0.1 * (double)(k + 1)) / (0.01 * (double)(k + 1));
        sum -= 0.5 * pull * pull;
    }
    const double sheared = (x[0] + x[1] - 0.3) / 0.002;
    return sum - 0.5 * sheared * sheared;
}

static void a_narrow_tilted_peak_is_found_from_everywhere(void **state)
{
    (void)state;
    const problem p = {4, {0}, {1, 1, 1, 1}, 1.0, parabola};
    mutau_optima o;
    mutau_error err = {0};
    CHECK_OK(run(&p, MUTAU_SEARCH_LIKELIHOOD, 20, 2, &o, &err), err);
    assert_int_equal(o.n, 1);
    assert_int_equal(o.optima[0].n_start, 20);
    for (size_t k = 0; k < 4; k++)
        CHECK_ABS(o.optima[0].x[k], 0.1 * (double)(k + 1), 1e-6);
    CHECK_ABS(o.optima[0].ln_like, 0.0, 1e-8);
    /* Of 200 draws of a uniform one: its standard deviation to 4 %; 4 sigma. */
    for (size_t k = 0; k < 4; k++)
        CHECK_REL(o.scale[k], 1.0 / sqrt(12.0), 0.16);
    assert_true(o.evaluations > 1000);
    mutau_optima_free(&o);
}

/* Rosenbrock's function, its maximum 0 at (1, 1) at the end of a curved valley. */
static double banana(const double x[])
{
    const double a = 1.0 - x[0], b = x[1] - x[0] * x[0];
    return -a * a - 100.0 * b * b;
}

static void a_curved_valley_is_followed(void **state)
{
    (void)state;
    const problem p = {2, {-5, -5}, {5, 5}, 1.0, banana};
    mutau_optima o;
    mutau_error err = {0};
    CHECK_OK(run(&p, MUTAU_SEARCH_LIKELIHOOD, 30, 1, &o, &err), err);
    assert_int_equal(o.n, 1);
    CHECK_ABS(o.optima[0].x[0], 1.0, 1e-5);
    CHECK_ABS(o.optima[0].x[1], 1.0, 1e-5);
    mutau_optima_free(&o);
}

/* Two peaks, 10 and 9 high, with nothing between them. */
static double two_peaks(const double x[])
{
    const double a = (x[0] - 2.0) * (x[0] - 2.0) + x[1] * x[1];
    const double b = (x[0] + 2.0) * (x[0] + 2.0) + x[1] * x[1];
    return fmax(10.0 - 5.0 * a, 9.0 - 5.0 * b);
}

static void both_peaks_are_told_apart(void **state)
{
    (void)state;
    const problem p = {2, {-5, -5}, {5, 5}, 1.0, two_peaks};
    mutau_optima o;
    mutau_error err = {0};
    CHECK_OK(run(&p, MUTAU_SEARCH_LIKELIHOOD, 40, 2, &o, &err), err);
    assert_int_equal(o.n, 2);
    CHECK_ABS(o.optima[0].x[0], 2.0, 1e-5);
    CHECK_ABS(o.optima[1].x[0], -2.0, 1e-5);
    CHECK_ABS(o.optima[0].ln_like, 10.0, 1e-8);
    CHECK_ABS(o.optima[1].ln_like, 9.0, 1e-8);
    assert_int_equal(o.optima[0].n_start + o.optima[1].n_start, 40);
    assert_true(o.optima[1].n_start > 5);
    mutau_optima_free(&o);
}

/* Rises towards (5, -5): the corner itself is the maximum. */
static double slope(const double x[])
{
    return x[0] - 2.0 * x[1];
}

static void a_corner_of_the_prior_is_reached(void **state)
{
    (void)state;
    const problem p = {2, {-5, -5}, {5, 5}, 1.0, slope};
    mutau_optima o;
    mutau_error err = {0};
    CHECK_OK(run(&p, MUTAU_SEARCH_POSTERIOR, 10, 1, &o, &err), err);
    assert_int_equal(o.n, 1);
    CHECK_ABS(o.optima[0].x[0], 5.0, 1e-8);
    CHECK_ABS(o.optima[0].x[1], -5.0, 1e-8);
    mutau_optima_free(&o);
}

/* Flat but for a step down at x = 3. */
static double plateau(const double x[])
{
    return x[0] > 3.0 ? -1.0 : 0.0;
}

static void a_plateau_is_one_maximum(void **state)
{
    (void)state;
    const problem p = {2, {-5, -5}, {5, 5}, 1.0, plateau};
    mutau_optima o;
    mutau_error err = {0};
    CHECK_OK(run(&p, MUTAU_SEARCH_LIKELIHOOD, 20, 1, &o, &err), err);
    CHECK_ABS(o.optima[0].ln_like, 0.0, 0.0);
    assert_true(o.optima[0].n_start > 10);
    assert_true(o.n <= 2);
    mutau_optima_free(&o);
}

/* -((x-3)/1)^2/2 - ((y+3)/1)^2/2 - ((z-3)/1)^2/2 */
static double off_centre(const double x[])
{
    const double a = x[0] - 3.0, b = x[1] + 3.0, c = x[2] - 3.0;
    return -0.5 * (a * a + b * b + c * c);
}

/* With a normal prior of width 2 the posterior's maximum is at 3 * 4/(4 + 1). */
static void open_edges_and_the_two_goals(void **state)
{
    (void)state;
    const problem p = {3,
                       {0.0, -(double)INFINITY, -(double)INFINITY},
                       {(double)INFINITY, 0.0, (double)INFINITY},
                       2.0,
                       off_centre};
    const double want[2] = {3.0, 3.0 * 4.0 / 5.0};
    for (int goal = 0; goal < 2; goal++) {
        mutau_optima o;
        mutau_error err = {0};
        CHECK_OK(run(&p, (mutau_search_goal)goal, 8, 1, &o, &err), err);
        assert_int_equal(o.n, 1);
        CHECK_ABS(o.optima[0].x[0], want[goal], 1e-5);
        CHECK_ABS(o.optima[0].x[1], -want[goal], 1e-5);
        CHECK_ABS(o.optima[0].x[2], want[goal], 1e-5);
        CHECK_ABS(o.optima[0].ln_prior, -3.0 * want[goal] * want[goal] / 8.0, 1e-4);
        mutau_optima_free(&o);
    }
}

/* Half of the box fails, the other half has its maximum at the border of the two. */
static double half_broken(const double x[])
{
    return x[0] > 0.0 ? (double)NAN : x[0] - x[1] * x[1];
}

static void failures_are_walked_around(void **state)
{
    (void)state;
    const problem p = {2, {-5, -5}, {5, 5}, 1.0, half_broken};
    mutau_optima o;
    mutau_error err = {0};
    CHECK_OK(run(&p, MUTAU_SEARCH_LIKELIHOOD, 10, 1, &o, &err), err);
    CHECK_ABS(o.optima[0].x[0], 0.0, 1e-4);
    CHECK_ABS(o.optima[0].x[1], 0.0, 1e-2);
    mutau_optima_free(&o);
}

static void the_threads_do_not_matter(void **state)
{
    (void)state;
    const problem p = {2, {-5, -5}, {5, 5}, 1.0, two_peaks};
    mutau_optima one, three;
    mutau_error err = {0};
    CHECK_OK(run(&p, MUTAU_SEARCH_POSTERIOR, 17, 1, &one, &err), err);
    CHECK_OK(run(&p, MUTAU_SEARCH_POSTERIOR, 17, 3, &three, &err), err);
    assert_int_equal(one.n, three.n);
    assert_int_equal(one.evaluations, three.evaluations);
    assert_memory_equal(one.x, three.x, one.n * 2 * sizeof(double));
    assert_memory_equal(one.scale, three.scale, 2 * sizeof(double));
    mutau_optima_free(&one);
    mutau_optima_free(&three);
}

static double nothing(const double x[])
{
    (void)x;
    return -(double)INFINITY;
}

static void what_cannot_be_searched_is_refused(void **state)
{
    (void)state;
    problem p = {2, {-5, -5}, {5, 5}, 1.0, nothing};
    mutau_optima o;
    mutau_error err = {0};
    CHECK_STATUS(run(&p, MUTAU_SEARCH_LIKELIHOOD, 1, 1, &o, &err), MUTAU_ENUMERIC, err);
    mutau_optima_free(&o);
    CHECK_STATUS(run(&p, MUTAU_SEARCH_LIKELIHOOD, 0, 1, &o, &err), MUTAU_EDOM, err);
    CHECK_STATUS(run(&p, MUTAU_SEARCH_LIKELIHOOD, 1, 0, &o, &err), MUTAU_EDOM, err);
    p.dim = 0;
    CHECK_STATUS(run(&p, MUTAU_SEARCH_LIKELIHOOD, 1, 1, &o, &err), MUTAU_EDOM, err);
    p.dim = 2;
    mutau_target target = target_of(&p);
    target.draw = NULL;
    const mutau_search_settings settings = {.n_start = 1, .n_thread = 1};
    CHECK_STATUS(mutau_search(&target, p.lo, p.hi, &settings, NULL, &o, &err), MUTAU_EDOM, err);
    mutau_optima_free(&o);
}

/* Says stop from the n-th time on that it is asked. */
static long n_asked, stop_after;

static bool stop_later(void *self)
{
    (void)self;
    return ++n_asked > stop_after;
}

static void it_stops_wherever_it_is(void **state)
{
    (void)state;
    const problem p = {2, {-5, -5}, {5, 5}, 1.0, two_peaks};
    const mutau_target target = target_of(&p);
    const mutau_search_settings how = {
        .n_start = 5, .n_thread = 1, .stop = {.requested = stop_later}};
    mutau_error err = {0};
    mutau_optima o;
    uint64_t evaluations = 0;
    stop_after = LONG_MAX;
    for (long step = 0, all = 0; step <= 20; step++) {
        mutau_rng *rng = mutau_rng_alloc(3);
        stop_after = step > 0 ? (step - 1) * all / 20 : LONG_MAX;
        n_asked = 0;
        const mutau_status status = mutau_search(&target, p.lo, p.hi, &how, rng, &o, &err);
        if (step == 0) {
            CHECK_OK(status, err);
            all = n_asked;
            evaluations = o.evaluations;
            assert_true(all > 100);
        } else {
            CHECK_STATUS(status, MUTAU_ESTOPPED, err);
            assert_true(n_asked <= stop_after + 12); /* the starts, and the loops around it */
        }
        mutau_optima_free(&o);
        mutau_rng_free(rng);
    }
    assert_true(evaluations > 100);
}

static int n_workspace = 0, n_workspace_max = 2;

static mutau_status ws_alloc(const void *self, void **ws)
{
    (void)self;
    *ws = n_workspace < n_workspace_max ? malloc(1) : NULL;
    n_workspace += *ws != NULL;
    return *ws != NULL ? MUTAU_OK : MUTAU_ENOMEM;
}

static void ws_free(void *ws)
{
    n_workspace--;
    free(ws);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const problem p = {2, {-5, -5}, {5, 5}, 1.0, two_peaks};
    mutau_target target = target_of(&p);
    target.ws_alloc = ws_alloc;
    target.ws_free = ws_free;
    const mutau_search_settings settings = {.n_start = 2, .n_thread = 2};
    mutau_rng *rng = mutau_rng_alloc(3);
    mutau_error err = {0};
    mutau_status status = MUTAU_ENOMEM;
    long count = 0;
    for (; status != MUTAU_OK; count++) {
        mutau_optima o;
        fail_alloc_after = count;
        status = mutau_search(&target, p.lo, p.hi, &settings, rng, &o, &err);
        const bool failed = fail_alloc_after < 0;
        fail_alloc_after = -1;
        mutau_optima_free(&o);
        assert_int_equal(n_workspace, 0);
        if (failed)
            CHECK_STATUS(status, MUTAU_ENOMEM, err);
    }
    assert_in_range(count, 12, 20);
    mutau_optima o;
    n_workspace_max = 1;
    CHECK_STATUS(mutau_search(&target, p.lo, p.hi, &settings, rng, &o, &err), MUTAU_ENOMEM, err);
    mutau_optima_free(&o);
    mutau_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_narrow_tilted_peak_is_found_from_everywhere),
        cmocka_unit_test(a_curved_valley_is_followed),
        cmocka_unit_test(both_peaks_are_told_apart),
        cmocka_unit_test(a_corner_of_the_prior_is_reached),
        cmocka_unit_test(a_plateau_is_one_maximum),
        cmocka_unit_test(open_edges_and_the_two_goals),
        cmocka_unit_test(failures_are_walked_around),
        cmocka_unit_test(the_threads_do_not_matter),
        cmocka_unit_test(what_cannot_be_searched_is_refused),
        cmocka_unit_test(it_stops_wherever_it_is),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
