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


if __name__ == "__main__":
    unittest.main()
