# SPDX-License-Identifier: GPL-3.0-or-later
"""Files beside the chain, in its place, and instead of what a command reads: none is
destroyed, waited for, or believed."""
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

import h5py

import mutau_cli
import under
from mutau_cli import LIGHT, MUTAU, WP, MutauTest, mutau

# Steps that cost nothing: some thousand rows in a second.
RUN = """target: {gaussian: {dim: 3}}
sampler: {ensembles: 2, walkers: 8, moves: {stretch: 1}, stop: {max_steps: 50}}
"""
PRECIOUS = "chapter 1\n"
POINT = "m_zprime=6.5,g_prime=5e-4,A=1.5,gamma=2.5"


class FilesTest(MutauTest):
    def setUp(self):
        super().setUp()
        self.run_file = self.write("run.yaml", RUN)
        self.chain = self.path("a.h5")

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def sample(self, *words, output=None, **options):
        return mutau("sample", self.run_file, "--quiet", "--output", output or self.chain, *words,
                     **options)

    def beside(self):
        """What there is but the run file."""
        return sorted(set(os.listdir(self.folder.name)) - {"run.yaml"})

    def refused(self, done, pieces, code=2):
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for piece in pieces:
            self.assertIn(piece, lines[0])


class BesideTheChain(FilesTest):
    def test_a_lock_that_is_none(self):
        lock = self.path("a.h5.lock")
        makes = {
            "link": lambda: os.symlink(self.path("thesis.tex"), lock),
            "dangling link": lambda: os.symlink(self.path("nowhere"), lock),
            "file": lambda: self.write("a.h5.lock", PRECIOUS),
            "like a lock": lambda: self.write("a.h5.lock", "host: node1\nport: 80\n"),
            "long": lambda: self.write("a.h5.lock", "host: node1\n" + 1000 * "x"),
            "more": lambda: self.write("a.h5.lock", "host: a\npid: 1\ntime: 2020\nmore"),
            "hard link": lambda: os.link(self.path("thesis.tex"), lock),
            "hard link to nothing": lambda: os.link(self.write("empty", ""), lock),
            "folder": lambda: os.mkdir(lock),
            "pipe": lambda: os.mkfifo(lock),
        }
        for name, make in makes.items():
            self.write("thesis.tex", PRECIOUS)
            make()
            before = os.lstat(lock)
            text = None if not stat.S_ISREG(before.st_mode) else self.read("a.h5.lock")
            for words in ([], ["--overwrite"], ["--resume"]):
                self.refused(self.sample(*words, timeout=30), ["a.h5.lock: a ", "not the lock"])
            after = os.lstat(lock)
            self.assertEqual((after.st_ino, after.st_mode, after.st_size),
                             (before.st_ino, before.st_mode, before.st_size), name)
            if text is not None:
                self.assertEqual(self.read("a.h5.lock"), text, name)
            self.assertEqual(self.read("thesis.tex"), PRECIOUS)
            (os.rmdir if name == "folder" else os.unlink)(lock)
            self.assertFalse(os.path.exists(self.chain))

    def test_a_lock_that_is_one(self):
        host = os.uname().nodename
        whole = f"host: {host}\npid: 999999\ntime: 2020-01-01T00:00:00Z\n"
        for n in (0, 3, 6, 12, len(whole) - 20, len(whole)):  # as far as its writer came
            self.write("a.h5.lock", whole[:n])
            self.assertEqual(self.sample("--overwrite").returncode, 3)
            self.assertEqual(self.beside(), ["a.h5"])
        self.write("a.h5.lock", whole.replace(host, "another"))
        self.refused(self.sample("--overwrite"), ["process 999999 on another", "remove this file"])
        self.assertEqual(self.beside(), ["a.h5", "a.h5.lock"])

    def test_names_of_old(self):
        # The names that unfinished files once had are anybody's.
        os.symlink(self.write("thesis.tex", PRECIOUS), self.path("a.h5.new"))
        self.write("a.h5.grown", PRECIOUS)
        words = ["--set", "sampler.stop.max_steps=1200", "sampler.stop.ess_bulk=1e9"]
        self.assertEqual(self.sample(*words).returncode, 3)
        self.assertEqual(self.sample("--overwrite", *words).returncode, 3)
        self.assertEqual(self.sample("--resume", "--max-steps", "4200", "--set",
                                     words[2]).returncode, 3)
        self.assertEqual(self.read("thesis.tex"), PRECIOUS)
        self.assertEqual(self.read("a.h5.grown"), PRECIOUS)
        self.assertTrue(os.path.islink(self.path("a.h5.new")))
        self.assertEqual(self.beside(), ["a.h5", "a.h5.grown", "a.h5.new", "thesis.tex"])

    def test_what_a_killed_writer_left(self):
        digits = "0123456789abcdef"
        ours = {f"a.h5.{digits}.new": b"\x89HDF\r\n\x1a\n and more", f"a.h5.{digits}.grown": b"",
                f"a.h5.{digits[::-1]}.new": bytes(4096)}
        theirs = {f"a.h5.{digits[:15]}.new": b"", f"a.h5.{digits.upper()}.new": b"",
                  f"a.h5.{digits}.old": b"", f"b.h5.{digits}.new": b"", f"a.h5.{digits}": b"",
                  f"a.h5.{digits[1:]}0.new": PRECIOUS.encode(), f"a.h5.{digits}.new.bak": b""}
        for name, content in {**ours, **theirs}.items():
            with open(self.path(name), "wb") as file:
                file.write(content)
        os.symlink(self.path("run.yaml"), self.path(f"a.h5.{digits[2:]}00.grown"))
        os.mkdir(self.path(f"a.h5.{digits[2:]}11.grown"))
        self.assertEqual(self.sample().returncode, 3)
        self.assertEqual(self.beside(), sorted(["a.h5", f"a.h5.{digits[2:]}00.grown",
                                                f"a.h5.{digits[2:]}11.grown", *theirs]))
        for name, content in theirs.items():
            with open(self.path(name), "rb") as file:
                self.assertEqual(file.read(), content)

    def test_a_kill_leaves_what_the_next_run_removes(self):
        words = ["--set", "sampler.stop.max_steps=100000000", "sampler.stop.ess_bulk=1e9"]
        seen = set()
        for _ in range(3):
            run = subprocess.Popen([MUTAU, "sample", self.run_file, "--quiet", "--resume",
                                    "--output", self.chain, *words])
            self.addCleanup(run.kill)
            begin = time.monotonic()
            while not os.path.exists(self.chain) or time.monotonic() - begin < 1.0:
                self.assertIsNone(run.poll())
                time.sleep(0.02)
                seen |= {re.sub("[0-9a-f]{16}", "X", name) for name in self.beside()}
            run.kill()
            run.wait()
        self.assertTrue(seen <= {"a.h5", "a.h5.lock", "a.h5.X.new", "a.h5.X.grown"}, seen)
        self.assertIn(self.sample("--resume", "--max-steps", "10").returncode, (0, 3))
        self.assertEqual(self.beside(), ["a.h5"])


