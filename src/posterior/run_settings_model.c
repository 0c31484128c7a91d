/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run file's `model` and `parameters`; documented in posterior/run_settings.h. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "physics/grid.h"
#include "run_settings_internal.h"

static const char *const mediator_names[] = {"lmu-ltau", NULL};
static const char *const flavour_names[] = {"e", "mu", "tau", NULL};
static const char *const cross_section_names[] = {"paper", "unitary-majorana", "unitary-dirac",
                                                  NULL};
static const char *const crossing_names[] = {"exact", "implicit-euler", NULL};
static const char table_on[] = "on", table_off[] = "off";
static const char *const table_names[] = {table_on, table_off, NULL};
static const char *const targets_names[] = {
    [MUTAU_TARGETS_COLD] = "cold", [MUTAU_TARGETS_THERMAL] = "thermal", NULL};
/* Another name of line. */
static const char solver_resonance[] = "resonance";

enum { MAX_SPECTRA = 32, MAX_SOLVER_NAMES = 32 };

typedef struct model_settings {
    int cross_section; /* -1 if it is not given */
    int crossing;
    int table;   /* 0: on */
    int targets; /* mutau_targets */
    double tolerance, tail_tolerance;
} model_settings;

const mutau_option mutau_model_options[] = {
    {.key = "cross_section",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(model_settings, cross_section),
     .choices = cross_section_names,
     .def = -1,
     .doc = "convention of the resonant cross section; lmu-ltau needs it, a scalar has none"},
    {.key = "crossing",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(model_settings, crossing),
     .choices = crossing_names,
     .doc = "what a line transmits: exp(-tau), or 1/(1+tau) as nuSIprop's step does"},
    {.key = "table",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(model_settings, table),
     .choices = table_names,
     .doc =
         "whether a run takes bins off a table that the solver fills, to 1e-5 of a bin with "
         "targets "
         "at rest, to the solver's tolerance with those that move, and many times as fast; with a "
         "power law and fixed neutrino masses"},
    {.key = "tail_tolerance",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(model_settings, tail_tolerance),
     .min = 0.0,
     .max = 1e6,
     .def = MUTAU_SOLVER_TAIL_TOLERANCE,
     .doc = "T, the optical depth off resonance, up to which solver auto takes the line, 5e-4 of a "
            "bin off; with solver line more than 1e-3 warns later"},
    {.key = "targets",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(model_settings, targets),
     .choices = targets_names,
     .def = MUTAU_TARGETS_THERMAL,
     .doc = "relic neutrinos: thermal, as they move at 1.95 K (1+z), or cold, at rest; thermal "
            "needs solver auto or grid"},
    {.key = "tolerance",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(model_settings, tolerance),
     .min = 1e-6,
     .max = 0.1,
     .def = MUTAU_GRID_TOLERANCE,
     .doc = "relative error of the worst bin that the grid solver is made for"},
};
const size_t mutau_model_option_count = sizeof mutau_model_options / sizeof mutau_model_options[0];

static const char *const model_keys[] = {
    "mediator",       "cross_section", "crossing",  "targets",   "solver", "table",
    "tail_tolerance", "tolerance",     "neutrinos", "cosmology", "source", NULL};
static const char *const source_keys[] = {"spectrum", "evolution", "flavour",
                                          "z_max",    "frame",     NULL};
static const char *const model_others[] = {"mediator",  "solver", "neutrinos",
                                           "cosmology", "source", NULL};

const char *mutau_run_settings_solver_name(size_t i)
{
    size_t n = 0;
    while (mutau_solver_types[n] != NULL && n < i)
        n++;
    if (mutau_solver_types[n] != NULL)
        return mutau_solver_types[n]->name;
    return n == i ? solver_resonance : NULL;
}

static int solver_index(const char *name)
{
    return mutau_solver_index(strcmp(name, solver_resonance) == 0 ? mutau_solver_line.name : name);
}

