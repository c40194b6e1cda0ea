#include "command/status_place.hpp"

#include "command/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace hawser::command {
namespace {

constexpr std::string_view kHeading = "hawser-status 1 ";
constexpr std::size_t kHeadingBytesMax = 32;
constexpr std::size_t kAnswerBytesMax = std::size_t{64} * 1024 * 1024;
constexpr int kWaitSeconds = 5;
constexpr int kBacklog = 16;

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_;
};

Outcome<sockaddr_un> name_of(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof name.sun_path || path.contains('\0')) {
        return failure(ExitCode::usage,
                       fmt::format("{}: the path of a socket has 1 to {} characters", shown(path),
                                   sizeof name.sun_path - 1));
    }
    std::memcpy(static_cast<char*>(name.sun_path), path.data(), path.size());
    return name;
}

bool bind_to(int fd, const sockaddr_un& name) {
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

bool connect_to(int fd, const sockaddr_un& name) {
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

/// A socket that nobody listens at any more is out of the way then.
Outcome<> clear(const std::string& path, const sockaddr_un& name) {
    struct stat there{};
    if (::lstat(path.c_str(), &there) != 0) return {};
    if (!S_ISSOCK(there.st_mode) || there.st_uid != ::geteuid())
        return failure(ExitCode::usage,
                       fmt::format("{}: something else is there already", shown(path)));
    const Descriptor probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (connect_to(probe.get(), name) || errno != ECONNREFUSED)
        return failure(ExitCode::usage,
                       fmt::format("{}: another process is asked there", shown(path)));
    ::unlink(path.c_str());
    return {};
}

/// Our own for sure, or root's.
bool is_trusted(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return peer.uid == ::geteuid() || peer.uid == 0 || ::geteuid() == 0;
}

/// Up to `most` bytes, fewer where the other end closes; nullopt when it is silent for too long.
std::optional<std::string> read_up_to(int fd, std::size_t most) {
    std::string text;
    std::array<char, 16'384> part{};
    while (text.size() < most) {
        const ssize_t got = ::recv(fd, part.data(), std::min(part.size(), most - text.size()), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        text.append(part.data(), static_cast<std::size_t>(got));
    }
    return text;
}

/// The heading, up to its newline, gives the length of the rest.
std::optional<std::size_t> length_in(std::string_view heading) {
    if (!heading.starts_with(kHeading) || !heading.ends_with('\n')) return std::nullopt;
    heading = heading.substr(kHeading.size(), heading.size() - kHeading.size() - 1);
    std::size_t length = 0;
    const auto [end, error] =
        std::from_chars(heading.data(), heading.data() + heading.size(), length);
    const bool whole = error == std::errc{} && end == heading.data() + heading.size();
    return whole && length <= kAnswerBytesMax ? std::optional{length} : std::nullopt;
}

Outcome<std::string> read_answer(int fd, const std::string& about) {
    std::string heading;
    while (!heading.ends_with('\n')) {
        const auto next = read_up_to(fd, 1);
        if (!next) return failure(ExitCode::peer, fmt::format("{} does not answer", about));
        if (next->empty() || heading.size() == kHeadingBytesMax)
            return failure(ExitCode::usage, fmt::format("{} is no hawser", about));
        heading += *next;
    }
    const auto length = length_in(heading);
    if (!length) return failure(ExitCode::usage, fmt::format("{} is no hawser", about));
    const auto answer = read_up_to(fd, *length);
    if (!answer || answer->size() < *length)
        return failure(ExitCode::peer, fmt::format("{} broke off", about));
    return *answer;
}

} // namespace

std::optional<std::string> status_directory() {
    const char* const own = std::getenv("XDG_RUNTIME_DIR"); // NOLINT(concurrency-mt-unsafe)
    if (own == nullptr || *own != '/') return std::nullopt;
    return std::string{own} + "/hawser";
}

std::optional<std::string> status_path(pid_t process) {
    const auto directory = status_directory();
    if (!directory) return std::nullopt;
    return fmt::format("{}/{}", *directory, process);
}

std::optional<std::string> own_status_path() {
    const auto directory = status_directory();
    if (!directory) return std::nullopt;
    const auto is_ours = [](const std::string& path) {
        struct stat there{};
        return ::lstat(path.c_str(), &there) == 0 && S_ISDIR(there.st_mode) &&
               there.st_uid == ::geteuid() && (there.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    };
    // That of another user would stay there, and be in its way.
    if (!is_ours(directory->substr(0, directory->rfind('/')))) return std::nullopt;
    ::mkdir(directory->c_str(), S_IRWXU);
    if (!is_ours(*directory)) return std::nullopt;
    return status_path(::getpid());
}

std::string status_heading(std::size_t bytes) {
    return fmt::format("{}{}\n", kHeading, bytes);
}

Outcome<StatusSocket> StatusSocket::open(const std::string& path) {
    const auto name = name_of(path);
    if (!name) return std::unexpected{name.error()};
    if (auto cleared = clear(path, *name); !cleared) return std::unexpected{cleared.error()};
    Descriptor fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    // What bind makes has the mode of the socket: at no time may others connect.
    if (fd.get() < 0 || ::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0 || !bind_to(fd.get(), *name) ||
        ::listen(fd.get(), kBacklog) != 0) {
        return failure(ExitCode::file, fmt::format("{}: no socket can be made there: {}",
                                                   shown(path), os_text(errno)));
    }
    return StatusSocket{fd.release(), path};
}

StatusSocket::StatusSocket(StatusSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::exchange(other.path_, {})) {}

StatusSocket& StatusSocket::operator=(StatusSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    return *this;
}

StatusSocket::~StatusSocket() {
    if (fd_ < 0) return;
    ::unlink(path_.c_str());
    ::close(fd_);
}

Outcome<std::string> ask_status(const std::string& path, const std::string& about,
                                const std::string& question) {
    const auto name = name_of(path);
    if (!name) return std::unexpected{name.error()};
    const Descriptor fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const timeval patience{.tv_sec = kWaitSeconds, .tv_usec = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (!connect_to(fd.get(), *name)) {
        if (errno == EACCES || errno == EPERM)
            return failure(ExitCode::usage, fmt::format("{} is another user's", about));
        const std::string why = errno == ECONNREFUSED ? "nobody answers there" : os_text(errno);
        return failure(ExitCode::usage, fmt::format("{}: {}", about, why));
    }
    if (!is_trusted(fd.get()))
        return failure(ExitCode::usage, fmt::format("{} is another user's", about));
    const std::string line = question + "\n";
    if (::send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(line.size())) {
        return failure(ExitCode::peer, fmt::format("{} does not answer", about));
    }
    return read_answer(fd.get(), about);
}

} // namespace hawser::command
