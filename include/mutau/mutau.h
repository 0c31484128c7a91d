/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file mutau.h
 * The public interface of libmutau, all of it; docs/library.md introduces it.
 */
#ifndef MUTAU_MUTAU_H
#define MUTAU_MUTAU_H

#include "mutau/chainfile.h"
#include "mutau/error.h"
#include "mutau/filerun.h"
#include "mutau/library.h"
#include "mutau/results.h"
#include "mutau/runfile.h"
#include "mutau/sampling.h"

#endif
