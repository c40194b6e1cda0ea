// What sockets of every carrier have in common: batches, markings, the error queue.
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

/// Counts since the socket was opened.
struct SocketCounters {
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

    SocketCounters& operator+=(const SocketCounters& other);
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

/// A non-blocking socket, a UdpSocket or a RawSocket by how it was opened, with path MTU discovery
/// left to its user (every packet leaves with DF, whatever the kernel has learned).
///
/// No call allocates in steady state. One shard, one thread.
class Socket {
public:
    Socket(Socket&&) noexcept;
    Socket& operator=(Socket&&) noexcept;
    ~Socket();

    /// For the owner's event loop. Nothing but this class may change the socket's options.
    int fd() const;
    /// What carries its datagrams: udp, or ip for a raw socket.
    Protocol protocol() const;
    /// As bound: with the port that the kernel chose, 0 for a raw socket. Connected: with the
    /// address that leads there.
    const Address& local_address() const;
    const Capabilities& capabilities() const;
    const SocketCounters& counters() const;
    /// What a datagram carries that asks for nothing: dscp, ecn and hop_limit.
    const Ancillary& defaults(Family family) const;

    /// From now on nobody but this peer is heard, and the kernel keeps the route to it, which saves
    /// a look-up for each datagram without markings. For a UDP socket that has one peer, which does
    /// not move; others of its family can still be sent to. Fails with `unreachable` (no route),
    /// `invalid_argument` (a family that this socket cannot send, port 0, a broadcast address),
    /// `unsupported` (a raw socket), `io`.
    Result<> connect(const Address& peer);

    /// A raw socket hears packets for these SCTP ports from now on, and for no others: everybody
    /// else's are on the same host. Fails with `unsupported` (a UDP socket), `too_large` above
    /// `kPortsHeardMax`, `io`; what was heard before is heard on.
    Result<> hear(std::span<const std::uint16_t> sctp_ports);

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
    static constexpr std::size_t kPortsHeardMax = 512;

protected:
    struct State;
    explicit Socket(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

} // namespace hawser::net