/* In a file from before there was a choice of targets auto is the line. */
static mutau_status read_solver(mutau_node *model, bool is_old, int *solver, mutau_error *err)
{
    const char *names[MAX_SOLVER_NAMES + 1] = {NULL};
    int choice = 0;
    for (size_t i = 0; i < MAX_SOLVER_NAMES && mutau_run_settings_solver_name(i) != NULL; i++)
        names[i] = mutau_run_settings_solver_name(i);
    if (mutau_node_child(model, "solver") == NULL)
        MUTAU_CHECK(mutau_node_assign(model, "solver", names[0], err));
    const mutau_node *node = mutau_node_child(model, "solver");
    MUTAU_CHECK(mutau_node_choice(node, names, &choice, err));
    const bool is_line = is_old && strcmp(names[choice], mutau_solver_auto.name) == 0;
    *solver = solver_index(is_line ? mutau_solver_line.name : names[choice]);
    return MUTAU_OK;
}

static bool is_text(const mutau_node *node, const char *text)
{
    return node != NULL && mutau_node_what(node) == MUTAU_NODE_SCALAR &&
           strcmp(mutau_node_text(node), text) == 0;
}

/* The line has targets at rest, and only at rest a line is crossed in one step: files from before
 * there was a choice, and those of solver: line or crossing: implicit-euler that do not say, mean
 * these. */
static mutau_status read_targets(mutau_node *model, mutau_run_settings *s, mutau_error *err)
{
    static const char *const keys[] = {"targets", NULL};
    if (s->model.solver == solver_index(mutau_solver_line.name))
        MUTAU_CHECK(
            mutau_run_settings_yield(model, keys, mutau_node_child(model, "solver"), s, err));
    const mutau_node *crossing = mutau_node_child(model, "crossing");
    const bool is_euler = is_text(crossing, crossing_names[MUTAU_CROSSING_IMPLICIT_EULER]);
    if (is_euler)
        MUTAU_CHECK(mutau_run_settings_yield(model, keys, crossing, s, err));
    const bool is_cold =
        s->is_stored || is_euler || s->model.solver == solver_index(mutau_solver_line.name);
    if (!is_cold || mutau_node_child(model, "targets") != NULL)
        return MUTAU_OK;
    return mutau_node_assign(model, "targets", targets_names[MUTAU_TARGETS_COLD], err);
}

static mutau_status check_targets(mutau_node *model, const mutau_flux_settings *flux, int targets,
                                  mutau_error *err)
{
    if (targets != MUTAU_TARGETS_THERMAL)
        return MUTAU_OK;
    if (flux->crossing == MUTAU_CROSSING_IMPLICIT_EULER)
        return mutau_node_error(mutau_node_child(model, "targets"), err,
                                "lines in motion are not crossed in a step: use crossing: exact, "
                                "or targets: cold");
    if (mutau_solver_at(flux->solver) != &mutau_solver_line)
        return MUTAU_OK;
    return mutau_node_error(mutau_node_child(model, "targets"), err,
                            "the line solver has targets at rest: use solver: auto or grid, or "
                            "targets: cold");
}

/* lmu-ltau, or {scalar: flavour}. */
static mutau_status read_mediator(mutau_node *model, mutau_flux_settings *flux, mutau_error *err)
{
    int choice = 0;
    if (mutau_node_child(model, "mediator") == NULL)
        MUTAU_CHECK(mutau_node_assign(model, "mediator", mediator_names[0], err));
    mutau_node *node = mutau_node_child(model, "mediator");
    if (mutau_node_what(node) != MUTAU_NODE_MAPPING) {
        if (strcmp(mutau_node_text(node), mediator_names[0]) != 0)
            return mutau_node_error(node, err,
                                    "expected lmu-ltau or {scalar: e}, {scalar: mu}, "
                                    "{scalar: tau}");
        flux->mediator = MUTAU_MEDIATOR_LMU_LTAU;
        return MUTAU_OK;
    }
    static const char *const keys[] = {"scalar", NULL};
    MUTAU_CHECK(mutau_config_read(node, NULL, 0, keys, NULL, err));
    const mutau_node *flavour = mutau_node_child(node, "scalar");
    if (flavour == NULL)
        return mutau_node_error(node, err, "needs the key 'scalar' (one of e, mu, tau)");
    MUTAU_CHECK(mutau_node_choice(flavour, flavour_names, &choice, err));
    flux->mediator = MUTAU_MEDIATOR_SCALAR_E + choice;
    return MUTAU_OK;
}

