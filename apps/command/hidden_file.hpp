// A file in the making: nobody sees it under its name before it is whole.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

namespace hawser::command {

/// Where it is until then.
enum class Hiding : unsigned char {
    nameless, ///< nowhere (O_TMPFILE): it goes with the process, however that ends
    named,    ///< under `.NAME.hawser-0a1b2c3d`, locked by whoever writes it
};

/// How files can be hidden in that folder: nameless, where its file system and /proc let one be
/// given a name later.
Hiding hiding_in(int folder);

class HiddenFile {
public:
    /// The folder has to outlive it. Fails with an errno.
    static std::expected<HiddenFile, int> make(int folder, const std::string& name, Hiding hiding);
    HiddenFile(HiddenFile&& other) noexcept;
    HiddenFile& operator=(HiddenFile&&) = delete;
    /// Unless it has its name, the file goes, too.
    ~HiddenFile();

    int descriptor() const { return file_; }
    /// Gives it its name, in the place of another file if `replaces`. Answers an errno, EEXIST for
    /// one that is in the way; 0: done.
    int appear(bool replaces);

private:
    HiddenFile(int folder, int file, std::string hidden, std::string name);
    int replace();

    int folder_;
    int file_;
    std::string hidden_; ///< empty while it has no name, and once it has its own
    std::string name_;
};

/// Removes hidden files whose writer is gone, and says how many. One that some process writes is
/// locked and stays; on file systems of a network, whose locks another host may not see, all do.
std::size_t remove_orphans(int folder);

} // namespace hawser::command
