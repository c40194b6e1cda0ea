#include "capture/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace hawser::capture::detail {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} * 1024;

Error error_of_open(int number) {
    switch (number) {
    case ENOENT:
    case ENOTDIR: return {Errc::not_found, "no such capture file", number};
    case EACCES:
    case EPERM: return {Errc::permission, "the capture file may not be read", number};
    default: return {Errc::io, "cannot open the capture file", number};
    }
}

} // namespace

Result<Input> Input::open(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::unexpected{error_of_open(errno)};
    Input input{file};
    struct stat about{};
    if (::fstat(file, &about) == 0) {
        if (S_ISDIR(about.st_mode)) return fail(Errc::invalid_argument, "the capture is a folder");
        if (S_ISREG(about.st_mode)) input.total_ = static_cast<std::uint64_t>(about.st_size);
    }
    return input;
}

Input::Input(Input&& other) noexcept
    : file_{std::exchange(other.file_, -1)},
      buffer_{std::move(other.buffer_)},
      window_{other.window_},
      consumed_{other.consumed_},
      total_{other.total_} {}

Input::~Input() {
    if (file_ >= 0) ::close(file_);
}

Result<bool> Input::more() {
    if (file_ < 0) return false;
    // What is left moves to the front, and the next chunk comes after it.
    const std::size_t left = window_.size();
    if (left != 0) std::memmove(buffer_.data(), window_.data(), left);
    buffer_.resize(left + kChunkBytes);
    ssize_t got = 0;
    do {
        got = ::read(file_, buffer_.data() + left, kChunkBytes);
    } while (got < 0 && errno == EINTR);
    window_ = Bytes{buffer_}.first(left + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0) return fail(Errc::io, "cannot read the capture file", errno);
    return got > 0;
}

} // namespace hawser::capture::detail
