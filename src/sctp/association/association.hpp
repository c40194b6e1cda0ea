// One association: its state, its two halves, its timers.
#pragma once

#include "sctp/addresses.hpp"
#include "sctp/association/address_changes.hpp"
#include "sctp/association/ecn_state.hpp"
#include "sctp/association/state.hpp"
#include "sctp/association/transfer.hpp"
#include "sctp/authentication/authenticator.hpp"
#include "sctp/cookie.hpp"
#include "sctp/shared.hpp"
#include "sctp/tx/sender.hpp"

#include <hawser/wire/sctp/asconf.hpp>
#include <hawser/wire/sctp/control.hpp>
#include <hawser/wire/sctp/ecn.hpp>
#include <hawser/wire/sctp/init.hpp>
#include <hawser/wire/sctp/re_config.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace hawser::sctp {

/// A chunk comes in a datagram, and at a time.
struct Arrival {
    const Datagram& datagram;
    Instant now;
};

/// The state machine of RFC 9260 §4. One file per procedure (connect.cpp, shutdown.cpp,
/// restart.cpp, heartbeat.cpp, end.cpp) and per chunk (chunks/); dispatch.cpp holds the table of
/// chunks, packets.cpp writes packets.
class Association {
public:
    struct Streams {
        std::uint16_t outbound;
        std::uint16_t inbound_max;
    };
    struct Ports {
        std::uint16_t local;
        std::uint16_t remote;
    };

    Association(Shared& shared, AssociationId id, Ports ports, const Path& path,
                VerificationTag local_tag, Tsn initial_tsn, Streams streams, Instant now);
    Association(const Association&) = delete;
    Association& operator=(const Association&) = delete;

    // --- what a user asks ---

    void connect(const ConnectOptions& options, Instant now);
    Result<> send(Buffer&& payload, const SendOptions& options, Instant now);
    Result<> can_send(std::size_t bytes, const SendOptions& options, Instant now);
    Result<> shutdown(Instant now);
    void abort(Bytes reason);
    /// At the peer's address; nullopt: where DATA goes.
    Result<> heartbeat(const std::optional<Address>& remote, std::uint64_t context,
                       const Ancillary& ancillary, Instant now);
    Result<> set_primary(const Address& remote, Instant now);
    std::vector<PathStatus> paths() const;
    Result<> set_path_options(const Address& remote, const PathOptions& options, Instant now);
    Result<> reset_streams(const StreamReset& wanted);
    Result<> add_streams(const StreamAddition& wanted);
    void set_scheduler(StreamScheduler kind) { sender_->queue().set_scheduler(kind); }
    Result<> set_stream_value(StreamId stream, std::uint16_t value);
    Result<> reset_association();
    Result<> add_local_address(const Address& address);
    Result<> remove_local_address(const Address& address);
    Result<> set_peer_primary(const Address& local);
    Result<> set_shared_key(const SharedKey& key);
    Result<> activate_key(KeyId key);
    Result<> deactivate_key(KeyId key);
    Result<> delete_key(KeyId key);
    void released(std::size_t bytes);
    Unread unread() const { return transfer_ ? transfer_->receiver.unread() : Unread{}; }
    /// Bytes that it holds of what nobody can read yet.
    std::size_t unfinished_bytes() const {
        return transfer_ ? transfer_->receiver.unfinished_bytes() : 0;
    }
    /// The endpoint needs its memory.
    void give_up_for_others();
    Status status() const;
    GivenUpMessages given_up(StreamId stream) { return sender_->queue().given_up_counts(stream); }

    // --- what comes ---

