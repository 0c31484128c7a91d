/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Run files: the shipped ones, what is completed, what is refused and where, the
 * echo and the digests.  The malformed files are in tests/cli/malformed. */
#include "check.h"
#include "model_order.h"
#include "sampler/ensemble.h"
#include "posterior/run_settings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char small[] = "model: {cross_section: paper}\n"
                            "data: [icecube-cascades-6yr]\n";

static mutau_run_settings *parse(const char *text)
{
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    CHECK_OK(mutau_run_settings_parse("t.yaml", text, ".", &s, &err), err);
    return s;
}

static mutau_run_settings *read_set(const char *name, size_t n, const char *const assignments[])
{
    char path[4096];
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", MUTAU_TEST_CHAINS_DIR, name);
    CHECK_OK(mutau_run_settings_read(path, n, assignments, &s, &err), err);
    return s;
}

static char *emit(const mutau_run_settings *s)
{
    mutau_error err = {0};
    char *text = NULL;
    CHECK_OK(mutau_run_settings_emit(s, &text, &err), err);
    return text;
}

static void the_contracts_example_is_read(void **state)
{
    (void)state;
    mutau_run_settings *s = read_set("wp.yaml", 0, NULL);
    assert_string_equal(s->description, "IceCube cascades + tracks, White Paper g-2");
    assert_int_equal(s->model.mediator, MUTAU_MEDIATOR_LMU_LTAU);
    assert_int_equal(s->model.cross_section, MUTAU_CROSS_SECTION_PAPER);
    assert_int_equal(s->model.crossing, MUTAU_CROSSING_EXACT);
    CHECK_ABS(s->tail_tolerance, 7e-5, 0.0);
    CHECK_ABS(s->model.tail_tolerance, 7e-5, 0.0);
    CHECK_ABS(s->model.tolerance, 1e-3, 0.0);
    assert_int_equal(s->model.targets, MUTAU_TARGETS_THERMAL);
    assert_ptr_equal(mutau_solver_at(s->model.solver), &mutau_solver_auto);
    assert_string_equal(mutau_mixing_names[s->model.neutrinos.mixing], "nufit-5.0");
    CHECK_ABS(s->model.cosmology.h0, 70.0, 0.0);
    CHECK_ABS(s->model.cosmology.omega_m, 0.308, 0.0);
    CHECK_ABS(s->model.source.z_max, 5.0, 0.0);
    CHECK_ABS(s->parameters[AT_COUPLING].min, 1e-5, 0.0);
    CHECK_ABS(s->parameters[AT_SUM_MNU].value, 0.1, 0.0);
    assert_int_equal(mutau_run_settings_free_count(s), 4);
    assert_int_equal(s->n_dataset, 2);
    assert_int_equal(s->datasets[0]->n_bin, 13);
    assert_int_equal(s->datasets[1]->n_bin, 3);
    assert_int_equal(s->likelihood, MUTAU_LIKELIHOOD_GAUSSIAN);
    assert_int_equal(s->errors, MUTAU_ERRORS_SYMMETRIC);
    static const char *const terms[] = {"g-2", "na64", "kaon", "z-decay"};
    assert_int_equal(s->n_term, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(s->terms[i].type->name, terms[i]);
    assert_int_equal(s->sampler.ensembles, 4);
    assert_int_equal(s->sampler.walkers, 64);
    assert_int_equal(s->sampler.n_move, 3);
    assert_ptr_equal(s->sampler.moves[0].move, &mutau_move_stretch);
    CHECK_ABS(s->sampler.moves[0].weight, 0.1, 0.0);
    assert_ptr_equal(s->sampler.moves[1].move, &mutau_move_de);
    CHECK_ABS(s->sampler.moves[1].weight, 0.1, 0.0);
    assert_ptr_equal(s->sampler.moves[2].move, &mutau_move_mixture);
    CHECK_ABS(s->sampler.moves[2].weight, 0.8, 0.0);
    assert_int_equal(s->sampler.temperatures, 1);
    assert_int_equal(s->sampler.start.kind, MUTAU_START_PRIOR);
    assert_int_equal(s->sampler.burn_in, -1);
    assert_int_equal(s->sampler.max_steps, 50000);
    CHECK_ABS(s->sampler.rhat, 0.0, 0.0);
    CHECK_ABS(s->sampler.tau_multiple, 0.0, 0.0);
    CHECK_ABS(s->sampler.ess_bulk, 4000.0, 0.0);
    CHECK_ABS(s->sampler.ess_tail, 1000.0, 0.0);
    CHECK_ABS(s->sampler.interval_error, 0.0, 0.0);
    CHECK_ABS(s->sampler.min_steps, 0.0, 0.0);
    assert_string_equal(s->output, MUTAU_TEST_CHAINS_DIR "/wp.h5");
    assert_string_equal(s->folder, MUTAU_TEST_CHAINS_DIR);
    assert_int_equal(s->n_warning, 0);
    mutau_run_settings_free(s);
    mutau_run_settings_free(NULL);
}

static void what_is_left_out_is_completed(void **state)
{
    (void)state;
    mutau_run_settings *s = parse(small);
    char *text = emit(s);
    assert_string_equal(text, "model:\n"
                              "  mediator: lmu-ltau\n"
                              "  cross_section: paper\n"
                              "  crossing: exact\n"
                              "  targets: cold\n"
                              "  solver: line\n" /* of a chain from before there was a choice */
                              "  table: off\n"   /* of one from before it */
                              "  tail_tolerance: 7e-5\n"
                              "  tolerance: 0.001\n"
                              "  neutrinos: {mixing: nufit-5.0, ordering: normal}\n"
                              "  cosmology: {h0: 70, omega_m: 0.308}\n"
                              "  source: {spectrum: power-law, evolution: yuksel2008, "
                              "flavour: equal, z_max: 5, frame: source}\n"
                              "parameters:\n"
                              "  m_zprime: {prior: log-uniform, min: 1, max: 20}\n"
                              "  g_prime: {prior: log-uniform, min: 1e-5, max: 0.1}\n"
                              "  A: {prior: uniform, min: 0.1, max: 2.5}\n"
                              "  gamma: {prior: uniform, min: 1.8, max: 3.5}\n"
                              "  sum_mnu: 0.1\n"
                              "data: [icecube-cascades-6yr]\n"
                              "allow_overlap: false\n"
                              "likelihood: {kind: gaussian, errors: symmetric}\n"
                              "terms: {}\n"
                              "sampler:\n"
                              "  ensembles: 4\n"
                              "  walkers: 64\n"
                              "  moves: {stretch: {weight: 0.1, a: 3}, "
                              "de: {weight: 0.1, sigma: 1e-5, jump: 0, shrink: 0}, "
                              "mixture: {weight: 0.8, components: 24, wide: 0.05}}\n"
                              "  temperatures: 1\n"
                              "  ladder: {adapt: 1000, lag: 300, time: 10, beta_min: auto, "
                              "max_rungs: 64}\n"
                              "  store_rungs: false\n"
                              "  screen: off\n"
                              "  seed: 1\n"
                              "  start: prior\n"
                              "  burn_in: auto\n"
                              "  thin: 1\n"
                              "  max_failure_rate: 0.1\n"
                              "  stop: {max_steps: 50000, ess_bulk: 4000, ess_tail: 1000}\n"
                              "output: t.h5\n");
    assert_string_equal(s->output, "t.h5");
    free(text);
    mutau_run_settings_free(s);
}

/* The option table has what the sampler thinks best. */
static void ladder_defaults_are_the_samplers(void **state)
{
    (void)state;
    const mutau_ladder_settings best = mutau_ladder_defaults();
    mutau_run_settings *s = parse(small);
    assert_int_equal(s->sampler.ladder_adapt, best.adapt_steps);
    CHECK_ABS(s->sampler.ladder_lag, best.lag, 0.0);
    CHECK_ABS(s->sampler.ladder_time, best.time, 0.0);
    mutau_run_settings_free(s);
}

/* A pilot by default; a number is a geometric ladder that nothing is added to, and whose echo
 * is that of before there were pilots: such a chain can be gone on with. */
static void ladders_are_found_or_given(void **state)
{
    (void)state;
    mutau_run_settings *s = read_set("wp.yaml", 0, NULL);
    CHECK_ABS(s->sampler.ladder_beta_min, 0.0, 0.0);
    assert_int_equal(s->sampler.ladder_max_rungs, 64);
    mutau_run_settings_free(s);
    static const char *const limited[] = {"sampler.ladder={max_rungs: 20, beta_min: auto}"};
    s = read_set("wp.yaml", 1, limited);
    CHECK_ABS(s->sampler.ladder_beta_min, 0.0, 0.0);
    assert_int_equal(s->sampler.ladder_max_rungs, 20);
    mutau_run_settings_free(s);
    static const char *const given[] = {"sampler.ladder.beta_min=0.001"};
    s = read_set("wp.yaml", 1, given);
    CHECK_ABS(s->sampler.ladder_beta_min, 1e-3, 0.0);
    char *text = emit(s);
    assert_non_null(strstr(text, "  ladder: {adapt: 1000, lag: 300, time: 10, beta_min: 0.001}\n"));
    free(text);
    mutau_run_settings_free(s);
}

static void check_echo(mutau_run_settings *s)
{
    mutau_error err = {0};
    mutau_run_settings *again = NULL;
    char config_hash[2][MUTAU_HASH_SIZE], data_hash[2][MUTAU_HASH_SIZE];
    char *first = emit(s);
    CHECK_OK(mutau_run_settings_parse("echo.yaml", first, s->folder, &again, &err), err);
    char *second = emit(again);
    assert_string_equal(first, second);
    assert_string_equal(s->output, again->output);
    CHECK_OK(mutau_run_settings_hash(s, config_hash[0], data_hash[0], &err), err);
    CHECK_OK(mutau_run_settings_hash(again, config_hash[1], data_hash[1], &err), err);
    assert_string_equal(config_hash[0], config_hash[1]);
    assert_string_equal(data_hash[0], data_hash[1]);
    free(first);
    free(second);
    mutau_run_settings_free(again);
    mutau_run_settings_free(s);
}

static void the_echo_of_every_run_file_reads_back(void **state)
{
    (void)state;
    static const char *const names[] = {"wp.yaml", "lattice.yaml", "no-g2.yaml", "powerlaw.yaml",
                                        "quickstart.yaml"};
    static const char *const sets[] = {
        "model.cross_section=unitary-majorana",
        "terms={g-2: {mean: 25.1e-10, sigma: 5.9e-10}}",
        "likelihood={kind: profile}",
        "likelihood={kind: none}",
        "data=[{name: icecube-tracks-9.5yr, rows: all}, {name: icecube-cascades-6yr, rows: [2]}]",
        "parameters.gamma={prior: normal, mean: 2.5, sigma: .25}",
        "parameters.A={prior: truncated-normal, mean: 1, sigma: 1, min: 0, max: .inf}",
        "parameters.sum_mnu={prior: uniform, min: 0.06, max: 0.5}",
        "sampler.moves={stretch: {weight: 2, a: 2.5}}",
        "sampler.burn_in=1e3",
        "sampler.max_failure_rate=0.5",
        "sampler.start=bestfit",
        "sampler.start={bestfit: {spread: 1}}",
        "sampler.stop={ess_bulk: 4000}",
        "sampler.stop={ess_tail: 100, interval_error: 0.05, min_steps: 100}",
        "description='it''s: [odd], # \"text\"'",
        "output='out put.h5'",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        check_echo(read_set(names[i], 0, NULL));
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i += (size_t)check_stride(4))
        check_echo(read_set("wp.yaml", 1, &sets[i]));
}

/* Options are filled in, and the order is the list's, however they are written. */
static void moves_are_read_with_their_options(void **state)
{
    (void)state;
    static const char *const set =
        "sampler.moves={gaussian: {scale: 0.5}, de-snooker: {}, kde: 2, de: {weight: .3, jump: "
        "0.1}, walk: {s: 4}, stretch: 0.7}";
    mutau_run_settings *s = read_set("wp.yaml", 1, &set);
    const mutau_move_choice *moves = s->sampler.moves;
    assert_int_equal(s->sampler.n_move, 6);
    for (size_t i = 0; i < 6; i++)
        assert_ptr_equal(moves[i].move, mutau_moves[i]);
    const double weights[] = {0.7, 1.0, 0.3, 1.0, 2.0, 1.0};
    for (size_t i = 0; i < 6; i++)
        CHECK_ABS(moves[i].weight, weights[i], 0.0);
    CHECK_ABS(((const mutau_move_stretch_settings *)(const void *)&moves[0].settings)->a, 3.0, 0.0);
    assert_int_equal(((const mutau_move_walk_settings *)(const void *)&moves[1].settings)->s, 4);
    const mutau_move_de_settings *de = (const void *)&moves[2].settings;
    assert_true(isnan(de->gamma0));
    CHECK_ABS(de->sigma, 1e-5, 0.0);
    CHECK_ABS(de->jump, 0.1, 0.0);
    const mutau_move_snooker_settings *snooker = (const void *)&moves[3].settings;
    CHECK_ABS(snooker->gamma, 1.7, 0.0);
    CHECK_ABS(snooker->spread, 0.5, 0.0);
    assert_true(
        isnan(((const mutau_move_kde_settings *)(const void *)&moves[4].settings)->bandwidth));
    CHECK_ABS(((const mutau_move_gaussian_settings *)(const void *)&moves[5].settings)->scale, 0.5,
              0.0);
    char *text = emit(s);
    assert_non_null(strstr(text, "  moves: {stretch: {weight: 0.7, a: 3}, walk: {weight: 1, s: 4}, "
                                 "de: {weight: 0.3, sigma: 1e-5, jump: 0.1, shrink: 0}, "
                                 "de-snooker: {weight: 1, gamma: 1.7, spread: 0.5}, "
                                 "kde: {weight: 2}, gaussian: {weight: 1, scale: 0.5}}\n"));
    free(text);
    check_echo(s);
}

static void shipped_files_are_what_their_names_say(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n_free, n_term;
        const char *pieces[3]; /* of what is resolved */
    } files[] = {
        {"quickstart.yaml", 4, 4, {"g-2: {value: wp2020}", "walkers: 64"}},
        {"wp.yaml", 4, 4, {"g-2: {value: wp2020}", "exposure: 1.98e10,", "kaon: {value: e949}"}},
        {"lattice.yaml", 4, 4, {"g-2: {value: bmw2021}", "exposure: 1.98e10,"}},
        {"wp2025.yaml", 4, 4, {"g-2: {value: wp2025}", "exposure: 1.98e10,"}},
        {"no-g2.yaml", 4, 3, {"terms:\n  na64: {", "z-decay: {value: invisible-width}"}},
        {"g2-only.yaml", 2, 4, {"kind: none", "data: []", "g-2: {value: wp2020}"}},
        {"wp-na64-1e11.yaml", 4, 4, {"g-2: {value: wp2020}", "exposure: 1e11,"}},
        {"wp-na64-1e12.yaml", 4, 4, {"g-2: {value: wp2020}", "exposure: 1e12,"}},
        {"lattice-na64-1e11.yaml", 4, 4, {"g-2: {value: bmw2021}", "exposure: 1e11,"}},
        {"paper.yaml", 4, 4, {"cross_section: paper", "implicit-euler", "kaon: {value: laha2014}"}},
        {"combined-2025.yaml", 4, 4, {"data: [icecube-combined-2025]", "g-2: {value: wp2020}"}},
        {"powerlaw.yaml", 2, 0, {"g_prime: 0", "terms: {}"}},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        mutau_run_settings *s = read_set(files[i].name, 0, NULL);
        char *text = emit(s);
        assert_int_equal(mutau_run_settings_free_count(s), files[i].n_free);
        assert_int_equal(s->n_term, files[i].n_term);
        for (size_t k = 0; k < 3 && files[i].pieces[k] != NULL; k++)
            if (strstr(text, files[i].pieces[k]) == NULL)
                fail_msg("%s lacks '%s':\n%s", files[i].name, files[i].pieces[k], text);
        free(text);
        mutau_run_settings_free(s);
    }
}

