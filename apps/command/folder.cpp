#include "command/folder.hpp"

#include "command/text.hpp"

#include <fmt/format.h>

#include <cerrno>
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

} // namespace

// --- a file ---

Outcome<> PartialFile::write(Bytes bytes) {
    hash_.update(bytes);
    bytes_ += bytes.size();
    while (!bytes.empty()) {
        const ssize_t count = ::write(file_.descriptor(), bytes.data(), bytes.size());
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
    if (fstat(file_.descriptor(), &ours) == 0) kept.emplace(ours.st_dev, ours.st_ino);
    return {};
}

Outcome<> PartialFile::place() {
    const std::string path = folder_->path_of(name_);
    // Room that was taken for a file that then was shorter goes back.
    const int file = file_.descriptor();
    if (ftruncate(file, static_cast<off_t>(bytes_)) != 0 || fsync(file) != 0) {
        return std::unexpected{file_failure("cannot write", path, errno)};
    }
    const int error = file_.appear(folder_->overwrite());
    if (error == EEXIST) {
        return failure(ExitCode::file,
                       fmt::format("{} exists already; --overwrite replaces it", path));
    }
    if (error != 0) return std::unexpected{file_failure("cannot name", path, error)};
    // The name too is to survive a power cut; some file systems cannot promise it.
    fsync(folder_->descriptor());
    return {};
}

// --- the folder ---

Folder::Folder(int folder, std::filesystem::path path, FolderOptions options, std::size_t orphans)
    : folder_(folder),
      path_(std::move(path)),
      options_(std::move(options)),
      hiding_(hiding_in(folder)),
      orphans_(orphans) {}

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
        return std::unexpected{file_failure("cannot use the folder", shown(path.string()), number)};
    }
    const std::size_t orphans = remove_orphans(folder);
    auto opened = std::make_shared<const Folder>(folder, path, std::move(options), orphans);
    if (const auto tried = HiddenFile::make(folder, "try", opened->hiding_); !tried) {
        return std::unexpected{
            file_failure("cannot make files in", shown(path.string()), tried.error())};
    }
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
    const bool reserved =
        length > 0 && fallocate(file->descriptor(), FALLOC_FL_KEEP_SIZE, 0, length) == 0;
    if (!reserved && (length < 0 || errno == ENOSPC || errno == EDQUOT || errno == EFBIG)) {
        return failure(ExitCode::file, fmt::format("no room for {} of {}; make room on that disk",
                                                   human_bytes(*bytes), path_of(name)));
    }
    return file;
}

Outcome<> Folder::check_replaceable(const std::string& name) const {
    struct stat there{}, spared{};
    if (fstatat(folder_, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) return {};
    if (S_ISDIR(there.st_mode)) {
        return failure(ExitCode::file,
                       fmt::format("{} is a folder, which no file replaces; move it away, or "
                                   "receive into another folder",
                                   path_of(name)));
    }
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
    auto file = HiddenFile::make(folder_, name, hiding_);
    if (!file) {
        struct stat here{};
        const bool is_gone = fstat(folder_, &here) == 0 && here.st_nlink == 0;
        return std::unexpected{
            file_failure("cannot make", path_of(name), is_gone ? ENOENT : file.error())};
    }
    return PartialFile{shared_from_this(), *std::move(file), name};
}

} // namespace hawser::command