/* {NAME: {option: ...}} */
static mutau_status read_spectrum_options(mutau_node *source, const char *const names[],
                                          mutau_source_settings *out, mutau_run_settings *s,
                                          mutau_error *err)
{
    mutau_node *node = mutau_node_child(source, "spectrum");
    MUTAU_CHECK(mutau_config_read(node, NULL, 0, names, NULL, err));
    for (size_t i = 0; i < mutau_node_count(node); i++)
        MUTAU_CHECK(mutau_run_settings_yield(node, names, mutau_node_at(node, i), s, err));
    if (mutau_node_count(node) != 1)
        return mutau_node_error(node, err, "expected one spectrum, like {%s: {}}", names[0]);
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], mutau_node_key(node, 0)) == 0)
            out->spectrum = i;
    const mutau_spectrum_type *type = mutau_spectrum_at(out->spectrum);
    mutau_node *options = mutau_node_at(node, 0);
    if (type->tabulate != NULL)
        return mutau_run_settings_read_fluxes(options, s, err);
    if (type->n_option == 0 && mutau_node_count(options) > 0)
        return mutau_node_error(options, err, "has no options: write spectrum: %s", type->name);
    return mutau_config_read(options, type->options, type->n_option, NULL, out->options.bytes, err);
}

/* What stands for a table where a stored file names none: nothing there depends on it. */
static const double any_energy_gev[] = {1e3, 1e9}, any_flux[] = {1e4, 1e-8};
static const mutau_spectrum_table any_spectrum = {2, any_energy_gev, any_flux};

static mutau_status read_spectrum(mutau_node *source, mutau_source_settings *out,
                                  mutau_run_settings *s, mutau_error *err)
{
    const char *names[MAX_SPECTRA + 1] = {NULL};
    for (size_t i = 0; i < MAX_SPECTRA && mutau_spectrum_types[i] != NULL; i++)
        names[i] = mutau_spectrum_types[i]->name;
    if (mutau_node_child(source, "spectrum") == NULL)
        MUTAU_CHECK(mutau_node_assign(source, "spectrum", names[0], err));
    const mutau_node *node = mutau_node_child(source, "spectrum");
    if (mutau_node_what(node) == MUTAU_NODE_MAPPING)
        return read_spectrum_options(source, names, out, s, err);
    MUTAU_CHECK(mutau_node_choice(node, names, &out->spectrum, err));
    const mutau_spectrum_type *type = mutau_spectrum_at(out->spectrum);
    if (type->tabulate != NULL && !s->is_stored)
        return mutau_node_error(node, err, "needs its file: write spectrum: {%s: FILE}",
                                type->name);
    if (type->tabulate != NULL)
        out->table = any_spectrum;
    mutau_option_defaults(type->options, type->n_option, out->options.bytes);
    return MUTAU_OK;
}

static mutau_status read_source(mutau_node *source, mutau_source_settings *out,
                                mutau_run_settings *s, mutau_error *err)
{
    static const char *const others[] = {"spectrum", "evolution", "flavour", NULL};
    MUTAU_CHECK(mutau_config_read(source, mutau_source_options, mutau_source_option_count, others,
                                  out, err));
    MUTAU_CHECK(read_spectrum(source, out, s, err));
    MUTAU_CHECK(mutau_run_settings_read_evolution(source, s, err));
    MUTAU_CHECK(mutau_run_settings_read_flavour(source, s, err));
    mutau_node_reorder(source, source_keys);
    return MUTAU_OK;
}

static mutau_status check_cross_section(mutau_node *model, const model_settings *m,
                                        mutau_run_settings *s, mutau_error *err)
{
    static const char *const keys[] = {"cross_section", NULL};
    mutau_flux_settings *flux = &s->model;
    const bool is_scalar = flux->mediator != MUTAU_MEDIATOR_LMU_LTAU;
    if (is_scalar)
        MUTAU_CHECK(
            mutau_run_settings_yield(model, keys, mutau_node_child(model, "mediator"), s, err));
    if (is_scalar && mutau_node_child(model, "cross_section") != NULL)
        return mutau_node_error(mutau_node_child(model, "cross_section"), err,
                                "is a convention for lmu-ltau: leave it out with a scalar");
    if (!is_scalar && m->cross_section < 0)
        return mutau_node_error(model, err,
                                "needs the key 'cross_section' (one of paper, unitary-majorana, "
                                "unitary-dirac)");
    flux->cross_section = is_scalar ? MUTAU_CROSS_SECTION_PAPER : m->cross_section;
    return MUTAU_OK;
}

