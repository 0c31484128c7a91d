/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 on the vectors that NIST publishes beside FIPS 180-4 ("Examples with
 * intermediate values", SHA256.pdf, and the FIPS 180-2 million a's), and on every
 * length up to 199 against Python 3.11's hashlib. */
#include "check.h"
#include "base/sha256.h"

#include <string.h>

static void digest(const char *text, size_t size, size_t piece, char hex[MUTAU_SHA256_HEX_SIZE])
{
    mutau_sha256 sha;
    mutau_sha256_init(&sha);
    for (size_t at = 0; at < size; at += piece)
        mutau_sha256_add(&sha, text + at, size - at < piece ? size - at : piece);
    mutau_sha256_finish(&sha, hex);
}

static void published_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hex;
    } table[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
         "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (size_t piece = 1; piece < 120; piece += 17) {
            char hex[MUTAU_SHA256_HEX_SIZE];
            digest(table[i].text, strlen(table[i].text), piece, hex);
            assert_string_equal(hex, table[i].hex);
        }
    }
}

static void a_million_letters(void **state)
{
    (void)state;
    char thousand[1000], hex[MUTAU_SHA256_HEX_SIZE];
    mutau_sha256 sha;
    memset(thousand, 'a', sizeof thousand);
    mutau_sha256_init(&sha);
    for (size_t i = 0; i < 1000; i++)
        mutau_sha256_add(&sha, thousand, sizeof thousand);
    mutau_sha256_finish(&sha, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* h = hashlib.sha256()
 * for n in range(200):
 *     h.update(hashlib.sha256(bytes(i % 251 for i in range(n))).hexdigest().encode()) */
static void every_length(void **state)
{
    (void)state;
    char bytes[200], hex[MUTAU_SHA256_HEX_SIZE];
    mutau_sha256 all;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(unsigned char)(i % 251);
    mutau_sha256_init(&all);
    for (size_t n = 0; n < sizeof bytes; n++) {
        digest(bytes, n, 64, hex);
        mutau_sha256_add(&all, hex, 64);
    }
    mutau_sha256_finish(&all, hex);
    assert_string_equal(hex, "7a38a844c9e159de39f0862ee2e28569a8250831150a3fbf0a59c001129b2fb2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(a_million_letters),
        cmocka_unit_test(every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
