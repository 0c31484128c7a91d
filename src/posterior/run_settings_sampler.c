/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run file's `sampler`; documented in posterior/run_settings.h. */
#include <math.h>
#include <string.h>

#include "sampler/ensemble.h"
#include "run_settings_internal.h"

static const double any_steps = 1e15;

static const char screen_off[] = "off";
static const char *const screen_names[] = {screen_off, "coarse", "line", NULL};

#define SETTING(field) offsetof(mutau_sampler_settings, field)

const mutau_option mutau_sampler_options[] = {
    {.key = "ensembles",
     .type = MUTAU_OPTION_INTEGER,
     .offset = SETTING(ensembles),
     .min = 1,
     .max = 1000,
     .def = 4,
     .doc = "independent ensembles, started apart"},
    {.key = "walkers",
     .type = MUTAU_OPTION_INTEGER,
     .offset = SETTING(walkers),
     .min = 2,
     .max = 1e6,
     .def = 64,
     .doc = "walkers of each ensemble: even, at least 4 and 2 for each free parameter"},
    {.key = "temperatures",
     .type = MUTAU_OPTION_INTEGER,
     .offset = SETTING(temperatures),
     .min = 1,
     .max = MUTAU_MAX_TEMPERATURES,
     .def = 1,
     .doc = "rungs of parallel tempering, more are added if need be; 1 is none"},
    {.key = "seed",
     .type = MUTAU_OPTION_INTEGER,
     .offset = SETTING(seed),
     .min = 1,
     .max = 4294967295.0,
     .def = 1,
     .doc = "of the random numbers"},
    {.key = "thin",
     .type = MUTAU_OPTION_INTEGER,
     .offset = SETTING(thin),
     .min = 1,
     .max = 1e9,
     .def = 1,
     .doc = "every thin-th step is stored"},
    {.key = "max_failure_rate",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(max_failure_rate),
     .min = 1e-9,
     .max = 1.0,
     .def = 0.1,
     .doc = "share of the evaluations that may fail before the run stops"},
    {.key = "store_rungs",
     .type = MUTAU_OPTION_BOOL,
     .offset = SETTING(store_rungs),
     .doc = "stores the hot rungs as groups /mcmc_T01, ..., too"},
    {.key = "screen",
     .type = MUTAU_OPTION_CHOICE,
     .offset = SETTING(screen),
     .choices = screen_names,
     .doc = "local moves are tried on the line solver first, coarse: with 16 steps in redshift, "
            "line: with all; the posterior stays exact"},
};
const size_t mutau_sampler_option_count =
    sizeof mutau_sampler_options / sizeof mutau_sampler_options[0];

/* The defaults were chosen on the IceCube posterior. */
const mutau_option mutau_ladder_options[] = {
    {.key = "adapt",
     .type = MUTAU_OPTION_INTEGER,
     .offset = SETTING(ladder_adapt),
     .min = 0,
     .max = 1e9,
     .def = MUTAU_LADDER_ADAPT_STEPS,
     .doc = "steps in which the inner rungs adapt; they are burn-in"},
    {.key = "lag",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(ladder_lag),
     .min = 1.0,
     .max = 1e9,
     .def = MUTAU_LADDER_LAG,
     .doc = "steps after which adaptation slows down"},
    {.key = "time",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(ladder_time),
     .min = 1.0,
     .max = 1e9,
     .def = MUTAU_LADDER_TIME,
     .doc = "steps that an adaptation takes"},
};
const size_t mutau_ladder_option_count =
    sizeof mutau_ladder_options / sizeof mutau_ladder_options[0];

