/* SPDX-License-Identifier: GPL-3.0-or-later */
/* R-hat, ESS and MCSE against the R package posterior, tau against emcee: the
 * tables of golden/, whose scripts stand beside them.
 * usage: test_diagnostics_golden posterior.csv emcee_tau.csv */
#include "check.h"
#include "golden_draws.h"
#include "analysis/diagnostics.h"

#include <stdbool.h>
#include <stdlib.h>

static const char *posterior_csv, *emcee_csv;

enum { MAX_COLUMNS = 64, N_KEY = 6, MAX_LINE = 4096 };

/* One row: the case and the numbers after it; false at the end. */
static bool read_row(FILE *file, golden_case *c, double value[MAX_COLUMNS], size_t *n_value)
{
    char line[MAX_LINE], *rest = NULL, *field[MAX_COLUMNS];
    if (fgets(line, sizeof line, file) == NULL)
        return false;
    size_t n = 0;
    for (char *f = strtok_r(line, ",\n", &rest); f != NULL && n < MAX_COLUMNS;
         f = strtok_r(NULL, ",\n", &rest))
        field[n++] = f;
    if (n <= N_KEY)
        fail_msg("a row of %zu fields", n);
    *c = (golden_case){.state = strtoull(field[2], NULL, 10),
                       .n_draw = strtoull(field[3], NULL, 10),
                       .n_chain = strtoull(field[4], NULL, 10),
                       .a = strtod(field[5], NULL)};
    (void)snprintf(c->name, sizeof c->name, "%s", field[0]);
    (void)snprintf(c->kind, sizeof c->kind, "%s", field[1]);
    *n_value = n - N_KEY;
    for (size_t i = N_KEY; i < n; i++)
        value[i - N_KEY] = strtod(field[i], NULL);
    return true;
}

static FILE *open_table(const char *path)
{
    char line[MAX_LINE];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("cannot read %s", path);
    for (int i = 0; i < 2; i++)
        assert_non_null(fgets(line, sizeof line, file));
    return file;
}

static double *make_draws(golden_case *c)
{
    double *x = calloc(c->n_draw * c->n_chain, sizeof *x);
    assert_non_null(x);
    golden_draws(c, x);
    return x;
}

/* NaN where the reference has it; relative 1e-8, for locations relative to `scale`. */
static void compare(const golden_case *c, const char *what, double got, double want, double scale)
{
    if (isnan(want) ? !isnan(got) : !(fabs(got - want) <= 1e-8 * fabs(want) + 1e-12 * scale))
        fail_msg("case %s: %s = %.17g, want %.17g", c->name, what, got, want);
}

/* The columns: 8 of the convergence, then 3 for each of these. */
static const double PROBABILITIES[] = {0.0, 0.025, 0.05, 0.16, 0.25, 0.84, 0.95, 0.975, 1.0};
enum { N_PROBABILITY = sizeof PROBABILITIES / sizeof *PROBABILITIES };

/* The worst of the ends of two intervals over the standard deviation, all of them posterior's. */
static void compare_interval_error(const golden_case *c, const double x[], const double want[])
{
    mutau_error err = {0};
    double worst = 0.0, error;
    for (size_t i = 0; i < N_PROBABILITY; i++) {
        const double p = PROBABILITIES[i], mcse = want[10 + 3 * i];
        const bool is_end = (p > 0.02 && p < 0.03) || (p > 0.15 && p < 0.17) ||
                            (p > 0.83 && p < 0.85) || (p > 0.97 && p < 0.98);
        if (is_end)
            worst = worst >= mcse || isnan(worst) ? worst : mcse;
    }
    CHECK_OK(mutau_interval_error(c->n_draw, c->n_chain, x, &error, &err), err);
    compare(c, "interval_error", error, worst / want[4], 0.0);
}

static void compare_case(golden_case *c, const double want[])
{
    mutau_error err = {0};
    mutau_convergence got;
    double *x = make_draws(c), rhat;
    CHECK_OK(mutau_convergence_compute(c->n_draw, c->n_chain, x, &got, &err), err);
    CHECK_OK(mutau_rhat(c->n_draw, c->n_chain, x, &rhat, &err), err);
    /* Chains that all stand still have no variance within: R's 1e16 is rounding. */
    if (want[0] > 1e10)
        assert_true(isinf(got.rhat) && isinf(rhat));
    else {
        compare(c, "rhat", got.rhat, want[0], 0.0);
        compare(c, "mutau_rhat", rhat, want[0], 0.0);
    }
    compare(c, "ess_bulk", got.ess_bulk, want[1], 0.0);
    compare(c, "ess_tail", got.ess_tail, want[2], 0.0);
    compare(c, "mean", got.mean, want[3], got.sd);
    compare(c, "sd", got.sd, want[4], 0.0);
    compare(c, "mcse_mean", got.mcse_mean, want[5], 0.0);
    compare(c, "median", got.median, want[6], got.sd);
    compare(c, "mcse_median", got.mcse_median, want[7], 0.0);
    for (size_t i = 0; i < N_PROBABILITY; i++) {
        double quantile, ess, mcse;
        CHECK_OK(mutau_quantile_error(c->n_draw, c->n_chain, x, PROBABILITIES[i], &quantile, &ess,
                                      &mcse, &err),
                 err);
        compare(c, "quantile", quantile, want[8 + 3 * i], got.sd);
        compare(c, "ess_quantile", ess, want[9 + 3 * i], 0.0);
        compare(c, "mcse_quantile", mcse, want[10 + 3 * i], 0.0);
    }
    compare_interval_error(c, x, want);
    free(x);
}

static void convergence_is_posteriors(void **state)
{
    (void)state;
    FILE *file = open_table(posterior_csv);
    golden_case c;
    double want[MAX_COLUMNS];
    size_t n_value, n_case = 0;
    for (; read_row(file, &c, want, &n_value); n_case++) {
        assert_int_equal(n_value, 8 + 3 * N_PROBABILITY);
        compare_case(&c, want);
    }
    assert_int_equal(n_case, 36);
    (void)fclose(file);
}

static void tau_is_emcees(void **state)
{
    (void)state;
    FILE *file = open_table(emcee_csv);
    golden_case c;
    double want[MAX_COLUMNS];
    size_t n_value, n_case = 0;
    for (; read_row(file, &c, want, &n_value); n_case++) {
        mutau_error err = {0};
        double *x = make_draws(&c), tau;
        CHECK_OK(mutau_autocorr_time(c.n_draw, c.n_chain, x, &tau, &err), err);
        /* tau is a sum that starts at 1: where it cancels, 1 is the scale. */
        if (isnan(want[0]) ? !isnan(tau)
                           : !(fabs(tau - want[0]) <= 1e-10 * fmin(fabs(want[0]), 1.0) + 1e-14))
            fail_msg("case %s: tau = %.17g, want %.17g", c.name, tau, want[0]);
        free(x);
    }
    assert_int_equal(n_case, 18);
    (void)fclose(file);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convergence_is_posteriors),
        cmocka_unit_test(tau_is_emcees),
    };
    if (argc != 3) {
        fprintf(stderr, "usage: %s posterior.csv emcee_tau.csv\n", argv[0]);
        return 1;
    }
    posterior_csv = argv[1];
    emcee_csv = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
