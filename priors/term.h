/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file term.h
 * A prior term: a measurement other than the neutrino flux that constrains the model.
 * Each term is a constant description with its functions and lives with its inputs in
 * priors/.  All there are look at the boson's mass and coupling, and are derived for the
 * vector mediator; a term may look at any parameter of the point.
 */
#ifndef MUTAU_TERM_H
#define MUTAU_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/option.h"
#include "base/parameter_set.h"
#include "base/status.h"
#include "physics/derived.h"

/** How sure we are of a number: see priors/README.md. */
typedef enum mutau_mark {
    MUTAU_MARK_FOUND,   /**< F: read in a named source */
    MUTAU_MARK_DERIVED, /**< D: derived and checked numerically for this project */
    MUTAU_MARK_RECALLED /**< R: recalled, not verified against its source */
} mutau_mark;

#define MUTAU_TERM_MAX_COLUMNS 3

/** A column of an input file; what is plausible in it. */
typedef struct mutau_term_column {
    const char *name;
    mutau_plausible_kind kind;
    const char *also;               /**< what it may be called as well; NULL: nothing */
    const mutau_parameter_spec *of; /**< the parameter whose name it may have as well, or NULL */
} mutau_term_column;

/** An input file, a CSV table, and the columns that the term uses, those behind the last empty. */
typedef struct mutau_term_input {
    const char *file; /**< NULL ends a list */
    mutau_term_column columns[MUTAU_TERM_MAX_COLUMNS + 1];
} mutau_term_input;

/** What a search that saw nothing would say with more exposure, still without an event: its
 * ln L = -N goes as the exposure, and its 90 % limit is where N = ln 10. */
typedef struct mutau_projection {
    const char *limit;   /**< "NA64mu's 90 % limit" */
    const char *scaling; /**< how the limit goes with it: "1/sqrt(muons)" */
    const char *unit;    /**< of an exposure, many: "muons" */
    const char *note;    /**< what it is not, a sentence or two for help */
    size_t n;
    const double *exposures; /**< [n] that are of interest */
    /** A copy of the term's state for another exposure, above 0.  It uses `state`, before which it
     * must be freed.  MUTAU_ENOMEM. */
    mutau_status (*rescaled)(const void *state, double exposure, void **copy, mutau_error *err);
} mutau_projection;

typedef struct mutau_term_type mutau_term_type;
struct mutau_term_type {
    const char *name;            /**< key in the run file's `terms` */
    const char *doc;             /**< one line */
    const char *reference;       /**< where formula and numbers come from */
    mutau_mark mark;             /**< the least sure of its default inputs */
    const mutau_option *options; /**< its YAML options */
    size_t n_option;
    const char *shorthand; /**< the option that a bare scalar sets (`g-2: wp2020`); NULL: none */
    const mutau_term_input *inputs; /**< its input files; NULL: none */
    bool is_own;                    /**< the user's: see mutau_own_term */
    const char *kept_table; /**< of a user's own, the text of its table as a chain keeps it, in
                             * place of the file; NULL: the file */
    /** Optional: a fault of a row of an input, `before` the row before it or NULL: what is wrong
     * and what would be right, and in which column.  False: there is none. */
    bool (*row_is_wrong)(const double row[], const double before[], size_t *i_column,
                         char why[MUTAU_PLAUSIBLE_SIZE]);
    size_t settings_size; /**< bytes of the settings struct that `options` fill, <= 512 */

    /** Optional. */
    const mutau_derived *derived; /**< [n_derived] */
    size_t n_derived;
    const mutau_projection *projection; /**< NULL: there is none */
    const char *band; /**< what its central band means, if it is of a measurement that sees
                       * something; NULL: it only has a limit */

    /** Parameters of its own, behind those of the model in a run that names them; without them, and
     * at 0, it is as its settings say.  They are of no consequence at g' = 0. */
    const mutau_parameter_spec *parameters; /**< [n_parameter] */
    size_t n_parameter;

    const struct mutau_term_curve *curve; /**< of one that is a curve and a rule; else NULL */

    /** Builds the state of the term `self` for points of `set` from its settings; MUTAU_ECONFIG if
     * they do not go together (each alone is within its range), MUTAU_EDOM if the set lacks what
     * the term looks at.  `data_dir` names folders, one a line, the last of which has the shipped
     * data sets.  Inputs are taken from the first folder that has them, or else from "priors"
     * beside the last (as in the source tree and as installed). Tables are set up here.  On failure
     * *state is NULL.  Freed with `free`, NULL allowed. */
    mutau_status (*alloc)(const mutau_term_type *self, const void *settings, const char *data_dir,
                          const mutau_parameter_set *set, void **state, mutau_error *err);
    void (*free)(void *state);

    /** ln L at a physical point, no additive constant.  At g' = 0 it is the Standard Model's
     * value whatever the mass (of a user's band that of the row there, as far as its rows differ),
     * and may depend on anything but the amplitude A: the evidence without the boson
     * (bare_evidence.h) takes A out.  Thread-safe, allocates nothing, no
     * quadrature. Beyond the mass range it may be NaN (unless g' = 0). */
    double (*lnl)(const void *state, const double point[]);

    /** The masses in MeV that the term's inputs cover. */
    void (*mass_range)(const void *state, double *min_mev, double *max_mev);
};

/** All terms, ended by NULL, in the order in which they are evaluated and stored. */
extern const mutau_term_type *const mutau_term_types[];

/** An input file as it was found. */
typedef struct mutau_term_table {
    char *path; /**< owned */
    char *text; /**< owned; its bytes */
    size_t size, n_row, n_column;
    double *values; /**< owned; [n_row][n_column], the columns that are used */
    char *warning;  /**< owned; one line on values that are hardly meant; NULL if there are none */
} mutau_term_table;

/** Reads an input of the term, looked for as by `alloc`; a user's own table from its kept text, if
 * there is one, and from a path of its own, if that begins with a slash.  MUTAU_EDATA as of
 * store/table.h and for values that cannot be, MUTAU_EIO, MUTAU_ENOMEM; nothing is to be released
 * then. */
mutau_status mutau_term_table_read(const char *data_dir, const mutau_term_type *type,
                                   const mutau_term_input *input, mutau_term_table *out,
                                   mutau_error *err) MUTAU_MUST_CHECK;
void mutau_term_table_release(mutau_term_table *table);

/** The term of that name that came with mutau, or NULL. */
const mutau_term_type *mutau_term_find(const char *name);

/** The forms of a term of a user's own, ended by NULL: a limit, or the band of a measurement, each
 * as a table against the mass.  A form's name is the key of the option that names the table's file,
 * by which the form is known, and what its settings begin with. */
extern const mutau_term_type *const mutau_own_term_forms[];

/** A term of a user's own: a form under a name and with the table of the run file. */
typedef struct mutau_own_term {
    mutau_term_type type;
    mutau_term_input inputs[2];
} mutau_own_term;

/** Makes own->type the term `name` of that form; `settings` is where those of the form's options
 * will be.  Neither is copied, and own->type points into *own: none of them may be moved. */
void mutau_own_term_init(mutau_own_term *own, const mutau_term_type *form, const char *name,
                         const void *settings);

/** The derived quantity of that name, of whatever term or spectrum, or NULL. */
const mutau_derived *mutau_derived_find(const char *name);

/** ln L at the point, and beyond the masses from min_mev to max_mev that the term's inputs cover
 * its value at their end.  i_mass is the place of the mass in the point, which is as it was
 * afterwards. */
double mutau_term_lnl_within(const mutau_term_type *type, const void *state, size_t i_mass,
                             double min_mev, double max_mev, double point[]);

#endif
