/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models by their evidences; documented in analysis/evidence_ladder.h. */
#include "analysis/evidence_ladder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const mutau_estimate unknown = {(double)NAN, (double)NAN};

const char *mutau_ladder_word(double ln_b)
{
    static const double least[] = {5.0, 2.5, 1.0};
    static const char *const word[] = {"strong", "moderate", "weak"};
    for (size_t i = 0; i < sizeof least / sizeof least[0]; i++)
        if (fabs(ln_b) >= least[i])
            return word[i];
    return "inconclusive";
}

const char *mutau_ladder_name(const mutau_ladder_model *model, char room[MUTAU_LADDER_NAME_SIZE])
{
    (void)snprintf(room, MUTAU_LADDER_NAME_SIZE, "%s%s", model->source,
                   model->boson ? " + Z'" : "");
    return room;
}

static mutau_estimate against(const mutau_ladder_model *a, const mutau_ladder_model *b)
{
    return (mutau_estimate){a->evidence.ln_z - b->evidence.ln_z,
                            hypot(a->evidence.error, b->evidence.error)};
}

static bool same_model(const mutau_ladder_model *a, const mutau_ladder_model *b)
{
    return a->boson == b->boson && strcmp(a->source, b->source) == 0;
}

/* The model without the boson that has the same source, and an evidence; NULL if there is none. */
static const mutau_ladder_model *find_bare(size_t n, const mutau_ladder_model model[],
                                           const mutau_ladder_model *reference, const char *source)
{
    const mutau_ladder_model wanted = {.source = source};
    for (size_t i = 0; i < n; i++)
        if (same_model(&model[i], &wanted) && !isnan(model[i].evidence.ln_z))
            return &model[i];
    return same_model(reference, &wanted) ? reference : NULL;
}

static void say_best(size_t n, const mutau_ladder_model model[],
                     const mutau_ladder_model *reference, mutau_ladder_verdict *out)
{
    char name[MUTAU_LADDER_NAME_SIZE], held[MUTAU_LADDER_NAME_SIZE];
    const mutau_ladder_model *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (!isnan(model[i].ln_b.ln_z) && !same_model(&model[i], reference) &&
            (best == NULL || model[i].ln_b.ln_z > best->ln_b.ln_z))
            best = &model[i];
    if (best == NULL)
        return;
    const mutau_estimate b = best->ln_b;
    const char *word = mutau_ladder_word(b.ln_z);
    if (b.ln_z > 0.0)
        (void)snprintf(out->best, sizeof out->best,
                       "Of these models %s is the most probable: against %s ln B = %+.2f +- %.2f "
                       "(%s).",
                       mutau_ladder_name(best, name), mutau_ladder_name(reference, held), b.ln_z,
                       b.error, word);
    else
        (void)snprintf(out->best, sizeof out->best,
                       "No model is more probable than %s: the next is %s with ln B = %+.2f +- "
                       "%.2f (%s).",
                       mutau_ladder_name(reference, held), mutau_ladder_name(best, name), b.ln_z,
                       b.error, word);
}

/* The source of the most probable model without the boson that a boson was added to. */
static const mutau_ladder_model *find_fairest(size_t n, const mutau_ladder_model model[],
                                              const mutau_ladder_model *reference)
{
    const mutau_ladder_model *fairest = NULL;
    double most = -(double)INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!model[i].boson || isnan(model[i].ln_b_boson.ln_z))
            continue;
        const double bare = find_bare(n, model, reference, model[i].source)->evidence.ln_z;
        if (bare > most) {
            most = bare;
            fairest = &model[i];
        }
    }
    return fairest;
}

static void say_boson(size_t n, const mutau_ladder_model model[],
                      const mutau_ladder_model *reference, mutau_ladder_verdict *out)
{
    const mutau_ladder_model *fairest = find_fairest(n, model, reference);
    if (fairest == NULL)
        return;
    const mutau_estimate b = fairest->ln_b_boson;
    const char *word = mutau_ladder_word(b.ln_z);
    const bool inconclusive = fabs(b.ln_z) < 1.0;
    (void)snprintf(out->boson, sizeof out->boson,
                   "To %s, the most probable source that it was added to, the Z' adds ln B = "
                   "%+.2f +- %.2f: %s%s.",
                   fairest->source, b.ln_z, b.error, word,
                   inconclusive   ? ""
                   : b.ln_z > 0.0 ? " evidence for it"
                                  : " evidence against it");
}

void mutau_evidence_ladder(size_t n, mutau_ladder_model model[],
                           const mutau_ladder_model *reference, mutau_ladder_verdict *verdict)
{
    const mutau_ladder_model held = *reference; /* which may be one of them */
    memset(verdict, 0, sizeof *verdict);
    for (size_t i = 0; i < n; i++)
        model[i].ln_b =
            &model[i] == reference ? (mutau_estimate){0.0, 0.0} : against(&model[i], &held);
    for (size_t i = 0; i < n; i++) {
        const mutau_ladder_model *bare =
            model[i].boson ? find_bare(n, model, &held, model[i].source) : NULL;
        model[i].ln_b_boson = bare != NULL ? against(&model[i], bare) : unknown;
    }
    say_best(n, model, &held, verdict);
    say_boson(n, model, &held, verdict);
}
