#include <hawser/capture/sink.hpp>

#include <hawser/core/check.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace hawser::capture {
namespace {

Error error_of_open(int number) {
    switch (number) {
    case EACCES:
    case EPERM:
    case EROFS: return {Errc::permission, "the packet log's file may not be written", number};
    case ENOENT:
    case ENOTDIR: return {Errc::not_found, "the packet log's folder does not exist", number};
    case ENXIO: return {Errc::refused, "nobody reads the packet log's FIFO", number};
    case EISDIR: return {Errc::invalid_argument, "the packet log's file is a folder", number};
    default: return {Errc::io, "cannot create the packet log", number};
    }
}

class FileSink final : public Sink {
public:
    FileSink(int file, bool regular) : file_{file}, regular_{regular} {}
    ~FileSink() override { ::close(file_); }
    FileSink(const FileSink&) = delete;
    FileSink& operator=(const FileSink&) = delete;

    Result<> write(Bytes bytes) override {
        std::size_t written = 0;
        while (written < bytes.size()) {
            const auto taken = ::write(file_, bytes.data() + written, bytes.size() - written);
            if (taken > 0) {
                written += static_cast<std::size_t>(taken);
            } else if (taken == 0 || errno != EINTR) {
                const int number = taken == 0 ? ENOSPC : errno;
                cut_to(whole_blocks(bytes.first(written)));
                return fail(Errc::io, "cannot write the packet log", number);
            }
        }
        file_bytes_ += bytes.size();
        return {};
    }

private:
    /// How many of `bytes` are blocks that are all there.
    static std::size_t whole_blocks(Bytes bytes) {
        std::size_t at = 0;
        while (bytes.size() - at >= 8) {
            std::uint32_t length = 0;
            std::memcpy(&length, bytes.data() + at + 4, sizeof length);
            HAWSER_ASSERT(length != 0);
            if (length > bytes.size() - at) break;
            at += length;
        }
        return at;
    }
    /// What cannot be cut stays: a reader takes the file up to the block that is not whole.
    void cut_to(std::size_t batch_bytes) {
        if (!regular_) return;
        const auto length = static_cast<off_t>(file_bytes_ + batch_bytes);
        [[maybe_unused]] const int ignored = ::ftruncate(file_, length);
    }

    int file_;
    bool regular_;
    std::uint64_t file_bytes_ = 0;
};

} // namespace

Result<std::unique_ptr<Sink>> open_file_sink(const std::filesystem::path& path) {
    // Without O_NONBLOCK the open of a FIFO would wait for its reader, here in the caller's thread.
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK,
                            S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    if (file < 0) return std::unexpected{error_of_open(errno)};
    struct stat about{};
    const bool known = ::fstat(file, &about) == 0;
    // From here on a slow reader should make the writer wait, and it may.
    const int flags = ::fcntl(file, F_GETFL);
    ::fcntl(file, F_SETFL, flags & ~O_NONBLOCK);
    return std::make_unique<FileSink>(file, known && S_ISREG(about.st_mode));
}

} // namespace hawser::capture
