// Where a packet log goes.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>

#include <filesystem>
#include <memory>

namespace hawser::capture {

/// Takes the bytes of a log. Implement it to send a log anywhere.
///
/// Every call comes from one thread of the log's own, never from an endpoint's, so it may block;
/// while it does, packets queue up and are then lost and counted, and no endpoint waits.
class Sink {
public:
    virtual ~Sink() = default;
    /// Takes all of `bytes`, which are whole pcapng blocks, or fails. After a failure the log
    /// writes no more.
    virtual Result<> write(Bytes bytes) = 0;
    /// Called when nothing more is at hand, and at the end.
    virtual Result<> flush() { return {}; }
};

struct FileSinkOptions {
    /// Nobody but the owner may read the file: for a log that has keys. Others lose what rights
    /// they had before the first byte is written.
    bool secret = false;
};

/// A file, or a FIFO that somebody reads. The file is locked (flock) for as long as the sink lives.
/// What it held before stays until the first `write`; a sink that is never written to leaves
/// everything as it was. When the disk is full the file is cut back to its last whole block.
///
/// Fails with `in_use` (another sink writes the file), `permission`, `not_found` (no such folder),
/// `refused` (a FIFO that nobody reads), `invalid_argument` (a folder), `io`.
Result<std::unique_ptr<Sink>> open_file_sink(const std::filesystem::path& path,
                                             const FileSinkOptions& options = {});
/// What is open already, such as standard output. A duplicate is kept: `descriptor` stays the
/// caller's.
Result<std::unique_ptr<Sink>> open_descriptor_sink(int descriptor);

} // namespace hawser::capture