/* Absent criteria are not asked for. */
const mutau_option mutau_stop_options[] = {
    {.key = "max_steps",
     .type = MUTAU_OPTION_INTEGER,
     .offset = SETTING(max_steps),
     .min = 1,
     .max = any_steps,
     .def = 50000,
     .doc = "steps after which to stop in any case"},
    {.key = "min_steps",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(min_steps),
     .min = 0.0,
     .max = any_steps,
     .def = (double)NAN,
     .doc = "steps before which no criterion ends the run"},
    {.key = "rhat",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(rhat),
     .min = 1.0,
     .max = 10.0,
     .def = (double)NAN,
     .doc = "largest R-hat"},
    {.key = "tau_multiple",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(tau_multiple),
     .min = 1.0,
     .max = 1e9,
     .def = (double)NAN,
     .doc = "least number of autocorrelation times"},
    {.key = "ess_bulk",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(ess_bulk),
     .min = 1.0,
     .max = 1e12,
     .def = (double)NAN,
     .doc = "least bulk effective sample size"},
    {.key = "ess_tail",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(ess_tail),
     .min = 1.0,
     .max = 1e12,
     .def = (double)NAN,
     .doc = "least tail effective sample size"},
    {.key = "interval_error",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(interval_error),
     .min = 1e-6,
     .max = 10.0,
     .def = (double)NAN,
     .doc = "largest error of the ends of the 68 and 95 % intervals, in standard deviations"},
    {.key = "evidence_error",
     .type = MUTAU_OPTION_REAL,
     .offset = SETTING(evidence_error),
     .min = 1e-6,
     .max = 100.0,
     .def = (double)NAN,
     .doc = "largest error of ln Z; with temperatures or a mixture"},
};
const size_t mutau_stop_option_count = sizeof mutau_stop_options / sizeof mutau_stop_options[0];

static const double least_weight = 1e-6, largest_weight = 1e6;
static const char *const move_keys[] = {"weight", NULL};

static const char *const sampler_keys[] = {
    "ensembles", "walkers", "moves",   "temperatures", "ladder",           "store_rungs", "screen",
    "seed",      "start",   "burn_in", "thin",         "max_failure_rate", "stop",        NULL};
static const char *const ladder_keys[] = {"adapt", "lag", "time", "beta_min", "max_rungs", NULL};
static const char *const ladder_others[] = {"beta_min", "max_rungs", NULL};
static const char *const sampler_others[] = {"moves", "ladder", "start", "burn_in", "stop", NULL};

/* `name: 0.3` or `name: {weight: 0.3, ...}`. */
static mutau_status read_move(mutau_node *node, const mutau_run_settings *s,
                              mutau_move_choice *choice, mutau_error *err)
{
    const mutau_move *move = choice->move;
    mutau_error reason = {0};
    MUTAU_CHECK(mutau_node_spell_out(node, "weight", err));
    MUTAU_CHECK(mutau_config_read(node, move->options, move->n_option, move_keys,
                                  choice->settings.bytes, err));
    if (mutau_node_child(node, "weight") == NULL)
        MUTAU_CHECK(mutau_node_assign(node, "weight", "1", err));
    MUTAU_CHECK(mutau_node_real(mutau_node_child(node, "weight"), least_weight, largest_weight,
                                NULL, &choice->weight, err));
    mutau_node_reorder(node, move_keys);
    const size_t dim = mutau_run_settings_free_count(s), n_other = (size_t)s->sampler.walkers / 2;
    if (dim > 0 && move->check(choice->settings.bytes, dim, n_other, &reason) != MUTAU_OK)
        return mutau_node_error(node, err, "%s", reason.text);
    return MUTAU_OK;
}

/* A mixture may have missed a place, and a walker there would never leave it. */
static mutau_status check_local(const mutau_node *moves, const mutau_sampler_settings *s,
                                mutau_error *err)
{
    bool local = false;
    for (size_t i = 0; i < s->n_move; i++)
        local = local || s->moves[i].move->ln_proposal == NULL;
    return local ? MUTAU_OK
                 : mutau_node_error(moves, err, "needs a local move, too, like %s",
                                    MUTAU_DEFAULT_MOVES);
}

