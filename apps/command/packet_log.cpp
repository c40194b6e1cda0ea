#include "command/packet_log.hpp"

#include "command/explain.hpp"
#include "command/text.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace hawser::command {
namespace {

/// How soon a packet log that failed is told of.
constexpr auto kCheckInterval = std::chrono::milliseconds{200};
/// Room for packets that the disk has not taken yet: a second of a busy gigabit.
constexpr std::size_t kQueueBytes = std::size_t{128} * 1024 * 1024;

bool is_same_file(const struct stat& a, const struct stat& b) {
    return S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Something else than a log: a mistyped name must not destroy it. pcapng begins with a block of
/// this type, whichever its byte order.
bool holds_something_else(const std::string& path, const struct stat& file) {
    constexpr std::string_view kSectionHeader = "\x0a\x0d\x0d\x0a";
    if (!S_ISREG(file.st_mode) || file.st_size == 0) return false;
    std::array<char, kSectionHeader.size()> begins{};
    std::ifstream in{path, std::ios::binary};
    in.read(begins.data(), begins.size());
    return in.is_open() && std::string_view{begins.data(), begins.size()} != kSectionHeader;
}

/// A log written over what this run reads, or into what it prints, would destroy it.
Outcome<> check_is_no_other(const NetworkOptions& options) {
    struct stat log{};
    if (::stat(options.log.c_str(), &log) != 0) return {};
    const auto refused = [&options](std::string_view what) {
        return failure(ExitCode::usage,
                       fmt::format("packet log {}: that is {}, which it would overwrite; choose "
                                   "another file",
                                   options.log, what));
    };
    struct stat other{};
    for (const auto& [what, path] : options.files_read()) {
        if (::stat(path.c_str(), &other) == 0 && is_same_file(log, other)) return refused(what);
    }
    if (::fstat(STDIN_FILENO, &other) == 0 && is_same_file(log, other)) {
        return refused("where standard input comes from");
    }
    for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
        if (::fstat(output, &other) != 0 || !is_same_file(log, other)) continue;
        return refused(output == STDOUT_FILENO ? "where standard output goes"
                                               : "where standard error goes");
    }
    if (holds_something_else(options.log, log)) return refused("no packet log");
    return {};
}

} // namespace

PacketLog::PacketLog(const asio::any_io_executor& executor, Console& console,
                     const NetworkOptions& options)
    : console_(console), options_(options), timer_(executor) {}

Outcome<> PacketLog::open() {
    if (options_.log.empty()) return {};
    if (options_.logs_to_standard_output()) return open_standard_output();
    if (auto other = check_is_no_other(options_); !other) return other;
    auto sink = capture::open_file_sink(options_.log, {.secret = options_.log_keys});
    if (!sink) return std::unexpected{explain_log(sink.error(), options_.log)};
    sink_ = *std::move(sink);
    return {};
}

Outcome<> PacketLog::open_standard_output() {
    if (isatty(STDOUT_FILENO) == 1) {
        return failure(ExitCode::usage,
                       fmt::format("--log {}: standard output is a terminal, and packets are no "
                                   "text; send it to a file or a program",
                                   options_.log));
    }
    auto sink = capture::open_descriptor_sink(STDOUT_FILENO);
    if (!sink) return std::unexpected{explain_log(sink.error(), options_.log)};
    sink_ = *std::move(sink);
    return {};
}

Outcome<> PacketLog::begin() {
    if (!sink_) return {};
    capture::LogOptions options;
    options.keys = options_.log_keys;
    options.queue_bytes = kQueueBytes;
    auto log = capture::Log::open(std::move(sink_), options);
    if (!log) return std::unexpected{explain_log(log.error(), options_.log)};
    log_.emplace(*std::move(log));
    gate_.to = log_->attach("hawser", views());
    watch();
    return {};
}

capture::AttachOptions PacketLog::views() const {
    capture::AttachOptions attach;
    if (options_.dtls.enabled || !options_.log_view.empty()) attach.clear = capture::Clear::always;
    if (options_.log_view == "wire") attach.clear = capture::Clear::never;
    if (options_.log_view == "clear") attach.layers = attach.layers.without(Layer::wire);
    return attach;
}

void PacketLog::watch() {
    timer_.expires_after(kCheckInterval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error || problem_said_) return;
        if (const auto problem = log_->status().error) {
            problem_said_ = true;
            console_.say(fmt::format("hawser: {}; going on without it",
                                     explain_log(*problem, options_.log).text));
            return;
        }
        watch();
    });
}

Outcome<> PacketLog::close() {
    sink_.reset();
    if (!log_) return {};
    const auto closed = log_->close();
    const capture::LogStatus status = log_->status();
    if (!closed) return std::unexpected{explain_log(closed.error(), options_.log)};
    if (status.packets_lost > 0) {
        console_.say(fmt::format("packet log {}: {} came faster than the disk takes them and "
                                 "are not in it",
                                 options_.log, counted(status.packets_lost, "packet")));
    }
    console_.detail(fmt::format("packet log {}: {}, {}", options_.log,
                                counted(status.frames_written, "frame"),
                                human_bytes(status.bytes_written)));
    return {};
}

} // namespace hawser::command
