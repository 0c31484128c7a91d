#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a fault is, from reports cut down to what sort_faults.py looks at; prints TAP."""
import sys
from pathlib import Path

import sort_faults

sys.path.insert(0, str(Path(__file__).parent.parent))
import tap

PROGRAM = "fuzz_chain_bytes"
LIBRARY = "libhdf5_serial.so.103"


def stack(*frames):
    """A stack as the sanitizers print it with sort_faults.OPTIONS; '' has no name."""
    where = {"H5": LIBRARY, "": LIBRARY, "me": "libc.so.6",
             "ab": "libc.so.6"}
    return "".join(f"    FRAME|/some/{where.get(name[:2], PROGRAM)}|{name}|\n" for name in frames)


def heap(access, inner, owner):
    return (f"==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x62\n"
            f"{access} of size 8 at 0x62 thread T0\n" + stack(*inner) +
            "\n0x62 is located 4 bytes to the right of 96-byte region\n"
            "allocated by thread T0 here:\n"
            + stack(*owner) + "\nSUMMARY: AddressSanitizer: heap-buffer-overflow\n")


INSIDE = ("__interceptor_strdup", "H5MM_xstrdup", "", "H5O__msg_iterate_real", "H5Aexists",
          "read_attribute", "main")


def expect(report, entry, innermost, kind, whose):
    fault, why = sort_faults.sort(report, PROGRAM)
    tap.check(fault == (entry, innermost, kind) and why == whose, f"{fault}: {why}")


def test_fault_of_the_library():
    report = heap("READ", INSIDE, ("malloc", "", "H5FL_blk_malloc", "H5Gopen2", "main"))
    expect(report, "H5Aexists", "H5O__msg_iterate_real", "heap buffer overrun, read", "")


def test_memory_too_small_for_the_library():
    report = heap("WRITE", ("__asan_memcpy", "H5A__read", "H5Aread", "read_count", "main"),
                  ("__interceptor_calloc", "mutau_calloc", "read_count", "main"))
    expect(report, "H5Aread", "H5A__read", "heap buffer overrun, write",
           "in memory that mutau handed over")


def test_variable_too_small_for_the_library():
    report = ("==7==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7f\n"
              "WRITE of size 800 at 0x7f thread T0\n" +
              stack("__asan_memcpy", "H5A__read", "H5Aread", "read_count", "main"))
    expect(report, "H5Aread", "H5A__read", "stack buffer overrun, write",
           "in memory that libhdf5 has not allocated")


def test_fault_of_mutau():
    report = heap("WRITE", ("read_count", "main"), ("malloc", "mutau_calloc", "main"))
    expect(report, "-", "read_count", "heap buffer overrun, write", "in mutau's own frame")


def test_broken_word():
    report = "==7== ERROR: libFuzzer: deadly signal\n" + stack(
        "__sanitizer_print_stack_trace", "fuzzer::PrintStackTrace()", "memory", "abort",
        "chain_base_require", "chain_base_read", "main")
    expect(report, "-", "chain_base_require", "abort", "in mutau's own frame")


def test_bad_address():
    report = ("==7==ERROR: AddressSanitizer: SEGV on unknown address 0x00\n"
              "==7==The signal is caused by a READ memory access.\n" +
              stack("memcpy", "__interceptor_memcpy", "H5F__accum_read", "H5Lexists", "main"))
    expect(report, "H5Lexists", "H5F__accum_read", "SEGV, read", "")


def test_too_large():
    asked = "==7==ERROR: AddressSanitizer: requested allocation size 0x80000000 exceeds\n"
    expect(asked + stack("malloc", "", "H5D__read", "H5Dread", "main"), "H5Dread", "H5D__read",
           sort_faults.TOO_LARGE, "")
    expect(asked + stack("__interceptor_calloc", "mutau_calloc", "main"), "-", "mutau_calloc",
           sort_faults.TOO_LARGE, "in mutau's own frame")


def test_too_long():
    report = "ALARM: working on the last Unit\n==7== ERROR: libFuzzer: timeout after 10 seconds\n"
    expect(report + stack("H5Lexists", "find_groups", "main"), "H5Lexists", "H5Lexists",
           sort_faults.TOO_LONG, "called once, or too often?")


def test_nothing():
    tap.check(sort_faults.sort("Executed input in 3 ms\n", PROGRAM) is None, "a fault")


if __name__ == "__main__":
    sys.exit(tap.run_named(globals()))
