/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text at the width of a terminal; documented in report/text.h.  Tables are in text_table.c. */
#include "report/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report/report.h"
#include "text_internal.h"

enum { LEAST_WIDTH = 40, USUAL_WIDTH = 80, SENTENCE_WIDTH = 79, MOST_WIDTH = 100000 };

/* Terminals say nothing (0) if nobody has told them. */
static size_t terminal_width(int fd)
{
    struct winsize size = {0};
    if (isatty(fd) != 1)
        return MUTAU_TEXT_ANY_WIDTH;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL_WIDTH;
}

size_t mutau_text_width(int fd)
{
    const char *text = getenv("COLUMNS");
    char *end = NULL;
    const long asked = text != NULL ? strtol(text, &end, 10) : 0;
    const bool is_number = text != NULL && *text != '\0' && *end == '\0';
    const size_t width =
        is_number && asked > 0 && asked <= MOST_WIDTH ? (size_t)asked : terminal_width(fd);
    return width != MUTAU_TEXT_ANY_WIDTH && width < LEAST_WIDTH ? LEAST_WIDTH : width;
}

size_t mutau_text_sentence_width(size_t width)
{
    return width == MUTAU_TEXT_ANY_WIDTH || width > SENTENCE_WIDTH ? SENTENCE_WIDTH : width;
}

size_t mutau_text_columns(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* Bytes of the first `columns` characters, or of all. */
static size_t bytes_of(const char *text, size_t size, size_t columns)
{
    size_t i = 0;
    for (size_t n = 0; i < size; i++) {
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (n > columns)
            break;
    }
    return i;
}

/* The last place in text[0 .. most] that has the blank; 0 for none. */
static size_t last_blank(const char *text, size_t most, char blank)
{
    size_t end = most;
    while (end > 0 && text[end] != blank)
        end--;
    return end;
}

size_t mutau_text_fold(const char *text, size_t size, size_t width, size_t *next)
{
    const size_t most = bytes_of(text, size, width);
    *next = most;
    if (most == size)
        return size;
    char blank = ' ';
    size_t end = last_blank(text, most, blank);
    if (end == 0) { /* a word longer than the line: rather between its parts than anywhere */
        blank = MUTAU_REPORT_BLANK[0];
        end = last_blank(text, most, blank);
    }
    if (end == 0)
        return most;
    for (*next = end; *next < size && text[*next] == blank;)
        (*next)++;
    while (end > 0 && text[end - 1] == blank)
        end--;
    return end;
}

void mutau_text_put(FILE *file, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        (void)fputc(text[i] == MUTAU_REPORT_BLANK[0] ? ' ' : text[i], file);
}

static void write_line(FILE *file, const char *line, size_t size, size_t width)
{
    size_t indent = 0, next = 0;
    while (indent < size && line[indent] == ' ')
        indent++;
    size_t lead = 0, room = width;
    while (width != MUTAU_TEXT_ANY_WIDTH && bytes_of(line, size, room) < size) {
        /* The indent is no place to fold at. */
        const size_t skip = lead == 0 ? indent : 0;
        const size_t end = skip + mutau_text_fold(line + skip, size - skip, room - skip, &next);
        mutau_text_put(file, line, end);
        line += skip + next;
        size -= skip + next;
        lead = indent + 2 < width / 2 ? indent + 2 : width / 2;
        room = width - lead;
        (void)fprintf(file, "\n%*s", (int)lead, "");
    }
    mutau_text_put(file, line, size);
    (void)fputc('\n', file);
}

void mutau_text_lines(FILE *file, size_t width, const char *text)
{
    for (const char *line = text; *line != '\0';) {
        const size_t size = strcspn(line, "\n");
        write_line(file, line, size, width);
        line += size + (line[size] == '\n');
    }
}
