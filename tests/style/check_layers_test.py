"""scripts/check_layers.py notices each dependency that points the wrong way."""

import unittest

from tree import TreeTest

LISTING = """
hawser_layer(core INTO hawser_protocols)
hawser_layer(crypto INTO hawser_protocols)
hawser_layer(sctp INTO hawser_protocols)
# ---- the outside world ----
hawser_layer(net INTO hawser)
hawser_layer(capture INTO hawser)
hawser_layer(endpoint INTO hawser)
"""
README = "**takes** bytes.\n**gives** structs.\n**knows nothing of** time.\n"


class CheckLayers(TreeTest):
    script = "check_layers.py"

    def setUp(self):
        super().setUp()
        self.write("src/CMakeLists.txt", LISTING)
        for layer in ("core", "crypto", "sctp", "net", "capture", "endpoint"):
            self.write(f"src/{layer}/README.md", README)
            self.write(f"src/{layer}/{layer}.hpp", "")
            self.write(f"include/hawser/{layer}/{layer}.hpp", "")

    def test_upward_includes_pass(self):
        self.write("src/sctp/a.cpp", '#include "sctp/sctp.hpp"\n#include <hawser/core/core.hpp>\n'
                                     '#include "core/core.hpp"\n#include <vector>\n')
        self.write("include/hawser/hawser.hpp", "#include <hawser/endpoint/endpoint.hpp>\n")
        self.assert_clean()

    def test_a_lower_layer_included(self):
        self.write("src/core/a.cpp", "#include <hawser/sctp/sctp.hpp>\n")
        self.write("include/hawser/sctp/a.hpp", "#include <hawser/net/net.hpp>\n")
        self.write("src/net/a.cpp", '#include "endpoint/endpoint.hpp"\n')
        self.assert_finds("include/hawser/sctp/a.hpp:1: sctp/ includes net/",
                          "src/core/a.cpp:1: core/ includes sctp/",
                          "src/net/a.cpp:1: net/ includes endpoint/")

    def test_public_headers_include_no_private_ones(self):
        self.write("include/hawser/sctp/a.hpp", '#include "sctp/sctp.hpp"\n')
        self.assert_finds("a.hpp:1: \"sctp/sctp.hpp\": include/ never includes src/")

    def test_private_headers_by_their_full_name(self):
        self.write("src/sctp/a.cpp", '#include "sctp.hpp"\n')
        self.assert_finds('a.cpp:1: "sctp.hpp": private headers are named')

    def test_headers_that_do_not_exist(self):
        self.write("src/sctp/a.cpp", "#include <hawser/core/absent.hpp>\n")
        self.assert_finds("a.cpp:1: <hawser/core/absent.hpp> does not exist")

    def test_the_header_of_everything_inside_the_library(self):
        self.write("include/hawser/hawser.hpp", "")
        self.write("src/sctp/a.cpp", "#include <hawser/hawser.hpp>\n")
        self.assert_finds("a.cpp:1: <hawser/hawser.hpp> shows everything")

    def test_network_headers_outside_net(self):
        self.write("src/net/a.cpp", "#include <sys/socket.h>\n#include <netinet/in.h>\n"
                                    "#include <unistd.h>\n#include <poll.h>\n")
        self.write("src/core/a.cpp", "#include <arpa/inet.h>\n")
        self.write("src/endpoint/a.cpp", "#include <sys/epoll.h>\n#include <unistd.h>\n")
        self.assert_finds("src/core/a.cpp:1: <arpa/inet.h> is a network header",
                          "src/endpoint/a.cpp:1: <sys/epoll.h> is a network header",
                          "src/endpoint/a.cpp:2: <unistd.h> is a system header")

    def test_capture_has_files_but_no_sockets(self):
        self.write("src/capture/a.cpp", "#include <unistd.h>\n#include <sys/socket.h>\n")
        self.assert_finds("src/capture/a.cpp:2: <sys/socket.h>")

    def test_libraries_have_their_folders(self):
        self.write("src/crypto/a.cpp", "#include <openssl/evp.h>\n")
        self.write("src/sctp/a.cpp", "#include <openssl/evp.h>\n#include <boost/asio.hpp>\n")
        self.write("include/hawser/crypto/a.hpp", "#include <openssl/evp.h>\n")
        self.write("src/endpoint/a.cpp", "#include <boost/asio.hpp>\n#include <fmt/core.h>\n")
        self.assert_finds("a.hpp:1: <openssl/evp.h> is a cryptography library: not in a public",
                          "src/endpoint/a.cpp:2: <fmt/core.h>",
                          "src/sctp/a.cpp:1: <openssl/evp.h> is a cryptography library: only in",
                          "src/sctp/a.cpp:2: <boost/asio.hpp> is Boost: only in endpoint/")

    def test_the_outside_world_above_the_line(self):
        wrong = ["auto a = Clock::now();", "std::chrono::steady_clock::time_point a;",
                 "std::random_device a;", "std::thread a;", 'auto a = std::getenv("A");',
                 "std::ofstream a;", "std::mutex a;", "RAND_bytes(a, 1);",
                 "clock_gettime(a, b);", "thread_local int a;"]
        self.write("src/sctp/a.cpp", "".join(line + "\n" for line in wrong))
        self.write("src/net/a.cpp", "".join(line + "\n" for line in wrong))
        self.assert_finds(*[f"src/sctp/a.cpp:{n}: sctp/" for n in range(1, len(wrong) + 1)])

    def test_headers_of_the_outside_world_above_the_line(self):
        text = "#include <thread>\n#include <fstream>\n#include <sys/types.h>\n"
        self.write("src/sctp/a.cpp", text)
        self.write("src/endpoint/a.cpp", text)
        self.assert_finds("src/sctp/a.cpp:1: <thread>", "src/sctp/a.cpp:2: <fstream>",
                          "src/sctp/a.cpp:3: <sys/types.h>")

    def test_comments_and_parameters_are_no_calls(self):
        self.write("src/sctp/a.cpp", "// A clock without now().\nvoid advance(Instant now);\n"
                                     'auto a = "std::thread";\n')
        self.assert_clean()

    def test_a_folder_that_is_not_listed(self):
        self.write("src/extra/a.cpp", "")
        self.assert_finds("src/extra:1: a folder that src/CMakeLists.txt does not list")

    def test_a_folder_without_its_three_lines(self):
        self.write("src/net/README.md", "**takes** bytes.\n")
        self.assert_finds("src/net/README.md:1: does not say what the folder **gives**, **knows")

    def test_a_layer_in_the_wrong_target(self):
        self.write("src/CMakeLists.txt", LISTING.replace("sctp INTO hawser_protocols",
                                                         "sctp INTO hawser"))
        self.assert_finds("src/CMakeLists.txt:1: sctp goes into hawser, must go into")

    def test_a_list_without_the_line(self):
        self.write("src/CMakeLists.txt", "hawser_layer(core INTO hawser_protocols)\n")
        self.assert_finds('src/CMakeLists.txt:1: no layers, or no comment "the outside world"')


if __name__ == "__main__":
    unittest.main()
