/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file run_settings.h
 * A run file, read and checked: everything that `mutau sample` does is in here.
 * Settings never change once they are read; emitting and hashing them is for one thread
 * at a time.
 */
#ifndef MUTAU_RUN_SETTINGS_H
#define MUTAU_RUN_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bounds.h"
#include "sampler/builtin_target.h"
#include "store/config.h"
#include "likelihood/dataset.h"
#include "sampler/ensemble.h"
#include "physics/flux.h"
#include "likelihood/flux_likelihood.h"
#include "store/inputs.h"
#include "posterior/model_parameters.h"
#include "sampler/move.h"
#include "base/name.h"
#include "posterior/nuisance.h"
#include "posterior/parameter.h"
#include "base/status.h"
#include "priors/term.h"

#define MUTAU_MAX_TERMS 16
#define MUTAU_MAX_DATASETS 8
#define MUTAU_MAX_TERM_SETTINGS 512
#define MUTAU_TERM_NAME_SIZE 44 /**< room for the name of a term of a user's own, terminated */
#define MUTAU_MAX_WARNINGS 32
#define MUTAU_MAX_NOTES 32

/** Optical depth T off the resonance above which solver line is not valid, unless
 * model.tail_tolerance accepts more: a bin is off by 0.4 % there. */
#define MUTAU_TAIL_LIMIT 1e-3

/** A term of the run, ready for its points; it stays where it is. */
typedef struct mutau_term_choice {
    const mutau_term_type *type; /**< one that came with mutau, or &own.type; it has the name by
                                  * which the run file and all output call the term */
    mutau_own_term own;
    char own_name[MUTAU_TERM_NAME_SIZE];
    void *state;             /**< owned */
    double min_mev, max_mev; /**< the masses that its inputs cover */
    union {
        double align;
        unsigned char bytes[MUTAU_MAX_TERM_SETTINGS]; /**< the type's settings struct */
    } settings;
} mutau_term_choice;

typedef struct mutau_move_choice {
    const mutau_move *move;
    double weight; /**< relative */
    union {
        double align;
        unsigned char bytes[MUTAU_MAX_MOVE_SETTINGS]; /**< the move's settings struct */
    } settings;
} mutau_move_choice;

typedef enum mutau_start_kind { MUTAU_START_PRIOR, MUTAU_START_BESTFIT } mutau_start_kind;

/** Where the walkers start: at draws of the prior, or around the maxima that a search from
 * n_search draws finds (start_ball.h). */
typedef struct mutau_start_settings {
    mutau_start_kind kind;
    double spread; /**< standard deviations of the prior */
    long n_search;
} mutau_start_settings;

/** What sees proposals before the posterior does (ensemble.h): nothing, or the same posterior by
 * the line solver with targets at rest, of MUTAU_SCREEN_CELLS steps in redshift or of all. */
typedef enum mutau_screen_kind {
    MUTAU_SCREEN_OFF,
    MUTAU_SCREEN_COARSE,
    MUTAU_SCREEN_LINE
} mutau_screen_kind;

#define MUTAU_SCREEN_CELLS 16

typedef struct mutau_sampler_settings {
    long ensembles, walkers, temperatures, seed, thin;
    size_t n_move;
    mutau_move_choice moves[MUTAU_MAX_MOVES]; /**< in the order of mutau_moves */
    long ladder_adapt; /**< of the ladder, with temperatures > 1: ensemble.h */
    double ladder_lag, ladder_time;
    double
        ladder_beta_min; /**< of a geometric first ladder; 0 (auto): a pilot finds the first one */
    long ladder_max_rungs; /**< up to which the pilot adds rungs to `temperatures` */
    bool store_rungs;      /**< the hot rungs as groups of their own, too */
    int screen;            /**< mutau_screen_kind */
    mutau_start_settings start;
    double max_failure_rate; /**< share of the evaluations that may fail */
    long burn_in;            /**< steps; -1 is auto */
    long max_steps;
    double min_steps;      /**< before which no criterion ends the run; 0 if not asked for */
    double rhat;           /**< stop criterion; 0 if not asked for */
    double tau_multiple;   /**< stop criterion; 0 if not asked for */
    double ess_bulk;       /**< stop criterion; 0 if not asked for */
    double ess_tail;       /**< stop criterion; 0 if not asked for */
    double interval_error; /**< stop criterion; 0 if not asked for */
    double evidence_error; /**< stop criterion; 0 if not asked for */
} mutau_sampler_settings;

/** A density of a program's own (run.h), as its chain file keeps it: all but what evaluates it. */
typedef struct mutau_own_target {
    char name[MUTAU_OPTION_TEXT_SIZE];
    char identity[MUTAU_OPTION_TEXT_SIZE]; /**< what determines it beside its name; may be "" */
    size_t dim;
    char coordinate[MUTAU_MAX_DIM][MUTAU_NAME_SIZE];
    double lo[MUTAU_MAX_DIM], hi[MUTAU_MAX_DIM]; /**< the prior's support, perhaps infinite */
} mutau_own_target;