static void hash_with(size_t n, const char *const sets[], char config_hash[MUTAU_HASH_SIZE],
                      char data_hash[MUTAU_HASH_SIZE])
{
    mutau_error err = {0};
    mutau_run_settings *s = read_set("wp.yaml", n, sets);
    CHECK_OK(mutau_run_settings_hash(s, config_hash, data_hash, &err), err);
    mutau_run_settings_free(s);
}

/* Who names no criterion of the posterior gets the default ones; who names one, that alone. */
static void max_steps_alone_keep_the_criteria(void **state)
{
    (void)state;
    static const struct {
        const char *set, *printed;
        double rhat, ess_bulk, ess_tail, interval_error, min_steps;
    } cases[] = {
        {"sampler.stop={max_steps: 70}", "stop: {max_steps: 70, ess_bulk: 4000, ess_tail: 1000}",
         0.0, 4000.0, 1000.0, 0.0, 0.0},
        {"sampler.stop={}", "stop: {max_steps: 50000, ess_bulk: 4000, ess_tail: 1000}", 0.0, 4000.0,
         1000.0, 0.0, 0.0},
        {"sampler.stop={max_steps: 70, min_steps: 60}",
         "stop: {max_steps: 70, min_steps: 60, ess_bulk: 4000, ess_tail: 1000}", 0.0, 4000.0,
         1000.0, 0.0, 60.0},
        {"sampler.stop={evidence_error: 0.1}",
         "stop: {max_steps: 50000, ess_bulk: 4000, ess_tail: 1000, evidence_error: 0.1}", 0.0,
         4000.0, 1000.0, 0.0, 0.0},
        {"sampler.stop={rhat: 1.01}", "stop: {max_steps: 50000, rhat: 1.01}", 1.01, 0.0, 0.0, 0.0,
         0.0},
        {"sampler.stop={ess_tail: 50}", "stop: {max_steps: 50000, ess_tail: 50}", 0.0, 0.0, 50.0,
         0.0, 0.0},
        {"sampler.stop={interval_error: 0.05}", "stop: {max_steps: 50000, interval_error: 0.05}",
         0.0, 0.0, 0.0, 0.05, 0.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const sets[] = {cases[i].set, "sampler.temperatures=4"};
        mutau_run_settings *s = read_set("wp.yaml", 2, sets);
        char *text = emit(s);
        CHECK_ABS(s->sampler.rhat, cases[i].rhat, 0.0);
        CHECK_ABS(s->sampler.ess_bulk, cases[i].ess_bulk, 0.0);
        CHECK_ABS(s->sampler.ess_tail, cases[i].ess_tail, 0.0);
        CHECK_ABS(s->sampler.interval_error, cases[i].interval_error, 0.0);
        CHECK_ABS(s->sampler.min_steps, cases[i].min_steps, 0.0);
        if (strstr(text, cases[i].printed) == NULL)
            fail_msg("%s lacks '%s':\n%s", cases[i].set, cases[i].printed, text);
        free(text);
        mutau_run_settings_free(s);
    }
}

static void differences_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *set, *text;
    } cases[] = {
        {"description=other", ""},
        {"sampler.stop={max_steps: 10}", ""},
        {"output=other.h5", ""},
        {"model.solver=resonance", "model.targets is thermal in the chain, cold in the run"},
        {"model.solver=grid", "model.solver is auto in the chain, grid in the run"},
        {"model.targets=cold", "model.targets is thermal in the chain, cold in the run"},
        {"model.tail_tolerance=0.1", ""}, /* there is no seam with targets in motion */
        {"model.tolerance=1e-4", "model.tolerance is 0.001 in the chain, 0.0001 in the run"},
        {"model.table=on", ""},
        {"model.table=off", "model.table is on in the chain, off in the run"},
        {"sampler.ladder.lag=200", "sampler.ladder.lag is 300 in the chain, 200 in the run"},
        {"sampler.seed=2", "sampler.seed is 1 in the chain, 2 in the run"},
        {"model.crossing=implicit-euler",
         "model.crossing is exact in the chain, implicit-euler in the run"},
        {"allow_overlap=true", "allow_overlap is false in the chain, true in the run"},
        {"terms.na64=off",
         "terms.na64 is {exposure: 1.98e10, anchor: 0.00055} in the chain, nothing in the run"},
        {"terms.neff=on", "terms.neff is nothing in the chain, {} in the run"},
        {"data=[icecube-mese-2025]", "data is [icecube-cascades-6yr, icecube-tracks-9.5yr] in the "
                                     "chain, [icecube-mese-2025] in "
                                     "the run"},
        {"data=[icecube-cascades-6yr, icecube-glashow-2021]",
         "data[1] is icecube-tracks-9.5yr in the chain, icecube-glashow-2021 in the run"},
        {"sampler.screen=coarse", "sampler.screen is off in the chain, coarse in the run"},
        {"parameters.gamma=2.5",
         "parameters.gamma is {prior: uniform, min: 1.8, max: 3.5} in the chain, 2.5 in the run"},
    };
    mutau_error err = {0};
    static const char *const tempered = "sampler.temperatures=8"; /* the ladder matters */
    mutau_run_settings *stored = read_set("wp.yaml", 1, &tempered);
    char *config = emit(stored), text[MUTAU_DIFFERENCE_SIZE];
    mutau_run_settings_free(stored);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i += (size_t)check_stride(3)) {
        const char *const set[] = {tempered, cases[i].set};
        mutau_run_settings *s = read_set("wp.yaml", 2, set);
        CHECK_OK(mutau_run_settings_difference(s, config, text, &err), err);
        assert_string_equal(text, cases[i].text);
        mutau_run_settings_free(s);
    }
    mutau_run_settings *s = read_set("wp.yaml", 0, NULL);
    CHECK_STATUS(mutau_run_settings_difference(s, "a: [", text, &err), MUTAU_ECONFIG, err);
    mutau_run_settings_free(s);
    free(config);
}

