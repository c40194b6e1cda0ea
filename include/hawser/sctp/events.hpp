// What an SCTP endpoint tells its user: typed values, each of which owns what it carries.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/buffer.hpp>
#include <hawser/core/path.hpp>
#include <hawser/sctp/options.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace hawser::sctp {

/// Names an association of one endpoint; never used again for another one.
enum class AssociationId : std::uint64_t {};

enum class CloseReason : std::uint8_t {
    shutdown,           ///< graceful, by either side: all that was sent has arrived
    aborted_locally,    ///< we called abort
    aborted_by_peer,    ///< the peer sent ABORT; `cause` says why if it did
    timed_out,          ///< the peer was silent for too many retransmissions
    refused,            ///< the peer ended our handshake: ABORT, or stale cookies to no end
    unreachable,        ///< the network said so; once it was up, the peer was silent as well
    protocol_violation, ///< the peer broke a rule and we sent ABORT
    out_of_resource,    ///< it held most of what nobody could read: Options::receive_bytes_max
};

std::string_view name(CloseReason reason);

/// The association is up. Also given once for one that a peer opened.
struct Connected {
    AssociationId association;
    Path path;
    std::uint16_t local_port; ///< SCTP ports
    std::uint16_t remote_port;
    std::uint16_t outbound_streams; ///< what was negotiated
    std::uint16_t inbound_streams;
    bool initiated_by_peer; ///< nobody here has called `connect` for it
};

/// One whole message.
struct Message {
    AssociationId association;
    StreamId stream;
    Ssn ssn; ///< meaningless when unordered; with I-DATA the low half of `mid`
    Mid mid; ///< with I-DATA; else 0
    Ppid ppid;
    Tsn tsn;            ///< of the first fragment
    Tsn cumulative_tsn; ///< of the association when the message was complete
    bool unordered;
    Ancillary ancillary; ///< the first fragment's; CE when any fragment had it
    Path path;           ///< the first fragment's
    Buffer payload;
};

/// A message will not arrive, as far as we know: the association ended, it was given up as its
/// SendOptions said, or the kernel refused its marking.
struct SendFailed {
    enum class Why : std::uint8_t {
        association_ended,
        lifetime,        ///< SendOptions::lifetime ran out
        retransmissions, ///< it was lost once more than SendOptions::retransmissions_max
        priority,        ///< the send queue was full, and one of higher priority came
        restarted,       ///< the peer began anew
        marking_refused, ///< the kernel would not send it marked as asked; see `os_errno`
        no_such_stream,  ///< queued before the handshake, for a stream that was not granted
    };
    AssociationId association;
    StreamId stream;
    Ppid ppid;
    std::uint64_t context;
    Why why;
    bool sent; ///< some of it was on the wire: the peer may have it
    int os_errno = 0;
    Buffer payload; ///< the whole message, back; empty: the peer has it for good (NR-SACK)
};

/// The send queue has room again after `send` answered `exhausted`.
struct SendQueueLow {
    AssociationId association;
    std::size_t queued_bytes;
};

/// All that was sent has been acknowledged.
struct SenderDry {
    AssociationId association;
};

/// The peer lost its state and came back with the same addresses (RFC 9260 §5.2.4.1). Stream
/// sequence numbers start again on both sides; unacknowledged messages came back as SendFailed.
struct Restarted {
    AssociationId association;
    std::uint16_t outbound_streams;
    std::uint16_t inbound_streams;
};

/// The peer wants to end the association; it takes no more messages.
struct PeerShutdown {
    AssociationId association;
};

/// The peer sent ERROR (RFC 9260 §3.3.10). `information` is the cause's value.
struct PeerError {
    AssociationId association;
    std::uint16_t cause;
    Buffer information;
};

