// Records of handshake messages that have come, and that the peer is to know of.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>

#include <cstddef>
#include <vector>

namespace hawser::dtls {

using wire::dtls::RecordNumber;

/// What an ACK of DTLS 1.3 says, and when it is due (RFC 9147 §7).
///
/// Numbers stay until the flight that they belong to is answered or complete, so that an ACK which
/// is lost is made good by the next one.
class Acknowledgements {
public:
    /// Older numbers are forgotten: their records come again at worst.
    static constexpr std::size_t kMost = 32;

    /// The record has come, and nobody has said so yet.
    void note(RecordNumber number);
    /// Nothing of it has to be said any more: an answer did.
    void clear();

    bool empty() const { return numbers_.empty(); }
    /// Whether the peer has to be told of one that it was not told of.
    bool owed() const { return owed_; }
    /// Due at that time, unless it is due sooner.
    void due_by(Instant at);
    Instant due() const { return due_; }

    /// The newest of them, sorted, of which an ACK has `content_bytes`. They are owed no more.
    std::vector<RecordNumber> take(std::size_t content_bytes);

private:
    std::vector<RecordNumber> numbers_; ///< in the order in which they came
    Instant due_ = kNever;
    bool owed_ = false;
};

} // namespace hawser::dtls