class InTheChainsPlace(FilesTest):
    def test_what_is_not_a_file(self):
        makes = {"a folder": os.mkdir, "not a regular file": os.mkfifo,
                 "a link to a file that does not exist":
                     lambda path: os.symlink(self.path("nowhere"), path)}
        for kind, make in makes.items():
            make(self.chain)
            before = os.lstat(self.chain)
            for words in ([], ["--overwrite"], ["--resume"], ["--dry-run"]):
                self.refused(self.sample(*words, timeout=30), ["a.h5", kind])
            self.assertEqual(os.lstat(self.chain).st_ino, before.st_ino)
            self.assertEqual(self.beside(), ["a.h5"])
            (os.rmdir if kind == "a folder" else os.unlink)(self.chain)
        for words in ([], ["--overwrite"], ["--resume"], ["--dry-run"]):
            self.refused(self.sample(*words, output="/dev/null", timeout=30),
                         ["/dev/null", "not a regular file"])
        self.assertFalse(os.path.exists("/dev/null.lock"))

    def test_a_link_to_a_chain(self):
        os.mkdir(self.path("deep"))
        os.symlink("deep/b.h5", self.chain)
        self.assertEqual(self.sample(output=self.path("deep/b.h5")).returncode, 3)
        self.assertEqual(self.sample("--resume", "--max-steps", "60").returncode, 3)
        self.assertEqual(self.sample("--overwrite").returncode, 3)
        self.assertTrue(os.path.islink(self.chain))
        self.assertEqual(self.beside(), ["a.h5", "deep"])
        self.assertEqual(os.listdir(self.path("deep")), ["b.h5"])

    def test_mode_and_group(self):
        growing = ["--set", "sampler.stop.max_steps=1200", "sampler.stop.ess_bulk=1e9"]
        groups = [group for group in os.getgroups() if group != os.getgid()]
        group = groups[0] if groups else 4242 if os.geteuid() == 0 else os.getgid()
        for mode in (0o600, 0o664, 0o444):
            for words in (["--resume", *growing], ["--overwrite", *growing]):
                self.assertEqual(self.sample("--overwrite").returncode, 3)
                os.chown(self.chain, 1234 if os.geteuid() == 0 else -1, group)
                os.chmod(self.chain, mode)
                before = os.stat(self.chain)
                self.assertEqual(self.sample(*words).returncode, 3)
                after = os.stat(self.chain)
                self.assertNotEqual(after.st_size, before.st_size)
                self.assertEqual((stat.S_IMODE(after.st_mode), after.st_gid, after.st_uid),
                                 (mode, before.st_gid, before.st_uid))

    def test_mode_while_it_grows(self):
        # Changed while the run goes on, kept by the larger files, and never wider meanwhile.
        self.assertEqual(self.sample().returncode, 3)
        os.chmod(self.chain, 0o600)
        run = subprocess.Popen([MUTAU, "sample", self.run_file, "--quiet", "--resume", "--output",
                                self.chain, "--set", "sampler.stop.max_steps=100000000",
                                "sampler.stop.ess_bulk=1e9"])
        self.addCleanup(run.kill)
        inodes, begin = set(), time.monotonic()
        while len(inodes) < 4 and time.monotonic() - begin < 60.0 * under.SLOWER:
            self.assertIsNone(run.poll())
            time.sleep(0.005)
            for name in self.beside():
                try:
                    found = os.stat(self.path(name))
                except FileNotFoundError:
                    continue
                if name == "a.h5":
                    inodes.add(found.st_ino)
                if not name.endswith(".lock"):
                    self.assertEqual(stat.S_IMODE(found.st_mode) & 0o077, 0, name)
        run.terminate()
        self.assertEqual(run.wait(timeout=60.0 * under.SLOWER), 75)
        self.assertGreaterEqual(len(inodes), 3)
        self.assertEqual(stat.S_IMODE(os.stat(self.chain).st_mode), 0o600)


