#include "support/process.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hawser::bench {
namespace {

/// Longer than any peer runs, shorter than a person's patience.
constexpr std::chrono::seconds kPeerPatience{20};

/// Both ends of a pipe for a child's standard output.
struct Pipe {
    Descriptor read;
    Descriptor write;
};

Outcome<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected{system_error("pipe")};
    return Pipe{Descriptor{ends[0]}, Descriptor{ends[1]}};
}

} // namespace

Outcome<Process> Process::start(const std::vector<std::string>& arguments) {
    auto pipe = make_pipe();
    if (!pipe) return std::unexpected{pipe.error()};

    std::vector<char*> argv;
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pipe->write.get(), STDOUT_FILENO);
    pid_t pid = -1;
    const int failure = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) {
        errno = failure;
        return std::unexpected{system_error("cannot start " + arguments[0])};
    }
    return Process{pid, std::move(pipe->read)};
}

Process::~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

Outcome<std::string> Process::some(Clock::time_point until) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd ready{.fd = output_.get(), .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) == 0) {
        return std::unexpected{std::string{"a child took too long"}};
    }
    std::array<char, 4096> text{};
    const ssize_t got = ::read(output_.get(), text.data(), text.size());
    return std::string{text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

Outcome<std::string> Process::line(std::chrono::milliseconds patience) {
    const auto text = some(Clock::now() + patience);
    if (text && text->empty()) return std::unexpected{std::string{"a child said nothing"}};
    return text;
}

Outcome<std::string> Process::output(std::chrono::milliseconds patience) {
    const Clock::time_point until = Clock::now() + patience;
    std::string text;
    for (;;) {
        const auto more = some(until);
        if (!more) return more;
        if (more->empty()) break;
        text += *more;
    }
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return std::unexpected{"a child failed: " + text};
    }
    return text;
}

Outcome<double> run_peer(const std::string& name, std::vector<std::string> arguments) {
    std::error_code none;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", none);
    arguments.insert(arguments.begin(), self.parent_path() / name);
    auto child = Process::start(arguments);
    if (!child) return std::unexpected{child.error()};
    const auto text = child->output(kPeerPatience);
    if (!text) return std::unexpected{name + ": " + text.error()};

    double number = 0;
    const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (failure != std::errc{}) return std::unexpected{name + " printed no number: " + *text};
    return number;
}

} // namespace hawser::bench
