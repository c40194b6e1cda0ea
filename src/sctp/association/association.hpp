// One association: its state, its two halves, its timers.
#pragma once

#include "sctp/association/heartbeats.hpp"
#include "sctp/cookie.hpp"
#include "sctp/rx/receiver.hpp"
#include "sctp/shared.hpp"
#include "sctp/tx/sender.hpp"

#include <hawser/wire/sctp/control.hpp>
#include <hawser/wire/sctp/init.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace hawser::sctp {

/// Who an association is with: what an INIT, and an answer to nobody, is matched by. The UDP port
/// belongs to it: hosts behind one NAT share its address, and may have chosen the same SCTP port.
struct PeerKey {
    Address remote; // without scope
    std::uint16_t remote_port = 0;
    std::uint16_t local_port = 0;

    static PeerKey of(const Address& remote, std::uint16_t remote_port, std::uint16_t local_port) {
        return {remote.host().with_port(remote.port()), remote_port, local_port};
    }
    /// What a NAT leaves of it when it forgets and learns anew (RFC 6951 §5.4).
    bool is_same_but_for_udp_port(const PeerKey& other) const {
        return remote.is_same_host(other.remote) && remote_port == other.remote_port &&
               local_port == other.local_port;
    }

    friend bool operator==(const PeerKey&, const PeerKey&) = default;
};

/// The state machine of RFC 9260 §4. One file per procedure: connect.cpp, shutdown.cpp,
/// restart.cpp, heartbeat.cpp; dispatch.cpp reads packets and packets.cpp writes them.
class Association {
public:
    struct Streams {
        std::uint16_t outbound;
        std::uint16_t inbound_max;
    };

    Association(Shared& shared, AssociationId id, const PeerKey& key, const Path& path,
                VerificationTag local_tag, Tsn initial_tsn, Streams streams, Instant now);
    ~Association();
    Association(const Association&) = delete;
    Association& operator=(const Association&) = delete;

    // --- what a user asks ---

    void connect(std::uint32_t retransmissions_max);
    Result<> send(Buffer&& payload, const SendOptions& options, Instant now);
    Result<> can_send(std::size_t bytes, const SendOptions& options);
    Result<> shutdown(Instant now);
    void abort(Bytes reason);
    Result<> heartbeat(std::uint64_t context, const Ancillary& ancillary, Instant now);
    void released(std::size_t bytes);
    Status status() const;

    // --- what comes ---

    /// A packet whose verification tag is right; `chunks` is what stands behind its header.
    Verdict receive(Bytes chunks, const Datagram& datagram, Instant now);
    /// What an INIT for this association is answered with: RFC 9260 §5.2.
    struct InitAnswer {
        VerificationTag local_tag;
        Tsn initial_tsn;
        TieTags ties;
    };
    /// nullopt: not at all, because SHUTDOWN ACK goes again instead (RFC 9260 §9.2).
    std::optional<InitAnswer> answer_init();
    /// The cookie of a new association came back (§5.1), or one of the cases of §5.2.4.
    void accept(const Cookie& cookie, Instant now);
    enum class CookieCase : std::uint8_t { restart, collision, duplicate, discard };
    CookieCase classify(const Cookie& cookie) const;
    Verdict take_cookie(CookieCase kind, const Cookie& cookie, Instant now);
    void path_event(const PathEvent& event, Instant now);
    /// ABORT, or SHUTDOWN COMPLETE, with the T bit and our peer's tag: RFC 9260 §8.5.1.
    Verdict receive_reflected(const wire::sctp::Chunk& chunk);
    /// A packet that only our peer can have made came this way: answers go back there.
    void follow(const Path& path);
    /// Its peer is found by another key from now on.
    void rename(const PeerKey& key) { key_ = key; }

    // --- time and packets ---

    void advance(Instant now);
    Instant deadline() const;
    std::optional<Transmit> poll_transmit(Instant now, const Framing& framing);

    AssociationId id() const { return id_; }
    const PeerKey& key() const { return key_; }
    const Path& path() const { return path_.path; }
    State state() const { return state_; }
    bool closed() const { return state_ == State::closed; }
    VerificationTag local_tag() const { return local_tag_; }
    VerificationTag peer_tag() const { return peer_tag_; }
    std::uint32_t peer_addresses() const { return peer_addresses_; }
    bool in_handshake() const {
        return state_ == State::cookie_wait || state_ == State::cookie_echoed;
    }

    /// A SACK is owed because the application made room.
    bool owes_window_update() const { return receiver_ && receiver_->sack_due(); }

    /// The association that a timer belongs to.
    static Association& of(TimerQueue::Entry& entry) {
        return *static_cast<Timer&>(entry).association;
    }
    struct Timer : TimerQueue::Entry {
        Association* association = nullptr;
    };
    Timer timer;               ///< the endpoint's
    bool queued_ready = false; ///< stands in the endpoint's list of those that may have to send

private:
    /// A control chunk that waits for a packet.
    struct Control {
        Buffer chunk;
        ClassId traffic_class{};
    };
    /// Answers to a peer are as many as fit here; more questions are not answered.
    static constexpr std::size_t kControlsMax = 32;
    /// What a sender that counts miss indications needs to hear, and one more.
    static constexpr unsigned kSacksApartMax = 4;
    /// RFC 9260 §5.2.6 leaves the number open.
    static constexpr unsigned kStaleCookieRetries = 3;