class InsteadOfWhatIsRead(FilesTest):
    def special(self):
        """Paths that are no regular files, each with what it is."""
        os.mkdir(self.path("folder"))
        os.mkfifo(self.path("pipe"))
        os.symlink("pipe", self.path("link"))
        return {self.path("folder"): "Is a directory", self.path("pipe"): "a pipe",
                self.path("link"): "a pipe", "/dev/zero": "a device", "/dev/null": "a device"}

    def test_no_regular_file(self):
        for path, kind in self.special().items():
            commands = (["sample", path], ["config", path], ["eval", path, "--at", "A=1"],
                        ["bestfit", path], ["limits", path], ["summary", path], ["diagnose", path],
                        ["compare", path, path],
                        ["flux", WP, "--at", POINT, "--energies", path])
            for words in commands:
                done = mutau(*words, timeout=60)
                self.refused(done, [path, kind])

    def test_tables(self):
        data = os.path.join(mutau_cli.SOURCE, "data")
        for path, kind in self.special().items():
            for missing, kept in (("csv", "yaml"), ("yaml", "csv")):
                for name in ("own.csv", "own.yaml"):
                    if os.path.lexists(self.path(name)):
                        os.unlink(self.path(name))
                shutil.copy(os.path.join(data, f"icecube-cascades-6yr.{kept}"),
                            self.path(f"own.{kept}"))
                os.symlink(path, self.path(f"own.{missing}"))
                if kept == "yaml":
                    self.write("own.yaml", self.read("own.yaml").replace("icecube-cascades-6yr.csv",
                                                                         "own.csv"))
                shutil.copy(WP, self.path("wp.yaml"))
                done = mutau("config", self.path("wp.yaml"), "--set", "data=[own]", timeout=60)
                self.refused(done, [f"own.{missing}", kind])

    def test_too_long(self):
        path = self.path("long")
        with open(path, "wb") as file:
            file.truncate(1 << 40)  # a hole
        begin = time.monotonic()
        self.refused(mutau("config", path), [path, "larger than"], code=1)
        self.refused(mutau("flux", WP, "--at", POINT, "--energies", path),
                     [path, "longer than the limit of"])
        self.assertLess(time.monotonic() - begin, 10.0 * under.SLOWER)
        self.refused(mutau("diagnose", path), [path, "not an HDF5 file"])
        with open("/dev/zero", "rb") as zeros:
            done = subprocess.run([MUTAU, "eval", WP, "--at", "-"], stdin=zeros,
                                  capture_output=True, text=True, timeout=60 * under.SLOWER,
                                  check=False)
        self.refused(done, ["stdin:1: a line of more than"], code=1)

    def test_energies(self):
        for text, piece in (("1e4\n2e4\n", None), ("1e4", None), ("", "no energies"),
                            ("1e4\n1e5\0\n", "energies:2: a zero byte"),
                            ("# grid\n\n1e4\nx\n", "energies:4: 'x' is not an energy")):
            done = mutau("flux", WP, "--at", POINT, "--energies", self.write("energies", text))
            if piece is None:
                self.assertEqual(done.returncode, 0, done.stderr)
            else:
                self.refused(done, [piece], code=1)


