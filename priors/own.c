/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terms of a user's own: a table against the mass and a rule; documented in priors/term.h.
 *
 * A limit g_lim(m) of confidence cl, one-sided:
 *
 *     gaussian       ln L = -1/2 z^2 (g'/g_lim)^4,  erf(z/sqrt 2) = cl
 *     poisson-zero   ln L = ln(1 - cl) (g'/g_lim)^2
 *
 * the one a Gaussian in g'^2 about no signal, the other a search that saw no event: under a flat
 * prior in g'^2 >= 0 the share cl of either lies below g_lim.  A band from lo(m) to hi(m):
 *
 *     ln L = -1/2 ((g'^2 - c^2)/s^2)^2,  c^2 = (hi^2 + lo^2)/2,  s^2 = (hi^2 - lo^2)/2
 *
 * a measured g'^2 with its standard deviation.  Between rows all are log-log.
 */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "term_internal.h"

typedef enum own_rule { RULE_GAUSSIAN, RULE_POISSON_ZERO } own_rule;

static const char *const rule_names[] = {
    [RULE_GAUSSIAN] = "gaussian", [RULE_POISSON_ZERO] = "poisson-zero", NULL};

/* Of either form; it begins with the file of its table. */
typedef struct own_settings {
    char file[MUTAU_OPTION_TEXT_SIZE];
    double cl;
    int rule; /* own_rule */
} own_settings;

static const mutau_option limit_options[] = {
    {.key = "limit",
     .type = MUTAU_OPTION_TEXT,
     .offset = offsetof(own_settings, file),
     .required = true,
     .doc = "a CSV file of one's own with columns m_mev (or m), the mass in MeV, and g_limit (or "
            "g): a path "
            "from the run file's folder, or in $MUTAU_DATA"},
    {.key = "cl",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(own_settings, cl),
     .min = 1e-6,
     .max = 0.999999,
     .def = 0.90,
     .doc = "confidence of the limit, one-sided: the share below it under a flat prior in g'^2"},
    {.key = "rule",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(own_settings, rule),
     .choices = rule_names,
     .def = RULE_GAUSSIAN,
     .doc = "in g'^2 a Gaussian about no signal, or a search that saw no event"},
};

static const mutau_option band_options[] = {
    {.key = "band",
     .type = MUTAU_OPTION_TEXT,
     .offset = offsetof(own_settings, file),
     .required = true,
     .doc = "a CSV file of one's own with columns m_mev (or m), g_lo (or lo) and g_hi (or hi): "
            "where g'^2 is "
            "one standard deviation below and above what was measured"},
};

/* --- tables ------------------------------------------------------------------------------- */

#define MASS_COLUMN                                                                                \
    {                                                                                              \
        "m_mev", MUTAU_PLAUSIBLE_MASS, "m", &mutau_mediator_parameters[MUTAU_MEDIATOR_MASS]        \
    }
/* The file is that of a run. */
static const mutau_term_input limit_input = {
    "",
    {MASS_COLUMN,
     {"g_limit", MUTAU_PLAUSIBLE_COUPLING, "g",
      &mutau_mediator_parameters[MUTAU_MEDIATOR_COUPLING]}}};
static const mutau_term_input band_input = {"",
                                            {MASS_COLUMN,
                                             {"g_lo", MUTAU_PLAUSIBLE_COUPLING, "lo", NULL},
                                             {"g_hi", MUTAU_PLAUSIBLE_COUPLING, "hi", NULL}}};

static bool limit_row_is_wrong(const double row[], const double before[], size_t *i_column,
                               char why[MUTAU_PLAUSIBLE_SIZE])
{
    if (!(row[0] > 0.0) || (before != NULL && !(row[0] > before[0]))) {
        *i_column = 0;
        (void)snprintf(why, MUTAU_PLAUSIBLE_SIZE,
                       before == NULL ? "%g MeV must be above 0"
                                      : "%g MeV must be above %g MeV, the mass of the row before",
                       row[0], before != NULL ? before[0] : 0.0);
        return true;
    }
    *i_column = 1;
    if (row[1] > 0.0)
        return false;
    (void)snprintf(why, MUTAU_PLAUSIBLE_SIZE, "%g must be above 0", row[1]);
    return true;
}

static bool band_row_is_wrong(const double row[], const double before[], size_t *i_column,
                              char why[MUTAU_PLAUSIBLE_SIZE])
{
    if (limit_row_is_wrong(row, before, i_column, why))
        return true;
    *i_column = 2;
    if (row[2] > row[1])
        return false;
    (void)snprintf(why, MUTAU_PLAUSIBLE_SIZE, "%g must be above %g, where the band begins", row[2],
                   row[1]);
    return true;
}

/* --- state -------------------------------------------------------------------------------- */

typedef struct own_state {
    mutau_interp *lower, *upper; /* of a limit `lower` alone */
    double scale;                /* of a limit: -ln L at it */
    bool is_poisson;
    size_t boson; /* where its parameters begin in a point */
} own_state;

static void own_free(void *state)
{
    own_state *s = state;
    if (s != NULL) {
        mutau_interp_free(s->lower);
        mutau_interp_free(s->upper);
    }
    free(s);
}

/* Column i_column against the first. */
static mutau_status join(const mutau_term_table *table, size_t i_column, mutau_interp **out,
                         mutau_error *err)
{
    const size_t n = table->n_row;
    mutau_status status = MUTAU_ENOMEM;
    double *x = mutau_calloc(n, sizeof *x), *y = mutau_calloc(n, sizeof *y);
    for (size_t i = 0; i < n && x != NULL && y != NULL; i++) {
        x[i] = table->values[i * table->n_column];
        y[i] = table->values[i * table->n_column + i_column];
    }
    if (x != NULL && y != NULL)
        status = mutau_interp_alloc(MUTAU_INTERP_LOG_LOG, n, x, y, out, err);
    else
        (void)mutau_error_set(err, status, "no memory for %zu rows", n);
    free(x);
    free(y);
    /* a fault of the file, not of the caller */
    return status == MUTAU_EDOM ? mutau_error_wrap(err, MUTAU_EDATA, "%s", table->path) : status;
}

static mutau_status read_curves(const mutau_term_type *self, const char *data_dir, own_state *s,
                                mutau_error *err)
{
    mutau_term_table table;
    mutau_status status = mutau_term_table_read(data_dir, self, self->inputs, &table, err);
    if (status == MUTAU_EIO)
        return mutau_error_wrap(err, status, "terms.%s.%s", self->name, self->options[0].key);
    MUTAU_CHECK(status);
    status = join(&table, 1, &s->lower, err);
    if (status == MUTAU_OK && table.n_column > 2)
        status = join(&table, 2, &s->upper, err);
    mutau_term_table_release(&table);
    return status;
}

static mutau_status own_alloc(const mutau_term_type *self, const void *settings,
                              const char *data_dir, const mutau_parameter_set *set, void **state,
                              mutau_error *err)
{
    const own_settings *chosen = settings;
    *state = NULL;
    if (chosen->file[0] == '\0')
        return mutau_error_set(err, MUTAU_ECONFIG, "%s is empty: name a file",
                               self->options[0].key);
    own_state *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the term %s", self->name);
    s->is_poisson = chosen->rule == RULE_POISSON_ZERO;
    const double z = gsl_cdf_ugaussian_Qinv(0.5 * (1.0 - chosen->cl));
    s->scale = s->is_poisson ? -log1p(-chosen->cl) : 0.5 * z * z;
    mutau_status status = mutau_term_find_boson(set, &s->boson, err);
    if (status == MUTAU_OK)
        status = read_curves(self, data_dir, s, err);
    if (status != MUTAU_OK) {
        own_free(s);
        return status;
    }
    *state = s;
    return MUTAU_OK;
}

static double limit_lnl(const void *state, const double point[])
{
    const own_state *s = state;
    const double g_prime = point[s->boson + MUTAU_MEDIATOR_COUPLING];
    if (!(g_prime > 0.0) && !isnan(g_prime))
        return 0.0;
    const double ratio =
        g_prime / mutau_interp_eval(s->lower, point[s->boson + MUTAU_MEDIATOR_MASS]);
    const double u = ratio * ratio;
    return -s->scale * (s->is_poisson ? u : u * u);
}

static double band_lnl(const void *state, const double point[])
{
    const own_state *s = state;
    const double g_prime = point[s->boson + MUTAU_MEDIATOR_COUPLING];
    double lo, hi;
    mutau_interp_eval_two(s->lower, s->upper, point[s->boson + MUTAU_MEDIATOR_MASS], &lo, &hi);
    const double pull =
        (g_prime * g_prime - 0.5 * (hi * hi + lo * lo)) / (0.5 * (hi - lo) * (hi + lo));
    return -0.5 * pull * pull;
}

static void own_range(const void *state, double *min_mev, double *max_mev)
{
    const own_state *s = state;
    *min_mev = mutau_interp_min(s->lower);
    *max_mev = mutau_interp_max(s->lower);
}

/* --- forms -------------------------------------------------------------------------------- */

static const mutau_term_type limit_form = {
    .name = "limit",
    .doc = "an upper limit on g' against the mass",
    .reference = "gaussian: ln L = -1/2 z^2 (g'/g_lim)^4, erf(z/sqrt 2) = cl; poisson-zero: ln L = "
                 "ln(1-cl) (g'/g_lim)^2",
    .mark = MUTAU_MARK_FOUND,
    .options = limit_options,
    .n_option = sizeof limit_options / sizeof limit_options[0],
    .settings_size = sizeof(own_settings),
    .inputs = &limit_input,
    .is_own = true,
    .row_is_wrong = limit_row_is_wrong,
    .alloc = own_alloc,
    .free = own_free,
    .lnl = limit_lnl,
    .mass_range = own_range,
};

static const mutau_term_type band_form = {
    .name = "band",
    .doc = "a measured band of g' against the mass",
    .reference = "ln L = -1/2 ((g'^2 - c^2)/s^2)^2, c^2 = (hi^2 + lo^2)/2, s^2 = (hi^2 - lo^2)/2",
    .mark = MUTAU_MARK_FOUND,
    .options = band_options,
    .n_option = sizeof band_options / sizeof band_options[0],
    .settings_size = sizeof(own_settings),
    .inputs = &band_input,
    .is_own = true,
    .row_is_wrong = band_row_is_wrong,
    .band = "central band, which explains what was measured",
    .alloc = own_alloc,
    .free = own_free,
    .lnl = band_lnl,
    .mass_range = own_range,
};

const mutau_term_type *const mutau_own_term_forms[] = {&limit_form, &band_form, NULL};

void mutau_own_term_init(mutau_own_term *own, const mutau_term_type *form, const char *name,
                         const void *settings)
{
    const own_settings *s = settings;
    own->type = *form;
    own->inputs[0] = form->inputs[0];
    own->inputs[0].file = s->file;
    own->inputs[1] = (mutau_term_input){.file = NULL};
    own->type.name = name;
    own->type.inputs = own->inputs;
}
