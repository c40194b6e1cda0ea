"""scripts/check_style.py notices each thing it is there for, and leaves good text alone."""

import unittest

from tree import TreeTest

HEADER = "#pragma once\n"


class CheckStyle(TreeTest):
    script = "check_style.py"

    def test_good_text_passes(self):
        self.write("src/core/a.cpp", "// RFC 9260 §6.3.1: doubled.\nint doubled(int a) {\n"
                                     "    return 2 * a;\n}\n")
        self.write("include/hawser/core/a.hpp", HEADER + "int doubled(int a);\n")
        self.write("README.md", "RFC 9260 by section; RFC 9260 §5, §6.\n")
        self.assert_clean()

    def test_long_lines(self):
        self.write("src/core/a.cpp", "// " + "x" * 97 + "\n" + "// " + "x" * 98 + "\n")
        self.assert_finds("a.cpp:2: 101 columns")

    def test_columns_are_characters_not_bytes(self):
        self.write("src/core/a.cpp", "// " + "§" * 97 + "\n")
        self.assert_clean()

    def test_whitespace(self):
        self.write("src/core/a.cpp", "int a;\t\nint b; \nint c;")
        self.assert_finds("a.cpp:3: no newline", "a.cpp:1: tab", "a.cpp:1: space at the end",
                          "a.cpp:2: space at the end")

    def test_carriage_returns(self):
        self.write("CMakeLists.txt", "a()\r\n")
        self.assert_finds("CMakeLists.txt:1: carriage return", "CMakeLists.txt:1: space")

    def test_long_files(self):
        self.write("src/core/a.cpp", "int a;\n" * 601)
        self.assert_finds("a.cpp:601: 601 lines")

    def test_long_functions_by_their_first_line(self):
        body = "    call();\n"
        self.write("src/core/a.cpp", "namespace hawser {\nclass A {\npublic:\n    A() : b_{1} {\n"
                   + body * 61 + "    }\n    int b_{0};\n};\nvoid f() {\n" + body * 60 + "}\n}\n")
        self.assert_finds("a.cpp:4: a function of 61 lines")

    def test_tests_and_lambdas_are_functions_too(self):
        self.write("tests/core/a_test.cpp",
                   "TEST(A, Works) {\n    auto f = [&](int x) {\n" + "        g(x);\n" * 70
                   + "    };\n}\n")
        self.assert_finds("a_test.cpp:1: a function of 72 lines")

    def test_tables_and_classes_are_no_functions(self):
        self.write("src/core/a.cpp", "constexpr Row kRows[] = {\n" + "    {1, f(2)},\n" * 70
                   + "};\ntemplate <class T>\nstruct alignas(8) A {\n" + "    int a();\n" * 70
                   + "};\n")
        self.assert_clean()

    def test_braces_in_text_do_not_count(self):
        self.write("src/core/a.cpp", "void f() {\n    g(\"}\", '{'); // }\n"
                   + "    g(R\"x({)x\");\n#if A\n    if (a) {\n#else\n    if (b) {\n#endif\n    }\n"
                   + "    g();\n" * 60 + "}\n")
        self.assert_finds("a.cpp:1: a function of 68 lines")

    def test_pragma_once(self):
        self.write("include/hawser/core/a.hpp", "// pragma once is missing.\nint a;\n")
        self.assert_finds("a.hpp:1: no #pragma once")

    def test_citations_of_another_form(self):
        rfc = "RFC"
        wrong = [rfc + "9260", rfc + "-9260", f"{rfc} 9260 section 5", f"{rfc} 9260, Sec. 5",
                 f"{rfc} 9260 § 5", f"{rfc} 9260§5", f"{rfc} 9260, §5", f"§5.1 of {rfc} 9260",
                 f"{rfc} 9260 6.3"]
        self.write("docs/a.md", "".join(line + "\n" for line in wrong))
        self.assert_finds(*[f"a.md:{n}: citation" for n in range(1, len(wrong) + 1)])

    def test_unfinished_places_in_the_product(self):
        words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "st" + "ub",
                 "not imp" + "lemented"]
        self.write("apps/a.cpp", "".join(f"// {word}\n" for word in words))
        self.assert_finds(*[f"a.cpp:{n}: unfinished" for n in range(1, 7)])

    def test_paths_of_a_machine(self):
        for n, place in enumerate(["tmp", "work", "root", "home"]):
            self.write(f"scripts/{n}.sh", f"#!/bin/sh\ncat /{place}/x\n")
        self.write("scripts/b", '#!/bin/sh\ncat "${TMPDIR}/tmp/x" src/work/x ../tmp/x\n')
        self.assert_finds(*[f"{n}.sh:2: a path" for n in range(4)])

    def test_output_from_the_library(self):
        self.write("src/core/a.cpp", "void f() {\n    std::printf(\"\");\n    std::cerr << 1;\n"
                                     "    puts(\"\");\n    std::snprintf(b, 1, \"\");\n}\n")
        self.write("apps/a.cpp", "void f() {\n    std::printf(\"\");\n}\n")
        self.assert_finds("src/core/a.cpp:2: the library prints", "a.cpp:3: the library prints",
                          "a.cpp:4: the library prints")

    def test_the_assertion_may_print_and_end_the_process(self):
        code = "void f() {\n    std::fputs(\"\", stderr);\n    std::abort();\n}\n"
        self.write("src/core/check.cpp", code)
        self.write("src/core/other.cpp", code)
        self.assert_finds("other.cpp:2: the library prints", "other.cpp:3: the library never ends")

    def test_throwing(self):
        self.write("src/core/a.cpp", "// We throw nothing.\nvoid f() {\n    throw 1;\n}\n")
        self.write("tests/core/a_test.cpp", "void f() {\n    throw 1;\n}\n")
        self.assert_finds("src/core/a.cpp:3: hawser throws nothing")

    def test_calls_that_trust_their_input(self):
        self.write("apps/a.cpp", "void f() {\n    strcpy(a, b);\n    sprintf(a, b);\n}\n")
        self.assert_finds("a.cpp:2: a C call", "a.cpp:3: a C call")

    def test_using_namespace(self):
        self.write("src/core/a.cpp", "using namespace hawser;\nusing namespace std::chrono;\n"
                                     "using namespace std::chrono_literals;\n"
                                     "using namespace std::string_view_literals;\n")
        self.write("examples/a.cpp", "using namespace hawser;\n")
        self.assert_finds("src/core/a.cpp:1: using namespace", "src/core/a.cpp:2: using namespace")

    def test_sleeps_where_time_is_virtual(self):
        code = "void f() {\n    std::this_thread::sleep_for(1ms);\n}\n"
        self.write("tests/sctp/a_test.cpp", code)
        self.write("tests/interop/a_test.cpp", code)
        self.assert_finds("tests/sctp/a_test.cpp:2: a sleep")

    def test_builds_are_left_alone(self):
        self.write("build/dev/a.cpp", "int a; \n")
        self.assert_clean()


if __name__ == "__main__":
    unittest.main()
