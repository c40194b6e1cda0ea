#!/usr/bin/env python3
"""Checks what clang-format and the compiler do not: lengths, citations, words, calls, paths.

Usage: check_style.py [--root DIR]     prints `file:line: what is wrong`; exits 1 if anything is.
"""

import argparse
import pathlib
import re
import sys

sys.dont_write_bytecode = True
import cxx_text  # noqa: E402

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 600

CXX = {".cpp", ".hpp", ".h", ".c", ".cc"}
PROSE = {".md"}
SCRIPTS = {".py", ".sh"}
OTHER = {".cmake", ".in", ".json", ".yml"}
NAMES = {"CMakeLists.txt", ".clang-format", ".clang-tidy", ".editorconfig"}
SKIPPED_FOLDERS = {".git", "build", ".cache", "__pycache__"}

LIBRARY = ("src", "include")
PRODUCT = ("src", "include", "apps")
TIMELESS_TESTS = ("core", "wire", "crypto", "engine", "sctp", "simulation", "conformance")

CITATIONS = [
    (re.compile(r"\bRFC[-_]?\d{3,5}\b"), "no space after RFC"),
    (re.compile(r"\bRFC \d{3,5},? ?\(?(?:[Ss]ection|[Ss]ect?\.|[Cc]hapter|[Pp]aragraph)(?!\w)"),
     "the section is not written with §"),
    (re.compile(r"\bRFC \d{3,5}(?:, ?§|§| § )"), "not exactly one space before § and none behind"),
    (re.compile(r"§ ?[\d.]+ (?:of|in) RFC"), "the RFC comes first"),
    (re.compile(r"\bRFC \d{3,5} \d+\.\d"), "no § before the section"),
]
# Words that were given up, and what stands instead: HACKING.md, "Words".
GIVEN_UP = [
    (re.compile(r"\btast(?:e|es|ed|ing)\b", re.IGNORECASE), "verify"),
    (re.compile(r"\bbak(?:e|es|ed|ing)\b", re.IGNORECASE), "make"),
    (re.compile(r"\bbehind\b(?<!nothing behind)(?<!stands behind)(?<!engine behind)"
                r"(?<!things behind)(?! (?:a|one|two|the|some|that|whose) (?:\w+'s )?"
                r"(?:NAT|UDP|port|set))"
                r"(?! (?:NAT|UDP|DTLS|Endpoint|\{\}UDP|it\b|them\b|`path`))"), "after"),
]
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|stub|not implemented)\b")
# The first path is what a temporary file gets from the environment instead.
MACHINE_PATH = re.compile(r"(?<![\w.*}])/(tmp|work|home|root)/")
OUTPUT = re.compile(
    r"\b(?:v?f?printf|puts|fputs|putchar|perror)\s*\(|\bstd::c(?:out|err|log)\b")
