// One connection: the owner of its parts, which says what each of them has to do.
#pragma once

#include "dtls/call.hpp"
#include "dtls/connection_ids.hpp"
#include "dtls/flights.hpp"
#include "dtls/handshake.hpp"
#include "dtls/kept_records.hpp"
#include "dtls/path_validator.hpp"
#include "dtls/record_layer.hpp"
#include "dtls/services.hpp"
#include "dtls/standing.hpp"
#include "dtls/turn.hpp"

#include <hawser/dtls/events.hpp>
#include <hawser/dtls/options.hpp>
#include <hawser/engine/timer_queue.hpp>
#include <hawser/wire/dtls/alert.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::dtls {

class Connection {
public:
    /// For how long the last flight of a handshake, and the keys under it, are kept for a peer that
    /// did not get it (RFC 6347 §4.2.4, RFC 9147 §5.8.1).
    static constexpr Duration kLinger = std::chrono::seconds{240};
    /// Datagrams of the whole endpoint that may wait to be polled before a write is refused.
    static constexpr std::size_t kUnsentMax = 4096;
    /// Between the peer's renegotiations: they cost as much as a connection.
    static constexpr Duration kRenegotiationGap = std::chrono::seconds{1};

    struct Timer : TimerQueue::Entry {
        Connection* owner = nullptr;
    };

    Connection(Services& services, ConnectionHandle handle, Role role, const Path& path,
               std::shared_ptr<const Options> options, Instant now);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // --- who it is ---
    ConnectionHandle handle() const { return standing_.handle; }
    Role role() const { return standing_.role; }
    const Path& path() const { return standing_.path; }
    void set_path(const Path& path) { standing_.path = path; }
    bool connected() const { return standing_.connected; }
    bool ended() const { return standing_.ended; }
    const Agreement& agreed() const { return standing_.agreement; }
    const ConnectionIds& ids() const { return ids_; }
    Timer& timer() { return timer_; }

    // --- its handshake ---
    /// What it is given when it is to have one; the peer may still not want it.
    void issue_own_cid();
    void start_client(const Call& call);
    /// A hello that was accepted begins the connection; its record had this number.
    void start_server(const ClientHelloReceived& hello, std::uint64_t record_sequence,
                      const Call& call);

    // --- datagrams and time ---
    Verdict on_record(const wire::dtls::Record& record, MutableBytes bytes,
                      const Datagram& datagram, const Call& call);
    /// After the last record of a datagram.
    void on_datagram_end(const Call& call);
    void on_path_event(const PathEvent& event, const Call& call);
    void advance(const Call& call);

    // --- what its user asks ---
    Result<> write(Bytes payload, const Ancillary& ancillary, const Call& call);
    Result<> close(const Call& call);
    Result<> update_keys(bool both, const Call& call);
    Result<> renegotiate(const Call& call);
    Result<> replace_connection_id(const Call& call);
    Result<> use_next_connection_id(const Call& call);
    Result<> export_keys(std::string_view label, Bytes context, MutableBytes out) const;
    Overhead overhead() const;
    Result<Transmit> seal(Transmit&& clear, const Call& call);
    std::size_t payload_bytes_max(std::size_t datagram_bytes) const;
    /// The whole connection in bytes; see Endpoint::export_state.
    Result<std::vector<std::byte>> export_state() const;
    Result<> import_state(Bytes state);

    // --- its end ---
    /// Another connection of the same peer has taken its path.
    void replaced(const Call& call);
    /// Ends without a word.
    void forget();

private:
    // records in: connection_receive.cpp
    Verdict on_plain(const wire::dtls::Record& record, const wire::dtls::RecordInPlace& place,
                     const Datagram& datagram, const Call& call);
    Verdict on_sealed(const wire::dtls::Record& record, const wire::dtls::RecordInPlace& place,
                      const Datagram& datagram, const Call& call);
    Verdict stash(const wire::dtls::Record& record, const Datagram& datagram);
    void unstash(const Call& call);
    Verdict on_content(ContentType type, MutableBytes content, RecordNumber number,
                       const Datagram& datagram, const Call& call);
    Verdict on_data(MutableBytes content, RecordNumber number, const Datagram& datagram,
                    const Call& call);
    void deliver(MutableBytes content, RecordNumber number, const Datagram& datagram,
                 const Call& call);
    Verdict on_change_cipher_spec(Bytes content, const Call& call);
    Verdict on_alert(Bytes content, const Call& call);
    Verdict on_ack(Bytes content, const Call& call);