/* What the version before the choice of targets stored, and the digest that it gave it. */
static const char before_targets[] =
    "model:\n"
    "  mediator: lmu-ltau\n"
    "  cross_section: paper\n"
    "  crossing: exact\n"
    "  solver: %s\n"
    "  table: on\n"
    "  tail_tolerance: %s\n"
    "  neutrinos: {mixing: nufit-5.0, ordering: normal}\n"
    "  cosmology: {h0: 70, omega_m: 0.308}\n"
    "  source: {spectrum: power-law, evolution: yuksel2008, z_max: 5}\n"
    "parameters:\n"
    "  m_zprime: {prior: log-uniform, min: 1, max: 20}\n"
    "  g_prime: {prior: log-uniform, min: 1e-5, max: 0.1}\n"
    "  A: {prior: uniform, min: 0.1, max: 2.5}\n"
    "  gamma: {prior: uniform, min: 1.8, max: 3.5}\n"
    "  sum_mnu: 0.1\n"
    "data: [icecube-cascades-6yr]\n"
    "allow_overlap: false\n"
    "likelihood: {kind: gaussian, errors: symmetric}\n"
    "terms: {}\n"
    "sampler:\n"
    "  ensembles: 2\n"
    "  walkers: 16\n"
    "  moves: {stretch: {weight: 1, a: 3}}\n"
    "  temperatures: 1\n"
    "  ladder: {adapt: 1000, lag: 300, time: 10, beta_min: auto, max_rungs: 64}\n"
    "  store_rungs: false\n"
    "  screen: off\n"
    "  seed: 1\n"
    "  start: prior\n"
    "  burn_in: 10\n"
    "  thin: 1\n"
    "  max_failure_rate: 0.1\n"
    "  stop: {max_steps: 40, ess_bulk: 4000, ess_tail: 1000}\n"
    "output: small.h5\n";
