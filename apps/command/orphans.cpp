// Hidden files of receivers that were killed.
#include "command/hidden_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::command {
namespace {

bool is_hidden_name(std::string_view name) {
    constexpr std::string_view kMark = ".hawser-";
    constexpr std::size_t kDigits = 8;
    if (!name.starts_with('.') || name.size() <= 1 + kMark.size() + kDigits) return false;
    const std::string_view digits = name.substr(name.size() - kDigits);
    name.remove_suffix(kDigits);
    return name.ends_with(kMark) &&
           digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Whether every process that could have a file of that folder open is on this host, and so under
/// the same locks.
bool has_locks_of_one_host(int folder) {
    struct statfs system{};
    if (fstatfs(folder, &system) != 0) return false;
    switch (static_cast<unsigned long>(system.f_type)) {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case MSDOS_SUPER_MAGIC: return true;
    default: return false;
    }
}

/// All of them before any is removed, as that may change what a listing gives.
std::vector<std::string> hidden_names(int folder) {
    std::vector<std::string> names;
    const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* const list = again < 0 ? nullptr : fdopendir(again);
    if (list == nullptr) {
        if (again >= 0) ::close(again);
        return names;
    }
    while (const dirent* entry = readdir(list)) {
        if (is_hidden_name(entry->d_name)) names.emplace_back(entry->d_name);
    }
    closedir(list);
    return names;
}

/// Whoever writes a file holds its lock from before its first byte to its end, by name or removal.
bool remove_unless_held(int folder, const std::string& name) {
    struct stat there{}, opened{};
    const auto look = [&] {
        return fstatat(folder, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISREG(there.st_mode);
    };
    if (!look()) return false;
    const int file = openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return false;
    const bool left = flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &opened) == 0 && look() &&
                      opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
    const bool removed = left && unlinkat(folder, name.c_str(), 0) == 0;
    ::close(file);
    return removed;
}

} // namespace

std::size_t remove_orphans(int folder) {
    if (!has_locks_of_one_host(folder)) return 0;
    return static_cast<std::size_t>(
        std::ranges::count_if(hidden_names(folder), [folder](const std::string& name) {
            return remove_unless_held(folder, name);
        }));
}

} // namespace hawser::command
