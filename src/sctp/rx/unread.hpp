// Messages that were handed out and that nobody has taken.
#pragma once

#include "sctp/message_overhead.hpp"

#include <algorithm>
#include <cstddef>

namespace hawser::sctp {

/// Their bytes, and their bookkeeping.
class Unread {
public:
    void add(std::size_t bytes) {
        bytes_ += bytes;
        overhead_bytes_ += kMessageOverheadBytes;
    }
    /// The application took so many bytes of them: their share of the bookkeeping goes with them.
    void taken(std::size_t bytes) {
        if (bytes_ == 0) return;
        bytes = std::min(bytes, bytes_);
        overhead_bytes_ -= overhead_bytes_ * bytes / bytes_;
        bytes_ -= bytes;
    }
    std::size_t charged_bytes() const { return bytes_ + overhead_bytes_; }

private:
    std::size_t bytes_ = 0;
    std::size_t overhead_bytes_ = 0;
};

} // namespace hawser::sctp