static const char digest_before_targets[] =
    "fbc006fd26609a1aacbf64231551382cef91641e9c99b07751cbc87a840f2d34";

/* In files from before there was a choice of targets any name of the solver is the line: they have
 * the digest that they had, go on as a run by the line, and by no other. */
static void old_chains_are_by_the_line(void **state)
{
    (void)state;
    static const char *const name[] = {"line", "auto", "resonance"};
    static const char *const run[][2] = {
        {"solver: line\n", ""},
        {"solver: resonance\n  targets: cold\n  tolerance: 0.01\n  tail_tolerance: 1e-4\n", ""},
        {"targets: cold\n", "model.solver is line in the chain, auto in the run"},
        {"solver: auto\n  targets: thermal\n",
         "model.targets is cold in the chain, thermal in the run"},
        {"solver: grid\n  targets: cold\n", "model.solver is line in the chain, grid in the run"}};
    mutau_error err = {0};
    for (size_t i = 0; i < 3; i++) {
        char old[4096], text[4096], difference[MUTAU_DIFFERENCE_SIZE];
        char hash[MUTAU_HASH_SIZE], data[MUTAU_HASH_SIZE];
        (void)snprintf(old, sizeof old, before_targets, name[i], i == 1 ? "0.1" : "1e-5");
        mutau_run_settings *s = parse(old);
        assert_ptr_equal(mutau_solver_at(s->model.solver), &mutau_solver_line);
        assert_int_equal(s->model.targets, MUTAU_TARGETS_COLD);
        CHECK_ABS(mutau_run_settings_tail_limit(s), i == 1 ? 0.1 : 1e-3, 0.0);
        CHECK_OK(mutau_run_settings_hash(s, hash, data, &err), err);
        assert_string_equal(hash, digest_before_targets);
        mutau_run_settings_free(s);
        for (size_t k = 0; k < sizeof run / sizeof run[0]; k++) {
            const char *behind = strstr(old, "  table: on\n");
            const char *rest = strstr(old, "  neutrinos:");
            (void)snprintf(text, sizeof text, "%.*s  %s  table: on\n%s",
                           (int)(strstr(old, "  solver: ") - old), old, run[k][0], rest);
            assert_non_null(behind);
            s = parse(text);
            CHECK_OK(mutau_run_settings_difference(s, old, difference, &err), err);
            assert_string_equal(difference, run[k][1]);
            CHECK_OK(mutau_run_settings_hash(s, hash, data, &err), err);
            assert_int_equal(strcmp(hash, digest_before_targets) == 0, k < 2);
            mutau_run_settings_free(s);
        }
    }
}

/* The line has targets at rest, whatever the file says of them; the others take both. */
static void targets_suit_the_solver(void **state)
{
    (void)state;
    static const char file[] = "model: {cross_section: paper, solver: %s, targets: %s}\n"
                               "data: [icecube-cascades-6yr]\n";
    static const char *const solver[] = {"line", "resonance", "auto", "grid"};
    mutau_error err = {0};
    char text[256];
    for (size_t i = 0; i < 4; i++) {
        mutau_run_settings *s = NULL;
        (void)snprintf(text, sizeof text, file, solver[i], "thermal");
        const mutau_status status = mutau_run_settings_parse("t.yaml", text, ".", &s, &err);
        assert_int_equal(status, i < 2 ? MUTAU_ECONFIG : MUTAU_OK);
        if (i < 2)
            assert_string_equal(err.text,
                                i == 0 ? "t.yaml:1:54: model.targets: the line solver has targets "
                                         "at rest: use solver: auto or grid, or targets: cold"
                                       : "t.yaml:1:59: model.targets: the line solver has targets "
                                         "at rest: use solver: auto or grid, or targets: cold");
        else
            assert_int_equal(s->model.targets, MUTAU_TARGETS_THERMAL);
        mutau_run_settings_free(s);
        (void)snprintf(text, sizeof text, file, solver[i], "cold");
        s = parse(text);
        assert_int_equal(s->model.targets, MUTAU_TARGETS_COLD);
        mutau_run_settings_free(s);
    }
    static const char *const sets[] = {"model.solver=line"};
    mutau_run_settings *s = read_set("wp.yaml", 1, sets);
    assert_int_equal(s->model.targets, MUTAU_TARGETS_COLD);
    mutau_run_settings_free(s);
}

/* What chains from before there was a choice have: no spectrum. */
/* Chains from before there was a screen go on, and have the digest that they had. */
static void no_screen_needs_no_name(void **state)
{
    (void)state;
    static const char key[] = "  screen: off\n";
    mutau_error err = {0};
    mutau_run_settings *s = read_set("wp.yaml", 0, NULL);
    char *resolved = emit(s), old[4096], difference[MUTAU_DIFFERENCE_SIZE];
    size_t above = 0;
    while (strncmp(resolved + above, key, strlen(key)) != 0)
        assert_true(resolved[above++] != '\0');
    (void)snprintf(old, sizeof old, "%.*s%s", (int)above, resolved, resolved + above + strlen(key));
    CHECK_OK(mutau_run_settings_difference(s, old, difference, &err), err);
    assert_string_equal(difference, "");
    char hash[2][MUTAU_HASH_SIZE], data_hash[MUTAU_HASH_SIZE];
    mutau_run_settings *before = NULL;
    CHECK_OK(mutau_run_settings_parse("old", old, s->folder, &before, &err), err);
    assert_int_equal(before->sampler.screen, MUTAU_SCREEN_OFF);
    CHECK_OK(mutau_run_settings_hash(s, hash[0], data_hash, &err), err);
    CHECK_OK(mutau_run_settings_hash(before, hash[1], data_hash, &err), err);
    assert_string_equal(hash[0], hash[1]);
    static const char *const coarse[] = {"sampler.screen=coarse"};
    mutau_run_settings *another = read_set("wp.yaml", 1, coarse);
    assert_int_equal(another->sampler.screen, MUTAU_SCREEN_COARSE);
    CHECK_OK(mutau_run_settings_hash(another, hash[1], data_hash, &err), err);
    assert_string_not_equal(hash[0], hash[1]);
    mutau_run_settings_free(another);
    mutau_run_settings_free(before);
    mutau_run_settings_free(s);
    free(resolved);
}