mutau_status mutau_run_settings_read_model(mutau_node *root, mutau_run_settings *s,
                                           mutau_error *err)
{
    mutau_node *model = NULL, *section = NULL;
    model_settings m;
    mutau_flux_settings *flux = &s->model;
    MUTAU_CHECK(mutau_run_settings_section(root, "model", &model, err));
    MUTAU_CHECK(mutau_config_read(model, NULL, 0, model_keys, NULL, err));
    mutau_node *given = mutau_node_child(model, "cross_section");
    if (given != NULL && mutau_node_is_null(given)) /* empty is as good as absent */
        mutau_node_remove(model, "cross_section");
    if (s->is_stored && mutau_node_child(model, "table") == NULL) /* from before there was one */
        MUTAU_CHECK(mutau_node_assign(model, "table", table_off, err));
    MUTAU_CHECK(read_solver(model, s->is_stored && mutau_node_child(model, "targets") == NULL,
                            &flux->solver, err));
    MUTAU_CHECK(read_targets(model, s, err));
    /* the echo has the solver's own name */
    MUTAU_CHECK(mutau_node_assign(model, "solver", mutau_solver_at(flux->solver)->name, err));
    MUTAU_CHECK(mutau_config_read(model, mutau_model_options, mutau_model_option_count,
                                  model_others, &m, err));
    MUTAU_CHECK(read_mediator(model, flux, err));
    MUTAU_CHECK(check_cross_section(model, &m, s, err));
    flux->crossing = m.crossing;
    MUTAU_CHECK(check_targets(model, flux, m.targets, err));
    flux->targets = m.targets;
    flux->tolerance = m.tolerance;
    /* 0 stands for the default there */
    flux->tail_tolerance = fmax(m.tail_tolerance, DBL_MIN);
    flux->table = m.table == 0;
    s->tail_tolerance = m.tail_tolerance;
    MUTAU_CHECK(mutau_run_settings_section(model, "neutrinos", &section, err));
    MUTAU_CHECK(mutau_config_read(section, mutau_neutrino_options, mutau_neutrino_option_count,
                                  NULL, &flux->neutrinos, err));
    MUTAU_CHECK(mutau_run_settings_section(model, "cosmology", &section, err));
    MUTAU_CHECK(mutau_config_read(section, mutau_cosmology_options, mutau_cosmology_option_count,
                                  NULL, &flux->cosmology, err));
    MUTAU_CHECK(mutau_run_settings_section(model, "source", &section, err));
    MUTAU_CHECK(read_source(section, &flux->source, s, err));
    mutau_node_reorder(model, model_keys);
    return MUTAU_OK;
}

mutau_status mutau_run_settings_physical(const mutau_run_settings *settings, size_t i, double value,
                                         double least_sum, mutau_error *err)
{
    const mutau_parameter_spec *spec = settings->set.spec[i];
    char must[MUTAU_PARAMETER_MUST_SIZE];
    if (!mutau_parameter_spec_allows(spec, value)) {
        mutau_parameter_spec_must(spec, must);
        return mutau_error_set(err, MUTAU_EDOM, "%s = %g must be %s", spec->name, value, must);
    }
    if (i == settings->places.neutrino_mass && !(value >= least_sum))
        return mutau_error_set(err, MUTAU_EDOM, "%s = %g %s is below its minimum, %.5g %s",
                               spec->name, value, spec->unit, least_sum, spec->unit);
    return MUTAU_OK;
}

double mutau_run_settings_tail_limit(const mutau_run_settings *settings)
{
    if (mutau_solver_at(settings->model.solver) != &mutau_solver_line)
        return (double)INFINITY;
    return fmax(settings->tail_tolerance, MUTAU_TAIL_LIMIT);
}

static bool is_mapping(const mutau_node *node)
{
    return node != NULL && mutau_node_what(node) == MUTAU_NODE_MAPPING;
}

