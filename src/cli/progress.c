/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a run tells a person, a log or a machine how far it is. */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mutau/json.h"
#include "mutau/utf8.h"

enum { BAR_WIDTH = 24, TEXT_SIZE = 32 };

static const double BAR_INTERVAL_S = 0.2;
static const double LINE_INTERVAL_S = 60.0;

double progress_clock(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

mutau_status progress_init(progress_reporter *p, const char *mode, bool quiet, mutau_error *err)
{
    const bool terminal = isatty(STDERR_FILENO) == 1;
    const char *no_colour = getenv("NO_COLOR");
    p->start = p->last = progress_clock();
    p->colour = terminal && (no_colour == NULL || no_colour[0] == '\0');
    if (mode == NULL || strcmp(mode, "auto") == 0)
        p->mode = terminal ? PROGRESS_BAR : PROGRESS_LINES;
    else if (strcmp(mode, "bar") == 0)
        p->mode = PROGRESS_BAR;
    else if (strcmp(mode, "lines") == 0)
        p->mode = PROGRESS_LINES;
    else if (strcmp(mode, "json") == 0)
        p->mode = PROGRESS_JSON;
    else
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--progress takes auto, bar, lines or json, not '%s'", mode);
    if (quiet)
        p->mode = PROGRESS_QUIET;
    return MUTAU_OK;
}

/* A duration as a person says it: 12 s, 3 min 20 s, 2 h 05 min. */
static void format_duration(double seconds, char text[TEXT_SIZE])
{
    if (!(seconds < 360000.0))
        (void)snprintf(text, TEXT_SIZE, "?");
    else if (seconds < 120.0)
        (void)snprintf(text, TEXT_SIZE, "%.0f s", seconds);
    else if (seconds < 7200.0)
        (void)snprintf(text, TEXT_SIZE, "%d min %02d s", (int)seconds / 60, (int)seconds % 60);
    else
        (void)snprintf(text, TEXT_SIZE, "%d h %02d min", (int)seconds / 3600,
                       (int)seconds / 60 % 60);
}

static void format_number(int digits, double x, char text[TEXT_SIZE])
{
    if (isnan(x))
        (void)snprintf(text, TEXT_SIZE, "-");
    else
        (void)snprintf(text, TEXT_SIZE, "%.*f", digits, x);
}

/* Seconds until the run ends: converged, or at max_steps if that comes first. */
static double seconds_to_go(const run_standing *s, double rate)
{
    const double end = fmin(s->steps_needed, (double)s->max_steps);
    return isnan(s->steps_needed) ? (double)NAN : fmax(end - (double)s->steps, 0.0) / rate;
}

static void print_standing(const progress_reporter *p, const run_standing *s, double rate)
{
    char tau[TEXT_SIZE], ratio[TEXT_SIZE], rhat[TEXT_SIZE], ess[TEXT_SIZE], eta[TEXT_SIZE];
    char accepted[TEXT_SIZE];
    format_number(2, s->acceptance, accepted);
    format_number(1, s->tau, tau);
    format_number(1, s->kept_over_tau, ratio);
    format_number(4, s->rhat, rhat);
    format_number(0, s->ess_bulk, ess);
    format_duration(seconds_to_go(s, rate), eta);
    const char *end = s->steps_needed > (double)s->max_steps ? "max_steps" : "converged";
    const char *bold = p->colour && p->mode == PROGRESS_BAR ? "\033[1m" : "";
    const char *plain = bold[0] != '\0' ? "\033[0m" : "";
    (void)fprintf(stderr,
                  "%s%llu/%llu steps%s, %.0f/s, accepted %s, tau %s, N/tau %s, Rhat %s, ESS %s, "
                  "%s in %s",
                  bold, (unsigned long long)s->steps, (unsigned long long)s->max_steps, plain, rate,
                  accepted, tau, ratio, rhat, ess, end, eta);
}

static void print_bar(const progress_reporter *p, const run_standing *s, double rate)
{
    char bar[BAR_WIDTH + 1];
    const double end =
        fmin(isnan(s->steps_needed) ? (double)s->max_steps : s->steps_needed, (double)s->max_steps);
    const double share = (double)s->steps / fmax(end, 1.0);
    const int full = (int)(fmin(share, 1.0) * BAR_WIDTH);
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    (void)fprintf(stderr, "\r[%s] ", bar);
    print_standing(p, s, rate);
    (void)fputs("\033[K", stderr);
}

/* With how the run ended, if it has, and its chain file, NULL if nothing is stored. */
static void print_json(const run_standing *s, double rate, double seconds, const char *outcome,
                       const char *chain)
{
    mutau_json json;
    mutau_json_init(&json, stderr, false);
    mutau_json_object_begin(&json);
    if (outcome != NULL) {
        mutau_json_key(&json, "outcome");
        mutau_json_string(&json, outcome);
        mutau_json_key(&json, "chain");
        mutau_json_string(&json, chain);
    }
    const struct {
        const char *key;
        double value;
    } reals[] = {
        {"seconds", seconds},
        {"steps_per_second", rate},
        {"acceptance", s->acceptance},
        {"tau", s->tau},
        {"n_over_tau", s->kept_over_tau},
        {"rhat", s->rhat},
        {"ess_bulk", s->ess_bulk},
        {"seconds_to_go", seconds_to_go(s, rate)},
    };
    mutau_json_key(&json, "steps");
    mutau_json_count(&json, s->steps);
    mutau_json_key(&json, "max_steps");
    mutau_json_count(&json, s->max_steps);
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        mutau_json_key(&json, reals[i].key);
        mutau_json_real(&json, reals[i].value);
    }
    mutau_json_object_end(&json);
    if (mutau_json_finish(&json, NULL) != MUTAU_OK)
        clearerr(stderr); /* progress that cannot be shown does not stop a run */
}

