/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of numbers; documented in base/sort.h. */
#include "base/sort.h"

int mutau_rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