/* It is the line solver, and another than the run's own. */
static void screens_by_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *solver, *more, *screen, *wrong;
    } cases[] = {
        {"line", "", "line", "sampler.screen: line is the run's own solver: use coarse, or off"},
        {"line", "", "coarse", NULL},
        {"auto", "", "line", NULL},
        {"grid", "", "line", NULL},
        {"auto", ", targets: thermal", "coarse", NULL},
        {"auto", ", source: {spectrum: log-parabola}", "coarse", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        mutau_error err = {0};
        mutau_run_settings *s = NULL;
        (void)snprintf(text, sizeof text,
                       "model: {cross_section: paper, solver: %s%s%s}\n"
                       "data: [icecube-cascades-6yr]\nsampler: {screen: %s}\n",
                       cases[i].solver, cases[i].more,
                       strstr(cases[i].more, "targets") != NULL ? "" : ", targets: cold",
                       cases[i].screen);
        const mutau_status status = mutau_run_settings_parse("t.yaml", text, ".", &s, &err);
        assert_int_equal(status, cases[i].wrong != NULL ? MUTAU_ECONFIG : MUTAU_OK);
        if (cases[i].wrong != NULL)
            assert_non_null(strstr(err.text, cases[i].wrong));
        mutau_run_settings_free(s);
    }
}

/* A target has no solver that could be made cheaper. */
static void targets_have_no_screen(void **state)
{
    (void)state;
    static const char text[] = "target: shells\nsampler: {screen: coarse}\n";
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    CHECK_STATUS(mutau_run_settings_parse("t.yaml", text, "/tmp", &s, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "sampler.screen: coarse is for the posterior of a model"));
    assert_null(s);
}

static void the_power_law_needs_no_name(void **state)
{
    (void)state;
    static const char key[] = "spectrum: power-law, ";
    mutau_error err = {0};
    mutau_run_settings *s = read_set("wp.yaml", 0, NULL);
    char *resolved = emit(s), old[4096], difference[MUTAU_DIFFERENCE_SIZE];
    size_t before = 0;
    while (strncmp(resolved + before, key, strlen(key)) != 0)
        assert_true(resolved[before++] != '\0');
    (void)snprintf(old, sizeof old, "%.*s%s", (int)before, resolved,
                   resolved + before + strlen(key));
    CHECK_OK(mutau_run_settings_difference(s, old, difference, &err), err);
    assert_string_equal(difference, "");
    static const char *const other[] = {"model.source.spectrum=log-parabola",
                                        "parameters.g_prime=0"};
    mutau_run_settings *another = read_set("wp.yaml", 2, other);
    CHECK_OK(mutau_run_settings_difference(another, old, difference, &err), err);
    assert_string_equal(difference,
                        "model.source.spectrum is power-law in the chain, log-parabola in the run");
    mutau_run_settings_free(another);
    mutau_run_settings *again = NULL;
    CHECK_OK(mutau_run_settings_parse("stored", old, MUTAU_TEST_CHAINS_DIR, &again, &err), err);
    assert_int_equal(again->model.source.spectrum, 0);
    char hash[MUTAU_HASH_SIZE], hash_again[MUTAU_HASH_SIZE], data[MUTAU_HASH_SIZE];
    CHECK_OK(mutau_run_settings_hash(s, hash, data, &err), err);
    CHECK_OK(mutau_run_settings_hash(again, hash_again, data, &err), err);
    assert_string_equal(hash, hash_again);
    mutau_run_settings_free(again);
    mutau_run_settings_free(s);
    free(resolved);
}

/* What chains from before there was a choice have: no table, which is what they were sampled
 * without. */
static void old_chains_have_no_table(void **state)
{
    (void)state;
    static const char key[] = "  table: off\n";
    static const char *const off[] = {"model.table=off"};
    mutau_error err = {0};
    mutau_run_settings *s = read_set("wp.yaml", 1, off), *on = read_set("wp.yaml", 0, NULL);
    char *resolved = emit(s), old[4096], difference[MUTAU_DIFFERENCE_SIZE];
    size_t before = 0;
    while (strncmp(resolved + before, key, strlen(key)) != 0)
        assert_true(resolved[before++] != '\0');
    (void)snprintf(old, sizeof old, "%.*s%s", (int)before, resolved,
                   resolved + before + strlen(key));
    assert_true(on->model.table && !s->model.table);
    CHECK_OK(mutau_run_settings_difference(s, old, difference, &err), err);
    assert_string_equal(difference, "");
    CHECK_OK(mutau_run_settings_difference(on, old, difference, &err), err);
    assert_string_equal(difference, "model.table is off in the chain, on in the run");
    mutau_run_settings *again = NULL;
    CHECK_OK(mutau_run_settings_parse("stored", old, MUTAU_TEST_CHAINS_DIR, &again, &err), err);
    assert_false(again->model.table);
    char hash[MUTAU_HASH_SIZE], hash_again[MUTAU_HASH_SIZE], data[MUTAU_HASH_SIZE];
    CHECK_OK(mutau_run_settings_hash(s, hash, data, &err), err);
    CHECK_OK(mutau_run_settings_hash(again, hash_again, data, &err), err);
    assert_string_equal(hash, hash_again);
    mutau_run_settings_free(again);
    mutau_run_settings_free(on);
    mutau_run_settings_free(s);
    free(resolved);
}

/* Another takes the other's parameters out of the file; at Earth it is refused with a boson that
 * can have a coupling. */
static void another_spectrum(void **state)
{
    (void)state;
    static const char *const with_boson[] = {"model.source.spectrum=log-parabola",
                                             "model.source.frame=earth"};
    static const char *const no_such[] = {"model.source.spectrum=log-parabole"};
    static const char *const without[] = {"model.source.spectrum=log-parabola",
                                          "parameters.g_prime=0"};
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    const char *path = MUTAU_TEST_CHAINS_DIR "/wp.yaml";
    CHECK_STATUS(mutau_run_settings_read(path, 2, with_boson, &s, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "--set:1:20: model.source.frame: "));
    assert_non_null(strstr(err.text, "fix g_prime: 0, or use frame: source"));
    s = read_set("wp.yaml", 1, with_boson);
    assert_int_equal(s->model.source.spectrum, 1);
    mutau_run_settings_free(s);
    CHECK_STATUS(mutau_run_settings_read(path, 1, no_such, &s, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "did you mean 'log-parabola'?"));
    s = read_set("wp.yaml", 2, without);
    assert_int_equal(s->model.source.spectrum, 1);
    assert_int_equal(s->n_note, 1);
    assert_non_null(strstr(s->notes[0], "parameters.gamma"));
    mutau_run_settings_free(s);
}

/* In both forms; with the usual options the echo is the short one, and so is the digest. */
static void spectra_have_options(void **state)
{
    (void)state;
    static const struct {
        const char *set, *echo;
        double pivot;
    } cases[] = {
        {"log-parabola", "  source: {spectrum: log-parabola, evolution", 1e5},
        {"{log-parabola: {}}", "  source: {spectrum: log-parabola, evolution", 1e5},
        {"{log-parabola: {pivot: 100000.0}}", "  source: {spectrum: log-parabola, evolution", 1e5},
        {"{log-parabola: {pivot: 3e4}}",
         "  source: {spectrum: {log-parabola: {pivot: 30000}}, evolution", 3e4},
    };
    static const char *const wrong[][2] = {
        {"{log-parabola: {pivot: 0}}", "model.source.spectrum.log-parabola.pivot: "},
        {"{log-parabola: {pivots: 1e5}}", "did you mean 'pivot'?"},
        {"{log-parabole: {}}", "did you mean 'log-parabola'?"},
        {"{power-law: {pivot: 1e5}}", "power-law: has no options: write spectrum: power-law"},
        {"{power-law: {}, log-parabola: {}}", "expected one spectrum"},
        {"{}", "expected one spectrum"},
    };
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    char set[128], hash[4][MUTAU_HASH_SIZE], data[MUTAU_HASH_SIZE];
    const char *const sets[] = {set, "parameters.g_prime=0"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_log_parabola_settings own;
        (void)snprintf(set, sizeof set, "model.source.spectrum=%s", cases[i].set);
        s = read_set("wp.yaml", 2, sets);
        assert_int_equal(s->model.source.spectrum, 1);
        memcpy(&own, s->model.source.options.bytes, sizeof own);
        CHECK_REL(own.pivot_gev, cases[i].pivot, 0.0);
        char *text = emit(s);
        assert_non_null(strstr(text, cases[i].echo));
        free(text);
        CHECK_OK(mutau_run_settings_hash(s, hash[i], data, &err), err);
        check_echo(s);
    }
    assert_string_equal(hash[0], hash[1]);
    assert_string_equal(hash[0], hash[2]);
    assert_string_not_equal(hash[0], hash[3]);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(set, sizeof set, "model.source.spectrum=%s", wrong[i][0]);
        s = NULL;
        CHECK_STATUS(mutau_run_settings_read(MUTAU_TEST_CHAINS_DIR "/wp.yaml", 2, sets, &s, &err),
                     MUTAU_ECONFIG, err);
        if (strstr(err.text, wrong[i][1]) == NULL)
            fail_msg("%s: %s", wrong[i][0], err.text);
    }
}

