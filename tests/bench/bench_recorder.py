#!/usr/bin/python3
"""The recorder beside script, asciinema and tlog-rec, on the same bytes in one run.

usage: bench_recorder.py BUILD
  BENCH_RECORDER_MIB=64 BENCH_EXPORT_MIB=500 BENCH_IDLE_RECORDINGS=100
  BENCH_IDLE_SECONDS=12

Each of them shows a file through a pty of its own and throws away what it shows; CPU is
of the whole tree of processes.  What is not installed is left out, and named.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time


def setting(name, default):
    return int(os.environ.get("BENCH_" + name, default))


def tree_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(argv, out=subprocess.DEVNULL):
    """Wall and CPU seconds, and what it printed if out is a pipe."""
    wall, cpu = time.monotonic(), tree_cpu()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, check=True,
                          timeout=3600, env=dict(os.environ, TERM="xterm"))
    return time.monotonic() - wall, tree_cpu() - cpu, done.stdout


class Bench:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.program = os.path.join(build, "tests/bench/bench_recorder")
        self.replay = os.path.join(build, "replay/hoop-replay")

    def path(self, name):
        return os.path.join(self.folder, name)

    def ours(self, *words):
        _, _, text = timed([self.program, *words], subprocess.PIPE)
        return json.loads(text) if text else None

    def library(self, mib):
        print("through the library alone   MB/s   MB/CPU s   CPU s/GB   file/bytes")
        for kind, mode, part in (("text", "batch", 8), ("text", "strict", 2),
                                 ("noise", "batch", 4), ("noise", "strict", 2)):
            f = self.ours("record", self.path("lib"), str(mib * part), kind, mode)
            print(f"  {kind:5} {mode:18}{f['in'] / f['wall'] / 1e6:7.0f}"
                  f"{f['in'] / f['cpu'] / 1e6:11.0f}{f['cpu'] / f['in'] * 1e9:11.2f}"
                  f"{f['out'] / f['in']:13.3f}")
            os.unlink(self.path("lib"))

    def peers(self, text):
        """(name, what it writes, argv)"""
        cat = f"/bin/cat {text}"
        own = [self.program, "pty", self.path("own")]
        return (
            ("nothing: the pty alone", None, [*own, "none", "/bin/cat", text]),
            ("recorder, batch", "own", [*own, "batch", "/bin/cat", text]),
            ("recorder, strict", "own", [*own, "strict", "/bin/cat", text]),
            ("script", "typescript", ["script", "-q", "-c", cat, self.path("typescript")]),
            ("asciinema rec", "cast", ["asciinema", "rec", "-q", "--overwrite", "-c", cat,
                                       self.path("cast")]),
            ("tlog-rec", "tlog", ["tlog-rec", "--writer=file",
                                  "--file-path=" + self.path("tlog"), "/bin/cat", text]),
        )

    def terminals(self, mib):
        text = self.path("text")
        self.ours("text", text, str(mib))
        size, figures = os.path.getsize(text), {}
        print("\nthrough a pty               MB/s   MB/CPU s   CPU s/GB   file/bytes")
        for name, out, argv in self.peers(text):
            if shutil.which(argv[0]) is None:
                print(f"  {name:24} not installed")
                continue
            wall, cpu, _ = min(timed(argv) for _ in range(2))
            figures[name] = cpu
            share = os.path.getsize(self.path(out)) / size if out else 0
            print(f"  {name:24}{size / wall / 1e6:7.0f}{size / cpu / 1e6:11.1f}"
                  f"{cpu / size * 1e9:11.2f}{share:13.3f}")
            if out:
                os.unlink(self.path(out))
        self.ratios(figures)

    @staticmethod
    def ratios(figures):
        own, floor = figures["recorder, batch"], figures["nothing: the pty alone"]
        for name in ("script", "asciinema rec", "tlog-rec"):
            if name in figures:
                alone = (figures[name] - floor) / max(own - floor, 1e-3)
                print(f"  {name} takes {figures[name] / own:.1f} times the CPU, "
                      f"{alone:.1f} times without what the pty itself takes")

    def export(self, mib):
        """The goal: 500 MB of asciicast, verified, in 0.5 s."""
        rec, cast = self.path("big"), self.path("big.out")
        self.ours("record", rec, str(mib * 10 // 12), "text", "batch")
        base = [self.replay, "--export", "cast", "--key", rec + ".key",
                "--trust", rec + ".trust"]
        wall, cpu, _ = min(timed([*base, "--force", "-o", cast, rec]) for _ in range(3))
        size = os.path.getsize(cast)
        print(f"\nexport of {size / 1e6:.0f} MB, verified: to a file {wall:.2f} s, "
              f"CPU {cpu:.2f} s")
        wall, cpu, _ = min(timed([*base, rec]) for _ in range(3))
        print(f"  to nowhere {wall:.2f} s, CPU {cpu:.2f} s")
        if shutil.which("asciinema") and shutil.which("script"):
            # It wants a terminal, though it shows nothing there.
            theirs, their_cpu, _ = timed(
                ["script", "-q", "-c", f"asciinema cat {cast} >/dev/null", "/dev/null"])
            print(f"  asciinema cat of it, to nowhere: {theirs:.2f} s, CPU "
                  f"{their_cpu:.2f} s: {theirs / wall:.0f} times as long")
        f = self.ours("verify", rec)
        print(f"verify: {f['in'] / f['wall'] / 1e6:.0f} MB/s of file, "
              f"{f['in'] / f['cpu'] / 1e6:.0f} MB a CPU second; a look at any time: ", end="")
        f = self.ours("seek", rec)
        print(f"{f['mean'] * 1e3:.1f} ms, the slowest {f['slowest'] * 1e3:.1f} ms")

    def idle(self, recordings, seconds):
        os.mkdir(self.path("idle"))
        f = self.ours("idle", self.path("idle"), str(recordings), str(seconds))
        print(f"\nan idle recording: {f['rss'] / 1024:.0f} KiB of memory, {f['bytes']} bytes "
              f"of file, {f['cpu'] * 60 / seconds * 1e3:.2f} ms of CPU a minute")


def main():
    with tempfile.TemporaryDirectory(prefix="broker-bench-") as folder:
        b = Bench(sys.argv[1], folder)
        mib = setting("RECORDER_MIB", 64)
        b.library(mib)
        b.terminals(mib)
        b.export(setting("EXPORT_MIB", 500))
        b.idle(setting("IDLE_RECORDINGS", 100), setting("IDLE_SECONDS", 12))


if __name__ == "__main__":
    main()
