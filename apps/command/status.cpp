// hawser status: how a running hawser is.
#include "command/commands.hpp"
#include "command/console.hpp"
#include "command/status_place.hpp"
#include "command/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <vector>

#include <dirent.h>
#include <unistd.h>

namespace hawser::command {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  hawser status                     of the only hawser of this user that runs
  hawser status 1234 --watch 1      of a process, every second until it ends or Ctrl-C
  hawser listen --status alpha.sock
  hawser status ./alpha.sock        of the one that was told to be asked there
  hawser status 1234 --json | jq '.sctp.dropped'
Without --status a process can be asked where XDG_RUNTIME_DIR is set, as in sessions of systemd.)";

struct StatusOptions {
    std::string whom;
    bool json = false;
    std::optional<double> watch_seconds;
};

/// Whom to ask: a socket, and how errors name it.
struct Asked {
    std::string path, about;
};

std::optional<pid_t> process_number(const std::string& text) {
    pid_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && number > 0 ? std::optional{number} : std::nullopt;
}

bool is_running(pid_t process) {
    return ::kill(process, 0) == 0 || errno == EPERM;
}

Failure no_directory() {
    return {ExitCode::usage, "XDG_RUNTIME_DIR is not set, by which processes are found: start them "
                             "with --status PATH, and ask `hawser status PATH`"};
}

/// Those that run and have a socket.
std::vector<pid_t> running(const std::string& directory) {
    std::vector<pid_t> found;
    DIR* const entries = ::opendir(directory.c_str());
    if (entries == nullptr) return found;
    while (const dirent* const entry = ::readdir(entries)) { // NOLINT(concurrency-mt-unsafe)
        const auto process = process_number(static_cast<const char*>(entry->d_name));
        if (process && is_running(*process)) found.push_back(*process);
    }
    ::closedir(entries);
    std::ranges::sort(found);
    return found;
}

Outcome<Asked> asked_process(pid_t process) {
    const auto path = status_path(process);
    if (!path) return std::unexpected{no_directory()};
    if (!is_running(process))
        return failure(ExitCode::usage, fmt::format("there is no process {}", process));
    if (::access(path->c_str(), F_OK) != 0) {
        return failure(
            ExitCode::usage,
            fmt::format("process {} cannot be asked: it is no hawser that talks SCTP, or "
                        "is asked elsewhere (--status)",
                        process));
    }
    return Asked{*path, fmt::format("process {}", process)};
}

Outcome<Asked> only_one() {
    const auto directory = status_directory();
    if (!directory) return std::unexpected{no_directory()};
    const auto found = running(*directory);
    if (found.empty()) return failure(ExitCode::usage, "no hawser of this user runs");
    if (found.size() == 1) return asked_process(found.front());
    std::string all;
    for (const pid_t process : found)
        all += fmt::format("{}{}", all.empty() ? "" : ", ", process);
    return failure(ExitCode::usage, fmt::format("several run: {}; say which", all));
}

Outcome<Asked> asked(const std::string& whom) {
    if (whom.empty()) return only_one();
    if (const auto process = process_number(whom)) return asked_process(*process);
    return Asked{whom, shown(whom)};
}

/// Sleeps; true when a signal ended it.
bool stopped_within(double interval) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    const auto whole = static_cast<time_t>(interval);
    const timespec time{.tv_sec = whole,
                        .tv_nsec =
                            static_cast<long>((interval - static_cast<double>(whole)) * 1e9)};
    return ::sigtimedwait(&signals, nullptr, &time) > 0;
}

void block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
}

/// A screen for each answer, or a paragraph.
void show_next(const std::string& answer, bool first, bool json) {
    if (!json && ::isatty(STDOUT_FILENO) == 1)
        show("\x1b[H\x1b[2J");
    else if (!json && !first)
        show("\n");
    show(json ? answer : escaped_lines(answer));
    std::fflush(stdout);
}

ExitCode run(const StatusOptions& options) {
    const auto whom = asked(options.whom);
    if (!whom) return refuse(whom.error());
    const std::string question = options.json ? "json" : "text";
    const auto answer = ask_status(whom->path, whom->about, question);
    if (!answer) return refuse(answer.error());
    if (!options.watch_seconds) {
        show(options.json ? *answer : escaped_lines(*answer));
        return ExitCode::ok;
    }
    block_signals();
    show_next(*answer, true, options.json);
    while (!stopped_within(*options.watch_seconds)) {
        const auto next = ask_status(whom->path, whom->about, question);
        if (!next) {
            Console{}.say(fmt::format("{} has ended", whom->about));
            return ExitCode::ok;
        }
        show_next(*next, false, options.json);
    }
    return ExitCode::ok;
}

} // namespace

void add_status(CommandLine& line) {
    Subcommand command = line.add("status", "tells how a running hawser is");
    const auto options = std::make_shared<StatusOptions>();
    command.option("PID|PATH", &options->whom,
                   "a process, or the socket of its --status; the only one that runs");
    command.flag("--json", &options->json, "one JSON object a line, for programs");
    command
        .option("--watch", &options->watch_seconds,
                "again every so many seconds, until it ends or Ctrl-C")
        .type_name("SECONDS")
        .range(0.1, 86'400.0);
    command.examples(kExamples);
    command.action([=] { return run(*options); });
}

} // namespace hawser::command
