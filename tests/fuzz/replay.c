/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target, without libFuzzer, on every file of the given folders:
 *
 *     replay FOLDER... */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT 1048576

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = malloc(MAX_INPUT);
    int result = 1;
    if (file != NULL && bytes != NULL) {
        const size_t size = fread(bytes, 1, MAX_INPUT, file);
        (void)fprintf(stderr, "%s\n", path); /* the last line before an abort */
        /* Exactly as much memory as there are bytes, so that a sanitizer sees the end. */
        unsigned char *exact = realloc(bytes, size > 0 ? size : 1);
        bytes = exact != NULL ? exact : bytes;
        result = LLVMFuzzerTestOneInput(bytes, size);
    }
    if (file != NULL)
        (void)fclose(file);
    free(bytes);
    return result;
}

/* The number of files in a folder that were run; negative if there was a failure. */
static int run_folder(const char *folder)
{
    char path[4096];
    int n = 0;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return -1;
    for (const struct dirent *entry = readdir(dir); entry != NULL && n >= 0; entry = readdir(dir)) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        n = run_file(path) == 0 ? n + 1 : -1;
    }
    (void)closedir(dir);
    return n;
}

int main(int argc, char *argv[])
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        const int n = run_folder(argv[i]);
        if (n <= 0) {
            (void)fprintf(stderr, "%s: nothing there to run, or it failed\n", argv[i]);
            return 1;
        }
        total += n;
    }
    printf("%d inputs\n", total);
    return total > 0 ? 0 : 1;
}