/* In one order, however they are written: the order is part of the random numbers. */
static mutau_status read_moves(mutau_node *sampler, mutau_run_settings *s, mutau_error *err)
{
    const char *names[MUTAU_MAX_MOVES + 1] = {NULL};
    for (size_t i = 0; i < MUTAU_MAX_MOVES && mutau_moves[i] != NULL; i++)
        names[i] = mutau_moves[i]->name;
    if (mutau_node_child(sampler, "moves") == NULL)
        MUTAU_CHECK(mutau_node_assign(sampler, "moves", MUTAU_DEFAULT_MOVES, err));
    mutau_node *moves = mutau_node_child(sampler, "moves");
    MUTAU_CHECK(mutau_config_read(moves, NULL, 0, names, NULL, err));
    if (mutau_node_count(moves) == 0)
        return mutau_node_error(moves, err, "is empty: name a move, like {stretch: 1}");
    mutau_node_reorder(moves, names);
    for (size_t i = 0; i < mutau_node_count(moves); i++) {
        mutau_move_choice *choice = &s->sampler.moves[s->sampler.n_move++];
        choice->move = mutau_move_find(mutau_node_key(moves, i));
        MUTAU_CHECK(read_move(mutau_node_at(moves, i), s, choice, err));
    }
    return check_local(moves, &s->sampler, err);
}

static mutau_status read_burn_in(mutau_node *sampler, mutau_sampler_settings *s, mutau_error *err)
{
    if (mutau_node_child(sampler, "burn_in") == NULL)
        MUTAU_CHECK(mutau_node_assign(sampler, "burn_in", "auto", err));
    mutau_node *node = mutau_node_child(sampler, "burn_in");
    s->burn_in = -1;
    if (strcmp(mutau_node_text(node), "auto") == 0)
        return MUTAU_OK;
    if (!mutau_node_is_number(node))
        return mutau_node_error(node, err, "expected auto or a number of steps");
    MUTAU_CHECK(mutau_node_integer(node, 0, (long)any_steps, &s->burn_in, err));
    if (s->temperatures > 1 && s->burn_in < s->ladder_adapt)
        return mutau_node_error(node, err,
                                "%ld is less than the %ld steps in which the ladder of "
                                "temperatures adapts (sampler.ladder.adapt)",
                                s->burn_in, s->ladder_adapt);
    return MUTAU_OK;
}

/* Whether the run gives an evidence: from its rungs, or from the draws of a mixture. */
static bool has_evidence(const mutau_sampler_settings *s)
{
    for (size_t i = 0; i < s->n_move; i++)
        if (strcmp(s->moves[i].move->name, "mixture") == 0)
            return true;
    return s->temperatures > 1;
}

static mutau_status yield_to_one_temperature(mutau_node *sampler, mutau_run_settings *s,
                                             mutau_error *err)
{
    static const char *const keys[] = {"evidence_error", NULL};
    mutau_node *stop = mutau_node_child(sampler, "stop");
    if (stop == NULL || has_evidence(&s->sampler))
        return MUTAU_OK;
    return mutau_run_settings_yield(stop, keys, mutau_node_child(sampler, "temperatures"), s, err);
}

/* Who names no criterion of the posterior, as by max_steps alone, gets the default ones. */
static mutau_status complete_stop(mutau_node *sampler, mutau_error *err)
{
    static const char *const of_posterior[] = {"rhat", "tau_multiple", "ess_bulk", "ess_tail",
                                               "interval_error"};
    mutau_node *stop = mutau_node_child(sampler, "stop");
    if (stop == NULL)
        return mutau_node_assign(sampler, "stop", MUTAU_DEFAULT_STOP, err);
    for (size_t i = 0; i < sizeof of_posterior / sizeof of_posterior[0]; i++)
        if (mutau_node_child(stop, of_posterior[i]) != NULL)
            return MUTAU_OK;
    if (mutau_node_what(stop) != MUTAU_NODE_MAPPING)
        return MUTAU_OK; /* an error of the reader */
    MUTAU_CHECK(mutau_node_assign(stop, "ess_bulk", MUTAU_DEFAULT_ESS_BULK, err));
    return mutau_node_assign(stop, "ess_tail", MUTAU_DEFAULT_ESS_TAIL, err);
}