/* Without temperatures a ladder is of no consequence. */
static mutau_status level_ladder(mutau_node *sampler, mutau_error *err)
{
    const mutau_node *n = is_mapping(sampler) ? mutau_node_child(sampler, "temperatures") : NULL;
    if (n == NULL || mutau_node_what(n) != MUTAU_NODE_SCALAR ||
        strcmp(mutau_node_text(n), "1") != 0 || mutau_node_child(sampler, "ladder") == NULL)
        return MUTAU_OK;
    return mutau_node_assign(sampler, "ladder", "{adapt: 1000, lag: 300, time: 10, beta_min: 0.01}",
                             err);
}

/* What files are of that name no spectrum, flavour or frame. */
static mutau_status level_source(mutau_node *source, mutau_error *err)
{
    if (!is_mapping(source))
        return MUTAU_OK;
    if (mutau_node_child(source, "spectrum") == NULL)
        MUTAU_CHECK(mutau_node_assign(source, "spectrum", mutau_spectrum_types[0]->name, err));
    if (mutau_node_child(source, "frame") == NULL)
        MUTAU_CHECK(mutau_node_assign(source, "frame", mutau_frame_names[0], err));
    if (mutau_node_child(source, "flavour") == NULL)
        MUTAU_CHECK(mutau_node_assign(source, "flavour", mutau_flavour_names[0], err));
    mutau_node_reorder(source, source_keys);
    return MUTAU_OK;
}

/* Of a levelled tree. */
static bool is_line(const mutau_node *model)
{
    return is_text(mutau_node_child(model, "solver"), mutau_solver_line.name);
}

mutau_status mutau_run_settings_digest_model(mutau_node *root, mutau_error *err)
{
    mutau_node *model = mutau_node_child(root, "model");
    mutau_node *source = is_mapping(model) ? mutau_node_child(model, "source") : NULL;
    if (is_mapping(source) &&
        is_text(mutau_node_child(source, "spectrum"), mutau_spectrum_types[0]->name))
        mutau_node_remove(source, "spectrum");
    if (is_mapping(source) && is_text(mutau_node_child(source, "frame"), mutau_frame_names[0]))
        mutau_node_remove(source, "frame");
    if (is_mapping(source) && is_text(mutau_node_child(source, "flavour"), mutau_flavour_names[0]))
        mutau_node_remove(source, "flavour");
    if (is_mapping(model) && is_text(mutau_node_child(model, "table"), table_off))
        mutau_node_remove(model, "table");
    if (!is_mapping(model) || !is_line(model))
        return MUTAU_OK;
    mutau_node_remove(model, "targets");
    mutau_node_remove(model, "tolerance");
    return mutau_node_assign(model, "solver", mutau_solver_auto.name, err);
}

bool mutau_run_settings_is_table_on(const mutau_node *root)
{
    const mutau_node *model = mutau_node_child(root, "model");
    return is_mapping(model) && is_text(mutau_node_child(model, "table"), table_on);
}

mutau_status mutau_run_settings_set_table(mutau_node *root, bool on, mutau_error *err)
{
    mutau_node *model = mutau_node_child(root, "model");
    if (!is_mapping(model))
        return MUTAU_OK;
    MUTAU_CHECK(mutau_node_assign(model, "table", on ? table_on : table_off, err));
    mutau_node_reorder(model, model_keys);
    return MUTAU_OK;
}

/* Files from before there was a choice of targets have the line, whatever they call it.  What a
 * solver does not look at is of no consequence: of the line all three keys, of the grid and of
 * targets that move the seam. */
static mutau_status level_solver(mutau_node *model, mutau_error *err)
{
    const bool is_old = mutau_node_child(model, "targets") == NULL;
    const bool by_grid =
        is_text(mutau_node_child(model, "solver"), mutau_solver_grid.name) ||
        is_text(mutau_node_child(model, "targets"), targets_names[MUTAU_TARGETS_THERMAL]);
    if (is_old || is_line(model)) {
        MUTAU_CHECK(mutau_node_assign(model, "solver", mutau_solver_line.name, err));
        MUTAU_CHECK(mutau_node_assign(model, "targets", targets_names[MUTAU_TARGETS_COLD], err));
        MUTAU_CHECK(mutau_node_assign(model, "tolerance", "1e-3", err));
    }
    if (is_line(model) || by_grid)
        MUTAU_CHECK(mutau_node_assign(model, "tail_tolerance", "1e-5", err));
    mutau_node_reorder(model, model_keys);
    return MUTAU_OK;
}

