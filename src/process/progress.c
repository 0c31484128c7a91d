/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a run tells a person, a log or a machine how far it is. */
#include "progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/utf8.h"
#include "report/text.h"

enum { TEXT_SIZE = 32, LINE_SIZE = 512 };

static const double BAR_INTERVAL_S = 0.2;
static const double LINE_INTERVAL_S = 60.0;

double progress_clock(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Whether a terminal knows how to draw on a line again. */
static bool is_capable(void)
{
    const char *term = getenv("TERM");
    return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

mutau_status progress_init(progress_reporter *p, const char *mode, bool quiet, mutau_error *err)
{
    const bool terminal = isatty(STDERR_FILENO) == 1 && is_capable();
    const char *no_colour = getenv("NO_COLOR");
    p->start = p->last = progress_clock();
    p->erases = is_capable();
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
    p->json = p->mode == PROGRESS_JSON;
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
static double seconds_to_go(const mutau_run_standing *s, double rate)
{
    const double end = fmin(s->steps_needed, (double)s->max_steps);
    return isnan(s->steps_needed) ? (double)NAN : fmax(end - (double)s->steps, 0.0) / rate;
}

/* Appends the formatted field, ", " in front of it unless it is the first, if `room` columns hold
 * it; false if they do not. */
static bool add_field(char line[LINE_SIZE], size_t room, const char *format, ...)
    MUTAU_PRINTF(3, 4);

static bool add_field(char line[LINE_SIZE], size_t room, const char *format, ...)
{
    char field[2 * TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(field, sizeof field, format, args);
    va_end(args);
    const size_t used = strlen(line);
    const size_t more = strlen(field) + (used > 0 ? 2 : 0);
    if (used + more > room)
        return false;
    (void)snprintf(line + used, LINE_SIZE - used, "%s%s", used > 0 ? ", " : "", field);
    return true;
}

/* The fields that have room, by importance: what has none drops from the right. */
static void write_fields(const progress_reporter *p, const mutau_run_standing *s, double rate,
                         size_t room, char line[LINE_SIZE])
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
    line[0] = '\0';
    if (p->subject != NULL && !add_field(line, room, "%s", p->subject))
        return;
    if (!add_field(line, room, "%llu/%llu steps", (unsigned long long)s->steps,
                   (unsigned long long)s->max_steps))
        return;
    if (add_field(line, room, "Rhat %s", rhat) && add_field(line, room, "%s in %s", end, eta) &&
        add_field(line, room, "ESS %s", ess) && add_field(line, room, "N/tau %s", ratio) &&
        add_field(line, room, "%.0f/s", rate) && add_field(line, room, "accepted %s", accepted))
        (void)add_field(line, room, "tau %s", tau);
}

/* Cells of the bar, none where the numbers need the room. */
static int bar_width(size_t width)
{
    if (width == MUTAU_TEXT_ANY_WIDTH || width >= 100)
        return 24;
    return width >= 60 ? 12 : 0;
}

/* One column is left free: a terminal may go to the next line when the last one is filled. */
static void print_bar(const progress_reporter *p, const mutau_run_standing *s, double rate)
{
    char line[LINE_SIZE], bar[TEXT_SIZE] = "";
    const size_t width = mutau_text_width(STDERR_FILENO);
    const int n = bar_width(width);
    const double end =
        fmin(isnan(s->steps_needed) ? (double)s->max_steps : s->steps_needed, (double)s->max_steps);
    const double share = (double)s->steps / fmax(end, 1.0);
    const int full = (int)(fmin(share, 1.0) * n);
    for (int i = 0; i < n; i++)
        bar[i] = i < full ? '#' : '.';
    const size_t used = n > 0 ? (size_t)n + 3 : 0;
    const size_t room = width == MUTAU_TEXT_ANY_WIDTH ? LINE_SIZE - 1 : width - 1 - used;
    write_fields(p, s, rate, room, line);
    const size_t n_first = strcspn(line, ",");
    (void)fprintf(stderr, "\r%s%s%s%s%.*s%s%s", n > 0 ? "[" : "", bar, n > 0 ? "] " : "",
                  p->colour ? "\033[1m" : "", (int)n_first, line, p->colour ? "\033[0m" : "",
                  line + n_first);
    if (p->erases)
        (void)fputs("\033[K", stderr);
    else if (width != MUTAU_TEXT_ANY_WIDTH)
        (void)fprintf(stderr, "%*s", (int)(room - strlen(line)), "");
}

/* Progress that cannot be shown does not stop a run. */
static void finish(mutau_json *json)
{
    if (mutau_json_finish(json, NULL) != MUTAU_OK)
        clearerr(stderr);
}

/* With how the run ended, if it has, and its chain file, NULL if nothing is stored. */
static void print_json(const progress_reporter *p, const mutau_run_standing *s, double rate,
                       double seconds, const char *outcome, const char *chain)
{
    mutau_json json;
    mutau_json_init(&json, stderr, false);
    mutau_json_object_begin(&json);
    if (p->subject != NULL) {
        mutau_json_key(&json, "model");
        mutau_json_string(&json, p->subject);
    }
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
    finish(&json);
}

void progress_report(progress_reporter *p, const mutau_run_standing *standing, bool now)
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
        char line[LINE_SIZE];
        write_fields(p, standing, rate, LINE_SIZE - 1, line);
        (void)fprintf(stderr, "mutau: %s\n", line);
    } else {
        print_json(p, standing, rate, t - p->start, NULL, NULL);
    }
}

/* --- work that is no sampling ------------------------------------------------------- */

/* The same fields in both forms; what has no room drops from the right. */
static void write_share(const char *what, double share, double to_go, size_t room,
                        char line[LINE_SIZE])
{
    char eta[TEXT_SIZE];
    format_duration(to_go, eta);
    line[0] = '\0';
    if (add_field(line, room, "%.0f %%", 100.0 * share) && add_field(line, room, "done in %s", eta))
        (void)add_field(line, room, "%s", what);
}

static void print_share_bar(const progress_reporter *p, const char *what, double share,
                            double to_go)
{
    char line[LINE_SIZE], bar[TEXT_SIZE] = "";
    const size_t width = mutau_text_width(STDERR_FILENO);
    const int n = bar_width(width);
    const size_t used = n > 0 ? (size_t)n + 3 : 0;
    const size_t room = width == MUTAU_TEXT_ANY_WIDTH ? LINE_SIZE - 1 : width - 1 - used;
    for (int i = 0; i < n; i++)
        bar[i] = i < (int)(share * n) ? '#' : '.';
    write_share(what, share, to_go, room, line);
    (void)fprintf(stderr, "\r%s%s%s%s%s", n > 0 ? "[" : "", bar, n > 0 ? "] " : "", line,
                  p->erases ? "\033[K" : "");
    if (!p->erases && width != MUTAU_TEXT_ANY_WIDTH)
        (void)fprintf(stderr, "%*s", (int)(room - strlen(line)), "");
}

static void print_share_json(const char *what, double share, double seconds, double to_go)
{
    mutau_json json;
    mutau_json_init(&json, stderr, false);
    mutau_json_object_begin(&json);
    mutau_json_key(&json, "doing");
    mutau_json_string(&json, what);
    mutau_json_key(&json, "share");
    mutau_json_real(&json, share);
    mutau_json_key(&json, "seconds");
    mutau_json_real(&json, seconds);
    mutau_json_key(&json, "seconds_to_go");
    mutau_json_real(&json, to_go);
    mutau_json_object_end(&json);
    finish(&json);
}

void progress_share(progress_reporter *p, const char *what, double share, double before)
{
    if (p->mode == PROGRESS_QUIET)
        return;
    const double t = progress_clock(), gained = share - before;
    if (t - p->last < (p->mode == PROGRESS_BAR ? BAR_INTERVAL_S : LINE_INTERVAL_S))
        return;
    const double to_go =
        gained > 0.0 ? (t - p->start) * fmax(1.0 - share, 0.0) / gained : (double)NAN;
    p->last = t;
    if (p->mode == PROGRESS_BAR) {
        print_share_bar(p, what, share, to_go);
    } else if (p->mode == PROGRESS_LINES) {
        char line[LINE_SIZE];
        write_share(what, share, to_go, LINE_SIZE - 1, line);
        (void)fprintf(stderr, "mutau: %s\n", line);
    } else {
        print_share_json(what, share, t - p->start, to_go);
    }
}

void progress_outcome(const progress_reporter *p, const mutau_run_standing *s, const char *outcome,
                      double seconds, const char *chain)
{
    const char *subject = p->subject != NULL ? p->subject : "";
    const char *colon = p->subject != NULL ? ": " : "";
    if (p->json) {
        const double here = fmax(progress_clock() - p->start, 1e-9);
        print_json(p, s, (double)s->steps_here / here, seconds, outcome, chain);
        return;
    }
    if (chain == NULL) {
        (void)fprintf(stderr, "mutau: %s%s%s after %llu steps in %.1f s, before any was stored\n",
                      subject, colon, outcome, (unsigned long long)s->steps, seconds);
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
    (void)fprintf(
        stderr,
        "mutau: %s%s%s after %llu steps in %.1f s (worst Rhat %s, bulk ESS %s, N/tau %s): "
        "%s%s\n",
        subject, colon, what, (unsigned long long)s->steps, seconds, rhat, ess, ratio,
        mutau_utf8_plain(chain, sizeof room, room),
        interrupted ? "; --resume goes on with it" : "");
}

void progress_say(const progress_reporter *p, const char *event, const char *text)
{
    mutau_json json;
    if (p == NULL || !p->json) {
        (void)fprintf(stderr, "mutau: %s: %s\n", event, text);
        return;
    }
    mutau_json_init(&json, stderr, false);
    mutau_json_object_begin(&json);
    mutau_json_key(&json, "event");
    mutau_json_string(&json, event);
    mutau_json_key(&json, "text");
    mutau_json_string(&json, text);
    mutau_json_object_end(&json);
    finish(&json);
}

void progress_end(progress_reporter *p)
{
    if (p->mode == PROGRESS_BAR && p->last > p->start) /* a bar has been drawn */
        (void)fputc('\n', stderr);
}
