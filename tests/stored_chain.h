/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chain files with draws that a test makes up, in a folder of their own. */
#ifndef MUTAU_TESTS_STORED_CHAIN_H
#define MUTAU_TESTS_STORED_CHAIN_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "store/chain.h"
#include "base/rng.h"

enum { STORED_MAX = 8 };

/* What a made-up chain is like. */
typedef struct stored_recipe {
    const char *config;
    size_t dim, n_blob, n_row, n_walker;
    const char *names[STORED_MAX], *blob_names[STORED_MAX];
    uint32_t seed;
    bool unfinished; /* not converged, and not at max_steps */
    /* Makes one draw: coordinates, blobs and log_prob. */
    void (*draw)(mutau_rng *rng, double x[], double blob[], double *log_prob);
} stored_recipe;

/* Writes the steps and what a finished run leaves. */
static void stored_fill(mutau_chain *chain, const stored_recipe *r, mutau_rng *rng)
{
    mutau_error err = {0};
    double *x = calloc(r->n_walker * r->dim, sizeof *x);
    double *blob = calloc(r->n_walker * r->n_blob, sizeof *blob);
    double *log_prob = calloc(r->n_walker, sizeof *log_prob);
    uint64_t *accepted = calloc(r->n_walker, sizeof *accepted);
    assert_true(x != NULL && blob != NULL && log_prob != NULL && accepted != NULL);
    for (size_t row = 0; row < r->n_row; row++) {
        for (size_t w = 0; w < r->n_walker; w++)
            r->draw(rng, x + w * r->dim, blob + w * r->n_blob, &log_prob[w]);
        const mutau_chain_step step = {x, log_prob, blob};
        CHECK_OK(mutau_chain_append(chain, &step, NULL, NULL, &err), err);
    }
    mutau_chain_state s = {.steps = r->n_row,
                           .accepted = accepted,
                           .position = x,
                           .ln_prior = log_prob,
                           .ln_like = log_prob,
                           .blob = blob};
    mutau_rng_save(rng, &s.rng);
    CHECK_OK(mutau_chain_set_converged(chain, !r->unfinished, &err), err);
    CHECK_OK(mutau_chain_commit(chain, &s, &err), err);
    free(x);
    free(blob);
    free(log_prob);
    free(accepted);
}

/* The chain of that recipe, opened for reading; its file is gone. */
static mutau_chain *stored_chain(const stored_recipe *r)
{
    char folder[] = "/tmp/mutau-stored-XXXXXX", path[64];
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    const mutau_chain_info info = {.n_ensemble = 1,
                                   .n_walker = r->n_walker,
                                   .dim = r->dim,
                                   .n_blob = r->n_blob,
                                   .names = r->names,
                                   .blob_names = r->blob_names,
                                   .config = r->config,
                                   .seed = r->seed,
                                   .thin = 1};
    mutau_rng *rng = mutau_rng_alloc(r->seed);
    assert_non_null(rng);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/chain.h5", folder);
    CHECK_OK(mutau_chain_create(path, &info, false, &chain, &err), err);
    stored_fill(chain, r, rng);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    mutau_rng_free(rng);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    return chain;
}

#endif