/* The values that files from before there was a choice have: their digests stay good. */
mutau_status mutau_run_settings_level(mutau_node *root, mutau_error *err)
{
    mutau_node *model = mutau_node_child(root, "model");
    MUTAU_CHECK(level_ladder(mutau_node_child(root, "sampler"), err));
    if (!is_mapping(model))
        return MUTAU_OK;
    MUTAU_CHECK(level_source(mutau_node_child(model, "source"), err));
    MUTAU_CHECK(level_solver(model, err));
    return mutau_run_settings_set_table(root, false, err);
}

/* A sum so little above its minimum leaves the lightest neutrino all but massless. */
static const double near_minimum = 1.02;

static mutau_status check_sum(const mutau_node *node, mutau_run_settings *s, mutau_error *err)
{
    mutau_parameter *sum = &s->parameters[s->places.neutrino_mass];
    const char *ordering =
        s->model.neutrinos.ordering == MUTAU_ORDERING_INVERTED ? "inverted" : "normal";
    const char *mixing = mutau_mixing_names[s->model.neutrinos.mixing];
    const double least =
        mutau_flux_sum_mnu_min(s->model.neutrinos.mixing, s->model.neutrinos.ordering);
    const bool fixed = sum->prior == MUTAU_PRIOR_FIXED;
    char text[256];
    if (fixed && !(sum->value >= least))
        return mutau_node_error(node, err,
                                "%g eV is below the least possible sum, %.5g eV (%s, %s ordering)",
                                sum->value, least, mixing, ordering);
    if (!(sum->max >= least))
        return mutau_node_error(node, err,
                                "the whole prior, up to %g eV, is below the least possible sum, "
                                "%.5g eV (%s, %s ordering)",
                                sum->max, least, mixing, ordering);
    text[0] = '\0';
    if (fixed && sum->value < near_minimum * least)
        (void)snprintf(text, sizeof text,
                       "%s = %g eV is close to its minimum, %.5g eV (%s ordering): the "
                       "lightest neutrino is nearly massless",
                       sum->spec->name, sum->value, least, ordering);
    else if (sum->min < least)
        (void)snprintf(text, sizeof text,
                       "the prior of %s starts below the least possible sum, %.5g eV (%s "
                       "ordering): it is cut there, and normalised on what is left",
                       sum->spec->name, least, ordering);
    MUTAU_CHECK(mutau_parameter_cut(node, least, sum, err));
    return text[0] != '\0' ? mutau_run_settings_warn(s, text, err) : MUTAU_OK;
}

/* What the file says of an old prior, if --set names another. */
static mutau_status yield_to_prior(mutau_node *node, mutau_run_settings *s, mutau_error *err)
{
    static const char *const keys[] = {"min", "max", "mean", "sigma"};
    const char *others[sizeof keys / sizeof keys[0] + 1] = {NULL};
    size_t n = 0;
    const mutau_node *prior = mutau_node_child(node, "prior");
    const char *const *own = prior != NULL ? mutau_prior_keys(mutau_node_text(prior)) : NULL;
    for (size_t i = 0; own != NULL && i < sizeof keys / sizeof keys[0]; i++) {
        size_t k = 0;
        while (own[k] != NULL && strcmp(own[k], keys[i]) != 0)
            k++;
        if (own[k] == NULL)
            others[n++] = keys[i];
    }
    return n > 0 ? mutau_run_settings_yield(node, others, prior, s, err) : MUTAU_OK;
}

/* The file's parameters of another spectrum, if --set names this one. */
static mutau_status yield_to_spectrum(mutau_node *root, mutau_node *parameters,
                                      mutau_run_settings *s, mutau_error *err)
{
    const char *others[MAX_SPECTRA * MUTAU_SPECTRUM_MAX_PARAMETERS + 1] = {NULL};
    size_t n = 0;
    mutau_parameter_set set;
    MUTAU_CHECK(mutau_flux_parameter_set(&s->model, &set, err));
    for (size_t i = 0; i < MAX_SPECTRA && mutau_spectrum_types[i] != NULL; i++)
        for (size_t k = 0; k < mutau_spectrum_types[i]->n_parameter; k++) {
            const char *name = mutau_spectrum_types[i]->parameters[k].name;
            if (mutau_parameter_set_find(&set, name) == set.n)
                others[n++] = name;
        }
    mutau_node *source = mutau_node_child(mutau_node_child(root, "model"), "source");
    mutau_node *spectrum = mutau_node_child(source, "spectrum");
    const bool is_form = mutau_node_what(spectrum) == MUTAU_NODE_MAPPING;
    return mutau_run_settings_yield(parameters, others,
                                    is_form ? mutau_node_at(spectrum, 0) : spectrum, s, err);
}

