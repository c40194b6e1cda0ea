#!/usr/bin/env python3
"""Finds what nobody uses: functions, types and constants of private headers without a caller.

A name counts as used when the library, the command, the benchmarks or the examples say it anywhere
but where it is declared and defined. Tests do not count: what only they use is dead, too.

Usage: check_dead.py [--root DIR]      prints `file:line: what is wrong`; exits 1 if anything is.
"""

import argparse
import collections
import pathlib
import re
import sys

sys.dont_write_bytecode = True
import cxx_text  # noqa: E402

USERS = ("src", "include", "apps", "bench", "examples")
NAME = re.compile(r"\b[A-Za-z_]\w*\b")
# `Type name(`, `Type& name(`, `auto name(`: a declaration has a type before its name.
FUNCTION = re.compile(r"^\s*(?:\[\[\w+\]\] )?(?:(?:static|constexpr|virtual|inline|explicit|friend"
                      r"|const) )*[A-Za-z_][\w:]*(?:<.*?>)?(?:::\w+)?[&*]* [&*]*(\w+)\(")
TYPE = re.compile(r"^\s*(?:struct|class|enum class|enum) (?:\[\[\w+\]\] )?(\w+)\b(?!;)")
ALIAS = re.compile(r"^\s*using (\w+) =")
CONSTANT = re.compile(r"^\s*(?:(?:static|inline) )*constexpr [\w:<>, ]+? (\w+)(?: =|\{|\[)")
NOT_TYPES = {"return", "else", "new", "delete", "throw", "case", "co_return", "co_await", "using",
             "goto"}
# Called by the language or by a library, never by name.
BY_OTHERS = {"begin", "end", "main", "operator", "what", "seen", "secret", "recycle",
             "is_transparent", "key_type"}
# What a test has to see, since nothing else shows it.
FOR_TESTS = {"storage_bits"}


def declared(line):
    for pattern in (FUNCTION, TYPE, ALIAS, CONSTANT):
        if found := pattern.match(line):
            first = line.split()[0]
            if pattern is FUNCTION and first in NOT_TYPES:
                continue
            return found.group(1)
    return None


def code_of(root):
    for top in USERS:
        for path in sorted((root / top).rglob("*.?pp")):
            yield path, cxx_text.code_only(path.read_text(encoding="utf-8")).split("\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent,
                        type=pathlib.Path)
    root = parser.parse_args().root
    said, places = collections.Counter(), {}
    for path, lines in code_of(root):
        private = path.suffix == ".hpp" and path.relative_to(root).parts[0] == "src"
        for number, line in enumerate(lines, 1):
            name = declared(line)
            defines = re.match(r"^[\w].*?\b\w+::(~?\w+)\(", line)
            own = {name, defines.group(1) if defines else None}
            for word in NAME.findall(line):
                if word not in own:
                    said[word] += 1
            if private and name and name not in BY_OTHERS | FOR_TESTS:
                places.setdefault(name, (path.relative_to(root), number))
    dead = [(path, number, name) for name, (path, number) in places.items() if not said[name]]
    for path, number, name in sorted(dead):
        print(f"{path}:{number}: nobody uses {name}")
    if dead:
        print(f"dead: {len(dead)} to remove", file=sys.stderr)
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
