"""Reads the product's files: who includes whom, and which modules they make."""

import collections
import os
import re

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">\n]+)[">]', re.M)


class Tree:
    """A source tree: its product files, their modules and includes."""

    def __init__(self, top, table):
        self.top, self.table = top, table
        self.roots = sorted({room.split("/")[0] for room in table.FLOORS})
        self.files = sorted(self._walk())
        self.known = set(self.files)
        self.includes = {f: self._read(f) for f in self.files}

    def _walk(self):
        for root in self.roots:
            for folder, _, names in os.walk(os.path.join(self.top, root)):
                for name in names:
                    if name.endswith((".c", ".h")):
                        yield os.path.relpath(os.path.join(folder, name), self.top)

    def _read(self, path):
        with open(os.path.join(self.top, path), encoding="utf-8") as f:
            return [(q == '"', name) for q, name in INCLUDE.findall(f.read())]

    def module(self, path):
        """The module that a file belongs to: its path without the ending."""
        stem = path[:-2]
        if stem in self.table.PARTS:
            return self.table.PARTS[stem]
        if stem + ".c" in self.known and stem + ".h" in self.known:
            return stem
        folder, name = os.path.split(stem)
        while "_" in name:
            name = name.rpartition("_")[0]
            if os.path.join(folder, name) + ".h" in self.known:
                return self.module(os.path.join(folder, name) + ".h")
        return stem

    def modules(self):
        """module -> the .c files that make it."""
        made = collections.defaultdict(list)
        for f in self.files:
            if f.endswith(".c"):
                made[self.module(f)].append(f)
        return made

    def needs(self):
        """module -> the other modules that its files include."""
        graph = collections.defaultdict(set)
        for f in self.files:
            for _, name in self.includes[f]:
                if name in self.known and self.module(name) != self.module(f):
                    graph[self.module(f)].add(self.module(name))
        return graph


def names(tree):
    """Includes name the room: a path from the top, in quotes, of a file that is there."""
    for f in tree.files:
        for quoted, name in tree.includes[f]:
            ours = name.split("/")[0] in tree.roots + ["tests"]
            beside = os.path.join(os.path.dirname(f), name)
            if not quoted and ours:
                yield f"{f}: <{name}> is ours and wants quotes"
            elif quoted and "/" not in name and beside in tree.known:
                yield f'{f}: "{name}" finds {beside} first'
            elif quoted and name not in tree.known | tree.table.GENERATED:
                if not name.startswith("tests/"):
                    yield f'{f}: "{name}" names no file from the top of the tree'


def own_first(tree):
    """A .c includes its module's header before any other (but for config.h)."""
    for f in tree.files:
        own = f[:-2] + ".h"
        first = next((n for _, n in tree.includes[f] if n != "config.h"), "nothing")
        ours = first in tree.known and tree.module(first) == tree.module(f)
        if f.endswith(".c") and own in tree.known and not ours:
            yield f"{f}: {first} stands before {own}"


def tests(tree):
    """Nothing includes tests."""
    for f in tree.files:
        for _, name in tree.includes[f]:
            if name.startswith("tests/") or "/tests/" in name:
                yield f"{f}: includes {name}"


def floors(tree):
    """A file includes its own room and lower floors."""
    table, used = tree.table, set()
    for f in tree.files:
        room = os.path.dirname(f)
        if room not in table.FLOORS:
            yield f"{f}: the folder {room} stands on no floor"
            continue
        for _, name in tree.includes[f]:
            other = os.path.dirname(name)
            if other not in table.FLOORS or other == room:
                continue
            if table.FLOORS[other] < table.FLOORS[room]:
                continue
            if (room, other) in table.ALLOWED:
                used.add((room, other))
                continue
            yield (f"{f}: {name} is of floor {table.FLOORS[other]}, "
                   f"this file of {table.FLOORS[room]}")
    for room, other in sorted(set(table.ALLOWED) - used):
        yield f"table ALLOWED: no file of {room} includes {other} any more"


def reach(graph, start):
    seen, left = set(), [start]
    while left:
        for other in graph.get(left.pop(), ()):
            if other not in seen:
                seen.add(other)
                left.append(other)
    return seen


def cycles(tree):
    """No module needs itself by way of others."""
    graph = tree.needs()
    far = {m: reach(graph, m) for m in graph}
    found = {tuple(sorted(n for n in far[m] if m in far.get(n, ()))) for m in far}
    found.discard(())
    for ring in sorted(found - set(tree.table.CYCLES)):
        yield "these include one another: " + ", ".join(ring)
    for ring in sorted(set(tree.table.CYCLES) - found):
        yield "table CYCLES: no such cycle any more: " + ", ".join(ring)


def test_of(tree, module):
    room, name = os.path.split(module)
    folder = room.split("/")[-1]
    for ending in (".c", ".py", ".sh"):
        path = f"tests/{folder}/test_{name}{ending}"
        if os.path.exists(os.path.join(tree.top, path)):
            return path
    return None


def tested(tree):
    """A test named for each module, or a row that says where it is tested."""
    made, rows = tree.modules(), tree.table.COVERED
    for module, files in sorted(made.items()):
        if os.path.basename(module) == "main":
            continue
        test = test_of(tree, module)
        if test and module in rows:
            yield f"table COVERED: {module} has its own test now, {test}"
        elif not test and module not in rows:
            yield f"{files[0]}: no test_{os.path.basename(module)}, no row in COVERED"
    for module, (test, _) in sorted(rows.items()):
        if module not in made:
            yield f"table COVERED: there is no module {module}"
        elif not os.path.exists(os.path.join(tree.top, test)):
            yield f"table COVERED: {module} is to be covered by {test}, which is not there"


CHECKS = (names, own_first, tests, floors, cycles, tested)
