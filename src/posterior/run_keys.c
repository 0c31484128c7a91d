/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run file's sections and keys in words; documented in posterior/run_keys.h. */
#include "posterior/run_keys.h"

#include "physics/flux.h"
#include "posterior/model_parameters.h"
#include "run_settings_internal.h"

static const mutau_run_key top_keys[] = {
    {"description", "one line of your own", NULL, NULL},
    {"target",
     "a built-in density in place of model, parameters, data, likelihood and terms: "
     "'mutau help targets'",
     NULL, NULL},
    {"model", "the physics", NULL, NULL},
    {"parameters", "what is sampled or fixed", NULL, NULL},
    {"data", "list of data sets, each NAME or {name: NAME, rows: ..., covariance: FILE}", NULL,
     NULL},
    {"likelihood", "how the data enter", NULL, NULL},
    {"terms",
     "other measurements, {NAME: VALUE or off, ...}, or of your own, {NAME: {limit: FILE}} or "
     "{band: FILE}: 'mutau help terms'",
     NULL, NULL},
    {"sampler", "how it is sampled", NULL, NULL},
    {"output", "the chain file, relative to the run file; by default its name with .h5", NULL,
     NULL},
    {NULL, NULL, NULL, NULL}};

static const mutau_run_key model_keys[] = {
    {"mediator", "lmu-ltau, or a scalar: {scalar: e}, {scalar: mu}, {scalar: tau}", "lmu-ltau",
     NULL},
    {"neutrinos", "masses and mixing", NULL, NULL},
    {"cosmology", "expansion", NULL, NULL},
    {"source", "where the neutrinos come from", NULL, NULL},
    {"solver",
     "how the transport is solved: line takes the resonance alone, as a line (resonance is another "
     "name of it); grid the whole curve; auto line where tail_tolerance allows it, grid elsewhere",
     "auto", mutau_run_settings_solver_name},
    {NULL, NULL, NULL, NULL}};

static const mutau_run_key source_keys[] = {
    {"spectrum",
     "what the sources emit: NAME, {NAME: {OPTION: ...}} or {table: FILE}: 'mutau help "
     "spectra'",
     "power-law", NULL},
    {"evolution",
     "the sources' density W(z): NAME, {power: m, z_break: z, power_after: n} or {table: FILE}: "
     "'mutau help evolutions'",
     "yuksel2008", mutau_run_settings_evolution_name},
    {"flavour",
     "of which flavour they are: equal; pion (1:2:0), damped-muon (0:1:0), neutron (1:0:0); shares "
     "of e, mu and tau like [0.4, 0.6, 0]; or free, with parameters of its own",
     "equal", mutau_run_settings_flavour_name},
    {NULL, NULL, NULL, NULL}};

static const mutau_run_key prior_keys[] = {
    {"prior", "uniform, log-uniform, normal or truncated-normal", NULL, NULL},
    {"min", "lower edge; not of a normal prior", NULL, NULL},
    {"max", "upper edge; not of a normal prior", NULL, NULL},
    {"mean", "of a normal or truncated-normal prior", NULL, NULL},
    {"sigma", "of a normal or truncated-normal prior", NULL, NULL},
    {NULL, NULL, NULL, NULL}};

static const mutau_run_key data_keys[] = {
    {"name", "a preset: NAME.yaml beside the run file, in $MUTAU_DATA, or shipped", NULL, NULL},
    {"rows", "measured, all (with the limits), or a list of row numbers; the preset has a default",
     NULL, NULL},
    {"covariance",
     "CSV of the bins' covariance, for a gaussian: C_ij of E^2 dPhi/dE in its unit "
     "squared, a row and a column for each row of the table or for each that is used",
     NULL, NULL},
    {NULL, NULL, NULL, NULL}};

