#!/usr/bin/python3
"""Checks the floors of the source tree and the links of the programs; prints TAP.

usage: rooms.py [--source DIR] [--build DIR]
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True

import includes
import links
import table


def report(number, check, subject):
    """One line of TAP for a check, and a line for each of its findings."""
    findings = list(check(subject))
    print(f"{'not ok' if findings else 'ok'} {number} - {check.__doc__.splitlines()[0]}")
    for finding in findings:
        print(f"# {finding}")
    return not findings


def check_all(source, build, rows=table):
    """True if nothing was found.  A tree without product files is a finding, too."""
    tree = includes.Tree(source, rows)
    checks = [(c, tree) for c in includes.CHECKS]
    if build is not None:
        made = links.Build(build, rows)
        checks += [(c, made) for c in links.CHECKS]
    good = [report(i, c, subject) for i, (c, subject) in enumerate(checks, 1)]
    print(f"1..{len(good)}")
    print(f"# {len(tree.files)} files, {len(tree.modules())} modules")
    return all(good) and bool(tree.files)


def main():
    parser = argparse.ArgumentParser(description="the floors, and what each program links")
    parser.add_argument("--source", default=os.environ.get("top_srcdir", "."))
    parser.add_argument("--build", default=os.environ.get("top_builddir", "."))
    args = parser.parse_args()
    return 0 if check_all(args.source, args.build) else 1


if __name__ == "__main__":
    sys.exit(main())