    /// A packet whose verification tag is right; `chunks` is what follows its header, or the AUTH
    /// that the endpoint has seen to.
    Verdict receive(Bytes chunks, const Datagram& datagram, Instant now,
                    bool authenticated = false);
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
    void acknowledge_cookie() { transfer_->cookie_ack_due = true; }
    /// Another endpoint has made it, and its State Cookie.
    bool imported() const { return imported_; }
    Verdict take_cookie(CookieCase kind, const Cookie& cookie, const Arrival& arrival);
    void path_event(const PathEvent& event, Instant now);
    /// ABORT, or SHUTDOWN COMPLETE, with the T bit and our peer's tag: RFC 9260 §8.5.1.
    Verdict receive_reflected(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    /// Another verification tag of ours, of which no packet has spoken yet.
    void rename(VerificationTag tag) {
        local_tag_ = tag;
        tag_is_spent = false;
    }
    /// A packet that only our peer can have made came this way: answers go back there.
    void follow(const Path& path);
    /// Before the endpoint's addresses change: this one's no longer do with them.
    void keep_addresses();
    /// The endpoint has one more address, or one less.
    void address_came(const Address& address);
    void address_went(const Address& address);

    // --- time and packets ---

    void advance(Instant now);
    Instant deadline() const;
    std::optional<Transmit> poll_transmit(Instant now, const Framing& framing);

    AssociationId id() const { return id_; }
    Ports ports() const { return ports_; }
    /// What its peer is found by at one of its addresses.
    PeerKey key_at(const Destination& destination) const {
        return PeerKey::of(destination.path.remote, ports_.remote, ports_.local);
    }
    /// Whether the peer may speak like this: the UDP port of an address may have changed.
    bool is_of_peer(const PeerKey& key) const {
        return key.remote_port == ports_.remote && key.local_port == ports_.local &&
               destinations().find(key.remote) != nullptr;
    }
    const Destinations& destinations() const { return sender_->destinations(); }
    const Path& path() const { return current().path; }
    /// That address is the peer's, and nobody else's.
    bool knows_beyond_doubt(const Address& remote) const {
        const Destination* at = destinations().find(remote);
        return at != nullptr && at->confirmed;
    }
    /// The one that the last packet came from.
    const Destination& arrived_from() const { return destinations()[arrived_from_]; }
    State state() const { return name_of(state_); }
    bool closed() const { return is<Ended>(); }
    VerificationTag local_tag() const { return local_tag_; }
    VerificationTag peer_tag() const {
        return transfer_ ? transfer_->negotiated.peer_tag : VerificationTag::none;
    }
    /// Null while nothing is authenticated.
    Authenticator* agreed_authentication() const {
        const bool agreed = authenticator_ && transfer_ && authenticator_->agreed();
        return agreed ? authenticator_.get() : nullptr;
    }
    /// Its shared keys, by themselves.
    SharedKeys shared_keys() const { return authenticator_->keys.fresh(); }
    bool in_handshake() const { return is<CookieWait>() || is<CookieEchoed>(); }

    /// A SACK is owed because the application made room.
    bool owes_window_update() const { return transfer_ && transfer_->receiver.sack_due(); }

    /// The association that a timer belongs to.
    static Association& of(TimerQueue::Entry& entry) {
        return *static_cast<Timer&>(entry).association;
    }
    struct Timer : TimerQueue::Entry {
        Association* association = nullptr;
    };
    Timer timer;               ///< the endpoint's
    bool queued_ready = false; ///< stands in the endpoint's list of those that may have to send
    bool has_new_keys = false; ///< an address of the peer has been confirmed, or was forgotten
    bool tag_is_spent = false; ///< what comes by it may answer an INIT of before: see `rename`
    /// Addresses of the peer, by which it is not to be found any more: taken out.
    std::vector<Address> take_forgotten() {
        return address_changes_ ? std::exchange(address_changes_->forgotten, {})
                                : std::vector<Address>{};
    }

private:
    friend struct StateAccess;
    /// What a sender that counts miss indications needs to hear, and one more.
    static constexpr unsigned kSacksApartMax = 4;

    template <class Alternative>
    bool is() const {
        return std::holds_alternative<Alternative>(state_);
    }
    template <class Alternative>
    Alternative* in() {
        return std::get_if<Alternative>(&state_);
    }
    /// Where DATA goes, and whatever answers nothing.
    Destination& current() { return sender_->current(); }
    const Destination& current() const { return sender_->current(); }
    Destination& asker() { return sender_->destinations()[arrived_from_]; }
    Destination& reply_to();
    Attempts* attempts();
    const Attempts* attempts() const;
    /// T5-shutdown-guard.
    Instant guard() const;
    /// What goes again until it is answered, in the states that have such a thing.
    Request* request();
    const Request* request() const;

    /// Ours: as many as were agreed on, or as we ask for.
    bool has_outbound(StreamId stream) const;

    // association.cpp
    Result<> can_be_unreliable(const SendOptions& options) const;
    Result<> can_have_key(std::optional<KeyId> key) const;
    Result<> can_go_to(const std::optional<Address>& remote) const;
    Result<> has_queue_room(std::size_t bytes, std::optional<std::uint32_t> priority, Instant now);

    // buffers.cpp
    void tune_window(Instant now);
    std::size_t held_in_flight() const;
    std::size_t send_queue_limit() const;
    bool is_send_queue_low() const;

    // connect.cpp
    void retry_handshake(Instant now);
    void meet(const Negotiated& negotiated, const std::optional<AuthenticationOffer>& offer);
    void meet(const Cookie& cookie, Instant now);
    void agree_with_sender();
    void learn_addresses(const AddressList& addresses, Instant now);
    void adopt_addresses(Bytes parameters, const Arrival& arrival);
    void try_elsewhere(Destination& gone, int os_errno);
    void established(Instant now, bool initiated_by_peer);
    void refuse_streams_beyond();

    // shutdown.cpp
    void move_towards_shutdown(Instant now);
    void retry_shutdown(Instant now);
    void linger(Instant now);

    // end.cpp
    void close(CloseReason reason, std::optional<std::uint16_t> cause = std::nullopt,
               Bytes information = {}, int os_errno = 0);
    void fail_messages(SendFailed::Why why);
    void report_given_up();
    void report_failed(OutgoingMessage* message, SendFailed::Why why);
    Verdict violation(std::string_view what);
    Verdict violation(wire::sctp::CauseCode code, Bytes value);
    void abort_with(wire::sctp::CauseCode code, Bytes value, CloseReason reason, int os_errno = 0);
    void send_abort(const Destination& to, VerificationTag tag, wire::sctp::CauseCode code,
                    Bytes value);

    // restart.cpp
    TieTags tie_tags();
    Verdict collide(const Cookie& cookie, Instant now);
    Verdict restart(const Cookie& cookie, const Arrival& arrival);

    // heartbeat.cpp
    Duration heartbeat_interval(const Destination& at) const;
    void schedule_heartbeats(Instant now);
    void schedule_heartbeat(Destination& to, Instant now);
    void send_heartbeat(Destination& to, std::uint64_t context, bool for_user,
                        ClassId traffic_class, Instant now);
    void advance_heartbeats(Instant now);
    void heartbeat_overdue(const Heartbeats::Pending& heartbeat, Instant now);
    void report_unanswered(const Heartbeats::Pending& heartbeat);
    void give_up_heartbeats();
    void beat(Destination& to, Instant now);
    void ask_where_heard(Destination& at, Instant now);
    void suspect(Destination& at, int os_errno, Instant now);
    void ask_again(Destination& at, Instant now);

    // failover.cpp
    enum class Blames : std::uint8_t { path, association };
    void strike(Destination& silent, Instant now, Blames blames = Blames::association);
    void set_reach(Destination& at, Reach reach, Instant now);
    void confirm(Destination& at, Instant now);
    void answered(Destination& by, Instant now);
    void try_another_source(Destination& to);

    // reconfigure.cpp
    Reconfiguration& reconfiguration();
    std::size_t streams_nameable() const;
    void begin_outgoing_reset(std::vector<StreamId> streams, std::optional<RequestNumber> answers);
    void ask_for_drained_reset();
    void ask_for_outgoing_reset();
    void on_reconfiguration_response(const wire::sctp::ReconfigurationResponse& response,
                                     Instant now);
    Result<> can_reconfigure();
    void ask_for_streams(const StreamAddition& wanted);
    void end_request(ReconfigurationOutcome outcome);
    void end_reset(ReconfigurationOutcome outcome);
    void end_addition(ReconfigurationOutcome outcome);
    void report_streams(StreamDirection direction, ReconfigurationOutcome outcome);
    void advance_reconfiguration();
    void expire_reconfiguration(Instant now);
    void give_up_reconfiguration();

    // reset_association.cpp
    void ask_for_association_reset();
    void end_association_reset(ReconfigurationOutcome outcome);
    void on_association_reset(const wire::sctp::ReconfigurationResponse& response);
    void begin_again(Tsn ours, Tsn peers);
    std::optional<wire::sctp::ReconfigurationResponse>
    answer_to(const wire::sctp::SsnTsnResetRequest& request);
    void perform_peers_reset();
    void deny_peers_reset();
    void notice_that_peer_knows();
    bool awaits_new_tsns() const;
    bool may_be_of_the_new(Tsn tsn) const;
    void add_answer_of_reset(TrainWriter& train);
    Bytes preface() const;
    bool has_preface_due() const;

    // authenticate.cpp
    OwnNumbers own_numbers() const { return {local_tag_, initial_tsn_}; }
    void agree_on_authentication(const std::optional<AuthenticationOffer>& offer);
    void report_authentication();
    void report_free_keys();
    /// nullopt: a chunk that is to be looked at.
    std::optional<Verdict> refusal(const wire::sctp::Chunk& chunk, Bytes after,
                                   bool& authenticated);
    Verdict judge_auth(const wire::sctp::Chunk& chunk, Bytes after);
    std::size_t auth_bytes_max() const;
    /// Of the AUTH that a packet needs before such a chunk; 0: none.
    std::size_t auth_bytes(wire::sctp::ChunkType type) const;
    /// What `write` writes, after AUTH where the peer wants that of `type`, which is the first.
    template <class Write>
    void authenticated(wire::Writer& out, wire::sctp::ChunkType type, Write&& write) {
        const std::size_t bytes = auth_bytes(type);
        const MutableBytes auth = bytes != 0 ? out.claim(bytes) : MutableBytes{};
        const std::size_t start = out.written();
        write();
        if (auth.empty() || !out.ok()) return;
        authenticator_->sign(authenticator_->keys.active(), auth, out.output().subspan(start));
    }

    // change_addresses.cpp
    AddressChanges& address_changes();
    AddressExchange& address_exchange();
    std::vector<Address> endpoints_addresses() const;
    std::span<const Address> our_addresses() const {
        return address_changes_ ? address_changes_->ours.sources : shared_.options.local_addresses;
    }
    Address source_to(const Address& remote, const Address& otherwise, std::size_t turn = 0) const {
        return source_towards(shared_.options, our_addresses(), otherwise, remote, turn);
    }
    bool may_send_from(const Address& local) const {
        return !address_changes_ || address_changes_->ours.may_send_from(local);
    }
    bool tells_addresses() const;
    Result<> can_change_addresses() const;
    void want(const AddressChange& change);
    void leave(const Address& address);
    void use_best_sources();
    void ask_for_address_changes();
    void settle_addresses();
    void begin_with_endpoints_addresses();
    Address lookup_address() const;
    Path path_of_change(const Destination& to) const;
    std::optional<Transmit> address_change_packet(Instant now, const Framing& framing);
    void expire_address_changes(Instant now);
    void end_address_change(const AddressChange& change, LocalAddressChanged::Outcome outcome,
                            std::optional<std::uint16_t> cause);
    void give_up_address_changes();
    void peer_does_not_know_asconf();
    bool may_answer_a_stray(const wire::sctp::Chunk& chunk, const Arrival& arrival) const;

    // forget_address.cpp
    void forget_address(Destination& gone, Instant now);
    void prefer(Destination& wanted);
    void prefer_if_asked(Destination& confirmed);

    // path_events.cpp
    bool may_have_sent(Bytes quoted) const;
    void no_sctp_there(Destination& at, Instant now);
    void unreachable(Destination& at, int os_errno, Instant now);
    void packets_too_big(Destination& at, const PathEvent& event);
    void send_refused(Destination& at, const PathEvent& event, Instant now);

    // path_mtu.cpp
    bool may_probe_path_mtu(const Destination& there) const;
    std::optional<Transmit> probe_path_mtus(Instant now, const Framing& framing);
    std::optional<Transmit> probe_path_mtu(Destination& there, Instant now, const Framing& framing);
    std::optional<Transmit> path_mtu_probe(Destination& there, std::size_t bytes, Instant now,
                                           const Framing& framing);
    Verdict path_mtu_answered(Bytes info, Instant now);
    void advance_path_mtus(Instant now);
    bool flees_black_hole(Destination& there, Instant now);
    void path_mtu_too_big(Destination& there, const PathEvent& event, Instant now);
    void adopt_path_mtu(Destination& there);

    // ecn.cpp
    void mark_ect(Transmit& transmit, const Sender::Counts& before, Tsn first);
    void test_ect();
    void doubt_ect(const Destination& silent);
    void note_mark(Tsn tsn, const Arrival& arrival);
    void begin_ecn_again();
    Verdict on_ecne(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_cwr(const wire::sctp::Chunk& chunk, const Arrival& arrival);

    // dispatch.cpp
    friend struct ChunkTable;
    Verdict dispatch(const wire::sctp::Chunk& chunk, const Arrival& arrival);

    // chunks/, one file each; dispatch.cpp says in which states
    Verdict on_data(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_i_data(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_init_ack(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_forward_tsn(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_i_forward_tsn(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_nr_sack(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict take_sack(const wire::sctp::SackView& sack, const wire::sctp::NrSackView* settling,
                      Instant now);
    Verdict on_sack(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_re_config(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_asconf(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_asconf_ack(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_heartbeat(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_heartbeat_ack(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_abort(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_shutdown(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_shutdown_ack(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_error(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_cookie_ack(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_shutdown_complete(const wire::sctp::Chunk& chunk, const Arrival& arrival);
    Verdict on_unknown(const wire::sctp::Chunk& chunk);
    Verdict no_user_data(const wire::sctp::Chunk& chunk);
    void user_data_came();
    bool has_inbound(StreamId stream) const;
    Verdict refuse_stream(Tsn tsn, StreamId stream);
    Verdict judge(Receiver::Result result);
    Verdict refuse_init_ack(const wire::sctp::Init& init, wire::sctp::CauseCode code, Bytes value);
    void on_stale_cookie(Bytes value);
    std::optional<wire::sctp::ReconfigurationResponse>
    answer_to(const wire::sctp::ReConfigParameter& parameter, Instant now);
    void send_responses(const wire::sctp::ReConfig& responses);
    wire::sctp::ReconfigurationResult take(const wire::sctp::OutgoingSsnResetRequest& request);
    wire::sctp::ReconfigurationResult take(const wire::sctp::IncomingSsnResetRequest& request);
    wire::sctp::ReconfigurationResult take(const wire::sctp::AddOutgoingStreamsRequest& request);
    wire::sctp::ReconfigurationResult take(const wire::sctp::AddIncomingStreamsRequest& request);
    std::vector<std::byte> answer_to(const wire::sctp::Asconf& asked, const Arrival& arrival);
    AsconfResult perform(const wire::sctp::Parameter& parameter, const Arrival& arrival);
    AsconfResult add_address(const Address& address, const Arrival& arrival);
    AsconfResult delete_address(const Address& address, const Arrival& arrival);
    AsconfResult make_primary(const Address& address);
    void send_asconf_acks(const Arrival& arrival);
    bool can_reset_deferred() const;
    RequestNumber reset_deferred();
    void perform_deferred_reset();
    void tell_performed(RequestNumber number);
    void after_acknowledgement(const Sender::SackOutcome& outcome, Instant now);

    // packets.cpp
    void queue_error(wire::sctp::CauseCode code, Bytes value);
    bool sends_data() const;
    bool forwards() const;
    bool has_control() const;
    bool asks_for_something() const;
    Destination& sack_to();
    Destination& next_control_to();
    bool grows(const Framing& framing) const;
    bool is_oversized(const Destination& to, const Lane* lane, const Framing& framing) const;
    void add_data(TrainWriter& train, Lane* lane, const Framing& framing, Instant now);
    Transmit init_packet(CookieWait& wait, const Framing& framing, Instant now);
    void add_controls(TrainWriter& train, Destination& to, bool rides, Instant now);
    void add_sack_to(TrainWriter& train, const Destination& to, bool rides);
    void add_init(TrainWriter& train, const Attempts& attempts);
    void add_cookie_echo(TrainWriter& train, CookieEchoed& echoed, Instant now);
    void add_shutdown(TrainWriter& train, const Destination& to, Instant now);
    void add_requests(TrainWriter& train, Instant now);
    void add_sack(TrainWriter& train);
    void add_cwr(TrainWriter& train);
    void sack_before_next();
    void sack_apart(const Destination& to);
    std::optional<Transmit> next_alone(const Framing& framing);
    std::optional<Transmit> next_heartbeat(const Framing& framing);
    std::optional<Transmit> control_alone(Controls::Control control, const Framing& framing);
    TrainWriter open_train(const Destination& to, const Framing& framing, bool large,
                           VerificationTag tag, Bytes preface = {});
    Transmit finish(TrainWriter& train, const Destination& to, ClassId traffic_class);
    static std::size_t packet_limit(const Destination& to, const Framing& framing);

    // In an order that leaves few holes: there may be very many associations.
    bool low_wanted_ = false;
    bool dry_reported_ = true;
    bool imported_ = false;
    std::uint8_t arrived_from_ = 0; // among the destinations: what the last packet came from
    const Streams wanted_;
    Shared& shared_;
    const AssociationId id_;
    Ports ports_;
    VerificationTag local_tag_;
    AssociationState state_;
    Tsn initial_tsn_;
    TieTags ties_; // of INIT ACKs to whoever asks; drawn when the first one asks

    std::unique_ptr<Authenticator> authenticator_; // null: it is not wanted; outlives the sender
    std::unique_ptr<Sender> sender_;     // takes messages before there is a peer; never null
    std::unique_ptr<Transfer> transfer_; // once both ends know each other
    std::unique_ptr<EcnState> ecn_;      // where both know of it
    std::unique_ptr<AddressChanges> address_changes_; // made by the first
};

} // namespace hawser::sctp
