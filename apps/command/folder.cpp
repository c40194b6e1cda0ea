#include "command/folder.hpp"

#include "command/text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hawser::command {
namespace {

Failure file_failure(std::string_view what, const std::string& path, int number) {
    const std::string advice =
        number == ENOSPC || number == EDQUOT ? "; make room on that disk" : "";
    return {ExitCode::file, fmt::format("{} {}: {}{}", what, path, os_text(number), advice)};
}

std::string hidden_name(const std::string& name) {
    std::random_device random;
    return fmt::format(".{}.hawser-{:08x}", name, random());
}

/// Renames without replacing; where the file system cannot do that in one step, in two.
int rename_new(int folder, const char* from, const char* to) {
    if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;
    if (linkat(folder, from, folder, to, 0) != 0) return errno;
    return unlinkat(folder, from, 0) == 0 ? 0 : errno;
}

} // namespace

// --- a file ---

PartialFile::PartialFile(std::shared_ptr<const Folder> folder, int file, std::string hidden,
                         std::string name)
    : folder_(std::move(folder)), file_(file), hidden_(std::move(hidden)), name_(std::move(name)) {}

PartialFile::PartialFile(PartialFile&& other) noexcept
    : folder_(std::move(other.folder_)),
      file_(std::exchange(other.file_, -1)),
      hidden_(std::exchange(other.hidden_, {})),
      name_(std::move(other.name_)),
      bytes_(other.bytes_),
      hash_(std::move(other.hash_)) {}

PartialFile::~PartialFile() {
    if (file_ >= 0) ::close(file_);
    if (!hidden_.empty()) unlinkat(folder_->descriptor(), hidden_.c_str(), 0);
}

Outcome<> PartialFile::write(Bytes bytes) {
    hash_.update(bytes);
    bytes_ += bytes.size();
    while (!bytes.empty()) {
        const ssize_t count = ::write(file_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            return std::unexpected{file_failure("cannot write", folder_->path_of(name_), errno)};
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Outcome<> PartialFile::keep(KeptFiles& kept) {
    struct stat there{}, ours{};
    if (fstatat(folder_->descriptor(), name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        kept.contains({there.st_dev, there.st_ino})) {
        return failure(ExitCode::file,
                       fmt::format("{} is to this file system the name of another file of the "
                                   "same sender",
                                   folder_->path_of(name_)));
    }
    if (auto placed = place(); !placed) return placed;
    if (fstat(file_, &ours) == 0) kept.emplace(ours.st_dev, ours.st_ino);
    return {};
}

Outcome<> PartialFile::place() {
    const std::string path = folder_->path_of(name_);
    // Room that was taken for a file that then was shorter goes back.
    if (ftruncate(file_, static_cast<off_t>(bytes_)) != 0 || fsync(file_) != 0) {
        return std::unexpected{file_failure("cannot write", path, errno)};
    }
    const int folder = folder_->descriptor();
    const int error = !folder_->overwrite() ? rename_new(folder, hidden_.c_str(), name_.c_str())
                      : renameat(folder, hidden_.c_str(), folder, name_.c_str()) == 0 ? 0
                                                                                      : errno;
    if (error == EEXIST) {
        return failure(ExitCode::file,
                       fmt::format("{} exists already; --overwrite replaces it", path));
    }
    if (error != 0) return std::unexpected{file_failure("cannot name", path, error)};
    hidden_.clear();
    fsync(folder); // the name too is to survive a power cut; some file systems cannot promise it
    return {};
}

// --- the folder ---

Folder::~Folder() {
    ::close(folder_);
}

Outcome<std::shared_ptr<const Folder>> Folder::open(const std::filesystem::path& path,
                                                    FolderOptions options) {
    std::error_code error;
    std::filesystem::create_directories(path, error); // what is wrong, open says better
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        const int number = error ? error.value() : errno;
        return std::unexpected{file_failure("cannot use the folder", path.string(), number)};
    }
    auto opened = std::make_shared<const Folder>(folder, path, std::move(options));
    if (auto tried = opened->create("try"); !tried) return std::unexpected{tried.error()};
    return opened;
}

bool Folder::has(const std::string& name) const {
    return faccessat(folder_, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Outcome<PartialFile> Folder::begin(const std::string& name,
                                   std::optional<std::uint64_t> bytes) const {
    if (auto free = check_replaceable(name); !free) return std::unexpected{free.error()};
    auto file = create(name);
    if (!file || !bytes || *bytes == 0) return file;
    const auto length = static_cast<off_t>(*bytes);
    const bool reserved = length > 0 && fallocate(file->file_, FALLOC_FL_KEEP_SIZE, 0, length) == 0;
    if (!reserved && (length < 0 || errno == ENOSPC || errno == EDQUOT || errno == EFBIG)) {
        return failure(ExitCode::file, fmt::format("no room for {} of {}; make room on that disk",
                                                   human_bytes(*bytes), path_of(name)));
    }
    return file;
}

Outcome<> Folder::check_replaceable(const std::string& name) const {
    struct stat there{}, spared{};
    if (fstatat(folder_, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) return {};
    if (!options_.overwrite) {
        return failure(ExitCode::file,
                       fmt::format("{} exists already; --overwrite replaces it", path_of(name)));
    }
    if (stat(options_.spared.c_str(), &spared) == 0 && spared.st_dev == there.st_dev &&
        spared.st_ino == there.st_ino) {
        return failure(ExitCode::file,
                       fmt::format("{} is the packet log, which is being written", path_of(name)));
    }
    return {};
}

Outcome<PartialFile> Folder::create(const std::string& name) const {
    const std::string hidden = hidden_name(name);
    const int file =
        openat(folder_, hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file < 0) return std::unexpected{file_failure("cannot make", path_of(name), errno)};
    return PartialFile{shared_from_this(), file, hidden, name};
}

} // namespace hawser::command
