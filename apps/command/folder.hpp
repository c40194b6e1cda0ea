// A folder that files are received into: what is not whole is never seen under its name.
#pragma once

#include "command/hidden_file.hpp"
#include "command/outcome.hpp"

#include "crypto/sha256.hpp"

#include <hawser/core/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <sys/types.h>

namespace hawser::command {

class Folder;

/// Which files a sender has brought, whatever their names are: a file system may take several names
/// for one.
using KeptFiles = std::set<std::pair<dev_t, ino_t>>;

/// A hidden file, until `keep`; when it goes before that, so does the file.
class PartialFile {
public:
    Outcome<> write(Bytes bytes);
    std::uint64_t bytes() const { return bytes_; }
    /// Of all that was written.
    crypto::Sha256::Digest digest() { return hash_.finish(); }
    /// Brings it to the disk and gives it its name. Fails when there is such a file and
    /// `overwrite` was not given to the folder, and when that file is one of `kept`.
    Outcome<> keep(KeptFiles& kept);

private:
    friend class Folder;
    Outcome<> place();
    PartialFile(std::shared_ptr<const Folder> folder, HiddenFile file, std::string name)
        : folder_(std::move(folder)), file_(std::move(file)), name_(std::move(name)) {}
    int descriptor() const { return file_.descriptor(); }

    std::shared_ptr<const Folder> folder_;
    HiddenFile file_;
    std::string name_;
    std::uint64_t bytes_ = 0;
    crypto::Sha256 hash_;
};

struct FolderOptions {
    bool overwrite = false;         ///< files of the same name are replaced
    std::filesystem::path spared{}; ///< but for this one, that the run itself writes
};

class Folder : public std::enable_shared_from_this<Folder> {
public:
    /// Opens the folder, makes it when it is not there, tries that files can be made in it, and
    /// removes what receivers have left there that were killed.
    static Outcome<std::shared_ptr<const Folder>> open(const std::filesystem::path& path,
                                                       FolderOptions options);
    Folder(int folder, std::filesystem::path path, FolderOptions options, std::size_t orphans);
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    /// Begins a file of that safe name. With a size, the room is taken from the disk now, so that
    /// a disk that is too full says so before the file crosses the network.
    Outcome<PartialFile> begin(const std::string& name, std::optional<std::uint64_t> bytes) const;

    /// Whether there is anything of that name.
    bool has(const std::string& name) const;

    /// How many unfinished files of receivers that were killed had to be removed.
    std::size_t orphans() const { return orphans_; }
    int descriptor() const { return folder_; }
    bool overwrite() const { return options_.overwrite; }
    std::string path_of(const std::string& name) const { return (path_ / name).string(); }

private:
    Outcome<> check_replaceable(const std::string& name) const;
    Outcome<PartialFile> create(const std::string& name) const;

    int folder_;
    std::filesystem::path path_;
    FolderOptions options_;
    Hiding hiding_;
    std::size_t orphans_;
};

} // namespace hawser::command