static void validity_begins_at_the_larger_limit(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        double limit;
    } cases[] = {{"model.tail_tolerance=0", 1e-3},
                 {"model.tail_tolerance=1e-5", 1e-3},
                 {"model.tail_tolerance=0.02", 0.02},
                 {"model.solver=auto", (double)INFINITY},
                 {"model.solver=grid", (double)INFINITY}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const sets[] = {"model.solver=line", cases[i].set};
        mutau_run_settings *s =
            i < 3 ? read_set("wp.yaml", 2, sets) : read_set("wp.yaml", 1, &cases[i].set);
        if (i >= 3) {
            assert_true(isinf(mutau_run_settings_tail_limit(s)));
            mutau_run_settings_free(s);
            continue;
        }
        CHECK_ABS(mutau_run_settings_tail_limit(s), cases[i].limit, 0.0);
        mutau_run_settings_free(s);
    }
}

static void digests_change_with_what_matters(void **state)
{
    (void)state;
    static const char *const same[] = {
        "description=other",
        "output=other.h5",
        "sampler.stop={max_steps: 10}",
        "sampler.stop.rhat=1.1",
        "sampler.seed=1.0e0",
        "model.cosmology.h0=70.0",
        "model.solver=auto",
        "model.targets=thermal",
        "model.tolerance=1e-3",
        "model.tail_tolerance=0.00007",
        "model.tail_tolerance=1e-4", /* there is no seam with targets in motion */
        "parameters.g_prime={max: 1e-1, min: 0.00001, prior: log-uniform}",
        "sampler.moves.stretch={weight: 0.1, a: 3}"};
    static const char *const other[] = {"sampler.seed=2",
                                        "model.solver=line",
                                        "model.solver=grid",
                                        "model.targets=cold",
                                        "model.tolerance=1e-4",
                                        "model.crossing=implicit-euler",
                                        "model.table=off",
                                        "parameters.g_prime.max=0.2",
                                        "terms.g-2=off",
                                        "terms.na64.exposure=1e11",
                                        "sampler.walkers=32",
                                        "likelihood={kind: profile}",
                                        "sampler.burn_in=1001",
                                        "sampler.thin=2",
                                        "sampler.moves.stretch={a: 2.5}",
                                        "sampler.moves={stretch: 0.6, de: 0.3}",
                                        "sampler.moves={stretch: 2}"};
    char config[MUTAU_HASH_SIZE], data[MUTAU_HASH_SIZE];
    char config_2[MUTAU_HASH_SIZE], data_2[MUTAU_HASH_SIZE];
    hash_with(0, NULL, config, data);
    assert_int_equal(strlen(config), MUTAU_HASH_SIZE - 1);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        hash_with(1, &same[i], config_2, data_2);
        if (strcmp(config, config_2) != 0)
            fail_msg("%s changes the digest", same[i]);
        assert_string_equal(data, data_2);
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        hash_with(1, &other[i], config_2, data_2);
        if (strcmp(config, config_2) == 0)
            fail_msg("%s does not change the digest", other[i]);
        assert_string_equal(data, data_2);
    }
    /* Fewer input files: a data set's, a term's. */
    static const char *const fewer[] = {"data=[icecube-cascades-6yr]", "terms.na64=off"};
    for (size_t i = 0; i < 2; i++) {
        hash_with(1, &fewer[i], config_2, data_2);
        assert_string_not_equal(config, config_2);
        assert_string_not_equal(data, data_2);
    }
}

static void scalars_have_neither_terms_nor_cross_section(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "model: {mediator: {scalar: mu}}\ndata: [icecube-cascades-6yr]\n",
        "model: {mediator: {scalar: mu}, cross_section: }\ndata: [icecube-cascades-6yr]\nterms:\n",
        "model: {mediator: {scalar: mu}}\ndata: [icecube-cascades-6yr]\nterms: {g-2: off}\n",
        "model: {mediator: {scalar: mu}}\ndata: [icecube-cascades-6yr]\nterms: off\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        mutau_run_settings *s = parse(texts[i]);
        assert_int_equal(s->model.mediator, MUTAU_MEDIATOR_SCALAR_MU);
        assert_int_equal(s->n_term, 0);
        char *text = emit(s);
        assert_null(strstr(text, "cross_section"));
        assert_non_null(strstr(text, "mediator: {scalar: mu}\n"));
        assert_non_null(strstr(text, "terms: {}\n"));
        free(text);
        mutau_run_settings_free(s);
    }
}

static void terms_alone_need_no_data(void **state)
{
    (void)state;
    mutau_run_settings *s =
        parse("model: {cross_section: unitary-dirac}\nlikelihood: {kind: none}\n"
              "terms: {na64: on, g-2: wp2025}\n");
    assert_int_equal(s->likelihood, MUTAU_LIKELIHOOD_NONE);
    assert_int_equal(s->n_dataset, 0);
    assert_int_equal(s->n_term, 2);
    assert_string_equal(s->terms[0].type->name, "g-2");
    char *text = emit(s);
    assert_non_null(strstr(text, "data: []\n"));
    free(text);
    mutau_run_settings_free(s);
}

static void overlaps_can_be_allowed(void **state)
{
    (void)state;
    mutau_run_settings *s = parse("model: {cross_section: paper}\nallow_overlap: true\n"
                                  "data: [icecube-mese-2025, icecube-hese-7.5yr]\n");
    assert_int_equal(s->n_dataset, 2);
    mutau_run_settings_free(s);
}

static void everything_may_be_fixed(void **state)
{
    (void)state;
    mutau_run_settings *s = parse("model: {cross_section: paper}\ndata: [icecube-cascades-6yr]\n"
                                  "parameters: {m_zprime: 6.5, g_prime: 5e-4, A: 1.4, gamma: 2.6}\n"
                                  "sampler: {walkers: 2}\n");
    assert_int_equal(mutau_run_settings_free_count(s), 0);
    CHECK_ABS(s->parameters[AT_MASS].value, 6.5, 0.0);
    mutau_run_settings_free(s);
    s = parse("model: {cross_section: paper}\ndata: [icecube-cascades-6yr]\n"
              "parameters: {sum_mnu: {prior: uniform, min: 0.06, max: 0.5}}\n");
    assert_int_equal(mutau_run_settings_free_count(s), 5);
    mutau_run_settings_free(s);
}

