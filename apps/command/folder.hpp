// A folder that files are received into: what is not whole is never seen under its name.
#pragma once

#include "command/outcome.hpp"

#include "crypto/sha256.hpp"

#include <hawser/core/bytes.hpp>

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

/// A file under a hidden name, until `keep`; when it goes before that, so does the file.
class PartialFile {
public:
    PartialFile(PartialFile&& other) noexcept;
    PartialFile& operator=(PartialFile&&) = delete;
    ~PartialFile();

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
    PartialFile(std::shared_ptr<const Folder> folder, int file, std::string hidden,
                std::string name);

    std::shared_ptr<const Folder> folder_;
    int file_;
    std::string hidden_, name_;
    std::uint64_t bytes_ = 0;
    crypto::Sha256 hash_;
};

struct FolderOptions {
    bool overwrite = false;         ///< files of the same name are replaced
    std::filesystem::path spared{}; ///< but for this one, that the run itself writes
};

class Folder : public std::enable_shared_from_this<Folder> {
public:
    /// Opens the folder, makes it when it is not there, and tries that files can be made in it.
    static Outcome<std::shared_ptr<const Folder>> open(const std::filesystem::path& path,
                                                       FolderOptions options);
    Folder(int folder, std::filesystem::path path, FolderOptions options)
        : folder_(folder), path_(std::move(path)), options_(std::move(options)) {}
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    /// Begins a file of that safe name. With a size, the room is taken from the disk now, so that
    /// a disk that is too full says so before the file crosses the network.
    Outcome<PartialFile> begin(const std::string& name, std::optional<std::uint64_t> bytes) const;

    /// Whether there is anything of that name.
    bool has(const std::string& name) const;

    int descriptor() const { return folder_; }
    bool overwrite() const { return options_.overwrite; }
    std::string path_of(const std::string& name) const { return (path_ / name).string(); }

private:
    Outcome<> check_replaceable(const std::string& name) const;
    Outcome<PartialFile> create(const std::string& name) const;

    int folder_;
    std::filesystem::path path_;
    FolderOptions options_;
};

} // namespace hawser::command
