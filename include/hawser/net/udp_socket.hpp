// A UDP socket that carries everything that travels beside a datagram.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/ancillary.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/path.hpp>
#include <hawser/core/result.hpp>
#include <hawser/net/capabilities.hpp>
#include <hawser/net/receive_batch.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hawser::net {

/// What is reported beside each received datagram. Every item costs the receiver a little, so each
/// can be switched off. An item that this kernel does not have stays silent.
struct ReceiveItems {
    bool traffic_class = true; ///< dscp and ecn
    bool hop_limit = true;
    bool destination = true; ///< Path::local and interface_index
    bool flow_label = true;
    bool timestamp = true;    ///< received_at
    bool mark = false;        ///< since Linux 5.19
    bool priority = false;    ///< since Linux 6.14
    bool drop_counter = true; ///< Counters::dropped_by_kernel
};

struct UdpOptions {
    /// Where to listen. Port 0: the kernel chooses. `[::]` takes IPv4 too, unless `v6_only`.
    Address local = Address::any(Family::ipv6);
    bool v6_only = false;
    /// Several sockets may share the port; the kernel spreads the peers over them.
    bool reuse_port = false;
    /// Asked from the kernel, which may grant less to a process without CAP_NET_ADMIN. Several
    /// megabytes, so that a burst of trains fits while the reader is busy.
    std::size_t send_buffer_bytes = std::size_t{4} * 1024 * 1024;
    std::size_t receive_buffer_bytes = std::size_t{4} * 1024 * 1024;
    /// Trains in one call, out and in. Both fall back silently where the kernel cannot do it.
    bool gso = true;
    bool gro = true;
    /// The interface has an fq or etf queueing discipline that honours SCM_TXTIME
    /// (CLOCK_MONOTONIC). The kernel cannot be asked, so that without this promise `send_at` is
    /// `unsupported`.
    bool send_at = false;
    ReceiveItems receive;
    /// What datagrams carry that do not ask for something else: dscp, ecn, hop_limit, mark and
    /// priority. Any other field set here is `invalid_argument`.
    Ancillary defaults;
};

/// Knows a datagram by its first byte, and where in it a socket's number stands.
struct SteeringRule {
    std::byte mask, value;  ///< of the first byte: `(byte & mask) == value`; mask 0: every datagram
    std::uint16_t offset;   ///< of what is the socket's number modulo the sockets
    std::uint8_t bytes = 1; ///< it has: 1, 2 or 4, the most significant first
    bool zero_is_none = false; ///< 0 is no number: such a datagram goes by its addresses
};

/// Counts since the socket was opened.
struct UdpCounters {
    std::uint64_t send_calls = 0, receive_calls = 0; ///< system calls
    std::uint64_t sent = 0, received = 0;            ///< datagrams, after and before trains are cut
    std::uint64_t sent_bytes = 0, received_bytes = 0;
    std::uint64_t refused = 0;           ///< datagrams that the kernel would not send
    std::uint64_t blocked = 0;           ///< sends that found the socket full
    std::uint64_t truncated = 0;         ///< datagrams longer than the receive slab
    std::uint64_t control_truncated = 0; ///< control messages that did not fit their buffer
    std::uint64_t gso_fallbacks = 0;     ///< trains refused by the kernel and sent piece by piece
    std::uint64_t errors_ignored = 0;    ///< entries of the error queue that are no path event
    std::uint64_t dropped_by_kernel = 0; ///< arrived, but the receive buffer was full

    UdpCounters& operator+=(const UdpCounters& other);
};

/// Datagrams of one Transmit that the kernel would not send.
struct Refusal {
    std::size_t index; ///< of the Transmit in the span given to `send`
    std::size_t first_segment, segment_count;
    int os_errno;
};

/// What became of a span of Transmits.
struct SendOutcome {
    std::size_t taken = 0;    ///< Transmits that are done with, sent or refused
    std::size_t segments = 0; ///< datagrams of the next one that are done with already
    bool blocked = false;     ///< the socket is full: offer the rest again when it is writable
    std::span<const Refusal> refused; ///< in order; valid until the next send
};

/// A non-blocking UDP socket, IPv4, IPv6 or both, with path MTU discovery left to its user (every
/// packet leaves with DF, whatever the kernel has learned).
///
/// No call allocates in steady state. One shard, one thread.
class UdpSocket {
public:
    /// Fails with `in_use`, `permission` (a port below 1024), `invalid_argument` (an address that
    /// is not this host's, a default that cannot be one), `unsupported` (no such family here, a
    /// default marking this kernel refuses), `io`.
    static Result<UdpSocket> open(const UdpOptions& options = {});

    UdpSocket(UdpSocket&&) noexcept;
    UdpSocket& operator=(UdpSocket&&) noexcept;
    ~UdpSocket();

    /// For the owner's event loop. Nothing but this class may change the socket's options.
    int fd() const;
    /// As bound: with the port that the kernel chose. Connected: with the address that leads there.
    const Address& local_address() const;
    const Capabilities& capabilities() const;
    const UdpCounters& counters() const;
    /// What a datagram carries that asks for nothing: dscp, ecn and hop_limit.
    const Ancillary& defaults(Family family) const;

    /// From now on nobody but this peer is heard, and the kernel keeps the route to it, which saves
    /// a look-up for each datagram without markings. For a socket that has one peer, which does not
    /// move; others of its family can still be sent to. Fails with `unreachable` (no route),
    /// `invalid_argument` (a family that this socket cannot send, port 0, a broadcast address),
    /// `io`.
    Result<> connect(const Address& peer);

    /// Whether a datagram with these markings could be sent on this path. Fails with `unsupported`
    /// (this kernel, or this socket without a privilege, cannot), `invalid_argument` (a value out
    /// of range, a typed field and the same control message in `extra`, a path of another socket),
    /// `too_large` (more control messages than fit).
    Result<> check(const Ancillary& ancillary, const Path& path) const;

    /// Sends a batch in as few calls as possible; a train, or neighbours with equal path, markings
    /// and size, leave in one. `first_segment` datagrams of the first Transmit have left before:
    /// SendOutcome::segments of the call that was blocked.
    ///
    /// A datagram that the kernel refuses is reported, never sent without its markings, and does
    /// not stop those after it.
    SendOutcome send(std::span<const Transmit> batch, std::size_t first_segment = 0);

    /// Of `sockets` sockets that share a port (`reuse_port`), numbered from 0 as they were bound,
    /// gives each datagram that a rule knows to the one whose number it carries, wherever it comes
    /// from; any other goes by its addresses, as before. Holds for all of them, those bound later
    /// too. Fails with `invalid_argument` (no rule, more than 16, no socket, another
    /// count of bytes), `unsupported`.
    Result<> steer(std::span<const SteeringRule> rules, std::uint8_t sockets);

    /// Fills the batch with what has arrived and answers how many messages that were; 0 when
    /// nothing is there.
    std::size_t receive(ReceiveBatch& batch);

    /// True when a call has shown that the error queue holds something.
    bool errors_pending() const;
    /// Empties the error queue; appends what happened to which path, once for a row of equal
    /// answers. At most `kErrorsPerRead` entries are read, so that a flood of ICMP cannot hold the
    /// caller.
    void read_errors(std::vector<PathEvent>& events);

    static constexpr std::size_t kErrorsPerRead = 64;

private:
    struct State;
    explicit UdpSocket(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

} // namespace hawser::net
