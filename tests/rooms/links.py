"""Reads what was built: whose objects each program holds, which libraries it needs."""

import os
import re
import subprocess


def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


class Build:
    """A build folder: its programs and the rooms that define each symbol."""

    def __init__(self, top, table):
        self.top, self.table = top, table
        self.rooms = {}
        self.found = set()
        for room in table.FLOORS:
            folder = os.path.join(top, room)
            for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
                path = os.path.join(folder, name)
                if name.endswith(".o"):
                    self._object(room, path)
                elif os.path.isfile(path) and os.access(path, os.X_OK) and is_elf(path):
                    self.found.add(f"{room}/{name}")

    def _object(self, room, path):
        for symbol in symbols(path):
            self.rooms.setdefault(symbol, set()).add(room)


def is_elf(path):
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


def symbols(path):
    """Global names that a file defines, but for those of the compiler and of main."""
    lines = run("nm", "-g", "--defined-only", "-P", path).splitlines()
    names = {line.split()[0] for line in lines if line and not line.endswith(":")}
    return {n for n in names if n != "main" and not n.startswith("_")}


def needed(path):
    """Short names of the libraries that a program needs: libssh.so.4 is ssh."""
    text = run("readelf", "-d", "-W", path)
    return set(re.findall(r"\(NEEDED\).*\[(?:lib)?([^\]]+?)\.so[^\]]*\]", text))


def programs(build):
    """The programs that are built are those of the table."""
    for name in sorted(build.found - set(build.table.PROGRAMS)):
        yield f"{name}: not in the table PROGRAMS"
    for name in sorted(set(build.table.PROGRAMS) - build.found):
        yield f"{name}: not built"


def objects(build):
    """A program holds objects of the rooms that its row names, and of no other."""
    for name in sorted(build.found & set(build.table.PROGRAMS)):
        rooms = set(build.table.PROGRAMS[name][0].split())
        held = symbols(os.path.join(build.top, name))
        if not held & set(build.rooms):
            yield f"{name}: shows no symbol of ours (stripped?): nothing can be said"
        for symbol in sorted(held):
            homes = build.rooms.get(symbol, rooms)
            if not homes & rooms:
                yield f"{name}: {symbol} is of {', '.join(sorted(homes))}"


def libraries(build):
    """A program needs the libraries that its row names, and no other."""
    for name in sorted(build.found & set(build.table.PROGRAMS)):
        allowed = set(build.table.PROGRAMS[name][1].split()) | build.table.EVERYWHERE
        for library in sorted(needed(os.path.join(build.top, name)) - allowed):
            yield f"{name}: needs lib{library}"


CHECKS = (programs, objects, libraries)
