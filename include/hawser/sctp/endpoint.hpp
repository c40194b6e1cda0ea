// The SCTP engine: RFC 9260 without I/O.
#pragma once

#include <hawser/core/buffer.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/result.hpp>
#include <hawser/engine/engine.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/engine/state.hpp>
#include <hawser/engine/tap.hpp>
#include <hawser/sctp/events.hpp>
#include <hawser/sctp/options.hpp>
#include <hawser/sctp/shard_map.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::sctp {

enum class State : std::uint8_t {
    closed,
    cookie_wait,
    cookie_echoed,
    established,
    shutdown_pending,
    shutdown_sent,
    shutdown_received,
    shutdown_ack_sent,
};

std::string_view name(State state);

/// Messages that were given up, by what their SendOptions said: RFC 7496 §4.3, §4.4.
struct GivenUpMessages {
    struct Count {
        std::uint64_t unsent = 0; ///< nothing of it had left
        std::uint64_t sent = 0;   ///< some of it had
    };
    Count lifetime, retransmissions, priority;
};

/// DATA chunks that went again, or were to, by why.
struct Retransmissions {
    std::uint64_t timeout = 0;    ///< T3-rtx: RFC 9260 §6.3.3
    std::uint64_t fast = 0;       ///< what was sent later arrived: RFC 8985 §6.2, RFC 9260 §7.2.4
    std::uint64_t tail_probe = 0; ///< to learn whether it had arrived: RFC 8985 §7
    /// On a faster path while the peer's window waited for it: see Options::multipath.
    std::uint64_t faster_path = 0;
    std::uint64_t spurious = 0; ///< those of all these that had arrived before
};

/// What can be asked about an association at any time: RFC 9260 §11.1.8.
struct Status {
    State state;
    Path path; ///< that DATA takes now; this and what follows from it: see Endpoint::paths
    std::uint16_t local_port, remote_port;
    std::uint16_t outbound_streams, inbound_streams;
    bool interleaving;         ///< messages are I-DATA: see Options::interleaving
    bool partial_reliability;  ///< what has left may be given up: see Options::forward_tsn
    bool nr_sack;              ///< both ends know NR-SACK: see Options::nr_sack
    bool authentication;       ///< both ends know AUTH: see Options::authentication
    StreamScheduler scheduler; ///< of what we send
    std::uint32_t peer_window_bytes;
    /// Of ours, when nothing waits to be read: see Options::receive_window_bytes_max.
    std::uint32_t receive_window_bytes;
    std::uint64_t receive_window_growths; ///< how often it has become larger
    std::size_t queued_bytes;             ///< accepted by `send`, not yet acknowledged
    std::size_t send_queue_bytes_max;     ///< now: see Options::send_queue_bytes_grown_max
    std::size_t in_flight_bytes;
    std::size_t congestion_window_bytes;
    std::optional<std::size_t> slow_start_threshold_bytes; ///< nullopt: nothing was lost yet
    std::size_t packet_bytes_max; ///< what packets may have now: see Options::path_mtu_discovery
    Duration smoothed_rtt;        ///< of the default class; zero before the first sample
    Duration rtt_variation;
    Duration rto;
    std::uint64_t packets_sent, packets_received; ///< this and what follows: of all paths together
    std::uint64_t bytes_sent, bytes_received;     ///< of SCTP packets
    std::optional<Instant> last_heard;            ///< when the last packet of the peer came
    std::uint64_t losses; ///< chunks that were believed lost, whether they were or not
    Retransmissions retransmissions;
    std::uint64_t chunks_sent, chunks_received, chunks_retransmitted, chunks_duplicate;
    std::uint64_t timeouts, fast_retransmits, tail_loss_probes;
    /// Sent to find larger packets, and those of them that did not get through.
    std::uint64_t path_mtu_probes, path_mtu_probes_lost;
    bool ecn; ///< agreed on, and not found to be in the way: see Options::ecn
    /// Packets with DATA that came marked CE; ECN-Echoes that came, and what became of them.
    std::uint64_t congestion_marks, congestion_echoes, congestion_reductions;
    GivenUpMessages given_up;
};

