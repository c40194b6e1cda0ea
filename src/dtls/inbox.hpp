// Handshake messages from their fragments, in order (RFC 6347 §4.2.3, RFC 9147 §5.5).
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/engine/verdict.hpp>
#include <hawser/wire/dtls/handshake.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::dtls {

using wire::dtls::HandshakeType;

/// A whole message, without its header.
struct HandshakeMessage {
    HandshakeType type;
    std::uint16_t sequence;
    std::uint64_t epoch; ///< of the records that brought it
    std::vector<std::byte> body;
};

/// Puts fragments together whatever their order and boundaries, within fixed limits.
class Inbox {
public:
    /// Messages ahead of the next one that are kept: more than any flight has.
    static constexpr std::size_t kAhead = 16;
    /// A message, and all that wait together.
    static constexpr std::size_t kMessageBytesMax = 65'536;
    static constexpr std::size_t kTotalBytesMax = 131'072;
    /// Runs of bytes of one message that have come apart from each other.
    static constexpr std::size_t kRunsMax = 512;

    explicit Inbox(std::uint16_t next_sequence = 0) : next_{next_sequence} {}

    /// `accepted` when it was of use, `unexpected` for one that is too old or too far ahead,
    /// `no_room`, `malformed` when it contradicts what came before.
    /// A fragment of a higher epoch takes the place of what came before in a lower one.
    Verdict add(const wire::dtls::HandshakeFragment& fragment, std::uint64_t epoch);
    /// Forgets what came in lower epochs: nobody will wait for any of that.
    void forget_before(std::uint64_t epoch);
    /// The next message, once all of it is there.
    std::optional<HandshakeMessage> take();
    /// The number of the message that is waited for.
    std::uint16_t next_sequence() const { return next_; }
    /// Whether all messages from the next one to before this one are whole: it leaves no gap.
    bool reaches(std::uint16_t sequence) const;
    /// Whether part of a message is waiting for the rest.
    bool has_partial() const;

private:
    using Run = std::pair<std::uint32_t, std::uint32_t>; ///< from, to
    struct Partial {
        bool known = false;
        HandshakeType type{};
        std::uint32_t length = 0;
        std::uint64_t epoch = 0;
        std::vector<std::byte> body;
        std::vector<Run> runs; ///< sorted, apart from each other

        bool whole() const {
            return known && (length == 0 || (runs.size() == 1 && runs[0] == Run{0, length}));
        }
    };

    void forget(Partial& partial);
    static bool note(Partial& partial, std::uint32_t from, std::uint32_t to);

    std::array<Partial, kAhead> partials_;
    std::uint16_t next_;
    std::size_t bytes_ = 0;
};

} // namespace hawser::dtls
