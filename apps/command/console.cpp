#include "command/console.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace hawser::command {
namespace {

constexpr std::size_t kBarWidth = 30;
constexpr std::string_view kClearLine = "\r\x1b[K";

/// A reader that went away is no concern of what is being done.
void write(std::FILE* stream, std::string_view text) {
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
    static_cast<void>(std::fflush(stream));
}

} // namespace

void show(std::string_view text) {
    write(stdout, text);
}

Console::Console(const ConsoleOptions& options)
    : options_(options), terminal_(isatty(STDERR_FILENO) == 1) {}

void Console::show(std::string_view text) {
    end_progress();
    write(options_.results_beside ? stderr : stdout, text);
}

void Console::say(std::string_view line) {
    end_progress();
    write(stderr, fmt::format("{}\n", line));
}

void Console::detail(std::string_view line) {
    if (options_.verbose) say(line);
}

void Console::progress(double done, std::string_view remark) {
    if (!terminal_) return;
    const double share = std::clamp(done, 0.0, 1.0);
    const auto full = static_cast<std::size_t>(share * static_cast<double>(kBarWidth));
    const std::string bar = std::string(full, '#') + std::string(kBarWidth - full, '.');
    write(stderr, fmt::format("{}[{}] {:3.0f} %  {}", kClearLine, bar, share * 100, remark));
    drawn_ = true;
}

void Console::end_progress() {
    if (!drawn_) return;
    write(stderr, kClearLine);
    drawn_ = false;
}

ExitCode refuse(const Failure& failure) {
    Console{}.say("hawser: " + failure.text);
    return failure.code;
}

} // namespace hawser::command
