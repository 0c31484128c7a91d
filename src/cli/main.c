/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: finds the command and runs it. */
#include <stdio.h>

int main(void)
{
    (void)fputs("mutau\n", stdout);
    return 0;
}
