// Handshake messages on their way: until the peer has shown, or said, that it has them.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/wire/dtls/numbers.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::dtls {

/// A flight (RFC 6347 §4.2.4, RFC 9147 §5.7), in fragments that need not be the same each time.
class Outbox {
public:
    struct Message {
        /// `change_cipher_spec` has neither header nor number.
        wire::dtls::ContentType content = wire::dtls::ContentType::handshake;
        wire::dtls::HandshakeType type{};
        std::uint16_t sequence = 0;
        std::uint64_t epoch = 0;
        std::vector<std::byte> body;
    };
    /// Bytes of a message that the peer may not have.
    struct Piece {
        std::size_t message;
        std::uint32_t from, to;
    };

    void add(Message message);
    void clear();
    bool empty() const { return messages_.empty(); }
    const Message& message(std::size_t index) const { return messages_[index].message; }

    /// True the first time that it is asked of a message.
    bool leaves_first(std::size_t index) { return !std::exchange(messages_[index].has_left, true); }

    /// Everything that is not acknowledged, in order.
    std::vector<Piece> missing() const;
    /// Notes which record a piece has left in, for `acknowledge`.
    void sent(const Piece& piece, std::uint64_t epoch, std::uint64_t sequence);
    /// The peer has the record (RFC 9147 §7). True when that leaves nothing to send.
    bool acknowledge(std::uint64_t epoch, std::uint64_t sequence);

private:
    using Run = std::pair<std::uint32_t, std::uint32_t>;
    struct Entry {
        Message message;
        std::vector<Run> missing;
        bool has_left = false;
    };
    struct Record {
        std::uint64_t epoch, sequence;
        Piece piece;
    };
    /// Records that may still be acknowledged; older ones are sent again at worst.
    static constexpr std::size_t kRecordsKept = 256;

    std::vector<Entry> messages_;
    std::deque<Record> records_;
};

} // namespace hawser::dtls
