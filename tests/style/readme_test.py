"""What README.md shows is what the tree has."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Readme(unittest.TestCase):
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    def test_its_example_is_the_first_of_examples(self):
        blocks = re.findall(r"```cpp\n(.*?)```", self.text, re.DOTALL)
        self.assertEqual(blocks, [(ROOT / "examples/first_message.cpp").read_text()])

    def test_its_links_lead_somewhere(self):
        for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
            for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text()):
                self.assertTrue((page.parent / target).exists(), f"{page.name}: {target}")

    def test_its_scripts_can_be_run(self):
        pages = self.text + (ROOT / "HACKING.md").read_text(encoding="utf-8")
        scripts = set(re.findall(r"(?:scripts/|\.ci/)\w+(?:\.py)?", pages))
        self.assertGreater(len(scripts), 7)
        for script in scripts:
            self.assertTrue((ROOT / script).stat().st_mode & 0o111, script)


class SecurityPage(unittest.TestCase):
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")

    def test_its_tests_are_there(self):
        there = set()
        for file in (ROOT / "tests").rglob("*_test.cpp"):
            found = re.findall(r"^TEST(?:_[FP])?\((\w+),\s*(\w+)\)", file.read_text(), re.MULTILINE)
            there |= {f"{suite}.{name}" for suite, name in found}
        there |= {f"fuzz.{file.stem}" for file in (ROOT / "fuzz").glob("*.cpp")}
        names = re.findall(r"`(\w+\.\w+)`", self.text)
        self.assertGreater(len(names), 40)
        self.assertEqual([name for name in names if name not in there], [])

    def test_each_line_has_one(self):
        rows = [row for row in self.text.splitlines() if row.startswith("| ")]
        for row in rows:
            if not row.startswith(("| cannot", "| ---")):
                self.assertRegex(row, r"`\w+\.\w+`")


class CommandPage(unittest.TestCase):
    text = (ROOT / "docs/command.md").read_text(encoding="utf-8")

    def test_it_has_every_name_that_a_drop_may_have(self):
        names = re.findall(r"case Verdict::(\w+):", (ROOT / "src/engine/names.cpp").read_text())
        self.assertGreater(len(names), 15)
        table = self.text.split("| name | what came |")[1].split("\n\n")[0]
        self.assertEqual(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE),
                         [name for name in names if name != "accepted"])


if __name__ == "__main__":
    unittest.main()
