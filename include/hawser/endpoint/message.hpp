// What an application gets from an association: messages and events that own what they carry.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/buffer.hpp>
#include <hawser/core/path.hpp>
#include <hawser/sctp/events.hpp>

#include <memory>
#include <string_view>
#include <utility>
#include <variant>

namespace hawser {

namespace detail {
class Pools;
} // namespace detail

/// Received bytes in a buffer of the endpoint that got them. It may outlive the endpoint and be
/// dropped on any thread: the memory finds its way back.
class Payload {
public:
    Payload() = default;
    Payload(Buffer buffer, std::shared_ptr<detail::Pools> pools)
        : buffer_(std::move(buffer)), pools_(std::move(pools)) {}
    Payload(Payload&& other) noexcept = default;
    Payload& operator=(Payload&& other) noexcept {
        std::swap(buffer_, other.buffer_);
        std::swap(pools_, other.pools_);
        return *this;
    }
    Payload(const Payload&) = delete;
    Payload& operator=(const Payload&) = delete;
    ~Payload();

    Bytes bytes() const { return buffer_.bytes(); }
    MutableBytes bytes() { return buffer_.bytes(); }
    /// The bytes as text; no encoding is checked.
    std::string_view text() const { return as_text(buffer_.bytes()); }
    std::size_t size() const { return buffer_.size(); }

private:
    Buffer buffer_;
    std::shared_ptr<detail::Pools> pools_;
};

/// One whole message, and what travelled beside it.
struct Message {
    sctp::AssociationId association;
    sctp::StreamId stream;
    sctp::Ssn ssn; ///< meaningless when unordered; with I-DATA the low half of `mid`
    sctp::Mid mid; ///< with I-DATA; else 0
    sctp::Ppid ppid;
    sctp::Tsn tsn;            ///< of the first fragment
    sctp::Tsn cumulative_tsn; ///< of the association when the message was complete
    bool unordered;
    Ancillary ancillary; ///< the first fragment's; CE when any fragment had it
    Path path;           ///< the first fragment's
    Payload payload;

    Bytes bytes() const { return payload.bytes(); }
    std::string_view text() const { return payload.text(); }
};

/// A message that will not arrive, as far as we know, comes back whole.
struct SendFailed {
    sctp::AssociationId association;
    sctp::StreamId stream;
    sctp::Ppid ppid;
    std::uint64_t context; ///< as given to `send`
    sctp::SendFailed::Why why;
    bool sent; ///< some of it was on the wire: the peer may have it
    int os_errno;
    Payload payload;
};

/// The peer sent ERROR (RFC 9260 §3.3.10).
struct PeerError {
    sctp::AssociationId association;
    std::uint16_t cause;
    Payload information; ///< the cause's value
};

/// The end of an association; the last event that it gives.
struct Closed {
    sctp::AssociationId association;
    sctp::CloseReason reason;
    std::optional<std::uint16_t> cause; ///< as in sctp::Closed
    int os_errno;
    Payload information; ///< the cause's value, e.g. what the peer gave to `abort`
};

/// Events were dropped, oldest first, because nobody took them.
struct EventsLost {
    sctp::AssociationId association; ///< of the newest that was dropped
    std::size_t count;
};

/// What happens to an association beside its messages.
using Event =
    std::variant<sctp::Connected, SendFailed, sctp::SendQueueLow, sctp::SenderDry, sctp::Restarted,
                 sctp::PeerShutdown, PeerError, sctp::PathChanged, sctp::HeartbeatResult,
                 sctp::StreamsReset, sctp::StreamsAdded, sctp::AssociationReset,
                 sctp::AuthenticationChanged, sctp::LocalAddressChanged, Closed, EventsLost>;

} // namespace hawser
