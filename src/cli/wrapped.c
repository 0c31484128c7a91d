/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences in lines that a terminal holds. */
#include "wrapped.h"

#include <stdio.h>

void cli_print_wrapped(const char *head, const char *text)
{
    enum { WIDTH = 79, INDENT = 4 };
    int column = printf("%s", head);
    while (*text != '\0') {
        int n = 0;
        while (text[n] != ' ' && text[n] != '\0')
            n++;
        if (column + n + 1 > WIDTH)
            column = printf("\n%*s", INDENT, "") - 1;
        else if (column > INDENT)
            column += printf(" ");
        column += printf("%.*s", n, text);
        text += n + (text[n] == ' ');
    }
    (void)putchar('\n');
}