/* Slips of the unit: one warning each, or an error where nothing else is left. */
static void implausible_values_are_warned_of(void **state)
{
    (void)state;
    static const struct {
        const char *parameters, *rest, *warning, *error;
    } rows[] = {
        {"{}", "", NULL, NULL},
        {"{m_zprime: {prior: log-uniform, min: 1e6, max: 2e7}}", "",
         "t.yaml:2:24: parameters.m_zprime: 1e6 MeV is above 10000, its line lies above every "
         "measured energy: is it in eV?",
         NULL},
        {"{m_zprime: {prior: log-uniform, min: 0.001, max: 0.02}}", "", "is it in GeV?", NULL},
        {"{m_zprime: {prior: log-uniform, min: 1e3, max: 2e4}}", "", "20000 MeV is above", NULL},
        {"{m_zprime: 6.5e6}", "", "6500000 MeV is above", NULL},
        {"{m_zprime: {prior: log-uniform, min: 1e6, max: 2e7}}", "terms: {na64: on}\n", NULL,
         "the prior from 1e+06 to 2e+07 MeV reaches beyond the inputs of the term 'na64', 0.5 to "
         "500 "
         "MeV; 2e7 MeV is above 1e6, heavier than any known particle: is it in eV?"},
        {"{sum_mnu: 100}", "", NULL,
         "t.yaml:2:23: parameters.sum_mnu: 100 eV is above 1.5, excluded by the decay of tritium: "
         "is "
         "it in meV?"},
        {"{sum_mnu: 3}", "", "3 eV is above 1.5", NULL},
        {"{sum_mnu: {prior: uniform, min: 0.1, max: 100}}", "", "100 eV is above", NULL},
        {"{sum_mnu: {prior: uniform, min: 60, max: 100}}", "", NULL, "100 eV is above 1.5"},
        {"{g_prime: {prior: log-uniform, min: 1e-5, max: 10}}", "", "10 is above 3.5", NULL},
        {"{g_prime: 0}", "", NULL, NULL},
        {"{A: {prior: uniform, min: 1e-19, max: 3e-18}}", "", "3e-18 is below 0.001", NULL},
        {"{A: {prior: uniform, min: 0, max: 2}}", "", NULL, NULL},
        {"{A: 0}", "", NULL, NULL},
        {"{gamma: {prior: uniform, min: -3.5, max: -1.8}}", "", "convention E^gamma?", NULL},
        {"{gamma: {prior: truncated-normal, mean: 2.5, sigma: 0.1, min: -.inf, max: .inf}}", "",
         NULL, NULL},
        {"{}", "terms: {na64: {exposure: 1.98}}\n",
         "t.yaml:4:26: terms.na64.exposure: 1.98 muons on target is below 1e8, far below the "
         "published 1.98e10: is it in units of 1e10 muons?",
         NULL},
        {"{}", "terms: {na64: {exposure: 1e20}}\n", "far above all that is planned", NULL},
        {"{}", "terms: {na64: {exposure: 1e12}}\n", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i += (size_t)check_stride(4)) {
        char text[512];
        mutau_error err = {0};
        mutau_run_settings *s = NULL;
        (void)snprintf(text, sizeof text,
                       "model: {cross_section: paper}\nparameters: %s\n"
                       "data: [icecube-cascades-6yr]\n%s",
                       rows[i].parameters, rows[i].rest);
        const mutau_status status = mutau_run_settings_parse("t.yaml", text, ".", &s, &err);
        if ((status != MUTAU_OK) != (rows[i].error != NULL) ||
            (s == NULL && strstr(err.text, rows[i].error) == NULL))
            fail_msg("row %zu: '%s'", i, err.text);
        if (s != NULL && (s->n_warning != (rows[i].warning != NULL) ||
                          (s->n_warning == 1 && strstr(s->warnings[0], rows[i].warning) == NULL)))
            fail_msg("row %zu: %zu warnings, '%s'", i, s->n_warning,
                     s->n_warning > 0 ? s->warnings[0] : "");
        mutau_run_settings_free(s);
    }
    /* Without spectra a heavy boson is none the worse. */
    mutau_run_settings *s = parse("model: {cross_section: paper}\nlikelihood: {kind: none}\n"
                                  "terms: {g-2: wp2020}\nparameters: {m_zprime: 1e5}\n");
    assert_int_equal(s->n_warning, 0);
    mutau_run_settings_free(s);
}

static void inputs_are_listed(void **state)
{
    (void)state;
    mutau_run_settings *s = read_set("wp.yaml", 0, NULL);
    assert_int_equal(s->inputs.n, 3); /* g-2 has no table */
    assert_int_equal(s->n_note, 0);
    assert_string_equal(s->inputs.items[0].name, "icecube-cascades-6yr");
    assert_string_equal(s->inputs.items[1].detail, "tracks");
    assert_string_equal(s->inputs.items[2].name, "na64");
    for (size_t i = 0; i < s->inputs.n; i++)
        assert_int_equal(s->inputs.items[i].origin, MUTAU_INPUT_SHIPPED);
    /* What the table of the tracks says of rows 2 and 4, and nothing of what is not used. */
    assert_non_null(strstr(s->inputs.items[1].table,
                           "row,e_lo_gev,e_hi_gev,is_limit,e2phi,err_minus,err_plus,limit,level\n"
                           "2,15000,104000,0,2.22e-8,8e-9,8e-9,,\n"));
    assert_non_null(
        strstr(s->inputs.items[0].table, "\n6,215443.5,464158.9,1,,,,1.72801e-9,0.68\n"));
    mutau_run_settings_free(s);
}

/* Nothing moves where targets are thermal, there is no boson, or no spectrum. */
static void motion_that_does_not_count(void **state)
{
    (void)state;
    static const char *const files[] = {
        "model: {cross_section: paper, solver: grid, targets: thermal}\n"
        "parameters: {sum_mnu: 0.06}\ndata: [icecube-cascades-6yr]\n",
        "model: {cross_section: paper}\nparameters: {sum_mnu: 0.06, g_prime: 0}\n"
        "data: [icecube-cascades-6yr]\n",
        "model: {cross_section: paper}\nparameters: {sum_mnu: 0.06}\nlikelihood: {kind: none}\n"
        "terms: {kaon: e949}\n"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        mutau_run_settings *s = parse(files[i]);
        for (size_t k = 0; k < s->n_warning; k++)
            assert_null(strstr(s->warnings[k], "thermal motion"));
        mutau_run_settings_free(s);
    }
}

static void doubtful_sums_are_warned_of(void **state)
{
    (void)state;
    static const struct {
        const char *sum, *ordering, *want, *motion;
    } rows[] = {
        {"0.1", "normal", NULL, NULL}, /* the lightest has 0.0218 eV */
        {"0.1", "inverted", "nearly massless", "has 0.0008 eV: its thermal motion"},
        {"0.059", "normal", "nearly massless", "eV: its thermal motion"},
        {"{prior: uniform, min: 0, max: 0.5}", "normal", "starts below the least possible sum",
         "has 0 eV where the prior begins: its thermal motion"},
        {"{prior: uniform, min: 0.1, max: 0.5}", "inverted", NULL, "where the prior begins"},
        {"{prior: uniform, min: 0.1, max: 0.5}", "normal", NULL, NULL},
        {"0.13", "inverted", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "model: {cross_section: paper, neutrinos: {ordering: %s}}\n"
                       "parameters: {sum_mnu: %s}\ndata: [icecube-cascades-6yr]\n",
                       rows[i].ordering, rows[i].sum);
        mutau_run_settings *s = parse(text);
        assert_int_equal(s->n_warning, (rows[i].want != NULL) + (rows[i].motion != NULL));
        if (rows[i].want != NULL)
            assert_non_null(strstr(s->warnings[0], rows[i].want));
        if (rows[i].motion != NULL && strstr(s->warnings[s->n_warning - 1], rows[i].motion) == NULL)
            fail_msg("%s", s->warnings[s->n_warning - 1]);
        mutau_run_settings_free(s);
    }
}

/* "FILE LINE:COLUMN PIECE": the message begins with the place and has the piece. */
static void check_malformed(char *line)
{
    char path[4096], place[4200];
    char *where = strchr(line, ' ');
    assert_non_null(where);
    *where++ = '\0';
    char *piece = strchr(where, ' ');
    assert_non_null(piece);
    *piece++ = '\0';
    piece[strcspn(piece, "\n")] = '\0';
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", MUTAU_TEST_MALFORMED_DIR, line);
    (void)snprintf(place, sizeof place, "%s:%s: ", path, where);
    CHECK_STATUS(mutau_run_settings_read(path, 0, NULL, &s, &err), MUTAU_ECONFIG, err);
    assert_null(s);
    if (strstr(err.text, place) != err.text || strstr(err.text, piece) == NULL)
        fail_msg("got '%s', want '%s... %s'", err.text, place, piece);
    assert_null(strchr(err.text, '\n'));
}

static void malformed_files_are_refused_where_they_are_wrong(void **state)
{
    (void)state;
    char line[512];
    size_t n = 0;
    FILE *file = fopen(MUTAU_TEST_MALFORMED_DIR "/expected.txt", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#')
            continue;
        if (n++ % (size_t)check_stride(4) == 0)
            check_malformed(line);
    }
    (void)fclose(file);
    assert_true(n >= 80);
}

static void write_file(const char *path, const char *text, size_t repeat)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < repeat; i++)
        assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Room for a folder of the tests and a file in it. */
