// One connection: its epochs and records, what it carries, and what keeps it alive.
#pragma once

#include "dtls/acknowledgements.hpp"
#include "dtls/handshake.hpp"
#include "dtls/inbox.hpp"
#include "dtls/key_schedule.hpp"
#include "dtls/outbox.hpp"
#include "dtls/record_keys.hpp"
#include "dtls/record_protection.hpp"
#include "dtls/replay_window.hpp"
#include "dtls/services.hpp"

#include <hawser/dtls/events.hpp>
#include <hawser/dtls/options.hpp>
#include <hawser/engine/timer_queue.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::dtls {

/// What a renegotiation has to know of the handshake before it (RFC 5746 §3.1).
struct Renegotiable {
    using VerifyData = std::array<std::byte, kVerifyDataBytes>;

    VerifyData client_verify{};
    VerifyData server_verify{};
    std::vector<std::byte> session_id; ///< of the very first hello, for PskQuery

    VerifyData& of(Role role) { return role == Role::client ? client_verify : server_verify; }
};

/// Everything about the agreement that outlives the handshake.
struct Agreement {
    Version version = Version::v1_2;
    const CipherSuiteInfo* suite = nullptr;
    bool extended_master_secret = false;
    Secret master;       ///< 1.2: the master secret; 1.3: the exporter's
    Secret resumption;   ///< 1.3: for tickets
    Secret read_traffic; ///< 1.3: of the current epochs
    Secret write_traffic;
    HelloRandom client_random{}; ///< 1.2: for exporters
    HelloRandom server_random{};
    std::uint16_t peer_record_limit = wire::dtls::kPlaintextBytesMax;
    std::uint16_t own_record_limit = wire::dtls::kPlaintextBytesMax; ///< that the peer knows of
    bool return_routability = false;                                 ///< RFC 9853 was negotiated
    std::optional<Fingerprint> peer_fingerprint; ///< for a session that is taken up again
    /// 1.3 clients: for the tickets that come soon.
    std::unique_ptr<SessionPeer> peer;
    /// Where the options allow a renegotiation, and the peer indicated that it would be secure.
    std::unique_ptr<Renegotiable> renegotiable;
};

class Connection {
public:
    /// For how long the last flight of a handshake, and the keys under it, are kept for a peer that
    /// did not get it (RFC 6347 §4.2.4, RFC 9147 §5.8.1).
    static constexpr Duration kLinger = std::chrono::seconds{240};
    /// IDs that either end has in store beside those in use.
    static constexpr std::size_t kSpareIdsMax = 4;
    /// Records that came before their keys.
    static constexpr std::size_t kStashMax = 16;
    static constexpr std::size_t kStashBytesMax = 16 * 1024; ///< of all of them
    /// Datagrams of the whole endpoint that may wait to be polled before a write is refused.
    static constexpr std::size_t kUnsentMax = 4096;
    /// A message after the handshake is sent so often to a peer that does not answer: for five
    /// minutes with the usual timer. Then again only when something comes of the peer.
    static constexpr std::uint32_t kResendsMax = 10;
    /// Between the peer's renegotiations: they cost as much as a connection.
    static constexpr Duration kRenegotiationGap = std::chrono::seconds{1};

    struct Timer : TimerQueue::Entry {
        Connection* owner = nullptr;
    };