/** A table of the source's, of two columns; {0} if there is none. */
typedef struct mutau_source_table {
    char *path;    /**< owned */
    char *text;    /**< owned; its bytes */
    size_t size;   /**< of text */
    size_t n;      /**< rows */
    double *x, *y; /**< owned; [n]: z and W of an evolution, E in GeV and Phi of a spectrum */
} mutau_source_table;

/** Leaves {0}. */
void mutau_source_table_release(mutau_source_table *table);

typedef struct mutau_run_settings {
    mutau_config *config; /**< owned; completed by reading: what `mutau config` prints */
    char *path;           /**< owned; the run file */
    bool is_stored;    /**< by mutau_run_settings_parse: what earlier versions took may be in it */
    char *folder;      /**< owned; the run file's folder */
    char *data_folder; /**< owned; where terms look for their inputs: `data_dir` of term.h */
    char *description; /**< owned; "" if there is none */
    /** Owned; what is sampled in place of the posterior, whose settings mean nothing then;
     * NULL if the run file has no `target`. */
    mutau_builtin_target *builtin;
    /** Owned; likewise, of a chain that another program sampled: it cannot be evaluated. */
    mutau_own_target *own;
    mutau_flux_settings model;
    mutau_source_table evolution_table; /**< owned; model.source.evolution points into it */
    mutau_source_table spectrum_table;  /**< owned; model.source.table points into it */
    double tail_tolerance;              /**< T up to which auto takes the line solver */
    /** The parameters of the model, and behind them those nuisances of the data sets that the run
     * has: the order of every point. */
    mutau_parameter_set set;
    size_t n_nuisance;
    mutau_nuisance nuisances[MUTAU_MAX_DATASETS]; /**< [n_nuisance], of the data sets in order */
    mutau_model_places places;                    /**< what is where in it */
    mutau_parameter parameters[MUTAU_MAX_PARAMETERS]; /**< [set.n] */
    /** ln of the density on f_e + f_mu <= 1 over the product of their priors, if flavours are free:
     * ln 2 if these are flat from 0 to 1.  Else 0. */
    double ln_simplex;
    bool allow_overlap; /**< data sets may share events */
    size_t n_dataset;
    mutau_dataset *datasets[MUTAU_MAX_DATASETS]; /**< owned */
    mutau_likelihood_kind likelihood;
    mutau_error_convention errors;
    size_t n_term;
    mutau_term_choice terms[MUTAU_MAX_TERMS]; /**< in the order of mutau_term_types, a user's own
                                               * behind them by their names */
    mutau_inputs inputs;                      /**< owned; the files of data sets and terms */
    mutau_inputs kept;                        /**< owned; of a chain: see _parse_kept */
    mutau_sampler_settings sampler;
    char *output; /**< owned; path of the chain file, relative to the working folder */
    size_t n_warning;
    char *warnings[MUTAU_MAX_WARNINGS]; /**< owned; legal, but perhaps not meant: one line each */
    size_t n_note;
    char *notes[MUTAU_MAX_NOTES]; /**< owned; each input file that did not come with mutau, and what
                                     gave way to --set: one line each */
} mutau_run_settings;

/** Reads the run file `path` with the assignments of --set; what these leave without a meaning
 * in the file is left out, with a note (what contradicts within the file, or within --set, is
 * an error); finds presets and the terms' inputs in
 * the run file's folder, then $MUTAU_DATA, then the source or install tree's data.
 * Everything that can be known to be wrong without evaluating the posterior is
 * refused here: MUTAU_ECONFIG (run file), MUTAU_EDATA (inputs), MUTAU_EIO,
 * MUTAU_ENOMEM.  One line of text. */
mutau_status mutau_run_settings_read(const char *path, size_t n_assignment,
                                     const char *const assignments[], mutau_run_settings **out,
                                     mutau_error *err) MUTAU_MUST_CHECK;
/** The same from the resolved YAML text stored in a chain file, of an earlier version perhaps;
 * `folder` stands for the run file's folder. */
mutau_status mutau_run_settings_parse(const char *name, const char *text, const char *folder,
                                      mutau_run_settings **out, mutau_error *err) MUTAU_MUST_CHECK;
/** The same with the assignments of --set, and with the list of inputs that the chain file keeps
 * ("" or NULL: none): the tables of a user's own terms are taken from it and not from their files.
 * Also MUTAU_EDATA for a damaged list. */
