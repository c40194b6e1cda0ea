#include <hawser/capture/source.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace hawser::capture {
namespace {

Error error_of_open(int number) {
    switch (number) {
    case ENOENT:
    case ENOTDIR: return {Errc::not_found, "no such capture file", number};
    case EACCES:
    case EPERM: return {Errc::permission, "the capture file may not be read", number};
    default: return {Errc::io, "cannot open the capture file", number};
    }
}

class FileSource final : public Source {
public:
    FileSource(int file, std::uint64_t total) : file_{file}, total_{total} {}
    ~FileSource() override { ::close(file_); }
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;

    Result<std::size_t> read(MutableBytes room) override {
        ssize_t got = 0;
        do {
            got = ::read(file_, room.data(), room.size());
        } while (got < 0 && errno == EINTR);
        if (got < 0) return fail(Errc::io, "cannot read the capture file", errno);
        position_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
    }
    std::uint64_t position() const override { return position_; }
    std::uint64_t total() const override { return total_; }

private:
    int file_;
    std::uint64_t position_ = 0, total_;
};

/// Takes the descriptor over.
Result<std::unique_ptr<Source>> source_of(int file) {
    struct stat about{};
    std::uint64_t total = 0;
    if (::fstat(file, &about) == 0) {
        if (S_ISDIR(about.st_mode)) {
            ::close(file);
            return fail(Errc::invalid_argument, "the capture is a folder");
        }
        if (S_ISREG(about.st_mode)) total = static_cast<std::uint64_t>(about.st_size);
    }
    return std::make_unique<FileSource>(file, total);
}

} // namespace

Result<std::unique_ptr<Source>> open_file_source(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::unexpected{error_of_open(errno)};
    return source_of(file);
}

Result<std::unique_ptr<Source>> open_descriptor_source(int descriptor) {
    const int file = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (file < 0) return fail(Errc::io, "cannot read the capture", errno);
    return source_of(file);
}

} // namespace hawser::capture