/// One of the peer's addresses, and what is known of the way there: RFC 9260 §14.2.
struct PathStatus {
    enum class State : std::uint8_t {
        unconfirmed, ///< the peer says that it is there; nothing goes there before it has answered
        active,
        potentially_failed, ///< no answer of late: RFC 7829
        inactive,           ///< no answer for too long
    };
    Path path;
    State state;
    bool primary; ///< preferred: see Endpoint::set_primary
    bool current; ///< DATA goes there now
    std::size_t in_flight_bytes;
    std::size_t congestion_window_bytes;
    std::optional<std::size_t> slow_start_threshold_bytes; ///< nullopt: nothing was lost yet
    std::size_t packet_bytes_max;
    Duration smoothed_rtt; ///< of the default class; zero before the first sample
    Duration rtt_variation;
    Duration rto;
    std::uint32_t errors; ///< unanswered in a row
    std::uint64_t packets_sent, packets_received;
    std::uint64_t bytes_sent, bytes_received; ///< of SCTP packets
    std::optional<Instant> last_heard;        ///< when the last packet came from there
    std::uint64_t losses;                     ///< chunks sent there that were believed lost
    Retransmissions retransmissions;          ///< of what was sent there
    /// Packets with DATA that came from there marked CE; what marks of ours did to its window.
    std::uint64_t congestion_marks, congestion_reductions;
};

/// Counts of one endpoint since its start.
struct Counters {
    std::array<std::uint64_t, kVerdicts> received{}; ///< packets by Verdict
    std::uint64_t packets_sent = 0;
    std::uint64_t stateless_answers = 0;
    std::uint64_t answers_suppressed = 0;
    /// Acknowledged and thrown away: the SSN or MID of an ordered message had passed, or another
    /// message had it. A fragment of I-DATA counts by itself.
    std::uint64_t misnumbered_messages = 0;
    /// Of messages that peers gave up: what was held of them, and what came after all (a message
    /// under construction counts once).
    std::uint64_t given_up_fragments = 0;
    /// Chunks that were passed over because they have to stand after AUTH, and did not.
    std::uint64_t unauthenticated_chunks = 0;

    std::uint64_t of(Verdict verdict) const { return received[static_cast<std::size_t>(verdict)]; }
};

/// Many associations behind one set of sockets. An Engine (hawser/engine/engine.hpp).
class Endpoint {
public:
    using Event = sctp::Event;

    /// What the outside world lends; all of it outlives the endpoint.
    struct Environment {
        Random& random;
        PacketPool& packets;
        BufferPool& buffers;
        /// Which peer is whose, where there are several shards in this process; nullptr: a packet
        /// that is another's is a stranger here.
        ShardMap* shard_map = nullptr;
    };

    Endpoint(const Options& options, Environment environment, Instant now);
    ~Endpoint();
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    // --- what a user asks ---

    /// Takes associations on an SCTP port. Fails with `in_use`, or `invalid_argument` for port 0.
    Result<> listen(std::uint16_t port);
    /// New associations are refused from now on; those that are up stay.
    void stop_listening(std::uint16_t port);

    /// Begins an association with `remote_port` behind `path`; `Connected` or `Closed` follows.
    /// Messages may be queued at once. Fails with `in_use` when the same ports and address have
    /// one already, `exhausted` above a limit, `invalid_argument`, also for what contradicts itself
    /// in ConnectOptions::paths.
    Result<AssociationId> connect(const Path& path, std::uint16_t remote_port,
                                  const ConnectOptions& options, Instant now);

    /// Queues one message. Succeeds or changes nothing.
    ///
    /// Fails with `invalid_argument` (empty, a stream beyond the negotiated count, a
    /// SendOptions::remote that is none of the peer's, or has not answered yet), `too_large`,
    /// `exhausted` (try again after SendQueueLow), `closed`, `not_found`.
    Result<> send(AssociationId association, Bytes message, const SendOptions& options,
                  Instant now);
    /// The same for a message that is in a buffer of our pool already: nothing is copied.
    Result<> send(AssociationId association, Buffer&& message, const SendOptions& options,
                  Instant now);

