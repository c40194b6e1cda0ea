// The DTLS engine: RFC 6347 and RFC 9147 without I/O.
#pragma once

#include <hawser/core/buffer.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/result.hpp>
#include <hawser/dtls/events.hpp>
#include <hawser/dtls/options.hpp>
#include <hawser/engine/engine.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/engine/tap.hpp>
#include <hawser/engine/wall_clock.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace hawser::dtls {

/// Counts of one endpoint since its start.
struct Counters {
    std::array<std::uint64_t, kVerdicts> received{}; ///< datagrams by the worst of their records
    std::uint64_t datagrams_sent = 0;
    std::uint64_t records_sealed = 0, records_opened = 0;
    std::uint64_t bad_mac = 0, replayed = 0, unknown_epoch = 0;
    std::uint64_t handshakes_begun = 0, handshakes_done = 0, handshakes_failed = 0;
    std::uint64_t cookies_sent = 0, cookies_refused = 0, answers_suppressed = 0;
    std::uint64_t retransmissions = 0;
    std::uint64_t hellos_refused = 0; ///< by Options::on_hello
    std::uint64_t renegotiations_done = 0, renegotiations_refused = 0;

    std::uint64_t of(Verdict verdict) const { return received[static_cast<std::size_t>(verdict)]; }
};

/// A record that was opened in place: borrowed until the next call of its endpoint.
struct OpenedRecord {
    ConnectionHandle connection;
    MutableBytes payload;
    std::uint64_t epoch;
    std::uint64_t sequence;
    PacketId packet_id; ///< of the datagram that brought it
    const Path* path;   ///< and what came with that
    const Ancillary* ancillary;
};

/// Room that a connection's records need around what they carry.
struct Overhead {
    std::uint16_t headroom = 0;
    std::uint16_t tailroom = 0;
};

/// Many connections, of both roles, behind one set of sockets. An Engine
/// (hawser/engine/engine.hpp), and a layer that seals for another one.
class Endpoint {
public:
    using Event = dtls::Event;

    /// What the outside world lends; all of it outlives the endpoint.
    struct Environment {
        Random& random;
        PacketPool& packets;
        BufferPool& buffers;
        WallClock wall;
    };

    Endpoint(const EndpointOptions& options, Environment environment, Instant now);
    ~Endpoint();
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    // --- what a user asks ---

    /// Takes connections. Fails with `invalid_argument` when the options contradict each other or
    /// have neither an identity nor PSKs.
    Result<> listen(const Options& options);
    /// New connections are ignored from now on; those that are up stay.
    void stop_listening();
    /// Begins a handshake; `Connected` or `Closed` follows. Fails with `in_use` when the path has a
    /// connection, `exhausted` above a limit, `invalid_argument`.
    Result<ConnectionHandle> connect(const Path& path, const Options& options, Instant now);

    /// Sends one record, as one datagram unless Options::coalesce_bytes says otherwise. Succeeds or
    /// changes nothing: `not_found`, `closed`, `exhausted` before the handshake is done or while
    /// `kUnsentMax` datagrams wait, `too_large`.
    Result<> write(ConnectionHandle connection, Bytes payload, const Ancillary& ancillary,
                   Instant now);
    /// Says close_notify and ends it.
    Result<> close(ConnectionHandle connection, Instant now);
    /// 1.3: new keys for what we send, and with `both` for what the peer sends (RFC 9147 §8).
    /// `unsupported` in 1.2.
    Result<> update_keys(ConnectionHandle connection, bool both, Instant now);
    /// 1.2: another handshake under the keys of now; data goes on meanwhile, and new keys follow
    /// (RFC 5746). A server asks the client for it, who may decline. Fails with `unsupported` in
    /// 1.3, where Options::renegotiation is off and where the peer has no secure renegotiation;
    /// with `exhausted` while another handshake is under way or its end is not certain yet.
    Result<> renegotiate(ConnectionHandle connection, Instant now);
    /// 1.3: gives the peer another connection ID to put on what it sends us, from now on (RFC 9147
    /// §9). Fails with `unsupported` without IDs of ours, `exhausted` while another message is
    /// under way.
    Result<> replace_connection_id(ConnectionHandle connection, Instant now);
    /// 1.3: puts another ID of the peer's on what we send, as one does before one moves: one that
    /// it gave for that, or it is asked for some. Fails as `replace_connection_id` does.
    Result<> use_next_connection_id(ConnectionHandle connection, Instant now);
    /// Keying material for another protocol (RFC 5705, RFC 8446 §7.5).
    Result<> export_keys(ConnectionHandle connection, std::string_view label, Bytes context,
                         MutableBytes out) const;

    /// All that another process needs to go on with the connection, which ends here without a word.
    /// Secret. Fails with `exhausted` while a handshake or key update is under way.
    Result<std::vector<std::byte>> export_state(ConnectionHandle connection);
    /// Goes on with a connection. The numbers of records go on after a gap, so that none is used
    /// twice. `malformed` when it is not of this version or was changed.
    Result<ConnectionHandle> import_state(Bytes state, const Path& path, const Options& options,
                                          Instant now);

    std::size_t connection_count() const;
    const Counters& counters() const;
    /// The largest payload that `write` takes when datagrams have `datagram_bytes`.
    std::size_t payload_bytes_max(ConnectionHandle connection, std::size_t datagram_bytes) const;

    /// Shows handshake messages in the clear and hands out key-log lines, until nullptr is set.
    void set_tap(Tap* tap);

    // --- for the layer that it carries ---

    /// Numbers so many packets of that layer, for packet logs: every datagram that leaves has a
    /// number of its own, and `seal` keeps it. Answers the first one's.
    PacketId take_packet_ids(std::size_t count);
    /// What the next one will be.
    PacketId next_packet_id() const;

    /// What the records of this connection need. Zero when it is not up.
    Overhead overhead(ConnectionHandle connection) const;
    /// Seals every segment in place and addresses the packet. The room around the segments is at
    /// least `overhead`. Fails with `not_found`, `closed`, `exhausted` before the handshake is
    /// done, `invalid_argument` without that room, and in 1.3 with AES-CCM-8 for less than 7 bytes,
    /// which cannot hide the record's number.
    Result<Transmit> seal(ConnectionHandle connection, Transmit&& clear, Instant now);
    /// As `receive`, but what it carried is answered here instead of becoming events.
    std::span<const OpenedRecord> open(Datagram& datagram, Instant now, Verdict& verdict);

    // --- the contract of an engine ---

    Verdict receive(Datagram& datagram, Instant now);
    void path_event(const PathEvent& event, Instant now);
    void advance(Instant now);
    std::optional<Transmit> poll_transmit(Instant now, const Framing& framing);
    std::optional<Event> poll_event();
    /// Whether `poll_event` would give one.
    bool has_events() const;
    Instant deadline() const;

private:
    class Connections;
    std::unique_ptr<Connections> connections_;
};

} // namespace hawser::dtls
