// A file that is read to be sent.
#pragma once

#include "command/outcome.hpp"

#include "crypto/sha256.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace hawser::command {

class OutgoingFile {
public:
    /// Whether it can be opened for reading, without doing so: opening a pipe waits for its writer.
    /// Gives what `size` will.
    static Outcome<std::optional<std::uint64_t>> check(const std::string& path);
    /// Opens a file, or anything that can be read to an end. Fails with `file`.
    static Outcome<OutgoingFile> open(const std::string& path, std::stop_token stop);
    OutgoingFile(OutgoingFile&& other) noexcept;
    OutgoingFile& operator=(OutgoingFile&&) = delete;
    ~OutgoingFile();

    /// What the system says; nullopt for a pipe and the like.
    std::optional<std::uint64_t> size() const { return size_; }
    /// Fills `block` as far as there is something, 0 at the end, and adds it to the digest. Fails
    /// with `interrupted` when it was stopped while it waited for a pipe.
    Outcome<std::size_t> read(std::vector<std::byte>& block);
    crypto::Sha256::Digest digest() { return hash_.finish(); }

private:
    OutgoingFile(int file, std::string path, std::stop_token stop)
        : file_(file), path_(std::move(path)), stop_(std::move(stop)) {}
    Outcome<> wait_until_readable() const;
    Outcome<> check_end() const;

    int file_;
    std::string path_;
    std::stop_token stop_;
    std::optional<std::uint64_t> size_;
    std::uint64_t read_ = 0;
    bool regular_ = false;
    crypto::Sha256 hash_;
};

} // namespace hawser::command
