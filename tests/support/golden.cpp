#include "support/golden.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace hawser::test {

testing::AssertionResult matches_golden(std::string_view file, std::string_view actual) {
    const std::filesystem::path path = std::filesystem::path{HAWSER_TESTS_DIR} / file;
    if (std::getenv("HAWSER_UPDATE_GOLDEN") != nullptr) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path, std::ios::binary} << actual;
        return testing::AssertionSuccess();
    }
    std::ifstream in{path, std::ios::binary};
    if (!in) return testing::AssertionFailure() << path << " cannot be read";
    std::stringstream expected;
    expected << in.rdbuf();
    if (expected.str() == actual) return testing::AssertionSuccess();

    std::istringstream ours{std::string{actual}};
    std::string line, wanted;
    for (int number = 1;; ++number) {
        const bool more = static_cast<bool>(std::getline(ours, line));
        const bool more_wanted = static_cast<bool>(std::getline(expected, wanted));
        if (more && more_wanted && line == wanted) continue;
        return testing::AssertionFailure() << file << " line " << number
                                           << "\n  expected: " << (more_wanted ? wanted : "the end")
                                           << "\n  actual:   " << (more ? line : "the end");
    }
}

} // namespace hawser::test