/* A spectrum at Earth is one without the boson. */
static mutau_status check_spectrum(const mutau_node *root, const mutau_run_settings *s,
                                   mutau_error *err)
{
    const mutau_parameter *coupling = &s->parameters[s->places.coupling];
    const char *name = mutau_mediator_parameters[MUTAU_MEDIATOR_COUPLING].name;
    if (mutau_flux_takes_coupling(&s->model) ||
        (coupling->prior == MUTAU_PRIOR_FIXED && !(coupling->value > 0.0)))
        return MUTAU_OK;
    const mutau_node *source = mutau_node_child(mutau_node_child(root, "model"), "source");
    return mutau_node_error(mutau_node_child(source, "frame"), err,
                            "the flux at Earth is that of the sources only without the boson: fix "
                            "%s: 0, or use frame: source",
                            name);
}

/* In the echo options that are all the usual ones are not named: it, and the digests, are the same
 * in both forms.  Once nothing asks any more where the spectrum was named. */
static mutau_status shorten_spectrum(mutau_node *root, const mutau_run_settings *s,
                                     mutau_error *err)
{
    mutau_node *source = mutau_node_child(mutau_node_child(root, "model"), "source");
    const mutau_spectrum_type *type = mutau_spectrum_at(s->model.source.spectrum);
    mutau_spectrum_settings usual = {0};
    mutau_option_defaults(type->options, type->n_option, usual.bytes);
    if (!is_mapping(mutau_node_child(source, "spectrum")) || type->tabulate != NULL ||
        memcmp(usual.bytes, s->model.source.options.bytes, sizeof usual.bytes) != 0)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_node_assign(source, "spectrum", type->name, err));
    mutau_node_reorder(source, source_keys);
    return MUTAU_OK;
}

/* Those that the run has, and those that it can have. */
static mutau_status check_names(mutau_node *section, const mutau_run_settings *s, mutau_error *err)
{
    enum {
        MAX_NAMES =
            MUTAU_MAX_PARAMETERS + MUTAU_NUISANCE_N_KIND * MUTAU_MAX_DATASETS + MUTAU_MAX_TERMS
    };
    const char *names[MAX_NAMES + 1] = {NULL};
    for (size_t i = 0; i < s->set.n; i++)
        names[i] = s->set.spec[i]->name;
    (void)mutau_run_settings_nuisance_names(s, names + s->set.n);
    return mutau_config_read(section, NULL, 0, names, NULL, err);
}

mutau_status mutau_run_settings_read_parameters(mutau_node *root, mutau_run_settings *s,
                                                mutau_error *err)
{
    mutau_node *section = NULL;
    const char *names[MUTAU_MAX_PARAMETERS + 1] = {NULL};
    const mutau_parameter_set *set = &s->set;
    MUTAU_CHECK(mutau_flux_parameter_set(&s->model, &s->set, err));
    s->places = mutau_model_find(set);
    MUTAU_CHECK(mutau_run_settings_section(root, "parameters", &section, err));
    MUTAU_CHECK(yield_to_spectrum(root, section, s, err));
    MUTAU_CHECK(mutau_run_settings_yield_flavour(root, section, s, err));
    MUTAU_CHECK(mutau_run_settings_read_nuisances(root, section, s, err));
    for (size_t i = 0; i < set->n; i++)
        names[i] = set->spec[i]->name;
    MUTAU_CHECK(check_names(section, s, err));
    for (size_t i = 0; i < set->n; i++) {
        if (mutau_node_child(section, names[i]) == NULL)
            MUTAU_CHECK(mutau_node_assign(section, names[i], set->spec[i]->default_prior, err));
        mutau_node *node = mutau_node_child(section, names[i]);
        MUTAU_CHECK(yield_to_prior(node, s, err));
        MUTAU_CHECK(mutau_parameter_read(node, set->spec[i], &s->parameters[i], err));
    }
    mutau_node_reorder(section, names);
    if (mutau_run_settings_free_count(s) > MUTAU_MAX_DIM)
        return mutau_node_error(section, err, "a run has at most %d free parameters",
                                MUTAU_MAX_DIM);
    MUTAU_CHECK(check_spectrum(root, s, err));
    MUTAU_CHECK(shorten_spectrum(root, s, err));
    MUTAU_CHECK(mutau_run_settings_read_simplex(section, s, err));
    return check_sum(mutau_node_child(section, names[s->places.neutrino_mass]), s, err);
}

