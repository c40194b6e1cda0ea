#include "command/standard_io.hpp"

#include "command/text.hpp"

#include <boost/asio/as_tuple.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hawser::command {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} * 1024;
/// What a pipe that is ready takes without blocking: POSIX promises PIPE_BUF, Linux has 4096.
constexpr std::size_t kReadyBytes = 4096;

bool is_regular(int descriptor) {
    struct stat status{};
    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

bool is_ready(int descriptor, short event) {
    pollfd watched{.fd = descriptor, .events = event, .revents = 0};
    return poll(&watched, 1, 0) == 1;
}

} // namespace

Outcome<> hold_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest number that is free is this one: those below have been looked at.
        // What would have been printed is lost, and that has to fail as it did before; what would
        // have been said is for people, of whom there are none.
        const int opened = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
        if (opened == descriptor) continue;
        return failure(ExitCode::file,
                       fmt::format("descriptor {} is closed, and /dev/null cannot take its place: "
                                   "{}",
                                   descriptor, os_text(errno)));
    }
    return {};
}

WaitedDescriptor::WaitedDescriptor(const asio::any_io_executor& executor, int descriptor)
    : number_(descriptor), copy_(executor) {
    boost::system::error_code ignored; // without it every wait fails, and reading blocks
    static_cast<void>(copy_.assign(dup(descriptor), ignored));
}

asio::awaitable<void> WaitedDescriptor::ready(Direction direction) {
    const bool reads = direction == Direction::wait_read;
    if (is_ready(number_, reads ? POLLIN : POLLOUT)) co_return;
    // It fails for what epoll does not take, such as files, and those are always ready.
    static_cast<void>(co_await copy_.async_wait(direction, asio::as_tuple(asio::use_awaitable)));
}

StandardInput::StandardInput(const asio::any_io_executor& executor)
    : descriptor_(executor, STDIN_FILENO) {}

asio::awaitable<Outcome<std::string>> StandardInput::read(std::size_t bytes_max) {
    co_await descriptor_.ready(WaitedDescriptor::Direction::wait_read);
    std::string bytes(bytes_max, '\0');
    const ssize_t count = ::read(descriptor_.number(), bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) co_return co_await read(bytes_max);
    if (count < 0) {
        co_return failure(ExitCode::file,
                          fmt::format("cannot read standard input: {}", os_text(errno)));
    }
    bytes.resize(static_cast<std::size_t>(count));
    co_return bytes;
}

asio::awaitable<Outcome<std::optional<std::string>>>
StandardInput::read_line(std::size_t bytes_max) {
    while (true) {
        const std::size_t newline = held_.find('\n', searched_);
        const std::size_t end = std::min(newline, held_.size());
        if (end - start_ > bytes_max) {
            co_return failure(ExitCode::limit,
                              fmt::format("a line above the limit of {} for one message; "
                                          "send it in parts with --raw",
                                          counted(bytes_max, "byte")));
        }
        if (newline != std::string::npos || (ended_ && end > start_)) {
            std::string line = held_.substr(start_, end - start_);
            start_ = searched_ = std::min(end + 1, held_.size());
            co_return line;
        }
        if (ended_) co_return std::nullopt;
        held_.erase(0, std::exchange(start_, 0));
        searched_ = held_.size();
        const auto more = co_await read(kReadBytes);
        if (!more) co_return std::unexpected{more.error()};
        ended_ = more->empty();
        held_ += *more;
    }
}

StandardOutput::StandardOutput(const asio::any_io_executor& executor)
    : descriptor_(executor, STDOUT_FILENO),
      terminal_(isatty(STDOUT_FILENO) == 1),
      regular_(is_regular(STDOUT_FILENO)) {}

asio::awaitable<Outcome<>> StandardOutput::write(Bytes bytes) {
    while (!bytes.empty()) {
        if (!regular_) co_await descriptor_.ready(WaitedDescriptor::Direction::wait_write);
        const std::size_t part = regular_ ? bytes.size() : std::min(bytes.size(), kReadyBytes);
        const ssize_t count = ::write(descriptor_.number(), bytes.data(), part);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count < 0) {
            co_return failure(ExitCode::file,
                              fmt::format("cannot write standard output: {}", os_text(errno)));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    co_return Outcome<>{};
}

} // namespace hawser::command
