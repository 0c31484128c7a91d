/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file sort.h
 * The order of numbers, for qsort.
 */
#ifndef MUTAU_SORT_H
#define MUTAU_SORT_H

/** Compares two doubles, none of them NaN, for qsort: the least first. */
int mutau_rising(const void *a, const void *b);

#endif