mutau_status mutau_run_settings_check_motion(mutau_run_settings *s, mutau_error *err)
{
    const double light_ev = 0.01;
    const mutau_parameter *sum = &s->parameters[s->places.neutrino_mass];
    const mutau_parameter *coupling = &s->parameters[s->places.coupling];
    const mutau_mixing *mixing =
        mutau_mixing_preset(s->model.neutrinos.mixing, s->model.neutrinos.ordering);
    const bool bare = coupling->prior == MUTAU_PRIOR_FIXED && !(coupling->value > 0.0);
    double mass_ev[3];
    char text[256];
    if (s->model.targets != MUTAU_TARGETS_COLD || bare || s->n_dataset == 0 ||
        s->likelihood == MUTAU_LIKELIHOOD_NONE)
        return MUTAU_OK;
    const bool fixed = sum->prior == MUTAU_PRIOR_FIXED;
    const double least = fmax(fixed ? sum->value : sum->min, mutau_mixing_sum_min(mixing));
    MUTAU_CHECK(mutau_mixing_masses(mixing, least, mass_ev, err));
    const double lightest = fmin(mass_ev[0], fmin(mass_ev[1], mass_ev[2]));
    if (!(lightest < light_ev))
        return MUTAU_OK;
    (void)snprintf(text, sizeof text,
                   "model.targets: cold, and the lightest neutrino has %.2g eV%s: its thermal "
                   "motion, which is left out, moves bins by tens of per cent (targets: thermal)",
                   lightest > 1e-6 ? lightest : 0.0, fixed ? "" : " where the prior begins");
    return mutau_run_settings_warn(s, text, err);
}

mutau_status mutau_run_settings_check_shape(mutau_run_settings *s, mutau_error *err)
{
    const mutau_spectrum_type *type = mutau_spectrum_at(s->model.source.spectrum);
    double lo[MUTAU_SPECTRUM_MAX_PARAMETERS], hi[MUTAU_SPECTRUM_MAX_PARAMETERS];
    double e_lo_gev = (double)INFINITY, e_hi_gev = 0.0;
    char what[MUTAU_SPECTRUM_DOUBT_SIZE], text[MUTAU_SPECTRUM_DOUBT_SIZE + 32];
    for (size_t d = 0; d < s->n_dataset; d++)
        for (size_t b = 0; b < s->datasets[d]->n_bin; b++) {
            e_lo_gev = fmin(e_lo_gev, s->datasets[d]->bins[b].e_lo_gev);
            e_hi_gev = fmax(e_hi_gev, s->datasets[d]->bins[b].e_hi_gev);
        }
    MUTAU_CHECK(mutau_run_settings_check_fluxes(s, e_lo_gev, e_hi_gev, err));
    if (type->doubt == NULL || !(e_hi_gev > 0.0))
        return MUTAU_OK;
    for (size_t k = 0; k < type->n_parameter; k++) {
        const mutau_parameter *p = &s->parameters[s->places.spectrum + k];
        lo[k] = p->prior == MUTAU_PRIOR_FIXED ? p->value : p->min;
        hi[k] = p->prior == MUTAU_PRIOR_FIXED ? p->value : p->max;
    }
    if (!type->doubt(lo, hi, e_lo_gev, e_hi_gev, s->model.source.z_max, what))
        return MUTAU_OK;
    (void)snprintf(text, sizeof text, "spectrum %s: %s", type->name, what);
    return mutau_run_settings_warn(s, text, err);
}