    // connect.cpp
    void begin_handshake();
    void t1_expired(Instant now);
    void established(Instant now, bool initiated_by_peer);
    void learn_peer(VerificationTag tag, std::uint32_t window, std::uint16_t outbound,
                    std::uint16_t inbound, Tsn initial_tsn);
    void refuse_streams_beyond();
    Verdict on_init_ack(const wire::sctp::Chunk& chunk, Instant now);
    std::optional<Bytes> read_init_ack_parameters(const wire::sctp::Init& init);
    Verdict on_cookie_ack(Instant now);
    void on_stale_cookie(Bytes value);

    // shutdown.cpp
    void move_towards_shutdown(Instant now);
    void send_shutdown(Instant now);
    void send_shutdown_ack(Instant now);
    void t2_expired(Instant now);
    Verdict on_shutdown(const wire::sctp::Chunk& chunk, Instant now);
    Verdict on_shutdown_ack(Instant now);
    void linger(Instant now);
    Verdict on_shutdown_complete();
    Verdict on_abort(const wire::sctp::Chunk& chunk);
    void close(CloseReason reason, std::optional<std::uint16_t> cause = std::nullopt,
               Bytes information = {}, int os_errno = 0);
    void fail_messages(SendFailed::Why why);
    void report_given_up();
    void report_failed(OutgoingMessage* message, SendFailed::Why why);
    void violation(std::string_view what);
    void abort_with(wire::sctp::CauseCode code, Bytes value, CloseReason reason, int os_errno = 0);

    // restart.cpp
    TieTags tie_tags();
    Verdict restart(const Cookie& cookie, Instant now);

    // heartbeat.cpp
    void schedule_heartbeat(Instant now);
    void send_heartbeat(std::uint64_t context, bool for_user, ClassId traffic_class, Instant now);
    Verdict on_heartbeat(const wire::sctp::Chunk& chunk);
    Verdict on_heartbeat_ack(const wire::sctp::Chunk& chunk, const Datagram& datagram, Instant now);
    void advance_heartbeats(Instant now);
    void suspect(int os_errno, Instant now);
    void ask_again(Instant now);
    void strike();
    void answered();

    // dispatch.cpp
    Verdict dispatch(const wire::sctp::Chunk& chunk, const Datagram& datagram, Instant now);
    Verdict on_data(const wire::sctp::Chunk& chunk, const Datagram& datagram);
    Verdict judge(Receiver::Result result);
    Verdict on_sack(const wire::sctp::Chunk& chunk, Instant now);
    Verdict on_error(const wire::sctp::Chunk& chunk);
    Verdict on_unknown(const wire::sctp::Chunk& chunk);
    void after_acknowledgement(const Sender::SackOutcome& outcome, Instant now);
    void queue_error(wire::sctp::CauseCode code, Bytes value);
    void queue_control(wire::sctp::ChunkType type, std::uint8_t flags, Bytes value,
                       ClassId traffic_class = ClassTable::kDefault);
    void clear_controls();
    bool takes_data() const;

    // packets.cpp
    bool sends_data() const;
    bool has_control() const;
    Transmit handshake_packet(const Framing& framing, Instant now);
    void add_controls(TrainWriter& train, bool with_sack, Instant now);
    void add_init(TrainWriter& train);
    void add_sack(TrainWriter& train);
    void sack_before_next();
    void sack_apart();
    std::optional<Transmit> marked_control(const Framing& framing);
    TrainWriter open_train(const Framing& framing, bool large, VerificationTag tag);
    Transmit finish(TrainWriter& train, ClassId traffic_class);
    std::size_t packet_limit(const Framing& framing) const;

    Shared& shared_;
    const AssociationId id_;
    PeerKey key_;
    PathState path_;
    State state_ = State::closed;
    VerificationTag local_tag_;
    VerificationTag peer_tag_ = VerificationTag::none;
    Tsn initial_tsn_;
    TieTags ties_; // of INIT ACKs to whoever asks; drawn when the first one asks
    Streams wanted_;
    std::uint32_t peer_addresses_ = 0; // a digest
    bool zero_checksum_ = false;       // what we send may have none
    std::uint16_t outbound_streams_ = 0;
    std::uint16_t inbound_streams_ = 0;

    std::unique_ptr<Sender> sender_;
    std::unique_ptr<Receiver> receiver_; // once the peer's initial TSN is known

    // The handshake and the shutdown, each with its timer.
    Buffer cookie_;
    Instant t1_ = kNever; // T1-init, T1-cookie
    Instant t2_ = kNever; // T2-shutdown
    Instant t5_ = kNever; // T5-shutdown-guard
    Duration handshake_rto_{};
    std::uint32_t attempts_ = 0;
    std::uint32_t attempts_max_ = 0;
    unsigned stale_cookies_ = 0;
    std::uint32_t cookie_more_ms_ = 0; // Cookie Preservative
    std::uint32_t errors_ = 0;         // in a row, for the association: RFC 9260 §8.1

    unsigned sacks_apart_ = 0; // since the last poll

    bool init_due_ = false;
    bool cookie_echo_due_ = false;
    bool cookie_echo_with_data_ = false;
    bool cookie_ack_due_ = false;
    bool shutdown_due_ = false;
    bool shutdown_ack_due_ = false;
    bool shutdown_wanted_ = false;
    bool low_wanted_ = false;
    bool dry_reported_ = true;

    int suspected_errno_ = 0; // the network says that nobody is there; 0: it does not
    Heartbeats heartbeats_;
    Ring<Control> controls_;
    Ring<Control> marked_controls_; // of other classes than the default
    std::uint64_t packets_sent_ = 0;
    std::uint64_t packets_received_ = 0;
};

} // namespace hawser::sctp