    // handshake messages: connection_handshake.cpp
    Verdict on_handshake(Bytes content, RecordNumber number, const Call& call);
    bool is_for_inbox(const wire::dtls::HandshakeHeader& header, RecordNumber number,
                      Verdict& verdict, const Call& call);
    void on_message(HandshakeMessage&& message, const Call& call);
    HandshakeSetting setting(Agreement& forming, const Agreement* before);
    /// A client's handshake begins.
    void say_hello(const HandshakeSetting& begun, const Call& call);
    /// The agreement that the handshake under way is about.
    const Agreement& forming() const {
        return renegotiation_.forming ? *renegotiation_.forming : standing_.agreement;
    }
    /// Does what came of a turn of the handshake, in that order.
    void finish(Turn& turn, const Step& step, const Call& call);
    void do_now(BeginFlight action, const Call& call);
    void do_now(QueueMessage&& action, const Call& call);
    void do_now(QueueChangeCipherSpec action, const Call& call);
    void do_now(SendFlight action, const Call& call);
    void do_now(CloseDatagram action, const Call& call);
    void do_now(const InstallRead& action, const Call& call);
    void do_now(const InstallWrite& action, const Call& call);
    void do_now(RequireEpoch action, const Call& call);
    void do_now(Acknowledge action, const Call& call);
    void do_now(const UsePeerCid& action, const Call& call);
    void do_now(DropOwnCid action, const Call& call);
    void do_now(const LogSecret& action, const Call& call);
    void do_now(GoOnWith&& action, const Call& call);
    void do_now(Establish&& action, const Call& call);
    void do_now(GiveSession&& action, const Call& call);

    // another handshake of 1.2: connection_renegotiation.cpp
    bool may_renegotiate() const;
    bool asks_again(const wire::dtls::HandshakeHeader& header, std::uint64_t epoch) const;
    /// True when the peer's wish begins a renegotiation.
    bool on_wish(const wire::dtls::HandshakeHeader& header, const Call& call);
    void refuse_renegotiation(const Call& call);
    void begin_renegotiation(std::uint16_t peers_first, const Call& call);
    void on_refused();
    void renegotiated(Connected&& event, const Call& call);
    void deliver_early(const Call& call);

    // after the handshake: connection_update.cpp
    void on_post_handshake(HandshakeMessage&& message, const Call& call);
    void on_key_update(const HandshakeMessage& message, const Call& call);
    void on_new_session_ticket(const HandshakeMessage& message, const Call& call);
    void on_new_connection_id(const HandshakeMessage& message, const Call& call);
    void on_request_connection_id(const HandshakeMessage& message, const Call& call);
    void on_flight_acknowledged(const Call& call);
    /// Messages after the handshake go one at a time.
    Result<> may_send_message() const;
    void send_message(HandshakeType type, std::vector<std::byte> body, const Call& call);
    void send_connection_ids(std::size_t count, wire::dtls::ConnectionIdUsage usage,
                             const Call& call);
    void next_write_keys();
    void next_read_keys();

    // where the peer is: connection_path.cpp
    void on_new_path(const Path& path, std::size_t bytes, const Call& call);
    Verdict on_routability(Bytes content, const Path& path);
    void move_to(const Path& path);
    void challenge(const Call& call);
    void send_on(const Path& path, wire::dtls::RrcMessage message);

    void send_alert(AlertDescription description, wire::dtls::AlertLevel level, const Call& call);
    /// The peer, or the network in its name, did what ends the connection.
    void fail(const Fault& fault, const Call& call);
    void end(Error reason, const Call& call);
    void retire(const ConnectionId& cid);
    void forget_handshake();
    Instant deadline() const;
    void settle();

    Services& services_;
    Standing standing_;
    ConnectionIds ids_;
    RecordLayer records_;
    Flights flights_;
    PathValidator validator_;

    KeptRecords stash_; ///< that came before their keys
    std::uint64_t epoch_min_ = 0;
    Instant handshake_until_ = kNever;
    Instant linger_until_ = kNever;
    std::optional<AlertDescription> alert_sent_, alert_received_;

    /// Of another handshake.
    struct Renegotiation {
        std::unique_ptr<Agreement> forming;
        KeptRecords early;      ///< data that was opened, but its handshake is not done
        bool requested = false; ///< server: our HelloRequest is not answered yet
        Instant next{};         ///< before that, the peer may not begin one
        Instant next_refusal{};
    };
    Renegotiation renegotiation_;

    bool unreachable_told_ = false; ///< and nothing came of the peer since
    bool unsettled_ = false;        ///< more than data came in the datagram at hand
    bool confirmed_ = false;        ///< client of 1.3: our Finished is acknowledged
    /// Of messages after the handshake, which go one at a time.
    bool key_update_sent_ = false;
    bool key_update_owed_ = false; ///< the peer asked while another message was under way
    std::uint8_t cids_owed_ = 0;   ///< likewise

    Timer timer_;
};

} // namespace hawser::dtls
