"""What the checkers know of C++ text: comments and literals blanked, lines kept in place."""

import re

_TOKEN = re.compile(
    r"""
      (?P<line>//[^\n]*)
    | (?P<block>/\*.*?\*/)
    | (?P<raw>\bu?8?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")
    | (?P<include>^[ \t]*\#[ \t]*include[^\n]*)
    | (?P<string>"(?:\\.|[^"\\\n])*")
    | (?P<char>(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+')
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def code_only(text):
    """The text with comments and the insides of literals turned to spaces."""

    def replace(match):
        found = match.group(0)
        if match.lastgroup == "include" or match.group("include"):
            return found.split("//")[0].ljust(len(found))
        if match.group("line") or match.group("block"):
            return _blank(found)
        return found[0] + _blank(found[1:-1]) + found[-1]

    return _TOKEN.sub(replace, text)


def first_branches(code):
    """Preprocessor lines blanked, and of #if ... #else ... #endif only the first branch kept, so
    that braces balance."""
    out = []
    skipping = []  # one entry for each open #if: are we past its first branch?
    continued = False
    for line in code.split("\n"):
        directive = re.match(r"\s*#\s*(\w+)", line)
        if continued or directive:
            continued = line.endswith("\\")
            if directive:
                word = directive.group(1)
                if word in ("if", "ifdef", "ifndef"):
                    skipping.append(False)
                elif word in ("else", "elif") and skipping:
                    skipping[-1] = True
                elif word == "endif" and skipping:
                    skipping.pop()
            out.append("")
        else:
            out.append("" if any(skipping) else line)
    return "\n".join(out)


_TEMPLATE = re.compile(r"^\s*template\s*<[^{}]*?>\s*(?=(?:class|struct|union|requires|concept)\b)")
_SCOPE = re.compile(r"^(?:inline\s+)?(?:namespace|class|struct|union|enum|concept)\b")


_LABEL = re.compile(r"^(?:public|protected|private)\s*:\s*")


def _opens_function(header):
    header = _TEMPLATE.sub("", _LABEL.sub("", header.strip()))
    if _SCOPE.match(header) or re.fullmatch(r'extern\s*"\s*"', header):
        return False
    return "(" in header and not header.endswith("=")


def functions(code):
    """(first line, lines between the braces) of each function body at namespace or class scope.

    Relies on the project's formatting: a body's brace stands after a space, that of an
    initialiser does not.
    """
    text = first_branches(code)
    found = []
    stack = []  # for each open brace: "scope", "init", or the line where a function's body opens
    header_start = 0
    line = 1
    for at, char in enumerate(text):
        if char == "\n":
            line += 1
        elif char == "{":
            inside = any(entry != "scope" for entry in stack)
            if inside or (at > 0 and not text[at - 1].isspace()):
                stack.append("init")
                continue
            header = text[header_start:at]
            if _opens_function(header):
                stack.append(line)
            elif header.rstrip().endswith("="):
                stack.append("init")
            else:
                stack.append("scope")
                header_start = at + 1
        elif char == "}":
            opened = stack.pop() if stack else "scope"
            if isinstance(opened, int):
                found.append((opened, max(0, line - opened - 1)))
            if opened != "init":
                header_start = at + 1
        elif char == ";" and all(entry == "scope" for entry in stack):
            header_start = at + 1
    return found
