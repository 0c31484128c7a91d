/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each move alone, with its options, and mixtures of them. */
#ifndef MUTAU_TESTS_MIXTURES_H
#define MUTAU_TESTS_MIXTURES_H

#include <math.h>

#include "sampler/ensemble.h"

typedef struct mixture {
    const char *name;
    size_t n_move;
    mutau_weighted_move moves[MUTAU_MAX_MOVES];
} mixture;

static const mutau_move_stretch_settings MIX_STRETCH = {.a = 2.0};
static const mutau_move_walk_settings MIX_WALK = {.s = 0}, MIX_WALK_2 = {.s = 2};
static const mutau_move_de_settings MIX_DE = {.gamma0 = (double)NAN, .sigma = 1e-5},
                                    MIX_DE_WILD = {.gamma0 = 0.7, .sigma = 0.5, .jump = 0.2};
static const mutau_move_snooker_settings MIX_SNOOKER = {.gamma = 1.7, .spread = 0.5},
                                         MIX_SNOOKER_FIXED = {.gamma = 1.7};
static const mutau_move_kde_settings MIX_KDE = {.bandwidth = (double)NAN},
                                     MIX_KDE_NARROW = {.bandwidth = 0.3};
static const mutau_move_gaussian_settings MIX_GAUSSIAN = {.scale = (double)NAN},
                                          MIX_GAUSSIAN_SHORT = {.scale = 0.5};

static const mixture MIXTURES[] = {
    {"stretch", 1, {{&mutau_move_stretch, &MIX_STRETCH, 1.0}}},
    {"walk", 1, {{&mutau_move_walk, &MIX_WALK, 1.0}}},
    {"walk, s = 2", 1, {{&mutau_move_walk, &MIX_WALK_2, 1.0}}},
    {"de", 1, {{&mutau_move_de, &MIX_DE, 1.0}}},
    {"de with jumps", 1, {{&mutau_move_de, &MIX_DE_WILD, 1.0}}},
    {"de-snooker", 1, {{&mutau_move_snooker, &MIX_SNOOKER, 1.0}}},
    {"de-snooker, fixed", 1, {{&mutau_move_snooker, &MIX_SNOOKER_FIXED, 1.0}}},
    {"kde", 1, {{&mutau_move_kde, &MIX_KDE, 1.0}}},
    {"kde, narrow", 1, {{&mutau_move_kde, &MIX_KDE_NARROW, 1.0}}},
    {"gaussian", 1, {{&mutau_move_gaussian, &MIX_GAUSSIAN, 1.0}}},
    {"gaussian, short", 1, {{&mutau_move_gaussian, &MIX_GAUSSIAN_SHORT, 1.0}}},
    {"stretch 0.7, de 0.3",
     2,
     {{&mutau_move_stretch, &MIX_STRETCH, 0.7}, {&mutau_move_de, &MIX_DE, 0.3}}},
    {"de 0.8, de-snooker 0.2",
     2,
     {{&mutau_move_de, &MIX_DE, 0.8}, {&mutau_move_snooker, &MIX_SNOOKER, 0.2}}},
    {"all",
     6,
     {{&mutau_move_stretch, &MIX_STRETCH, 1.0},
      {&mutau_move_walk, &MIX_WALK, 1.0},
      {&mutau_move_de, &MIX_DE, 1.0},
      {&mutau_move_snooker, &MIX_SNOOKER, 1.0},
      {&mutau_move_kde, &MIX_KDE, 1.0},
      {&mutau_move_gaussian, &MIX_GAUSSIAN, 1.0}}},
};
enum { N_MIXTURE = sizeof MIXTURES / sizeof MIXTURES[0] };

#endif
