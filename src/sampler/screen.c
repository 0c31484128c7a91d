/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first stage of delayed acceptance; documented in screen_internal.h. */
#include "screen_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tempering_internal.h"

static mutau_status fill(mutau_screen *s, const mutau_target *density, size_t n_slot, int n_thread,
                         mutau_error *err)
{
    s->into = mutau_calloc(n_slot, sizeof *s->into);
    s->at = mutau_calloc(n_slot, sizeof *s->at);
    s->proposed = mutau_calloc(n_slot / 2, sizeof *s->proposed);
    s->uniform = mutau_calloc(n_slot / 2, sizeof *s->uniform);
    if (s->into == NULL || s->at == NULL || s->proposed == NULL || s->uniform == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to screen %zu walkers", n_slot);
    s->density = *density;
    s->density.n_blob = 0;
    return mutau_batch_init(&s->batch, &s->density, n_slot, n_thread, NULL, err);
}

mutau_status mutau_screen_alloc(const mutau_target *density, size_t n_slot, int n_thread,
                                mutau_screen **out, mutau_error *err)
{
    mutau_screen *s = *out = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a screen");
    const mutau_status status = fill(s, density, n_slot, n_thread, err);
    if (status != MUTAU_OK) {
        mutau_screen_free(s);
        *out = NULL;
    }
    return status;
}

void mutau_screen_free(mutau_screen *s)
{
    if (s == NULL)
        return;
    mutau_batch_clear(&s->batch);
    free(s->into);
    free(s->at);
    free(s->proposed);
    free(s->uniform);
    free(s);
}

void mutau_screen_forget(mutau_screen *s, size_t n_slot)
{
    for (size_t i = 0; i < n_slot; i++)
        s->at[i] = (mutau_screened){.seen = false};
}

void mutau_screen_exchange(mutau_screen *s, size_t a, size_t b)
{
    const mutau_screened kept = s->at[a];
    s->at[a] = s->at[b];
    s->at[b] = kept;
}

void mutau_screen_add(mutau_screen *s, size_t dim, const double x[], mutau_screened *into)
{
    memcpy(s->batch.x + s->batch.n * dim, x, dim * sizeof *x);
    s->into[s->batch.n++] = into;
}

size_t mutau_screen_eval(mutau_screen *s)
{
    const mutau_batch *b = &s->batch;
    const size_t n = b->n;
    const double none = (double)NAN;
    mutau_batch_eval(&s->batch, NULL);
    for (size_t i = 0; i < n; i++) {
        const bool ok = b->status[i] == MUTAU_OK;
        *s->into[i] = (mutau_screened){.seen = true,
                                       .ln_prior = ok ? b->ln_prior[i] : none,
                                       .ln_like = ok ? b->ln_like[i] : none};
    }
    s->batch.n = 0;
    return n;
}

bool mutau_screen_ratio(double beta, const mutau_screened *from, const mutau_screened *to,
                        double *ln_ratio)
{
    if (!from->seen || !to->seen)
        return false;
    const double ln_from = mutau_rung_ln_density(beta, from->ln_prior, from->ln_like);
    const double ln_to = mutau_rung_ln_density(beta, to->ln_prior, to->ln_like);
    *ln_ratio = ln_to - ln_from;
    return isfinite(ln_from) && isfinite(ln_to);
}
