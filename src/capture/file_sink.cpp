#include <hawser/capture/sink.hpp>

#include <hawser/core/check.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>

namespace hawser::capture {
namespace {

constexpr auto kLookAgainAfter = std::chrono::milliseconds{1};

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

/// A descriptor that is ours to close.
class OwnedFile {
public:
    explicit OwnedFile(int number) : number_{number} {}
    OwnedFile(OwnedFile&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    OwnedFile& operator=(OwnedFile&&) = delete;
    ~OwnedFile() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }

private:
    int number_;
};

class DescriptorSink : public Sink {
public:
    explicit DescriptorSink(OwnedFile file) : file_{std::move(file)} {}

    Result<> write(Bytes bytes) override {
        std::size_t written = 0;
        while (written < bytes.size()) {
            const auto taken = ::write(number(), bytes.data() + written, bytes.size() - written);
            if (taken > 0) {
                written += static_cast<std::size_t>(taken);
            } else if (taken < 0 && errno == EAGAIN) {
                // Somebody who shares the descriptor has made it non-blocking.
                std::this_thread::sleep_for(kLookAgainAfter);
            } else if (taken == 0 || errno != EINTR) {
                const int number = taken == 0 ? ENOSPC : errno;
                broke_off(bytes.first(written));
                return fail(Errc::io, "cannot write the packet log", number);
            }
        }
        return {};
    }

protected:
    int number() const { return file_.number(); }
    /// Of what should have been written, these first bytes were.
    virtual void broke_off(Bytes) {}

private:
    OwnedFile file_;
};

/// A regular file, locked.
class FileSink final : public DescriptorSink {
public:
    /// `made`: the path of a file that was not there before; else empty.
    FileSink(OwnedFile file, std::filesystem::path made)
        : DescriptorSink{std::move(file)}, made_{std::move(made)} {}
    ~FileSink() override {
        if (!begun_ && is_still_ours()) ::unlink(made_.c_str());
    }
    FileSink(const FileSink&) = delete;
    FileSink& operator=(const FileSink&) = delete;

    Result<> write(Bytes bytes) override {
        if (!std::exchange(begun_, true) && ::ftruncate(number(), 0) != 0) {
            return fail(Errc::io, "cannot empty the packet log's file", errno);
        }
        if (auto written = DescriptorSink::write(bytes); !written) return written;
        file_bytes_ += bytes.size();
        return {};
    }

private:
    /// What cannot be cut stays: a reader takes the file up to the block that is not whole.
    void broke_off(Bytes written) override {
        const auto length = static_cast<off_t>(file_bytes_ + whole_blocks(written));
        [[maybe_unused]] const int ignored = ::ftruncate(number(), length);
    }
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
    /// Whether the file that we made is the one that has its name now.
    bool is_still_ours() const {
        struct stat ours{}, there{};
        return !made_.empty() && ::fstat(number(), &ours) == 0 &&
               ::lstat(made_.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
               ours.st_ino == there.st_ino;
    }

    std::filesystem::path made_;
    bool begun_ = false;
    std::uint64_t file_bytes_ = 0;
};

struct Opened {
    OwnedFile file;
    bool made = false; ///< it was not there before
};

/// Opens what is there, or makes it.
Opened open_or_make(const std::filesystem::path& path, const FileSinkOptions& options) {
    // Without O_NONBLOCK the open of a FIFO would wait for its reader, here in the caller's thread.
    constexpr int kFlags = O_WRONLY | O_CLOEXEC | O_NONBLOCK;
    const mode_t mode = options.secret ? 0600 : 0644;
    OwnedFile there{::open(path.c_str(), kFlags)};
    if (there.number() >= 0 || errno != ENOENT) return {.file = std::move(there)};
    OwnedFile made{::open(path.c_str(), kFlags | O_CREAT | O_EXCL, mode)};
    if (made.number() >= 0 || errno != EEXIST) return {.file = std::move(made), .made = true};
    // Somebody was faster, or it is a symbolic link to what is not there yet.
    return {.file = OwnedFile{::open(path.c_str(), kFlags | O_CREAT, mode)}};
}

/// Makes a regular file ours alone, as far as its file system can.
Result<> take(int file, const struct stat& about, const FileSinkOptions& options) {
    if (::flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return fail(Errc::in_use, "another program is writing that packet log");
    }
    const mode_t others = S_IRWXG | S_IRWXO;
    if (options.secret && (about.st_mode & others) != 0 &&
        ::fchmod(file, about.st_mode & S_IRWXU) != 0) {
        return fail(Errc::permission, "others may read the file, which is to have keys in it",
                    errno);
    }
    return {};
}

} // namespace

Result<std::unique_ptr<Sink>> open_file_sink(const std::filesystem::path& path,
                                             const FileSinkOptions& options) {
    Opened opened = open_or_make(path, options);
    const int file = opened.file.number();
    if (file < 0) return std::unexpected{error_of_open(errno)};
    struct stat about{};
    const bool regular = ::fstat(file, &about) == 0 && S_ISREG(about.st_mode);
    // From here on a slow reader should make the writer wait, and it may.
    const int flags = ::fcntl(file, F_GETFL);
    ::fcntl(file, F_SETFL, flags & ~O_NONBLOCK);
    if (!regular) return std::make_unique<DescriptorSink>(std::move(opened.file));
    if (auto taken = take(file, about, options); !taken) return std::unexpected{taken.error()};
    return std::make_unique<FileSink>(std::move(opened.file),
                                      opened.made ? path : std::filesystem::path{});
}

Result<std::unique_ptr<Sink>> open_descriptor_sink(int descriptor) {
    OwnedFile file{::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)};
    if (file.number() < 0) return fail(Errc::io, "cannot write the packet log", errno);
    return std::make_unique<DescriptorSink>(std::move(file));
}

} // namespace hawser::capture