static const mutau_run_key sampler_keys[] = {
    {"moves", "mixture of moves: 'mutau help moves'", MUTAU_DEFAULT_MOVES, NULL},
    {"ladder", "of the temperatures", NULL, NULL},
    {"start", "prior, bestfit or {bestfit: {spread: ...}}: where the walkers start", "prior", NULL},
    {"burn_in", "auto (the first quarter, at least the adaptation and 5 tau) or a number of steps",
     "auto", NULL},
    {"stop", "when to stop: every criterion named must hold", MUTAU_DEFAULT_STOP, NULL},
    {NULL, NULL, NULL, NULL}};

static const mutau_run_key ladder_keys[] = {
    {"beta_min", "auto (a pilot finds the ladder) or that of a geometric ladder, like 1e-2", "auto",
     NULL},
    {"max_rungs", "up to which the pilot adds to temperatures, at most 100",
     MUTAU_DEFAULT_MAX_RUNGS, NULL},
    {NULL, NULL, NULL, NULL}};

static const char parameters_path[] = "parameters";

static mutau_run_key key_of(const mutau_parameter_spec *spec)
{
    return (mutau_run_key){spec->name, spec->doc, spec->default_prior, NULL};
}

/* Those of every spectrum, each name once, of data sets and of terms. */
static void list_parameters(mutau_run_section *section)
{
    mutau_parameter_set all;
    mutau_model_all_parameters(&all);
    for (size_t i = 0; i < all.n; i++)
        section->own[i] = key_of(all.spec[i]);
    size_t n = all.n;
    for (size_t k = 0; k < MUTAU_NUISANCE_N_KIND; k++)
        section->own[n++] = key_of(&mutau_nuisance_parameters[k]);
    for (size_t i = 0; mutau_term_types[i] != NULL; i++)
        for (size_t k = 0; k < mutau_term_types[i]->n_parameter; k++)
            section->own[n++] = key_of(&mutau_term_types[i]->parameters[k]);
    section->keys = section->own;
}

bool mutau_run_section_at(size_t i, mutau_run_section *section)
{
    const struct {
        const char *path, *doc;
        const mutau_run_key *keys;
        const mutau_option *options;
        size_t n_option;
    } all[] = {
        {"", "top level", top_keys, mutau_top_options, mutau_top_option_count},
        {"model", "the physics", model_keys, mutau_model_options, mutau_model_option_count},
        {"model.neutrinos", "masses and mixing", NULL, mutau_neutrino_options,
         mutau_neutrino_option_count},
        {"model.cosmology", "expansion", NULL, mutau_cosmology_options,
         mutau_cosmology_option_count},
        {"model.source", "where the neutrinos come from", source_keys, mutau_source_options,
         mutau_source_option_count},
        {"model.source.evolution", "a history of one's own", NULL, mutau_evolution_options,
         mutau_evolution_option_count},
        {parameters_path,
         "each a number, which fixes it, or a prior; those of the spectrum: 'mutau help spectra'",
         NULL, NULL, 0},
        {"parameters.NAME", "a prior", prior_keys, NULL, 0},
        {"data[]", "one data set", data_keys, NULL, 0},
        {"likelihood", "how the data enter", NULL, mutau_likelihood_options,
         mutau_likelihood_option_count},
        {"sampler", "how it is sampled", sampler_keys, mutau_sampler_options,
         mutau_sampler_option_count},
        {"sampler.ladder", "inverse temperatures, with temperatures above 1", ladder_keys,
         mutau_ladder_options, mutau_ladder_option_count},
        {"sampler.start.bestfit", "around the maxima", NULL, mutau_bestfit_options,
         mutau_bestfit_option_count},
        {"sampler.stop", "every criterion named must hold", NULL, mutau_stop_options,
         mutau_stop_option_count},
    };
    if (i >= sizeof all / sizeof all[0])
        return false;
    *section = (mutau_run_section){.path = all[i].path,
                                   .doc = all[i].doc,
                                   .keys = all[i].keys,
                                   .options = all[i].options,
                                   .n_option = all[i].n_option};
    if (section->path == parameters_path)
        list_parameters(section);
    return true;
}
