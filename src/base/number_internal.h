/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The digits of a number, for number.c. */
#ifndef MUTAU_NUMBER_INTERNAL_H
#define MUTAU_NUMBER_INTERNAL_H

#include <stddef.h>

enum { MUTAU_NUMBER_DIGITS = 17 };

/* The digits of the positive finite `value`: of 15, 16 or 17 correctly rounded ones the fewest
 * from which strtod finds it again, without zeros at the end; of a subnormal number as few as do.
 * How many there are; *exponent is that of the first one. */
size_t mutau_number_digits(double value, char digits[MUTAU_NUMBER_DIGITS + 1], int *exponent);

#endif
