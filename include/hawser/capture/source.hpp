// Where a capture comes from.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace hawser::capture {

/// Gives the bytes of a capture, one after the other. Implement it to read one from anywhere.
class Source {
public:
    virtual ~Source() = default;
    /// Fills the front of `room`, which is not empty; 0: there is no more. May wait.
    virtual Result<std::size_t> read(MutableBytes room) = 0;
    /// How far it is, and how much there is, in bytes of what it reads; a total of 0: not known.
    virtual std::uint64_t position() const { return 0; }
    virtual std::uint64_t total() const { return 0; }
};

/// A file, or a FIFO. Fails with `not_found`, `permission`, `invalid_argument` (a folder), `io`.
Result<std::unique_ptr<Source>> open_file_source(const std::filesystem::path& path);
/// What is open already, such as standard input. A duplicate is kept: `descriptor` stays the
/// caller's.
Result<std::unique_ptr<Source>> open_descriptor_source(int descriptor);

} // namespace hawser::capture