static void forget_absent(double *criterion)
{
    *criterion = isnan(*criterion) ? 0.0 : *criterion;
}

static mutau_status read_stop(mutau_node *sampler, mutau_sampler_settings *s, mutau_error *err)
{
    MUTAU_CHECK(complete_stop(sampler, err));
    MUTAU_CHECK(mutau_config_read(mutau_node_child(sampler, "stop"), mutau_stop_options,
                                  mutau_stop_option_count, NULL, s, err));
    forget_absent(&s->min_steps);
    forget_absent(&s->rhat);
    forget_absent(&s->tau_multiple);
    forget_absent(&s->ess_bulk);
    forget_absent(&s->ess_tail);
    forget_absent(&s->interval_error);
    forget_absent(&s->evidence_error);
    const mutau_node *evidence_error =
        mutau_node_child(mutau_node_child(sampler, "stop"), "evidence_error");
    if (evidence_error != NULL && !has_evidence(s))
        return mutau_node_error(evidence_error, err,
                                "needs sampler.temperatures above 1, or mixture among "
                                "sampler.moves: an evidence comes from the rungs, or from the "
                                "draws of the mixture");
    return MUTAU_OK;
}

/* auto, or the number of a geometric first ladder. */
static mutau_status read_beta_min(mutau_node *ladder, mutau_sampler_settings *s, mutau_error *err)
{
    if (mutau_node_child(ladder, "beta_min") == NULL)
        MUTAU_CHECK(mutau_node_assign(ladder, "beta_min", "auto", err));
    mutau_node *node = mutau_node_child(ladder, "beta_min");
    s->ladder_beta_min = 0.0;
    if (mutau_node_is_number(node))
        return mutau_node_real(node, 1e-300, 0.99, NULL, &s->ladder_beta_min, err);
    if (mutau_node_what(node) != MUTAU_NODE_SCALAR || strcmp(mutau_node_text(node), "auto") != 0)
        return mutau_node_error(
            node, err,
            "expected auto or the smallest inverse temperature above 0 to begin "
            "with, like 1e-2");
    return MUTAU_OK;
}

/* A geometric ladder has the rungs that it is given. */
static mutau_status read_max_rungs(mutau_node *ladder, mutau_sampler_settings *s, mutau_error *err)
{
    s->ladder_max_rungs = s->temperatures;
    if (mutau_node_child(ladder, "max_rungs") == NULL && s->ladder_beta_min > 0.0)
        return MUTAU_OK;
    if (mutau_node_child(ladder, "max_rungs") == NULL)
        MUTAU_CHECK(mutau_node_assign(ladder, "max_rungs", MUTAU_DEFAULT_MAX_RUNGS, err));
    mutau_node *node = mutau_node_child(ladder, "max_rungs");
    return mutau_node_integer(node, 2, MUTAU_MAX_TEMPERATURES, &s->ladder_max_rungs, err);
}

/* The ladder of temperatures; without tempering it is of no consequence. */
static mutau_status read_ladder(mutau_node *sampler, mutau_sampler_settings *s, mutau_error *err)
{
    if (mutau_node_child(sampler, "ladder") == NULL)
        MUTAU_CHECK(mutau_node_assign(sampler, "ladder", "{}", err));
    mutau_node *ladder = mutau_node_child(sampler, "ladder");
    MUTAU_CHECK(mutau_config_read(ladder, mutau_ladder_options, mutau_ladder_option_count,
                                  ladder_others, s, err));
    MUTAU_CHECK(read_beta_min(ladder, s, err));
    MUTAU_CHECK(read_max_rungs(ladder, s, err));
    mutau_node_reorder(ladder, ladder_keys);
    return MUTAU_OK;
}

