/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Run by the build: prints kaon_width_table.h, ln I at the masses of each table. */
#include <math.h>
#include <stdio.h>

#include "kaon_width_internal.h"

static void print_table(const mutau_kaon_rule *rule, mutau_kaon_measured which)
{
    const mutau_kaon_window window = mutau_kaon_window_of(which);
    double mass[MUTAU_KAON_N_NODE];
    mutau_kaon_masses(which, mass);
    (void)printf("    {\n");
    for (size_t i = 0; i < MUTAU_KAON_N_NODE; i++)
        (void)printf("        %.17g,\n", log(mutau_kaon_width(rule, &window, mass[i])));
    (void)printf("    },\n");
}

int main(void)
{
    mutau_kaon_rule rule;
    if (mutau_kaon_rule_init(&rule, NULL) != MUTAU_OK)
        return 1;
    (void)printf("/* Written by kaon_width_print.c. */\n"
                 "static const double ln_widths[MUTAU_KAON_N_MEASURED][MUTAU_KAON_N_NODE] = {\n");
    for (int which = 0; which < MUTAU_KAON_N_MEASURED; which++)
        print_table(&rule, (mutau_kaon_measured)which);
    (void)printf("};\n");
    return fflush(stdout) == 0 ? 0 : 1;
}
