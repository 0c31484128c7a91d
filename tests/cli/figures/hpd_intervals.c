/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the HPD intervals of the doubles on stdin, one line "lo hi lo hi ..." per mass:
 * hpd_intervals LO HI ESS MASS...  For comparison with analysis/plots/density.py. */
#include <stdio.h>
#include <stdlib.h>

#include "mutau/credible.h"

enum { MAX_DRAWS = 1000000 };

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    double *x = calloc(MAX_DRAWS, sizeof x[0]);
    if (x == NULL)
        return 2;
    const size_t n = fread(x, sizeof x[0], MAX_DRAWS, stdin);
    const double lo = strtod(argv[1], NULL), hi = strtod(argv[2], NULL);
    const double ess = strtod(argv[3], NULL);
    mutau_status status = MUTAU_OK;
    for (int i = 4; i < argc && status == MUTAU_OK; i++) {
        const double mass = strtod(argv[i], NULL);
        mutau_region region = {0};
        status = mutau_hpd_regions(n, x, lo, hi, ess, 1, &mass, &region, NULL);
        for (size_t j = 0; j < region.n; j++)
            (void)printf("%.17g %.17g ", region.lo[j], region.hi[j]);
        (void)printf("\n");
    }
    free(x);
    return status == MUTAU_OK ? 0 : 1;
}
