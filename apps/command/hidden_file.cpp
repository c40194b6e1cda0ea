#include "command/hidden_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <random>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hawser::command {
namespace {

/// Two that clear one folder at the same time may each take a file before it is locked.
constexpr int kTriesMax = 16;

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

int open_nameless(int folder) {
    return openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

/// The errno, or 0.
int link_nameless(int file, int folder, const std::string& name) {
    const std::string from = fmt::format("/proc/self/fd/{}", file);
    return linkat(AT_FDCWD, from.c_str(), folder, name.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

/// Locks a file that was just made. False when somebody took it for what a dead writer has left.
bool hold(int folder, int file, const std::string& hidden) {
    if (flock(file, LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;
    struct stat there{}, ours{};
    return fstat(file, &ours) == 0 &&
           fstatat(folder, hidden.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
}

} // namespace

Hiding hiding_in(int folder) {
    const int file = open_nameless(folder);
    if (file < 0) return Hiding::named;
    const std::string name = hidden_name("try");
    const bool can = flock(file, LOCK_EX | LOCK_NB) == 0 && link_nameless(file, folder, name) == 0;
    if (can) unlinkat(folder, name.c_str(), 0);
    ::close(file);
    return can ? Hiding::nameless : Hiding::named;
}

std::expected<HiddenFile, int> HiddenFile::make(int folder, const std::string& name,
                                                Hiding hiding) {
    if (hiding == Hiding::nameless) {
        const int file = open_nameless(folder);
        if (file < 0) return std::unexpected{errno};
        flock(file, LOCK_EX | LOCK_NB); // for the moment in which it replaces another
        return HiddenFile{folder, file, {}, name};
    }
    constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    for (int tries = 0; tries < kTriesMax; ++tries) {
        const std::string hidden = hidden_name(name);
        const int file = openat(folder, hidden.c_str(), kNew, 0666);
        if (file < 0 && errno == EEXIST) continue;
        if (file < 0) return std::unexpected{errno};
        if (hold(folder, file, hidden)) return HiddenFile{folder, file, hidden, name};
        unlinkat(folder, hidden.c_str(), 0);
        ::close(file);
    }
    return std::unexpected{EBUSY};
}

HiddenFile::HiddenFile(int folder, int file, std::string hidden, std::string name)
    : folder_(folder), file_(file), hidden_(std::move(hidden)), name_(std::move(name)) {}

HiddenFile::HiddenFile(HiddenFile&& other) noexcept
    : folder_(other.folder_),
      file_(std::exchange(other.file_, -1)),
      hidden_(std::exchange(other.hidden_, {})),
      name_(std::move(other.name_)) {}

/// The lock goes last, so that nobody else finds the file without one.
HiddenFile::~HiddenFile() {
    if (!hidden_.empty()) unlinkat(folder_, hidden_.c_str(), 0);
    if (file_ >= 0) ::close(file_);
}

int HiddenFile::appear(bool replaces) {
    const int error = replaces          ? replace()
                      : hidden_.empty() ? link_nameless(file_, folder_, name_)
                                        : rename_new(folder_, hidden_.c_str(), name_.c_str());
    if (error == 0) hidden_.clear();
    return error;
}

int HiddenFile::replace() {
    if (hidden_.empty()) {
        const int error = link_nameless(file_, folder_, name_);
        if (error != EEXIST) return error;
        // No system call puts what has no name in the place of another file.
        std::string hidden = hidden_name(name_);
        if (const int refused = link_nameless(file_, folder_, hidden)) return refused;
        hidden_ = std::move(hidden);
    }
    return renameat(folder_, hidden_.c_str(), folder_, name_.c_str()) == 0 ? 0 : errno;
}

} // namespace hawser::command
