#include "support/seeds.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <unistd.h>

namespace hawser::test {
namespace {

std::optional<std::uint64_t> number(const char* variable) {
    const char* text = std::getenv(variable);
    if (text == nullptr || *text == '\0') return std::nullopt;
    return std::strtoull(text, nullptr, 10);
}

char last_line[128];
std::size_t last_line_bytes = 0;

void remember(std::uint64_t seed) {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    const int written =
        std::snprintf(last_line, sizeof last_line, "HAWSER_SEED=%llu fails %s.%s\n",
                      static_cast<unsigned long long>(seed), info->test_suite_name(), info->name());
    last_line_bytes = static_cast<std::size_t>(written);
}

void print_seed() {
    if (last_line_bytes == 0) return;
    std::fflush(stdout);
    if (write(STDERR_FILENO, last_line, last_line_bytes) < 0) return; // nobody is left to tell
}

/// An assertion in the library aborts the process: the seed is printed on the way out.
void on_abort(int signal_number) {
    print_seed();
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);
}

} // namespace

std::vector<std::uint64_t> seeds(std::uint64_t usual) {
    if (const auto one = number("HAWSER_SEED")) return {*one};
    std::vector<std::uint64_t> all;
    const std::uint64_t first = number("HAWSER_SEED_FIRST").value_or(1);
    const std::uint64_t count = number("HAWSER_SEEDS").value_or(usual);
    for (std::uint64_t seed = first; seed < first + count; ++seed)
        all.push_back(seed);
    return all;
}

void for_each_seed(std::uint64_t usual, const std::function<void(std::uint64_t)>& body) {
    [[maybe_unused]] static const bool installed = [] {
        std::atexit(print_seed); // after gtest's summary
        for (const int number : {SIGABRT, SIGSEGV, SIGFPE})
            std::signal(number, on_abort);
        return true;
    }();
    for (const std::uint64_t seed : seeds(usual)) {
        remember(seed);
        body(seed);
        if (testing::Test::HasFailure()) {
            ADD_FAILURE() << "reproduce with HAWSER_SEED=" << seed;
            return;
        }
    }
    last_line_bytes = 0;
}

} // namespace hawser::test
