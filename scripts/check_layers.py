#!/usr/bin/env python3
"""Checks that dependencies point one way. The order of src/CMakeLists.txt is the law.

- A folder includes only itself and folders above it in that list; include/ never includes src/.
- Socket, poll and file headers, OpenSSL, libsrtp and Boost each have their folders.
- Above the line "the outside world": no clock, entropy, thread, file or environment.
- Every folder says in three lines what it takes, what it gives and what it knows nothing of.

Usage: check_layers.py [--root DIR]    prints `file:line: what is wrong`; exits 1 if anything is.
"""

import argparse
import pathlib
import re
import sys

sys.dont_write_bytecode = True
import cxx_text  # noqa: E402

INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<open>[<"])(?P<name>[^>"]+)[>"]')
LAYER = re.compile(r"^\s*hawser_layer\((\w+)\s+INTO\s+(\w+)\)")
SOURCES = {".cpp", ".hpp", ".h", ".c"}

# header -> the folders that may include it
HOMES = [
    (re.compile(r"(?:unistd|fcntl|sys/stat|sys/uio)\.h"), ("net", "sockets", "capture"),
     "a system header"),
    (re.compile(r"(?:sys/(?:socket|un|epoll|select|ioctl|eventfd|timerfd|mman|random)|poll|ifaddrs"
                r"|netdb|arpa/.*|net/.*|netinet/.*|linux/.*)(?:\.h)?"), ("net", "sockets"),
     "a network header"),
    (re.compile(r"(?:openssl|srtp2?)/.*"), ("crypto",), "a cryptography library"),
    (re.compile(r"boost/.*"), ("endpoint", "tunnel"), "Boost"),
    (re.compile(r"(?:fmt|CLI|gtest|gmock|benchmark)/.*"), (), "a library of the apps and tests"),
]
OUTSIDE_HEADERS = re.compile(
    r"(?:thread|mutex|shared_mutex|condition_variable|future|semaphore|stop_token|barrier|latch"
    r"|fstream|iostream|filesystem|random|pthread\.h|time\.h|ctime|sys/.*|signal\.h|csignal)")
OUTSIDE_CALLS = [
    (re.compile(r"\bnow\s*\(\s*\)"), "asks a clock: engines are told the time"),
    (re.compile(r"\bstd::chrono::(?:system|steady|high_resolution|utc|file)_clock\b"),
     "names a clock: engines are told the time"),
    (re.compile(r"\b(?:clock_gettime|gettimeofday|std::time|std::clock)\b"),
     "asks a clock: engines are told the time"),
    (re.compile(r"\bstd::(?:random_device|mt19937\w*)\b|\b(?:getrandom|getentropy|arc4random)\b"
                r"|\bRAND_(?:priv_)?bytes\b|\b(?:std::)?s?rand\s*\("),
     "takes entropy: Random is injected"),
    (re.compile(r"\bstd::(?:j?thread|async|mutex|recursive_mutex|shared_mutex|condition_variable)\b"
                r"|\bstd::this_thread\b|\bthread_local\b"), "threads: one shard is one thread"),
    (re.compile(r"\b(?:std::)?(?:getenv|secure_getenv)\s*\("), "reads the environment"),
    (re.compile(r"\bstd::[io]?fstream\b|\b(?:std::)?fopen\s*\("), "opens a file"),
]
README_LINES = ("**takes**", "**gives**", "**knows nothing of**")


class Layers:
    """The list in src/CMakeLists.txt."""

    def __init__(self, root):
        self.order = []
        self.targets = {}
        self.outside_from = None
        for line in (root / "src/CMakeLists.txt").read_text().split("\n"):
            if line.startswith("#") and "the outside world" in line:
                self.outside_from = len(self.order)
            if found := LAYER.match(line):
                self.order.append(found.group(1))
                self.targets[found.group(1)] = found.group(2)

    def rank(self, layer):
        return self.order.index(layer)

    def is_outside(self, layer):
        return self.rank(layer) >= self.outside_from


class Checker:
    def __init__(self, root):
        self.root = root
        self.problems = []
        self.layers = Layers(root)

    def report(self, path, line, what):
        self.problems.append(f"{path.relative_to(self.root).as_posix()}:{line}: {what}")

    def run(self):
        listing = self.root / "src/CMakeLists.txt"
        if self.layers.outside_from is None or not self.layers.order:
            self.report(listing, 1, 'no layers, or no comment "the outside world" among them')
            return self.problems
        for layer, target in self.layers.targets.items():
            wanted = "hawser" if self.layers.is_outside(layer) else "hawser_protocols"
            if target != wanted:
                self.report(listing, 1, f"{layer} goes into {target}, must go into {wanted}")
        for top in ("include/hawser", "src"):
            self.folder(self.root / top)
        return self.problems

    def folder(self, top):
        if not top.is_dir():
            return
        for entry in sorted(top.iterdir()):
            if entry.is_dir():
                files = [f for f in sorted(entry.rglob("*")) if f.suffix in SOURCES]
                if not files:
                    continue
                if entry.name not in self.layers.order:
                    self.report(entry, 1, "a folder that src/CMakeLists.txt does not list")
                    continue
                if top.name == "src":
                    self.readme(entry)
                for file in files:
                    self.file(file, entry.name)
            elif entry.suffix in SOURCES:
                self.file(entry, self.layers.order[-1])  # <hawser/x.hpp> may show everything

    def readme(self, folder):
        readme = folder / "README.md"
        lines = readme.read_text().split("\n") if readme.exists() else []
        lines = [line for line in lines if line.strip()]
        said = [mark for mark in README_LINES if any(line.startswith(mark) for line in lines)]
        if said != list(README_LINES):
            missing = ", ".join(mark for mark in README_LINES if mark not in said)
            self.report(readme, 1, f"does not say what the folder {missing}")

    def file(self, path, layer):
        code = cxx_text.code_only(path.read_text(encoding="utf-8"))
        for number, line in enumerate(code.split("\n"), 1):
            if found := INCLUDE.match(line):
                self.include(path, number, layer, found["name"], found["open"] == '"')
            elif not self.layers.is_outside(layer):
                for pattern, why in OUTSIDE_CALLS:
                    if pattern.search(line):
                        self.report(path, number, f"{layer}/ {why}")

    def include(self, path, number, layer, name, quoted):
        is_public = (self.root / "include") in path.parents
        if quoted:
            if is_public:
                self.report(path, number, f'"{name}": include/ never includes src/')
            elif not (self.root / "src" / name).exists():
                self.report(path, number, f'"{name}": private headers are named "layer/x.hpp"')
            else:
                self.direction(path, number, layer, name.split("/")[0])
        elif name.startswith("hawser/"):
            if not (self.root / "include" / name).exists():
                self.report(path, number, f"<{name}> does not exist")
            elif name.count("/") > 1:
                self.direction(path, number, layer, name.split("/")[1])
            elif layer != self.layers.order[-1]:
                self.report(path, number, f"<{name}> shows everything: name what is needed")
        else:
            self.foreign(path, number, layer, name, is_public)

    def direction(self, path, number, layer, used):
        if used not in self.layers.order:
            self.report(path, number, f"{used}/ is no layer")
        elif self.layers.rank(used) > self.layers.rank(layer):
            self.report(path, number, f"{layer}/ includes {used}/, which stands below it")

    def foreign(self, path, number, layer, name, is_public):
        for pattern, homes, what in HOMES:
            if not pattern.fullmatch(name):
                continue
            if layer not in homes:
                where = " and ".join(f"{home}/" for home in homes) or "neither src/ nor include/"
                self.report(path, number, f"<{name}> is {what}: only in {where}")
            elif is_public and homes == ("crypto",):
                self.report(path, number, f"<{name}> is {what}: not in a public header")
            return
        if not self.layers.is_outside(layer) and OUTSIDE_HEADERS.fullmatch(name):
            self.report(path, number, f"<{name}> belongs to the outside world")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--root", type=pathlib.Path, default=here.parent)
    problems = Checker(parser.parse_args().root.resolve()).run()
    for problem in problems:
        print(problem)
    if problems:
        print(f"layers: {len(problems)} to mend")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
