#!/usr/bin/env python3
"""Sums up rounds of ctest: how many ran, which failed, and, loudly, which were skipped and why.

Usage: test_summary.py JUNIT.xml...    the reports that ctest --output-junit wrote
"""

import pathlib
import sys
import xml.etree.ElementTree as xml


def reason(output):
    """What a skipped test said: after "SKIPPED:", below gtest's "Skipped", or its last line."""
    lines = [line.strip() for line in (output or "").splitlines() if line.strip()]
    for at, line in enumerate(lines):
        if line.startswith("SKIPPED:"):
            return line.removeprefix("SKIPPED:").strip()
        if line.endswith(": Skipped") and at + 1 < len(lines):
            return lines[at + 1]
    return lines[-1] if lines else "no reason given"


def cases(report):
    """The test cases of a report; none, and a word about it, when it cannot be read."""
    try:
        return list(xml.parse(report).getroot().iter("testcase"))
    except (OSError, xml.ParseError) as error:
        print(f"{report.parent.name}: no report of ctest can be read ({error})")
        return []


def main():
    ran = 0
    failed = []
    skipped = {}
    for name in sys.argv[1:]:
        report = pathlib.Path(name)
        for case in cases(report):
            title = f"{report.parent.name}: {case.get('name')}"
            if case.get("status") == "fail":
                failed.append(title)
            elif case.get("status") in ("notrun", "disabled"):
                why = reason(case.findtext("system-out"))
                skipped.setdefault(why, []).append(title)
                continue
            ran += 1
    print(f"{ran} tests ran, {len(failed)} failed,"
          f" {sum(len(titles) for titles in skipped.values())} were skipped")
    for title in failed:
        print(f"FAILED   {title}")
    for why, titles in sorted(skipped.items()):
        for title in titles:
            print(f"SKIPPED  {title}")
        print(f"         because: {why}")


if __name__ == "__main__":
    main()