UNSAFE = re.compile(r"\b(?:v?sprintf|strcpy|strcat|strtok|gets|atoi|atol|alloca)\s*\(")
ENDS_PROCESS = re.compile(r"\bstd::(?:abort|terminate|exit|quick_exit|_Exit)\s*\(|\b_exit\s*\(")
THROWS = re.compile(r"\bthrow\b")
USES_NAMESPACE = re.compile(r"\busing\s+namespace\s+(?!std::(?:\w+::)*\w*literals\b)")
SLEEPS = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b|\bsleep\s*\(")
# The one place that may print and end the process: it reports a bug of ours.
ASSERTION = pathlib.PurePosixPath("src/core/check.cpp")


class Checker:
    def __init__(self, root):
        self.root = root
        self.problems = []

    def report(self, path, line, what):
        self.problems.append(f"{path}:{line}: {what}")

    def run(self):
        for path in sorted(self.files()):
            name = pathlib.PurePosixPath(path.relative_to(self.root).as_posix())
            try:
                text = path.read_bytes().decode("utf-8")
            except UnicodeDecodeError:
                self.report(name, 1, "not UTF-8")
                continue
            self.whitespace(name, text)
            self.lines(name, text)
            if path.suffix in CXX:
                self.cxx(name, text)
        return self.problems

    def files(self):
        folders = [self.root]
        while folders:
            for entry in folders.pop().iterdir():
                if entry.is_symlink():
                    continue
                if entry.is_dir():
                    if entry.name not in SKIPPED_FOLDERS:
                        folders.append(entry)
                elif self.is_text(entry):
                    yield entry

    def is_text(self, path):
        if path.suffix in CXX | PROSE | SCRIPTS | OTHER or path.name in NAMES:
            return True
        if path.suffix or path.parent.name not in ("scripts", ".ci"):
            return False
        with path.open("rb") as file:
            return file.read(2) == b"#!"

    def whitespace(self, name, text):
        if text and not text.endswith("\n"):
            self.report(name, text.count("\n") + 1, "no newline at the end of the file")
        if "\r" in text:
            self.report(name, 1, "carriage return")
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                self.report(name, number, "tab")
            if line != line.rstrip():
                self.report(name, number, "space at the end of the line")

    def lines(self, name, text):
        is_code = name.suffix in CXX | SCRIPTS or name.parts[0] in ("scripts", ".ci")
        for number, line in enumerate(text.split("\n"), 1):
            if is_code and len(line) > COLUMNS_MAX:
                self.report(name, number, f"{len(line)} columns, above {COLUMNS_MAX}")
            for pattern, why in CITATIONS:
                if pattern.search(line):
                    self.report(name, number, f"citation: {why}; the form is `RFC 9260 §6.3.1`")
            for pattern, instead in GIVEN_UP if name.parts[0] in PRODUCT else ():
                if found := pattern.search(line):
                    self.report(name, number, f"a word given up: {found.group(0)}; "
                                              f"say {instead} (HACKING.md, Words)")
            if name.parts[0] in PRODUCT and UNFINISHED.search(line):
                self.report(name, number, f"unfinished: {UNFINISHED.search(line).group(0)}")
            if MACHINE_PATH.search(line):
                self.report(name, number, "a path of one machine")

    def cxx(self, name, text):
        count = text.count("\n")
        if count > FILE_LINES_MAX:
            self.report(name, count, f"{count} lines, above {FILE_LINES_MAX}: more than one idea?")
        if name.suffix in (".hpp", ".h") and not re.search(r"^#pragma once$", text, re.MULTILINE):
            self.report(name, 1, "no #pragma once")
        code = cxx_text.code_only(text)
        for number, length in cxx_text.functions(code):
            if length > FUNCTION_LINES_MAX:
                self.report(name, number,
                            f"a function of {length} lines, above {FUNCTION_LINES_MAX}")
        for number, line in enumerate(code.split("\n"), 1):
            self.calls(name, number, line)

    def calls(self, name, number, line):
        top = name.parts[0]
        if top in LIBRARY and name != ASSERTION:
            if OUTPUT.search(line):
                self.report(name, number, "the library prints nothing")
            if ENDS_PROCESS.search(line):
                self.report(name, number, "the library never ends the process")
        if top in PRODUCT and THROWS.search(line):
            self.report(name, number, "hawser throws nothing: answer a Result")
        if UNSAFE.search(line):
            self.report(name, number, "a C call that trusts its input")
        if top != "examples" and USES_NAMESPACE.search(line):
            self.report(name, number, "using namespace (only literals, and only in a scope)")
        if top == "tests" and len(name.parts) > 2 and name.parts[1] in TIMELESS_TESTS:
            if SLEEPS.search(line):
                self.report(name, number, "a sleep where time is virtual")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--root", type=pathlib.Path, default=here.parent)
    problems = Checker(parser.parse_args().root.resolve()).run()
    for problem in problems:
        print(problem)
    if problems:
        print(f"style: {len(problems)} to mend")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