class TheEndOfTheDisk(FilesTest):
    def test_a_limit_of_the_file_size(self):
        grown = ["--set", "sampler.stop.max_steps=8000", "sampler.stop.ess_bulk=1e9"]
        for blocks, stored in ((8, False), (300, False), (1000, True), (4000, True)):  # of 1 KiB
            words = [MUTAU, "sample", self.run_file, "--quiet", "--overwrite", "--output",
                     self.chain, *grown]
            done = subprocess.run(["bash", "-c", f'ulimit -f {blocks}; exec "$@"', "-", *words],
                                  capture_output=True, text=True, timeout=200 * under.SLOWER,
                                  check=False)
            self.refused(done, ["a.h5", "File too large"])
            self.assertEqual(self.beside(), ["a.h5"] if stored else [], blocks)
            if stored:
                self.assertIn(self.sample("--resume", "--max-steps", "1").returncode, (0, 3))
                self.assertEqual(self.sample("--resume", *grown).returncode, 3)
                os.unlink(self.chain)

    def test_reports_into_a_full_disk(self):
        self.assertEqual(self.sample("--set", "sampler.stop.max_steps=800").returncode, 3)
        reports = [["help"], ["--version"], ["help", "sample"], ["config", WP], ["limits", WP],
                   ["bestfit", WP, "--starts", "1", *LIGHT],
                   ["sample", WP, "--dry-run", "--output", self.path("b.h5")],
                   ["sample", self.run_file, "--dry-run", "--output", self.chain]]
        for form in ([], ["--json"], ["--format", "csv"]):
            reports += [["eval", WP, "--at", POINT, *form],
                        ["flux", WP, "--at", POINT, *form],
                        ["summary", self.chain, *form], ["diagnose", self.chain, *form]]
        reports.append(["flux", WP, "--at", POINT, "--energies", "1e3:1e8:2000"])  # in parts
        for words in reports:
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([MUTAU, *words], stdout=full, stderr=subprocess.PIPE,
                                      text=True, timeout=200 * under.SLOWER, check=False)
            lines = [line for line in done.stderr.splitlines()
                     if ": warning: " not in line and not line.startswith("mutau: start: ")]
            self.assertEqual((done.returncode, len(lines)), (2, 1), (words, done.stderr))
            self.assertRegex(lines[0], "^mutau: error: (cannot write to standard output|JSON: "
                                       "writing failed)")

    def test_rows_into_a_full_disk(self):
        rows = "m_zprime,g_prime,A,gamma\n" + 1000000 * "6.5,1e-4,1,2.5\n"
        for form in ([], ["--format", "csv"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([MUTAU, "eval", WP, "--at", "-", *form], stdout=full,
                                      input=rows, stderr=subprocess.PIPE, text=True,
                                      timeout=60 * under.SLOWER, check=False)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
            self.assertIn("No space left on device", done.stderr)


class TheOutputFolder(FilesTest):
    def test_missing(self):
        for words in ([], ["--dry-run"], ["--resume"], ["--overwrite"]):
            self.refused(self.sample(*words, output=self.path("nowhere/deep/a.h5")),
                         ["nowhere/deep/: the folder for the chain file", "No such file",
                          "--output"])
            self.refused(self.sample(*words, output=self.run_file + "/a.h5"),
                         ["run.yaml/: ", "folder", "Not a directory", "--output"])
        self.assertEqual(self.beside(), [])

    def test_read_only(self):
        folder = self.path("fixed")
        os.mkdir(folder)
        os.chmod(folder, 0o555)
        if os.access(folder, os.W_OK):  # root may write everywhere but there
            folder = "/proc/self"
        for words in ([], ["--dry-run"], ["--resume"], ["--overwrite"]):
            self.refused(self.sample(*words, output=folder + "/a.h5"),
                         [folder, "--output"])

    def test_said_before_a_search(self):
        begin = time.monotonic()
        done = mutau("sample", WP, "--output", self.path("nowhere/a.h5"), "--set",
                     "sampler.start={bestfit: {starts: 10000}}")
        self.refused(done, ["nowhere"])
        self.assertLess(time.monotonic() - begin, 10.0 * under.SLOWER)


class HangUp(FilesTest):
    def start(self, *prefix):
        run = subprocess.Popen([*prefix, MUTAU, "sample", self.run_file, "--output", self.chain,
                                "--progress", "json", "--set", "sampler.stop.max_steps=100000000",
                                "sampler.stop.ess_bulk=1e9"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.kill)
        begin = time.monotonic()
        while not os.path.exists(self.chain) and time.monotonic() - begin < 30.0 * under.SLOWER:
            self.assertIsNone(run.poll())
            time.sleep(0.02)
        return run

    def test_ends_like_term(self):
        run = self.start()
        run.send_signal(signal.SIGHUP)
        _, text = run.communicate(timeout=60.0 * under.SLOWER)
        self.assertEqual(run.returncode, 75, text)
        self.assertIn('"outcome":"interrupted"', text.splitlines()[-1].replace(" ", ""))
        self.assertEqual(self.beside(), ["a.h5"])
        self.assertEqual(self.sample("--resume", "--max-steps", "1").returncode, 3)

    def test_ignored_under_nohup(self):
        run = self.start("nohup")
        run.send_signal(signal.SIGHUP)
        time.sleep(0.5 * under.SLOWER)
        self.assertIsNone(run.poll())
        run.terminate()
        run.communicate(timeout=60.0 * under.SLOWER)
        self.assertEqual(run.returncode, 75)

    def test_a_search(self):
        run = subprocess.Popen([MUTAU, "bestfit", WP, "--starts", "100000"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.kill)
        time.sleep(under.AT_WORK)
        run.send_signal(signal.SIGHUP)
        out, text = run.communicate(timeout=60.0 * under.SLOWER)
        self.assertEqual((run.returncode, out), (75, ""), text)


class Names(FilesTest):
    """Names that are not UTF-8, and would order a terminal about."""
    HOSTILE = b"f\xff\x1b[31m\xc2\x9b"

    def run_bytes(self, *words):
        return subprocess.run([os.fsencode(MUTAU), *words], capture_output=True,
                              timeout=100 * under.SLOWER, check=False)

    def harmless(self, data):
        text = data.decode("utf-8")  # strict
        bad = [c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160]
        self.assertEqual(bad, [], data[:300])
        return text

    def test_every_file(self):
        folder = os.fsencode(self.folder.name) + b"/" + self.HOSTILE
        os.mkdir(folder)
        run_file, chain = folder + b"/r\xfe.yaml", folder + b"/r\xfe.h5"
        with open(run_file, "wb") as file:
            file.write(RUN.encode() + b"description: \"a \\e[31m red\\x9b one\"\n")
        energies = folder + b"/energies\xfd"
        with open(energies, "wb") as file:
            file.write(b"1e4\n")
        point = POINT.encode()
        wp = os.fsencode(WP)
        for words, code in (([b"sample", run_file], 3),
                            ([b"sample", run_file, b"--resume", b"--max-steps", b"60"], 3),
                            ([b"sample", run_file, b"--overwrite", b"--progress", b"json"], 3),
                            ([b"sample", run_file, b"--dry-run"], 0), ([b"config", run_file], 0),
                            ([b"summary", chain], 0), ([b"summary", chain, b"--json"], 0),
                            ([b"diagnose", chain], 3), ([b"diagnose", chain, b"--json"], 3),
                            ([b"sample", run_file], 2), ([b"config", run_file + b"x"], 2),
                            ([b"summary", chain + b"x"], 2), ([b"config", energies], 1),
                            ([b"flux", wp, b"--at", point, b"--energies", energies], 0),
                            ([b"flux", wp, b"--at", point, b"--energies", energies + b"x"], 2),
                            ([self.HOSTILE], 1), ([b"help", self.HOSTILE], 1),
                            ([b"summary", b"--" + self.HOSTILE], 1),
                            ([b"eval", wp, b"--at", self.HOSTILE + b"=1"], 1),
                            ([b"eval", wp, b"--at", b"A=" + self.HOSTILE], 1),
                            ([b"config", wp, b"--set", b"data=[\"x\\e[2J\"]"], 1)):
            done = self.run_bytes(*words)
            self.assertEqual(done.returncode, code, done.stderr)
            out, text = self.harmless(done.stdout), self.harmless(done.stderr)
            if b"--json" in words:
                json.loads(out)
            if b"json" in words:
                for line in text.splitlines():
                    json.loads(line)
            if code == 1 or code == 2:
                self.assertEqual(len(text.splitlines()), 1, text)
        self.assertEqual(sorted(os.listdir(folder)), sorted([b"r\xfe.yaml", b"r\xfe.h5",
                                                             b"energies\xfd"]))

    def test_compare(self):
        folder = os.fsencode(self.folder.name) + b"/" + self.HOSTILE
        os.mkdir(folder)
        chain = folder + b"/c.h5"
        small = [b"--set", b"sampler={walkers: 8, ensembles: 2, stop: {max_steps: 40}}",
                 b"description=\"\\e]0;title\\a\""]
        done = self.run_bytes(b"sample", os.fsencode(WP), b"--quiet", b"--output", chain, *small)
        self.assertEqual(done.returncode, 3, done.stderr)
        for form in ([], [b"--json"], [b"--format", b"csv"]):
            done = self.run_bytes(b"compare", chain, chain, *form)
            self.assertEqual(done.returncode, 0, done.stderr)
            out, _ = self.harmless(done.stdout), self.harmless(done.stderr)
            if form == [b"--json"]:
                json.loads(out)


class PlugIns(FilesTest):
    def test_are_not_loaded(self):
        self.assertEqual(self.sample().returncode, 3)
        library, marker = self.path("plugins/libfilter.so"), self.path("loaded")
        os.mkdir(self.path("plugins"))
        source = self.write("filter.c", f"""#include <fcntl.h>
__attribute__((constructor)) static void leave_a_mark(void)
{{
    (void)open("{marker}", O_CREAT | O_WRONLY, 0666);
}}
""")
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            self.skipTest("no compiler")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
        with h5py.File(self.chain, "r+") as file:
            values = file["mcmc/chain"][...]
            del file["mcmc/chain"]
            properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            properties.set_chunk((64, *values.shape[1:]))
            properties.set_filter(32004, h5py.h5z.FLAG_OPTIONAL, ())  # lz4's number
            space = h5py.h5s.create_simple(values.shape)
            data = h5py.h5d.create(file["mcmc"].id, b"chain", h5py.h5t.NATIVE_DOUBLE, space,
                                   properties)
            data.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
        os.path.exists(marker) and os.unlink(marker)
        where = {"HDF5_PLUGIN_PATH": self.path("plugins")}
        for extra in ({}, {"HDF5_PLUGIN_PRELOAD": ""}, {"HDF5_VOL_CONNECTOR": "filter"}):
            for words in (["summary", self.chain], ["diagnose", self.chain],
                          ["sample", self.run_file, "--resume", "--output", self.chain]):
                done = mutau(*words, env={**where, **extra})
                self.refused(done, ["data set 'chain' of /mcmc needs a filter", "h5repack"])
        self.assertFalse(os.path.exists(marker))
        # The plug-in is one that another program does load.
        subprocess.run([sys.executable, "-c", "import h5py, sys; h5py.h5z.filter_avail(32004)"],
                       env={**os.environ, **where}, check=True)
        self.assertTrue(os.path.exists(marker))


if __name__ == "__main__":
    mutau_cli.main("__main__")