void progress_report(progress_reporter *p, const run_standing *standing, bool now)
{
    if (p->mode == PROGRESS_QUIET)
        return;
    const double t = progress_clock();
    const double interval = p->mode == PROGRESS_BAR ? BAR_INTERVAL_S : LINE_INTERVAL_S;
    if (t - p->last < interval && !now)
        return;
    p->last = t;
    const double rate = (double)standing->steps_here / fmax(t - p->start, 1e-9);
    if (p->mode == PROGRESS_BAR) {
        print_bar(p, standing, rate);
    } else if (p->mode == PROGRESS_LINES) {
        (void)fputs("mutau: ", stderr);
        print_standing(p, standing, rate);
        (void)fputc('\n', stderr);
    } else {
        print_json(standing, rate, t - p->start, NULL, NULL);
    }
}

void progress_outcome(const progress_reporter *p, const run_standing *s, const char *outcome,
                      double seconds, const char *chain)
{
    if (p->mode == PROGRESS_JSON) {
        const double here = fmax(progress_clock() - p->start, 1e-9);
        print_json(s, (double)s->steps_here / here, seconds, outcome, chain);
        return;
    }
    if (chain == NULL) {
        (void)fprintf(stderr, "mutau: %s after %llu steps in %.1f s, before any was stored\n",
                      outcome, (unsigned long long)s->steps, seconds);
        return;
    }
    const bool interrupted = strcmp(outcome, "interrupted") == 0;
    const char *what = interrupted ? "interrupted; what was sampled is stored"
                       : strcmp(outcome, "converged") == 0 ? outcome
                                                           : "NOT converged";
    char ratio[TEXT_SIZE], rhat[TEXT_SIZE], ess[TEXT_SIZE], room[MUTAU_ERROR_SIZE];
    format_number(1, s->kept_over_tau, ratio);
    format_number(4, s->rhat, rhat);
    format_number(0, s->ess_bulk, ess);
    (void)fprintf(stderr,
                  "mutau: %s after %llu steps in %.1f s (worst Rhat %s, bulk ESS %s, N/tau %s): "
                  "%s%s\n",
                  what, (unsigned long long)s->steps, seconds, rhat, ess, ratio,
                  mutau_utf8_plain(chain, sizeof room, room),
                  interrupted ? "; --resume goes on with it" : "");
}

void progress_end(progress_reporter *p)
{
    if (p->mode == PROGRESS_BAR && p->last > p->start) /* a bar has been drawn */
        (void)fputc('\n', stderr);
}