enum { PATH = 4096 };

static void in_temporary(char path[PATH], const char *folder, const char *name)
{
    (void)snprintf(path, PATH, "%s/%s", folder, name);
}

static void huge_and_absent_files_are_refused(void **state)
{
    (void)state;
    char folder[] = "/tmp/mutau-run-XXXXXX", path[PATH];
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    assert_non_null(mkdtemp(folder));
    in_temporary(path, folder, "huge.yaml");
    write_file(path, "# a line of exactly thirty-two\n\n", 40000);
    CHECK_STATUS(mutau_run_settings_read(path, 0, NULL, &s, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "huge.yaml:1:1: larger than 1048576 bytes"));
    (void)unlink(path);
    CHECK_STATUS(mutau_run_settings_read(path, 0, NULL, &s, &err), MUTAU_EIO, err);
    (void)rmdir(folder);
}

static void check_ends(const char *lines, const char *first, const char *last)
{
    assert_int_equal(strncmp(lines, first, strlen(first)), 0);
    assert_int_equal(lines[strlen(first)], '\n');
    assert_string_equal(strrchr(lines, '\n') + 1, last);
}

/* A copy of a preset of its own name is found beside the run file, and through
 * $MUTAU_DATA from anywhere. */
static void presets_are_found_in_order(void **state)
{
    (void)state;
    char folder[] = "/tmp/mutau-run-XXXXXX", path[PATH], preset[PATH], table[PATH];
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    static const char text[] = "model: {cross_section: paper}\ndata: [my-own]\n";
    assert_non_null(mkdtemp(folder));
    in_temporary(path, folder, "run.v2.yml");
    in_temporary(preset, folder, "my-own.yaml");
    in_temporary(table, folder, "icecube-glashow-2021.csv");
    write_file(path, text, 1);
    assert_int_equal(symlink(MUTAU_TEST_DATA_DIR "/icecube-glashow-2021.yaml", preset), 0);
    assert_int_equal(symlink(MUTAU_TEST_DATA_DIR "/icecube-glashow-2021.csv", table), 0);
    CHECK_STATUS(mutau_run_settings_parse("t.yaml", text, ".", &s, &err), MUTAU_ECONFIG, err);
    CHECK_OK(mutau_run_settings_read(path, 0, NULL, &s, &err), err);
    assert_string_equal(s->datasets[0]->name, "my-own");
    check_ends(s->data_folder, folder, MUTAU_TEST_DATA_DIR);
    assert_non_null(strstr(s->output, "/run.v2.h5"));
    mutau_run_settings_free(s);
    assert_int_equal(setenv("MUTAU_DATA", folder, 1), 0);
    s = parse(text);
    assert_non_null(strstr(s->data_folder, "\n/tmp/mutau-run-"));
    check_ends(s->data_folder, ".", MUTAU_TEST_DATA_DIR);
    mutau_run_settings_free(s);
    assert_int_equal(setenv("MUTAU_DATA", MUTAU_TEST_DATA_DIR "/.", 1), 0);
    s = parse(small);
    assert_string_equal(s->data_folder, ".\n" MUTAU_TEST_DATA_DIR "/.");
    mutau_run_settings_free(s);
    assert_int_equal(setenv("MUTAU_DATA", "", 1), 0);
    mutau_run_settings_free(parse(small));
    assert_int_equal(unsetenv("MUTAU_DATA"), 0);
    (void)unlink(preset);
    (void)unlink(table);
    (void)unlink(path);
    (void)rmdir(folder);
}

static void paths_are_relative_to_the_run_file(void **state)
{
    (void)state;
    static const struct {
        const char *name, *folder, *extra, *output;
    } rows[] = {
        {"a.yaml", "/x/y", "", "/x/y/a.h5"},
        {"b/a.yml", "/", "", "/a.h5"},
        {"chain:/run", ".", "", "run.h5"},
        {".yaml", ".", "", ".yaml.h5"},
        {"a.yaml", "/x", "output: /z/c.h5\n", "/z/c.h5"},
        {"a.yaml", "x/", "output: c.h5\n", "x/c.h5"},
        {"1e5.yaml", ".", "", "1e5.h5"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        mutau_error err = {0};
        mutau_run_settings *s = NULL;
        (void)snprintf(text, sizeof text, "%s%s", small, rows[i].extra);
        CHECK_OK(mutau_run_settings_parse(rows[i].name, text, rows[i].folder, &s, &err), err);
        assert_string_equal(s->output, rows[i].output);
        mutau_run_settings_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_contracts_example_is_read),
        cmocka_unit_test(what_is_left_out_is_completed),
        cmocka_unit_test(ladder_defaults_are_the_samplers),
        cmocka_unit_test(ladders_are_found_or_given),
        cmocka_unit_test(the_echo_of_every_run_file_reads_back),
        cmocka_unit_test(moves_are_read_with_their_options),
        cmocka_unit_test(shipped_files_are_what_their_names_say),
        cmocka_unit_test(max_steps_alone_keep_the_criteria),
        cmocka_unit_test(differences_are_named),
        cmocka_unit_test(old_chains_are_by_the_line),
        cmocka_unit_test(targets_suit_the_solver),
        cmocka_unit_test(no_screen_needs_no_name),
        cmocka_unit_test(targets_have_no_screen),
        cmocka_unit_test(screens_by_the_line),
        cmocka_unit_test(the_power_law_needs_no_name),
        cmocka_unit_test(old_chains_have_no_table),
        cmocka_unit_test(another_spectrum),
        cmocka_unit_test(spectra_have_options),
        cmocka_unit_test(validity_begins_at_the_larger_limit),
        cmocka_unit_test(digests_change_with_what_matters),
        cmocka_unit_test(scalars_have_neither_terms_nor_cross_section),
        cmocka_unit_test(terms_alone_need_no_data),
        cmocka_unit_test(overlaps_can_be_allowed),
        cmocka_unit_test(everything_may_be_fixed),
        cmocka_unit_test(implausible_values_are_warned_of),
        cmocka_unit_test(inputs_are_listed),
        cmocka_unit_test(doubtful_sums_are_warned_of),
        cmocka_unit_test(motion_that_does_not_count),
        cmocka_unit_test(malformed_files_are_refused_where_they_are_wrong),
        cmocka_unit_test(huge_and_absent_files_are_refused),
        cmocka_unit_test(presets_are_found_in_order),
        cmocka_unit_test(paths_are_relative_to_the_run_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
