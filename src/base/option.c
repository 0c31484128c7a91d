/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options as text; documented in option.h. */
#include "option.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"
#include "number.h"

enum { ROOM_SIZE = 2 * MUTAU_NUMBER_SIZE + 8 };

/* "[5e-10, 7e-10]", or one number for both. */
static const char *write_sides(const void *field, char room[ROOM_SIZE])
{
    double side[2];
    char below[MUTAU_NUMBER_SIZE], above[MUTAU_NUMBER_SIZE];
    memcpy(side, field, sizeof side);
    if (isnan(side[0]))
        return NULL;
    mutau_number_write(side[0], below);
    mutau_number_write(side[1], above);
    if (strcmp(below, above) == 0)
        (void)snprintf(room, ROOM_SIZE, "%s", below);
    else
        (void)snprintf(room, ROOM_SIZE, "[%s, %s]", below, above);
    return room;
}

/* The value as text, in `room` or elsewhere; NULL if it is not set. */
static const char *value_of(const mutau_option *o, const void *field, char room[ROOM_SIZE])
{
    double real = (double)NAN;
    long integer = 0;
    int choice = -1;
    switch (o->type) {
    case MUTAU_OPTION_REAL:
        memcpy(&real, field, sizeof real);
        if (!isnan(real))
            mutau_number_write(real, room);
        return isnan(real) ? NULL : room;
    case MUTAU_OPTION_SIDES:
        return write_sides(field, room);
    case MUTAU_OPTION_INTEGER:
        memcpy(&integer, field, sizeof integer);
        (void)snprintf(room, MUTAU_NUMBER_SIZE, "%ld", integer);
        return room;
    case MUTAU_OPTION_BOOL:
        return *(const bool *)field ? "true" : "false";
    case MUTAU_OPTION_CHOICE:
        memcpy(&choice, field, sizeof choice);
        return choice >= 0 ? o->choices[choice] : NULL;
    default:
        return *(const char *)field != '\0' ? field : NULL;
    }
}

/* Writes what has room in text[size], and says how long all of it is. */
static size_t describe(size_t n, const mutau_option options[], const void *settings, size_t size,
                       char text[])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        char room[ROOM_SIZE];
        const bool named = options[i].type != MUTAU_OPTION_CHOICE;
        const unsigned char *fields = settings;
        const char *value = value_of(&options[i], fields + options[i].offset, room);
        if (value == NULL)
            continue;
        const size_t at = used < size ? used : size - 1;
        used += (size_t)snprintf(text + at, size - at, "%s%s%s%s", used > 0 ? " " : "",
                                 named ? options[i].key : "", named ? "=" : "", value);
    }
    return used;
}

char *mutau_options_describe(size_t n, const mutau_option options[], const void *settings)
{
    char none[1];
    const size_t size = describe(n, options, settings, sizeof none, none) + 1;
    char *text = mutau_calloc(size, 1);
    if (text != NULL)
        (void)describe(n, options, settings, size, text);
    return text;
}