    Connection(Services& services, ConnectionHandle handle, Role role, const Path& path,
               std::shared_ptr<const Options> options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // --- who it is ---
    ConnectionHandle handle() const { return handle_; }
    Role role() const { return role_; }
    const Path& path() const { return path_; }
    void set_path(const Path& path) { path_ = path; }
    const Options& options() const { return *options_; }
    Services& services() { return services_; }
    bool connected() const { return connected_; }
    bool ended() const { return ended_; }
    Bytes own_cid() const { return own_cid_; }
    /// What it is given when it is to have one; the peer may still not want it.
    void issue_own_cid();
    Bytes peer_cid() const { return peer_cid_; }
    /// The one that the handshake under way is about.
    Agreement& agreement() { return forming_ ? *forming_ : agreement_; }
    /// The one that holds.
    const Agreement& agreed() const { return agreement_; }
    Timer& timer() { return timer_; }

    // --- what its shard asks ---
    void start_client();
    /// A hello that was accepted begins the connection; its record had this number.
    void start_server(const ClientHelloReceived& hello, std::uint64_t record_sequence);
    Verdict on_record(const wire::dtls::Record& record, MutableBytes bytes,
                      const Datagram& datagram);
    /// After the last record of a datagram.
    void on_datagram_end();
    void advance();
    Instant deadline() const;

    Result<> write(Bytes payload, const Ancillary& ancillary);
    Result<> close();
    Result<> update_keys(bool both);
    Result<> renegotiate();
    Result<> replace_connection_id();
    Result<> use_next_connection_id();
    Result<> export_keys(std::string_view label, Bytes context, MutableBytes out) const;
    Overhead overhead() const;
    Result<Transmit> seal(Transmit&& clear);
    std::size_t payload_bytes_max(std::size_t datagram_bytes) const;
    void on_path_event(const PathEvent& event);
    /// Messages after the handshake go one at a time.
    Result<> may_send_message() const;
    /// Another connection of the same peer has taken its path.
    void replaced();
    /// Every ID that it can be found by.
    std::vector<std::vector<std::byte>> all_cids() const;
    /// The whole connection in bytes; see Endpoint::export_state.
    Result<std::vector<std::byte>> export_state() const;
    Result<> import_state(Bytes state);
    /// Ends without a word.
    void forget();

    // --- what its handshake asks ---
    /// The ID that was issued is not used after all.
    void drop_own_cid();
    void set_peer_cid(Bytes cid) { peer_cid_.assign(cid.begin(), cid.end()); }
    /// A flight takes the place of the one before it, which the peer has answered.
    void begin_flight();
    /// Queues a message and answers the number it has. It leaves with `send_flight`.
    std::uint16_t queue(HandshakeType type, std::uint64_t epoch, std::vector<std::byte> body);
    void queue_change_cipher_spec();
    /// Sends what is queued, and again until it is answered; `last`: only when asked for again.
    void send_flight(bool last = false);
    /// Says now which records of the peer's have come: nothing else that follows says it.
    void acknowledge();
    /// Closes the datagram that handshake records are gathered in.
    void flush_handshake();
    void install_read(RecordKeys keys);
    void install_write(RecordKeys keys);
    /// Of the epoch that is written in now.
    std::uint64_t write_epoch() const { return writing_.empty() ? 0 : writing_.back().keys.epoch; }
    std::uint64_t read_epoch() const { return reading_.empty() ? 0 : reading_.back().keys.epoch; }
    /// Fragments of lower epochs are not looked at from now on.
    void require_epoch(std::uint64_t epoch) { epoch_min_ = epoch; }
    void established(Connected event);
    /// The peer, or the network in its name, did what ends the connection.
    void fail(AlertDescription alert, Errc code, std::string_view what);
    void log_secret(std::string_view label, const HelloRandom& client_random, Bytes secret);
    Inbox& inbox();
    void show(Direction direction, HandshakeType type, std::uint16_t sequence, Bytes body,
              PacketId id);

private:
    struct ReadEpoch {
        RecordKeys keys;
        ReplayWindow window;
        std::uint64_t failures = 0;
    };
    struct WriteEpoch {
        RecordKeys keys;
        std::uint64_t next = 0;
    };
    struct EarlyRecord {
        KeptDatagram content;
        RecordNumber number;
    };
    /// Handshake messages under way: made on demand, gone when all is quiet.
    struct Messages {
        Inbox inbox;
        Outbox outbox;
        std::vector<Outbox::Message> to_show; ///< whole in the datagram being built
        Acknowledgements acks;
        Instant resend_at = kNever;
        Duration timeout{};
        bool last_flight = false;
        Instant resent_at{};
        std::uint32_t resends = 0;
        std::uint16_t answered = 0xffff; ///< the peer's last message before our flight
        bool out_of_order = false;
    };

    /// Fragments of one epoch that will share a record.
    struct Gathered {
        std::uint64_t epoch = 0;
        std::vector<std::byte> content;
        std::vector<Outbox::Piece> pieces;
    };

    // records in: connection_receive.cpp
    Verdict on_plain(const wire::dtls::Record& record, wire::dtls::RecordInPlace place,
                     const Datagram& datagram);
    Verdict on_sealed(const wire::dtls::Record& record, wire::dtls::RecordInPlace place,
                      const Datagram& datagram);
    ReadEpoch* reader(const wire::dtls::Record& record);
    Verdict stash(const wire::dtls::Record& record, const Datagram& datagram);
    void unstash();
    Verdict on_content(ContentType type, MutableBytes content, RecordNumber number,
                       const Datagram& datagram);
    Verdict on_handshake(Bytes content, RecordNumber number);
    void on_flight_answered();
    Verdict on_old_message(const wire::dtls::HandshakeHeader& header);
    void on_message(HandshakeMessage&& message);
    Verdict on_change_cipher_spec(Bytes content);
    Verdict on_alert(Bytes content);
    Verdict on_ack(Bytes content);
    void on_application_data(MutableBytes content, RecordNumber number, const Datagram& datagram);

    // records out: connection_send.cpp
    Messages& messages();
    WriteEpoch* writer(std::uint64_t epoch);
    std::uint64_t next_plain() { return plain_next_++; }
    void put_flight();
    void gather(Gathered& gathered, Outbox::Piece piece);
    void put_gathered(Gathered& gathered);
    std::size_t handshake_room(std::uint64_t epoch) const;
    std::uint64_t put_record(ContentType type, std::uint64_t epoch, Bytes content);
    void settle_acks();
    bool is_1_3() const {
        return agreement_.version == Version::v1_3 && agreement_.suite != nullptr;
    }
    void send_alert(AlertDescription description, wire::dtls::AlertLevel level);
    void seal_into(WriteEpoch& epoch, ContentType type, MutableBytes record);
    void seal_content(WriteEpoch& epoch, ContentType type, Bytes content, MutableBytes record);
    std::size_t record_bytes(const WriteEpoch& epoch, std::size_t content_bytes) const;
    Result<> numbers_left(const WriteEpoch& epoch, std::size_t records) const;

    // another handshake of 1.2: connection_renegotiation.cpp
    bool may_renegotiate() const;
    bool asks_again(const wire::dtls::HandshakeHeader& header, std::uint64_t epoch) const;
    /// True when the peer's wish begins a renegotiation.
    bool on_wish(const wire::dtls::HandshakeHeader& header);
    void refuse_renegotiation();
    void begin_renegotiation(std::uint16_t peers_first);
    void on_refused();
    void renegotiated(Connected&& event);
    bool is_early(ContentType type, std::uint64_t epoch) const;
    Verdict keep_early(Bytes content, RecordNumber number, const Datagram& datagram);
    void deliver_early();
    bool renegotiating() const { return connected_ && handshake_ && !handshake_->done(); }
    /// What data is sealed under: until a renegotiation is done, the keys before it.
    WriteEpoch& data_writer() { return renegotiating() ? writing_.front() : writing_.back(); }

    // after the handshake: connection_update.cpp
    void on_post_handshake(HandshakeMessage&& message);
    void on_key_update(const HandshakeMessage& message);
    void on_new_session_ticket(const HandshakeMessage& message);
    void on_new_connection_id(const HandshakeMessage& message);
    void on_request_connection_id(const HandshakeMessage& message);
    void on_flight_acknowledged();

    // connection IDs that change: connection_ids.cpp
    bool is_own_cid(Bytes cid) const;
    void on_cid_used(Bytes cid);
    void send_connection_ids(std::size_t count, wire::dtls::ConnectionIdUsage usage);
    bool take_next_peer_cid();
    void next_write_keys();
    void next_read_keys();

    // a peer that moves: path_validation.cpp
    struct Moving {
        Path candidate;
        std::uint64_t cookie = 0;
        std::uint64_t bytes_in = 0, bytes_out = 0;
        Instant again_at = kNever;
        Instant until = kNever;
    };
    void on_new_path(const Path& path, std::size_t bytes);
    Verdict on_routability(Bytes content, const Path& path);
    void move_to(const Path& path);
    void send_challenge();
    void send_on(const Path& path, ContentType type, Bytes content);

    void resend();
    void on_data_meanwhile(std::uint64_t epoch);
    void forget_handshake();
    void end(Error reason);
    void settle();

    Services& services_;
    ConnectionHandle handle_;
    Role role_;
    bool connected_ = false;
    bool ended_ = false;
    bool key_update_sent_ = false;
    bool hello_requested_ = false; ///< server: our HelloRequest is not answered yet
    bool key_update_owed_ = false; ///< the peer asked while another message was under way
    Path path_;
    std::shared_ptr<const Options> options_;
    Agreement agreement_;
    std::unique_ptr<Agreement> forming_; ///< of a renegotiation
    std::vector<ReadEpoch> reading_;     ///< rising epochs; 0 is not in it
    std::vector<WriteEpoch> writing_;
    std::uint64_t plain_next_ = 0;
    std::uint64_t epoch_min_ = 0;
    std::uint16_t next_send_ = 0;    ///< message_seq
    std::uint16_t next_receive_ = 0; ///< while there are no `messages_`
    std::uint16_t handshake_limit_;  ///< bytes of a datagram of handshake records
    std::vector<std::byte> own_cid_;
    std::vector<std::vector<std::byte>> spare_cids_; ///< given out, but not come yet
    std::vector<std::byte> previous_cid_;            ///< for records that were overtaken
    std::vector<std::byte> peer_cid_;
    std::vector<std::vector<std::byte>> peer_spares_;
    std::uint8_t cids_owed_ = 0; ///< the peer asked for them while another message was under way
    bool next_cid_wanted_ = false;
    std::unique_ptr<Messages> messages_;
    std::unique_ptr<Handshake> handshake_;
    std::vector<KeptDatagram> stash_;
    std::vector<EarlyRecord> early_; ///< opened, but their handshake is not done
    std::unique_ptr<Moving> moving_;
    std::vector<std::byte> building_; ///< a datagram of handshake records
    Instant handshake_until_ = kNever;
    Instant linger_until_ = kNever;
    Instant next_renegotiation_{}; ///< before that, the peer may not begin one
    Instant next_refusal_{};
    std::optional<AlertDescription> alert_sent_, alert_received_;
    Timer timer_;
};

} // namespace hawser::dtls
