"""A small source tree in a temporary folder, to show a checker."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


class TreeTest(unittest.TestCase):
    """A test whose files live in `self.root` until it ends."""

    script = ""  # of scripts/, named by the subclass

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))

    def check(self):
        """(exit code, lines printed) of the checker on the tree."""
        done = subprocess.run(
            [sys.executable, "-B", str(SCRIPTS / self.script), "--root", str(self.root)],
            capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.splitlines()

    def assert_clean(self):
        self.assertEqual(self.check(), (0, []))

    def assert_finds(self, *wanted):
        """Each of `wanted` is a part of its own line, and nothing else is found."""
        code, lines = self.check()
        self.assertEqual(code, 1, lines)
        found = lines[:-1]  # the last line is the sum
        self.assertEqual(len(found), len(wanted), found)
        for part, line in zip(wanted, found):
            self.assertIn(part, line)
