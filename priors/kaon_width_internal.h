/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The width of K+ -> mu+ nu_mu Z' at tree level, within a window of the missing mass. */
#ifndef MUTAU_KAON_WIDTH_H
#define MUTAU_KAON_WIDTH_H

#include "base/interp.h"

/* Kaon mass in MeV (Particle Data Group: 493.677(16)). */
#define MUTAU_KAON_MASS_MEV 493.677

/* A range of the squared missing mass, of nu_mu and Z' together. */
typedef struct mutau_kaon_window {
    double min_mev2, max_mev2;
} mutau_kaon_window;

/* Where experiments have looked: a muon with a kinetic energy of 60 to 100 MeV, a squared missing
 * mass above 0.1 GeV^2. */
typedef enum mutau_kaon_measured {
    MUTAU_KAON_MUON_ENERGY,
    MUTAU_KAON_MISSING_MASS,
    MUTAU_KAON_N_MEASURED
} mutau_kaon_measured;

mutau_kaon_window mutau_kaon_window_of(mutau_kaon_measured which);

/* Everything that the decay can give. */
mutau_kaon_window mutau_kaon_window_all(void);

/* The muon's kinetic energy in the kaon's frame between two values. */
mutau_kaon_window mutau_kaon_window_energy(double min_mev, double max_mev);

enum { MUTAU_KAON_N_OUTER = 64, MUTAU_KAON_N_INNER = 16 };

/* Nodes and weights of the two nested Gauss-Legendre rules, on [0, 1]. */
typedef struct mutau_kaon_rule {
    double x_outer[MUTAU_KAON_N_OUTER], w_outer[MUTAU_KAON_N_OUTER];
    double x_inner[MUTAU_KAON_N_INNER], w_inner[MUTAU_KAON_N_INNER];
} mutau_kaon_rule;

/* MUTAU_ENOMEM. */
mutau_status mutau_kaon_rule_init(mutau_kaon_rule *rule, mutau_error *err) MUTAU_MUST_CHECK;

/* I = Gamma(K -> mu nu Z', within the window) / (g'^2 Gamma(K -> mu nu)) for a Z' of
 * m_zprime_mev > 0; 0 where the window cannot be reached.  Relative error < 1e-6 for
 * m >= 0.1 MeV; some tens of microseconds. */
double mutau_kaon_width(const mutau_kaon_rule *rule, const mutau_kaon_window *window,
                        double m_zprime_mev);

/* The masses of the table.  The nodes are evenly spaced in ln(m/(end - m)): ln I goes as a power
 * of m at one end of the window and of end - m at the other. */
#define MUTAU_KAON_MIN_MEV 0.1
#define MUTAU_KAON_MAX_MEV 300.0
enum { MUTAU_KAON_N_NODE = 265 };
void mutau_kaon_masses(mutau_kaon_measured which, double mass_mev[MUTAU_KAON_N_NODE]);

/* A table of ln I between these masses (and a little beyond the upper one); interpolation adds a
 * relative error < 1e-5 of I.  Its numbers, which take milliseconds, come from the build
 * (kaon_width_print.c).  MUTAU_ENOMEM. */
mutau_status mutau_kaon_width_table(mutau_kaon_measured which, mutau_interp **ln_width,
                                    mutau_error *err) MUTAU_MUST_CHECK;

#endif
