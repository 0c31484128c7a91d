/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probability masses as text; documented in masses.h. */
#include "masses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "base/number.h"
#include "base/sort.h"

enum { MASS_SIZE = 32 };

static mutau_status read_mass(const char *word, size_t length, double *mass, mutau_error *err)
{
    char text[MASS_SIZE];
    (void)snprintf(text, sizeof text, "%.*s", (int)length, word);
    if (length < sizeof text && cli_real(text, mass) && *mass > 0.0 && *mass < 1.0)
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EUSAGE,
                           "--mass takes probabilities between 0 and 1, as in 0.68,0.95, not "
                           "'%.*s'",
                           (int)length, word);
}

mutau_status cli_read_masses(const char *text, size_t max, double mass[], size_t *n,
                             mutau_error *err)
{
    *n = 0;
    for (const char *word = text; word != NULL;) {
        const size_t length = strcspn(word, ",");
        if (*n == max)
            return mutau_error_set(err, MUTAU_EUSAGE, "--mass takes at most %zu masses", max);
        MUTAU_CHECK(read_mass(word, length, &mass[(*n)++], err));
        word = word[length] == ',' ? word + length + 1 : NULL;
    }
    qsort(mass, *n, sizeof mass[0], mutau_rising);
    for (size_t i = 1; i < *n; i++)
        if (!(mass[i] > mass[i - 1]))
            return mutau_error_set(err, MUTAU_EUSAGE, "--mass: %g is given twice", mass[i]);
    return MUTAU_OK;
}

const char *cli_mass_key(mutau_report *r, double mass)
{
    char text[MASS_SIZE];
    double rounded = 0.0;
    (void)snprintf(text, sizeof text, "%.2f", mass);
    if (!mutau_number_read(text, &rounded) || rounded > mass || rounded < mass)
        (void)snprintf(text, sizeof text, "%.15g", mass);
    return mutau_report_keep(r, "%s", text);
}