    /// Ends it once all that was queued has been acknowledged (RFC 9260 §9.2).
    Result<> shutdown(AssociationId association, Instant now);
    /// Ends it now (RFC 9260 §9.1); `reason` travels to the peer, at most 512 bytes of it.
    Result<> abort(AssociationId association, Bytes reason, Instant now);
    /// Asks the peer for a sign of life; `HeartbeatResult` follows.
    Result<> heartbeat(AssociationId association, std::uint64_t context, const Ancillary& ancillary,
                       Instant now);
    /// The same at one of the peer's addresses, confirmed or not; else `invalid_argument`.
    Result<> heartbeat(AssociationId association, const Address& remote, std::uint64_t context,
                       const Ancillary& ancillary, Instant now);
    /// Lets streams begin again at message 0 (RFC 6525): ours once all that was queued for them has
    /// been acknowledged, the peer's at its pleasure; `StreamsReset` follows, unless `Restarted` or
    /// `Closed` comes before it. Messages that are sent for them meanwhile wait for that.
    ///
    /// Fails with `unsupported` unless both ends have Options::reconfiguration, `invalid_argument`
    /// for a stream beyond the negotiated count, `too_large` for more streams than one packet can
    /// name, `exhausted` while another request is open, `closed`, `not_found`.
    Result<> reset_streams(AssociationId association, const StreamReset& reset, Instant now);
    /// Adds streams after those that there are (RFC 6525): to ours, or to the peer's at its
    /// pleasure; `StreamsAdded` follows, unless `Restarted` or `Closed` comes before it.
    ///
    /// Fails with `unsupported` unless both ends have Options::reconfiguration, `invalid_argument`
    /// for none, `too_large` above 65535 of ours, or Options::inbound_streams_max of the peer's,
    /// `exhausted` while another request is open, `closed`, `not_found`.
    Result<> add_streams(AssociationId association, const StreamAddition& addition, Instant now);
    /// Chooses who decides what leaves next, from now on: what waits moves over in its order, and
    /// all streams have `kStreamValueDefault`. The one that is chosen already keeps their values.
    /// Fails with `not_found`.
    Result<> set_scheduler(AssociationId association, StreamScheduler scheduler, Instant now);
    /// Gives one of our streams its priority under StreamScheduler::priority (0 to 65535, the
    /// smallest goes first), or its weight under weighted_fair_queueing (1 to 65535): RFC 8260
    /// §4.3.3. It counts from now on, also for what waits.
    ///
    /// Fails with `unsupported` under another scheduler, `invalid_argument` for a stream beyond the
    /// negotiated count and for a weight of 0, `not_found`.
    Result<> set_stream_value(AssociationId association, StreamId stream, std::uint16_t value,
                              Instant now);
    /// Lets all begin again (RFC 6525 §5.1.4): the streams of both directions at message 0, and
    /// TSNs at other values. That waits until all that was queued here has been acknowledged, and
    /// until the peer agrees, which may wait for the same; `AssociationReset` follows, unless
    /// `Restarted` or `Closed` comes before it. Messages that are sent meanwhile wait for that.
    ///
    /// Fails with `unsupported` unless both ends have Options::reconfiguration, `exhausted` while
    /// another request is open, `closed`, `not_found`.
    Result<> reset_association(AssociationId association, Instant now);
    /// Gives an association a shared key (RFC 6458 §8.3.3), or another secret in the place of the
    /// one with this identifier. What the peer sends under it is taken from now on. Key 0 is there
    /// from the start, with an empty secret.
    ///
    /// This and the three below fail with `unsupported` without Options::authentication, and
    /// `not_found`.
    Result<> set_shared_key(AssociationId association, const SharedKey& key, Instant now);
    /// Messages that are sent from now on are authenticated with it, unless they name another
    /// (RFC 6458 §8.1.18), and so are control chunks. What was sent before keeps its key.
    /// Fails with `invalid_argument` without such a key.
    Result<> activate_key(AssociationId association, KeyId key, Instant now);
    /// No message may name it any more (RFC 6458 §8.3.4); AuthenticationChanged says when the last
    /// that did is done. What the peer sends under it is taken on. Fails with `invalid_argument`
    /// without such a key, `in_use` for the active one.
    Result<> deactivate_key(AssociationId association, KeyId key, Instant now);
    /// Forgets it (RFC 6458 §8.3.5): what the peer sends under it is dropped. Fails with
    /// `invalid_argument` without such a key, `in_use` unless it is deactivated and free.
    Result<> delete_key(AssociationId association, KeyId key, Instant now);
    /// Opens the receive window under WindowCredit::on_release: by the size of a message that the
    /// application took, or of several together.
    void release(AssociationId association, std::size_t bytes, Instant now);

    // --- another process ---

    /// All that another process needs to go on with an association (`import_association`), which
    /// ends here without a word to the peer and without an event: what it has sent and the peer has
    /// not acknowledged, what waits, what has come and is in no event yet, and its events that
    /// nobody has polled. `unread` are messages that were polled and that nobody has seen: they
    /// come first there, and stay here when it fails. Secret keys are in it, so that it is sealed
    /// by the key of `how`.
    ///
    /// Fails with `exhausted` before Connected, `invalid_argument` unless it is valid for some time
    /// that is no longer than an hour, `not_found`.
    Result<std::vector<std::byte>> export_association(AssociationId association,
                                                      const StateExport& how, Instant now,
                                                      std::vector<Message>&& unread = {});
    /// Goes on with an association as if no time had passed but what the wall clock says. Its
    /// events come as they would have: there is no Connected, unless nobody has polled that. What
    /// only the endpoint knows is this one's: its options, its counters, its State Cookies.
    ///
    /// Succeeds or changes nothing. Fails with `malformed` when it was sealed by another key, or
    /// was changed; `unsupported` when another version made it, or when it needs what the options
    /// do not have (AUTH; packets without CRC32c); `timed_out` when it is older than it is valid
    /// for; `in_use` when this endpoint has imported it before, or has an association with the same
    /// tag, or the same ports and address; `invalid_argument` for a `path` where the peer has
    /// several; `exhausted` above a limit. Any of several shards may go on with it; where its tag
    /// names another one, that hands over what comes.
    Result<AssociationId> import_association(Bytes state, const StateImport& how, Instant now);

