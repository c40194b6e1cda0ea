#include "command/outgoing_file.hpp"

#include "command/text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hawser::command {
namespace {

constexpr int kLookForStopMilliseconds = 50;

std::unexpected<Failure> cannot_read(const std::string& path, std::string_view why) {
    return failure(ExitCode::file, fmt::format("cannot read {}: {}", shown(path), why));
}

/// Some files of the system, such as those of /proc, have no size but contents.
std::optional<std::uint64_t> size_of(const struct stat& status) {
    if (!S_ISREG(status.st_mode) || status.st_size == 0) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

} // namespace

Outcome<std::optional<std::uint64_t>> OutgoingFile::check(const std::string& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) return cannot_read(path, os_text(errno));
    if (S_ISDIR(status.st_mode)) return cannot_read(path, "it is a folder; name the files in it");
    if (faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0) {
        return cannot_read(path, os_text(errno));
    }
    return size_of(status);
}

Outcome<OutgoingFile> OutgoingFile::open(const std::string& path, std::stop_token stop) {
    // Without O_NONBLOCK the open of a pipe would wait for its writer, and nothing could stop it.
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return cannot_read(path, os_text(errno));
    OutgoingFile opened{file, path, std::move(stop)};
    struct stat status{};
    if (fstat(file, &status) == 0) {
        opened.size_ = size_of(status);
        opened.regular_ = S_ISREG(status.st_mode);
    }
    return opened;
}

OutgoingFile::OutgoingFile(OutgoingFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      path_(std::move(other.path_)),
      stop_(std::move(other.stop_)),
      size_(other.size_),
      read_(other.read_),
      regular_(other.regular_),
      hash_(std::move(other.hash_)) {}

OutgoingFile::~OutgoingFile() {
    if (file_ >= 0) ::close(file_);
}

Outcome<> OutgoingFile::wait_until_readable() const {
    if (regular_) return {};
    pollfd watched{.fd = file_, .events = POLLIN, .revents = 0};
    while (poll(&watched, 1, kLookForStopMilliseconds) == 0) {
        if (stop_.stop_requested()) return failure(ExitCode::interrupted, "stopped");
    }
    return {};
}

/// The end came where it was to be. Files of the system may say that they are larger than they are,
/// but keep to that.
Outcome<> OutgoingFile::check_end() const {
    struct stat status{};
    const bool cut = size_ && read_ < *size_ && fstat(file_, &status) == 0 &&
                     static_cast<std::uint64_t>(status.st_size) < *size_;
    if (!cut) return {};
    return cannot_read(
        path_, fmt::format("it was cut to {} of {} while it was sent",
                           counted(static_cast<std::uint64_t>(status.st_size), "byte"), *size_));
}

Outcome<std::size_t> OutgoingFile::read(std::vector<std::byte>& block) {
    std::size_t filled = 0;
    while (filled < block.size()) {
        if (auto ready = wait_until_readable(); !ready) return std::unexpected{ready.error()};
        const ssize_t count = ::read(file_, block.data() + filled, block.size() - filled);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count < 0) return cannot_read(path_, os_text(errno));
        if (count == 0) {
            if (auto whole = check_end(); !whole) return std::unexpected{whole.error()};
            break;
        }
        filled += static_cast<std::size_t>(count);
        read_ += static_cast<std::uint64_t>(count);
    }
    hash_.update(Bytes{block}.first(filled));
    return filled;
}

} // namespace hawser::command
