// Which datagrams leave with which system call.
#pragma once

#include "net/control.hpp"
#include "net/kernel.hpp"
#include "net/sockaddr.hpp"

#include <hawser/core/packet.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include <sys/socket.h>
#include <sys/uio.h>

namespace hawser::net {

/// A place in a span of Transmits: before datagram `segment` of Transmit `item`.
struct Cursor {
    std::size_t item = 0;
    std::size_t segment = 0;

    friend bool operator==(Cursor, Cursor) = default;
};

/// What the plan needs to know of its socket.
struct SendFacts {
    Family socket_family;
    const Address& bound;
    const std::optional<Address>& peer; ///< goes without saying
    const Ancillary& defaults_ipv4;
    const Ancillary& defaults_ipv6;
    bool trains; ///< false: every datagram is a message of its own

    const Ancillary& defaults(Family family) const {
        return family == Family::ipv4 ? defaults_ipv4 : defaults_ipv6;
    }
};

/// The memory of one sendmmsg, used again for every call.
class SendPlan {
public:
    static constexpr std::size_t kMessages = 64;
    static constexpr std::size_t kPieces = 256;

    /// One message of the call: a datagram or a train.
    struct Message {
        Cursor begin, end;
        std::size_t datagrams;
        std::size_t bytes;
    };

    /// Plans from `at` on until the call is full, the batch ends, or a Transmit differs from the
    /// first in whether it may be fragmented. Every Transmit has been checked.
    void build(std::span<const Transmit> batch, Cursor at, const SendFacts& socket);

    std::span<mmsghdr> headers() { return std::span{headers_}.first(count_); }
    const Message& message(std::size_t index) const { return messages_[index]; }
    bool may_fragment() const { return may_fragment_; }

private:
    Cursor add_message(std::span<const Transmit> batch, Cursor at, const SendFacts& socket);
    bool joins(const Transmit& first, const Transmit& next, std::size_t segment_bytes,
               const Message& message) const;
    void finish(const Transmit& first, std::size_t segment_bytes, const Message& message,
                std::size_t piece_first, const SendFacts& socket);

    std::size_t count_ = 0;
    std::size_t pieces_used_ = 0;
    bool may_fragment_ = false;
    std::array<Message, kMessages> messages_;
    std::array<mmsghdr, kMessages> headers_;
    std::array<SocketAddress, kMessages> names_;
    std::array<iovec, kPieces> pieces_;
    std::array<ControlBuffer, kMessages> controls_;
};

} // namespace hawser::net
