/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The draws of golden/posterior.R and golden/emcee_tau.py, bit for bit: made of
 * integers and IEEE + - * / alone. */
#ifndef MUTAU_TESTS_GOLDEN_DRAWS_H
#define MUTAU_TESTS_GOLDEN_DRAWS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef struct golden_case {
    char name[32], kind[32];
    uint64_t state; /* the seed; changes as numbers are drawn */
    size_t n_draw, n_chain;
    double a; /* coefficient of the AR(1) process behind each chain */
} golden_case;

static double golden_uniform(golden_case *c)
{
    c->state = 16807 * c->state % 2147483647; /* Park & Miller (1988) */
    return (double)c->state / 2147483647.0;
}

static double golden_normal(golden_case *c)
{
    double sum = 0.0;
    for (int i = 0; i < 12; i++)
        sum += golden_uniform(c);
    return sum - 6.0;
}

static inline double golden_value(golden_case *c, double y, size_t t, size_t chain)
{
    if (strcmp(c->kind, "cauchy") == 0)
        return y / golden_normal(c);
    if (strcmp(c->kind, "ties") == 0)
        return floor(1.5 * y);
    if (strcmp(c->kind, "modes") == 0)
        return (chain + 1) % 2 == 0 ? y + 20.0 : y - 20.0;
    if (strcmp(c->kind, "outlier") == 0)
        return chain == 0 ? y + 2.0 : y;
    if (strcmp(c->kind, "drift") == 0)
        return y + 3.0 * (double)(t + 1) / (double)c->n_draw;
    if (strcmp(c->kind, "wide") == 0)
        return chain == 0 ? 10.0 * y : y;
    if (strcmp(c->kind, "frozen") == 0)
        return chain == 0 ? 0.25 : y;
    if (strcmp(c->kind, "stuck") == 0)
        return (double)((chain + 1) * (chain + 1));
    if (strcmp(c->kind, "shifted") == 0)
        return 1000.0 + y / 64.0;
    if (strcmp(c->kind, "sign") == 0)
        return y > 0.0 ? 1.0 : 0.0;
    return y;
}

/* Fills x[n_draw][n_chain]. */
static inline void golden_draws(golden_case *c, double x[])
{
    for (size_t chain = 0; chain < c->n_chain; chain++) {
        double y = golden_normal(c);
        for (size_t t = 0; t < c->n_draw; t++) {
            y = c->a * y + golden_normal(c);
            x[t * c->n_chain + chain] = golden_value(c, y, t, chain);
        }
    }
}

#endif
