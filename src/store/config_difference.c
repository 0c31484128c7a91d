/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first place where two documents differ; documented in store/config.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config_internal.h"

/* A text that grows up to its size; what does not fit is left out and marked. */
typedef struct line {
    char *text;
    size_t size, used;
    bool cut;
} line;

static void add(line *l, const char *text)
{
    for (; *text != '\0' && !l->cut; text++) {
        if (l->used + 1 < l->size)
            l->text[l->used++] = *text;
        else
            l->cut = true;
    }
    l->text[l->used] = '\0';
}

/* Puts "..." over the end of what was cut, not within a character. */
static void finish(line *l)
{
    static const char dots[] = "...";
    if (!l->cut)
        return;
    size_t n = l->size - sizeof dots;
    while (n > 0 && ((unsigned char)l->text[n] & 0xc0) == 0x80)
        n--;
    memcpy(l->text + n, dots, sizeof dots);
}

/* As in a run file, on one line. */
static void show(line *l, const mutau_node *node)
{
    if (node->kind == MUTAU_NODE_SCALAR) {
        add(l, mutau_node_is_null(node) ? "null" : node->text);
        return;
    }
    const bool is_list = node->kind == MUTAU_NODE_SEQUENCE;
    add(l, is_list ? "[" : "{");
    for (size_t i = 0; i < node->n && !l->cut; i++) {
        add(l, i > 0 ? ", " : "");
        if (!is_list) {
            add(l, node->entries[i].key);
            add(l, ": ");
        }
        show(l, node->entries[i].value);
    }
    add(l, is_list ? "]" : "}");
}

static void show_value(const mutau_node *node, char shown[MUTAU_CONFIG_SHOWN_SIZE])
{
    line l = {.text = shown, .size = MUTAU_CONFIG_SHOWN_SIZE};
    shown[0] = '\0';
    if (node != NULL)
        show(&l, node);
    else
        add(&l, "nothing");
    finish(&l);
}

static bool differ(const mutau_node *a, const mutau_node *b, size_t n_path,
                   mutau_config_difference *d);

/* Compares one entry with `step` behind the path. */
static bool differ_in(const mutau_node *a, const mutau_node *b, size_t n_path, const char *step,
                      mutau_config_difference *d)
{
    const size_t room = sizeof d->path - n_path;
    const int n = snprintf(d->path + n_path, room, "%s", step);
    if (differ(a, b, n < 0 || (size_t)n >= room ? sizeof d->path - 1 : n_path + (size_t)n, d))
        return true;
    d->path[n_path] = '\0';
    return false;
}

static bool differ_in_key(const mutau_node *a, const mutau_node *b, const char *key, size_t n_path,
                          mutau_config_difference *d)
{
    char step[sizeof d->path];
    (void)snprintf(step, sizeof step, "%s%s", n_path > 0 ? "." : "", key);
    return differ_in(mutau_node_child(a, key), mutau_node_child(b, key), n_path, step, d);
}

static bool differ_within(const mutau_node *a, const mutau_node *b, size_t n_path,
                          mutau_config_difference *d)
{
    if (a->kind == MUTAU_NODE_SEQUENCE) {
        for (size_t i = 0; i < a->n; i++) {
            char step[32];
            (void)snprintf(step, sizeof step, "[%zu]", i);
            if (differ_in(a->entries[i].value, b->entries[i].value, n_path, step, d))
                return true;
        }
        return false;
    }
    for (size_t i = 0; i < a->n; i++)
        if (differ_in_key(a, b, a->entries[i].key, n_path, d))
            return true;
    for (size_t i = 0; i < b->n; i++)
        if (mutau_node_child(a, b->entries[i].key) == NULL &&
            differ_in_key(a, b, b->entries[i].key, n_path, d))
            return true;
    return false;
}

static bool same_scalars(const mutau_node *a, const mutau_node *b)
{
    return strcmp(a->text, b->text) == 0 && mutau_node_is_null(a) == mutau_node_is_null(b);
}

static bool differ(const mutau_node *a, const mutau_node *b, size_t n_path,
                   mutau_config_difference *d)
{
    const bool comparable = a != NULL && b != NULL && a->kind == b->kind &&
                            (a->kind != MUTAU_NODE_SEQUENCE || a->n == b->n);
    if (comparable && a->kind != MUTAU_NODE_SCALAR)
        return differ_within(a, b, n_path, d);
    if (comparable && same_scalars(a, b))
        return false;
    show_value(a, d->a);
    show_value(b, d->b);
    return true;
}

bool mutau_node_difference(const mutau_node *a, const mutau_node *b, mutau_config_difference *d)
{
    *d = (mutau_config_difference){0};
    return differ(a, b, 0, d);
}

void mutau_config_difference_say(const mutau_config_difference *d, const char *first,
                                 const char *second, size_t size, char text[])
{
    (void)snprintf(text, size, "%s is %s in %s, %s in %s", d->path, d->a, first, d->b, second);
}
