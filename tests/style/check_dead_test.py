"""scripts/check_dead.py finds what nobody uses, and only that."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECKER = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_dead.py"


class CheckDead(unittest.TestCase):
    def said(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for top in ("src", "include", "apps", "bench", "examples"):
                (root / top).mkdir()
            for name, text in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return subprocess.run([sys.executable, str(CHECKER), "--root", str(root)],
                                  capture_output=True, text=True, check=False)

    def test_a_function_that_only_exists_is_dead(self):
        ran = self.said({"src/a.hpp": "class A {\n    void used();\n    int unused() const;\n};\n",
                         "src/a.cpp": "void A::used() {}\n\nint A::unused() const {\n"
                                      "    used();\n    A a;\n    return 1;\n}\n"})
        self.assertEqual(ran.stdout, "src/a.hpp:3: nobody uses unused\n")
        self.assertEqual(ran.returncode, 1)

    def test_what_only_tests_use_is_dead(self):
        ran = self.said({"src/a.hpp": "constexpr int kSize = 3;\n",
                         "tests/a_test.cpp": "int size = kSize;\n"})
        self.assertEqual(ran.stdout, "src/a.hpp:1: nobody uses kSize\n")

    def test_a_comment_is_no_use(self):
        ran = self.said({"src/a.hpp": "struct Thing {\n    int x;\n};\n",
                         "src/b.cpp": "// a Thing\n"})
        self.assertEqual(ran.stdout, "src/a.hpp:1: nobody uses Thing\n")

    def test_what_is_used_lives(self):
        ran = self.said({"src/a.hpp": "using Number = int;\nNumber twice(Number n);\n",
                         "apps/b.cpp": "int four() {\n    return twice(2);\n}\n"})
        self.assertEqual((ran.stdout, ran.returncode), ("", 0))

    def test_public_headers_are_for_others_to_use(self):
        ran = self.said({"include/a.hpp": "int answer();\n"})
        self.assertEqual((ran.stdout, ran.returncode), ("", 0))


if __name__ == "__main__":
    unittest.main()
