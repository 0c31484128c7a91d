/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages; documented in mutau/log.h. */
#include "mutau/log.h"

void mutau_log_write(const mutau_log *log, mutau_log_level level, const char *format, ...)
{
    static const char *const prefix[] = {"error: ", "warning: ", "", "debug: "};
    if (log == NULL || log->stream == NULL || level > log->level)
        return;
    (void)fprintf(log->stream, "mutau: %s", prefix[level]);
    va_list args;
    va_start(args, format);
    (void)vfprintf(log->stream, format, args);
    va_end(args);
    (void)fputc('\n', log->stream);
}