/* A screen is the same model by the line solver. */
static mutau_status check_screen(const mutau_node *sampler, const mutau_run_settings *s,
                                 mutau_error *err)
{
    const mutau_node *node = mutau_node_child(sampler, "screen");
    const char *name = screen_names[s->sampler.screen];
    if (s->sampler.screen == MUTAU_SCREEN_OFF)
        return MUTAU_OK;
    if (mutau_run_settings_has_target(s))
        return mutau_node_error(node, err,
                                "%s is for the posterior of a model, whose solver it makes "
                                "cheaper: a target has none",
                                name);
    if (s->sampler.screen == MUTAU_SCREEN_LINE &&
        mutau_solver_at(s->model.solver) == &mutau_solver_line)
        return mutau_node_error(node, err, "%s is the run's own solver: use coarse, or off", name);
    return MUTAU_OK;
}

mutau_status mutau_run_settings_level_screen(mutau_node *root, mutau_error *err)
{
    mutau_node *sampler = mutau_node_child(root, "sampler");
    if (sampler == NULL || mutau_node_what(sampler) != MUTAU_NODE_MAPPING ||
        mutau_node_child(sampler, "screen") != NULL)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_node_assign(sampler, "screen", screen_off, err));
    mutau_node_reorder(sampler, sampler_keys);
    return MUTAU_OK;
}

void mutau_run_settings_digest_screen(mutau_node *root)
{
    mutau_node *sampler = mutau_node_child(root, "sampler");
    const bool mapping = sampler != NULL && mutau_node_what(sampler) == MUTAU_NODE_MAPPING;
    const mutau_node *n = mapping ? mutau_node_child(sampler, "screen") : NULL;
    if (n != NULL && mutau_node_what(n) == MUTAU_NODE_SCALAR &&
        strcmp(mutau_node_text(n), screen_off) == 0)
        mutau_node_remove(sampler, "screen");
}

static mutau_status check_walkers(const mutau_node *sampler, const mutau_run_settings *s,
                                  mutau_error *err)
{
    const mutau_node *node = mutau_node_child(sampler, "walkers");
    const long n_free = (long)mutau_run_settings_free_count(s);
    const long least_to_move = 4; /* a half of one walker has nobody to choose from */
    if (s->sampler.walkers % 2 != 0)
        return mutau_node_error(node, err,
                                "%ld is odd: an ensemble moves one half against the "
                                "other",
                                s->sampler.walkers);
    if (s->sampler.walkers < 2 * n_free)
        return mutau_node_error(node, err,
                                "%ld is too few: at least 2 for each of the %ld free parameters",
                                s->sampler.walkers, n_free);
    if (n_free > 0 && s->sampler.walkers < least_to_move)
        return mutau_node_error(node, err, "%ld is too few: at least %ld", s->sampler.walkers,
                                least_to_move);
    return MUTAU_OK;
}

mutau_status mutau_run_settings_read_sampler(mutau_node *root, mutau_run_settings *s,
                                             mutau_error *err)
{
    mutau_node *node = NULL;
    MUTAU_CHECK(mutau_run_settings_section(root, "sampler", &node, err));
    MUTAU_CHECK(mutau_config_read(node, mutau_sampler_options, mutau_sampler_option_count,
                                  sampler_others, &s->sampler, err));
    MUTAU_CHECK(check_screen(node, s, err));
    MUTAU_CHECK(check_walkers(node, s, err));
    MUTAU_CHECK(read_moves(node, s, err));
    MUTAU_CHECK(read_ladder(node, &s->sampler, err));
    MUTAU_CHECK(mutau_run_settings_read_start(node, &s->sampler.start, err));
    MUTAU_CHECK(read_burn_in(node, &s->sampler, err));
    MUTAU_CHECK(yield_to_one_temperature(node, s, err));
    MUTAU_CHECK(read_stop(node, &s->sampler, err));
    mutau_node_reorder(node, sampler_keys);
    return MUTAU_OK;
}

void mutau_run_settings_moves(const mutau_sampler_settings *sampler, mutau_ensemble_settings *out)
{
    out->n_move = sampler->n_move;
    for (size_t i = 0; i < sampler->n_move; i++)
        out->moves[i] = (mutau_weighted_move){.move = sampler->moves[i].move,
                                              .cfg = sampler->moves[i].settings.bytes,
                                              .weight = sampler->moves[i].weight};
}
