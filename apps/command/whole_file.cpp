#include "command/whole_file.hpp"

#include "command/text.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace hawser::command {
namespace {

constexpr std::size_t kBytesMax = std::size_t{1024} * 1024;

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }

private:
    int number_;
};

std::unexpected<Failure> cannot(std::string_view what, const std::string& path) {
    return failure(ExitCode::file,
                   fmt::format("cannot {} {}: {}", what, shown(path), os_text(errno)));
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(file, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return ::fsync(file) == 0 || errno == EINVAL; // a pipe cannot
}

} // namespace

Outcome<std::string> read_whole_file(const std::string& path) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.number() < 0) return cannot("read", path);
    std::string text;
    std::array<char, 16'384> block;
    while (true) {
        const ssize_t count = ::read(file.number(), block.data(), block.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return cannot("read", path);
        if (count == 0) return text;
        text.append(block.data(), static_cast<std::size_t>(count));
        if (text.size() > kBytesMax) {
            return failure(ExitCode::file,
                           fmt::format("{} is longer than certificates and keys are", path));
        }
    }
}

Outcome<> write_whole_file(const std::string& path, std::string_view text, const NewFile& how) {
    const std::string beside = fmt::format("{}.{}", path, ::getpid());
    {
        const Descriptor file{
            ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, how.mode)};
        if (file.number() < 0) return cannot("make", path);
        if (!write_all(file.number(), text)) {
            auto problem = cannot("write", path);
            ::unlink(beside.c_str());
            return problem;
        }
    }
    // link, unlike rename, leaves a file that is there already.
    const int placed = how.replace ? std::rename(beside.c_str(), path.c_str())
                                   : ::link(beside.c_str(), path.c_str());
    const int problem = errno;
    if (placed != 0 || !how.replace) ::unlink(beside.c_str());
    errno = problem;
    if (placed == 0) return {};
    if (problem == EEXIST) {
        return failure(ExitCode::file,
                       fmt::format("{} is there already; --force replaces it", path));
    }
    return cannot("make", path);
}

} // namespace hawser::command
