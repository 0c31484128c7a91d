/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power law and its integral, gamma = 1 included. */
#include "check.h"

#include "mutau/spectrum.h"

static void shape_is_a_power(void **state)
{
    (void)state;
    CHECK_REL(mutau_spectrum_shape(2.6, 1e5), 1.0, 0.0);
    CHECK_REL(mutau_spectrum_shape(2.6, 2.385e7), pow(238.5, -2.6), 1e-14);
    CHECK_REL(mutau_spectrum_shape(-1.3, 2.385e3), pow(2.385e-2, 1.3), 1e-14);
}

static double integral(double gamma, double lo, double hi)
{
    return mutau_spectrum_integral(gamma, lo, log(lo / 1e5), log(hi / lo));
}

static void integral_closed_form(void **state)
{
    (void)state;
    const double lo = 1.7e4, hi = 2.385e6;
    const double gammas[] = {-2.0, 0.0, 0.5, 2.0, 2.6, 3.5};
    for (size_t i = 0; i < sizeof gammas / sizeof gammas[0]; i++) {
        const double p = 1.0 - gammas[i];
        CHECK_REL(integral(gammas[i], lo, hi), 1e5 / p * (pow(hi / 1e5, p) - pow(lo / 1e5, p)),
                  1e-13);
    }
}

/* At gamma = 1 the integral is E0 ln(hi/lo); next to it the first correction is
 * (1-gamma) (ln^2(hi/E0) - ln^2(lo/E0))/2. */
static void integral_at_gamma_one(void **state)
{
    (void)state;
    const double lo = 1.7e4, hi = 2.385e6, a = log(lo / 1e5), b = log(hi / 1e5);
    CHECK_REL(integral(1.0, lo, hi), 1e5 * (b - a), 1e-15);
    for (double d = 1e-7; d > 1e-17; d *= 0.1) {
        const double want = 1e5 * ((b - a) + 0.5 * d * (b * b - a * a));
        CHECK_REL(integral(1.0 - d, lo, hi), want, 1e-13);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shape_is_a_power),
        cmocka_unit_test(integral_closed_form),
        cmocka_unit_test(integral_at_gamma_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