mutau_status mutau_run_settings_parse_kept(const char *name, const char *text, const char *folder,
                                           const char *inputs, size_t n_assignment,
                                           const char *const assignments[],
                                           mutau_run_settings **out,
                                           mutau_error *err) MUTAU_MUST_CHECK;
/** The settings of a run of `own`: `sampler` is the YAML of that section, NULL for the defaults;
 * `output` the chain file.  Errors of the sampler's as above; MUTAU_ECONFIG also for a name that is
 * none. */
mutau_status mutau_run_settings_of_own(const mutau_own_target *own, const char *sampler,
                                       const char *output, mutau_run_settings **out,
                                       mutau_error *err) MUTAU_MUST_CHECK;
void mutau_run_settings_free(mutau_run_settings *settings);

/** Writes the moves and their number into the settings of ensembles; what they point to is
 * `sampler`'s, which must outlive them. */
void mutau_run_settings_moves(const mutau_sampler_settings *sampler, mutau_ensemble_settings *out);

/** Whether something else than a posterior is sampled. */
bool mutau_run_settings_has_target(const mutau_run_settings *settings);

/** Whether free flavours at the source are possible at the point: f_e + f_mu <= 1. */
bool mutau_run_settings_is_in_simplex(const mutau_run_settings *settings, const double point[]);

#define MUTAU_DATA_FOLDERS 3

/** The folders in which the data sets of a run file in the folder `own` are looked for, in that
 * order; how many there are. */
size_t mutau_run_settings_folders(const char *own, const char *folders[MUTAU_DATA_FOLDERS]);

/** The number of coordinates: of parameters that are not fixed, or of the target's.  None is legal
 * here; there is nothing to sample then. */
size_t mutau_run_settings_free_count(const mutau_run_settings *settings);

/** ln L of the i-th term at the point, [set.n] natural values; beyond the masses that the term's
 * inputs cover, its value at their end.  The point is as it was afterwards. */
double mutau_run_settings_term_lnl(const mutau_run_settings *settings, size_t i, double point[]);

/** A point in the middle of the priors, point[set.n] in natural units. */
void mutau_run_settings_middle(const mutau_run_settings *settings, double point[]);

/** The complete resolved run file; freed by the caller with free(). */
mutau_status mutau_run_settings_emit(const mutau_run_settings *settings, char **text,
                                     mutau_error *err) MUTAU_MUST_CHECK;

/** Whether parameter i of the model can have that value: MUTAU_EDOM (name, value and range) if not,
 * as of a neutrino mass below `least_sum`, mutau_flux_sum_mnu_min of the run's mixing. */
mutau_status mutau_run_settings_physical(const mutau_run_settings *settings, size_t i, double value,
                                         double least_sum, mutau_error *err) MUTAU_MUST_CHECK;

/** The T up to which the run's solver is valid: of line MUTAU_TAIL_LIMIT, or
 * model.tail_tolerance if that is larger; of the others infinite. */
double mutau_run_settings_tail_limit(const mutau_run_settings *settings);

/** Gives the keys of a resolved tree that change no posterior, model.table, those of the solvers
 * that model.solver does not look at and, without temperatures, sampler.ladder, the same values in
 * every file, and one without model.source.spectrum the power law, one without model.targets the
 * line solver: for digests and comparisons.  Of these
 * model.table changes draws within its error, and is kept for a resume.  MUTAU_ENOMEM. */
mutau_status mutau_run_settings_level(mutau_node *root, mutau_error *err) MUTAU_MUST_CHECK;

/** The first difference, in words, between the configuration stored in a chain file and what a
 * resume with `settings` may not change of it: "sampler.seed is 1 in the chain, 2 in the run";
 * empty if there is none. */
mutau_status mutau_run_settings_difference(const mutau_run_settings *settings, const char *stored,
                                           char text[MUTAU_DIFFERENCE_SIZE],
                                           mutau_error *err) MUTAU_MUST_CHECK;

/** The same of what is not called "the chain" but `who`. */
mutau_status mutau_run_settings_difference_of(const mutau_run_settings *settings,
                                              const char *stored, const char *who,
                                              char text[MUTAU_DIFFERENCE_SIZE],
                                              mutau_error *err) MUTAU_MUST_CHECK;

#define MUTAU_HASH_SIZE 65 /* SHA-256 in hex, terminated */

/** Digest of what a resume may not change (the resolved run file but for its
 * description, output, sampler.stop, sampler.max_failure_rate and mutau_run_settings_level's keys
 * other than model.table),
 * and of the numbers that the run takes from the input files of data sets and terms (inputs.h). */
mutau_status mutau_run_settings_hash(const mutau_run_settings *settings,
                                     char config_hash[MUTAU_HASH_SIZE],
                                     char data_hash[MUTAU_HASH_SIZE],
                                     mutau_error *err) MUTAU_MUST_CHECK;

#endif
