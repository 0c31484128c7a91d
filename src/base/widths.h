/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file widths.h
 * Functions for processors with wider vectors beside that for every processor.
 */
#ifndef MUTAU_WIDTHS_H
#define MUTAU_WIDTHS_H

#include <stdlib.h> /* says whether the C library is glibc, which can choose as it loads */

/** In front of a function whose loops run over whole arrays: it is compiled, with all that it
 * calls, for several widths, and the dynamic linker takes the widest that the processor has.  They
 * give the same bytes, since nothing is fused and nothing reordered (the test widths).
 *
 * It is empty where there is no such thing, in a build for wide vectors anyway, with sanitizers
 * (the choice comes before they are ready), with clang (14 takes the wrong one, and calls what it
 * should inline), and with MUTAU_ONE_WIDTH defined.  The function must be static: gcc 12 exports
 * any other from the shared library, whatever its visibility.  Without `flatten` gcc 12 calls
 * narrow helpers from wide code with the upper halves of the registers in use: ten times slower. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) &&       \
    !defined(__AVX512F__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&    \
    !defined(MUTAU_ONE_WIDTH)
#if __GNUC__ >= 12
#define MUTAU_WIDTHS                                                                               \
    __attribute__((flatten, target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#endif
#endif
#ifndef MUTAU_WIDTHS
#define MUTAU_WIDTHS
#endif

/** In front of a loop over arrays of which none overlaps another that is written: its passes do not
 * depend on each other.  Compilers that inline forget what `restrict` said, and then check every
 * pair of arrays, or give up. */
#ifdef _OPENMP
#define MUTAU_LOOP _Pragma("omp simd")
#else
#define MUTAU_LOOP
#endif
/** The same where the loop looks for the largest value, in the variable `most`. */
#ifdef _OPENMP
#define MUTAU_LOOP_MOST _Pragma("omp simd reduction(max : most)")
#else
#define MUTAU_LOOP_MOST
#endif

#endif
