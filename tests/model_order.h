/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameters of the model that most tests have, a vector mediator and a power law, in the
 * order of their points; unit/test_model_parameters.c holds the program to it. */
#ifndef TESTS_MODEL_ORDER_H
#define TESTS_MODEL_ORDER_H

enum { AT_MASS, AT_COUPLING, AT_A, AT_GAMMA, AT_SUM_MNU, N_PARAMETER };

#endif