/// A path got better or worse.
struct PathChanged {
    enum class State : std::uint8_t {
        active,    ///< its peer answers again
        confirmed, ///< the peer is there, as it said: a way to go, from now on (RFC 9260 §5.4)
        potentially_failed, ///< no answer of late; DATA goes elsewhere meanwhile (RFC 7829)
        inactive,           ///< no answer for Options::path_retransmissions_max times
        moved,              ///< a NAT gave the peer another UDP port
        too_big,            ///< it carries only smaller packets than before
        unreachable, ///< the network says so, which may be forged (RFC 9260 §10); the peer is asked
        added,       ///< the peer is there, too, as it says; `confirmed` follows once it answers
        removed,     ///< the peer is not there any more, as it says
        made_primary, ///< the peer wants DATA to go there, which it does from now on
    };
    AssociationId association;
    Path path;
    State state;
    int os_errno = 0; ///< unreachable: ECONNREFUSED (its UDP port), EHOSTUNREACH, ENETUNREACH, ...
};

/// The answer to `Endpoint::heartbeat`, or none.
struct HeartbeatResult {
    AssociationId association;
    Path path;
    std::uint64_t context;
    std::optional<Duration> round_trip; ///< nullopt: no answer within one RTO, or before a restart
    Ancillary ancillary;                ///< what the answer came with
};

/// What became of a request to reset or add streams (RFC 6525 §6.1).
enum class ReconfigurationOutcome : std::uint8_t {
    performed,
    nothing_to_do, ///< the peer says that there was no need
    denied,        ///< the peer does not want to
    failed,        ///< the peer says that the request was in error, or came while another was open
};

/// Streams have been reset, by us or by the peer, or `Endpoint::reset_streams` was refused. Those
/// that were count their messages from 0 again.
struct StreamsReset {
    AssociationId association;
    StreamDirection direction;
    ReconfigurationOutcome outcome;
    std::vector<StreamId> streams; ///< none: all
};

/// There are more streams, by our wish or the peer's, or `Endpoint::add_streams` was refused.
struct StreamsAdded {
    AssociationId association;
    StreamDirection direction;
    ReconfigurationOutcome outcome;
    std::uint16_t outbound_streams; ///< how many there are now
    std::uint16_t inbound_streams;
};

/// All streams of both directions count their messages from 0 again, and TSNs have new values, by
/// our wish or the peer's (RFC 6525 §6.1.2), or `Endpoint::reset_association` was refused: then all
/// numbers go on.
struct AssociationReset {
    AssociationId association;
    ReconfigurationOutcome outcome;
    Tsn local_tsn;  ///< of the next chunk that we send
    Tsn remote_tsn; ///< of the next one that the peer sends
};

/// Something about AUTH and its keys is new (RFC 6458 §6.1.8).
struct AuthenticationChanged {
    enum class What : std::uint8_t {
        peer_uses_key, ///< for the first time: ours may be made active, if it is not
        key_is_free,   ///< it was deactivated, and nothing that waits or is under way needs it
        peer_without,  ///< the peer does not know AUTH: nothing is authenticated
    };
    AssociationId association;
    What what;
    KeyId key{}; ///< of the first two
};

/// What became of a change of our addresses that the peer was to know of (RFC 5061).
struct LocalAddressChanged {
    enum class What : std::uint8_t { added, removed, made_primary };
    enum class Outcome : std::uint8_t {
        performed,
        refused,  ///< the peer will not have it; `cause` says why
        given_up, ///< the peer began anew or does not know ASCONF after all, or the end came
    };
    AssociationId association;
    Address address; ///< without a port
    What what;
    Outcome outcome;
    std::optional<std::uint16_t> cause; ///< an error cause code
};

/// The end. Nothing more comes for this association.
struct Closed {
    AssociationId association;
    CloseReason reason;
    /// Error cause code: of an ABORT of the peer's or of ours, or of the ERROR that refused us.
    std::optional<std::uint16_t> cause;
    int os_errno = 0;
    Buffer information; ///< the cause's value, e.g. the upper layer's abort reason
};

using Event =
    std::variant<Connected, Message, SendFailed, SendQueueLow, SenderDry, Restarted, PeerShutdown,
                 PeerError, PathChanged, HeartbeatResult, StreamsReset, StreamsAdded,
                 AssociationReset, AuthenticationChanged, LocalAddressChanged, Closed>;

} // namespace hawser::sctp