    std::optional<Status> status(AssociationId association) const;
    /// All addresses of the peer; none without such an association.
    std::vector<PathStatus> paths(AssociationId association) const;
    /// DATA goes there from now on while it gets there (RFC 9260 §11.1.4). Fails with
    /// `invalid_argument` for an address that is none of the peer's, or is not confirmed, and
    /// `not_found`.
    Result<> set_primary(AssociationId association, const Address& remote, Instant now);
    /// From now on the way to one of the peer's addresses, confirmed or not, has these options in
    /// the place of those it had. What an association is opened with is ConnectOptions::paths.
    ///
    /// Fails with `invalid_argument`, and changes nothing, for an address that is none of the
    /// peer's and for what contradicts itself or the options that it is laid over, with the reason:
    /// times below zero or above a day, an `rto_min` above `rto_max`, an `rto_initial` outside
    /// them, a size out of range, a size beside discovery, an ancillary that says when;
    /// `not_found`.
    Result<> set_path_options(AssociationId association, const Address& remote,
                              const PathOptions& options, Instant now);
    /// We have one more address: it joins Options::local_addresses. New associations name it;
    /// those that are up tell their peers where both ends have Options::dynamic_addresses, and send
    /// from it once these have agreed: a `LocalAddressChanged` follows for each.
    ///
    /// Fails with `invalid_argument` for an address that is not one host's, `in_use` for one that
    /// we have, `exhausted` above Options::kAddressesMax, `unsupported` without
    /// Options::dynamic_addresses.
    Result<> add_local_address(const Address& address, Instant now);
    /// We do not have that address any more: nothing leaves from it from now on, and peers are
    /// told. An association whose only one it was says nothing until it has another (RFC 5061
    /// §5.3 F5), of which it then tells in the same breath.
    ///
    /// Fails with `invalid_argument` for an address that we do not have, `unsupported` without
    /// Options::dynamic_addresses.
    Result<> remove_local_address(const Address& address, Instant now);
    /// The same for one association, whatever the others have. `LocalAddressChanged` follows,
    /// unless `Closed` comes before it, or the address is taken back before the peer has heard.
    ///
    /// Fails with `unsupported` unless both ends have Options::dynamic_addresses, `in_use` for one
    /// that it has, `exhausted` for more than Options::kAddressesMax, `invalid_argument`, `closed`,
    /// `not_found`.
    Result<> add_local_address(AssociationId association, const Address& address, Instant now);
    /// Fails as that does, and with `invalid_argument` for an address that it does not have.
    Result<> remove_local_address(AssociationId association, const Address& address, Instant now);
    /// Asks the peer to send to this address of ours (RFC 5061 §5.4, RFC 6458 §8.3.1), which is its
    /// to decide; `LocalAddressChanged` follows. Fails as that does.
    Result<> set_peer_primary(AssociationId association, const Address& local, Instant now);

    /// How many messages of a stream were given up; nullopt without such an association.
    std::optional<GivenUpMessages> given_up(AssociationId association, StreamId stream) const;
    std::size_t association_count() const;
    const Counters& counters() const;

    /// Until when a peer may ask again for our last word: kNever when nobody will.
    ///
    /// Of the two ends of a shutdown the one that sends SHUTDOWN COMPLETE is done first. When that
    /// packet is lost the other repeats SHUTDOWN ACK, which an endpoint without the association
    /// still answers (RFC 9260 §8.4), as long as there is one: who closes it before this instant
    /// may leave its peer waiting.
    Instant lingers_until() const;

    /// The next packet that is another shard's, which is to `take_over` it; whoever has several
    /// asks after every `receive` and `take_over`. nullopt: none.
    std::optional<Handover> poll_handover();
    Verdict take_over(Handover handover, Instant now);

    /// Shows every SCTP packet, both ways, until nullptr is set.
    void set_tap(Tap* tap);

    // --- the contract of an engine ---

    Verdict receive(Datagram& datagram, Instant now);
    void path_event(const PathEvent& event, Instant now);
    void advance(Instant now);
    std::optional<Transmit> poll_transmit(Instant now, const Framing& framing);
    std::optional<Event> poll_event();
    /// The next event, if it is a message: it is moved once, not through a variant or two. nullopt
    /// when it is another one, or there is none.
    std::optional<Message> poll_message();
    Instant deadline() const;

private:
    class Associations;
    std::unique_ptr<Associations> associations_;
};

} // namespace hawser::sctp
