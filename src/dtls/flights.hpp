// Handshake messages on their way, both ways: put together, sent until they are answered, and
// acknowledged (RFC 6347 §4.2, RFC 9147 §5, §7).
#pragma once

#include "dtls/acknowledgements.hpp"
#include "dtls/inbox.hpp"
#include "dtls/outbox.hpp"
#include "dtls/record_layer.hpp"
#include "dtls/services.hpp"
#include "dtls/standing.hpp"
#include "dtls/turn.hpp"

#include <hawser/core/instant.hpp>
#include <hawser/wire/dtls/handshake.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::dtls {

class Flights {
public:
    /// A message after the handshake is sent so often to a peer that does not answer: for five
    /// minutes with the usual timer. Then again only when something comes of the peer.
    static constexpr std::uint32_t kResendsMax = 10;

    Flights(Services& services, const Standing& standing, RecordLayer& records);

    // --- out ---
    void begin();
    void queue(QueueMessage&& message);
    void queue_change_cipher_spec(std::uint64_t epoch);
    void send(bool last, Instant now);
    /// message_seq of the next message of ours.
    std::uint16_t next_sequence() const { return next_send_; }
    /// Any record, in the datagram with the others. It leaves with `close_datagram`.
    void put(ContentType type, std::uint64_t epoch, Bytes content, Instant now);
    void close_datagram(Instant now);
    /// Whether something of ours waits for its answer.
    bool awaits_answer() const { return under_way_ && !under_way_->outbox.empty(); }
    /// Whether that is more than a last flight, which only the peer asks for again.
    bool is_owed_answer() const { return awaits_answer() && !under_way_->last_flight; }
    /// Nothing of ours is sent again.
    void clear();
    /// The handshake is over: what it said last is forgotten, what was said after it is not.
    void forget_handshake();
    void on_payload_bytes_max(std::size_t bytes);

    // --- in ---
    /// The peer's message_seq is one that was had.
    bool is_old(const wire::dtls::HandshakeHeader& header);
    /// A message that we have had: our flight again, where that says that the peer misses it.
    Verdict on_old(const wire::dtls::HandshakeHeader& header, Instant now);
    Verdict add(const wire::dtls::HandshakeFragment& fragment, std::uint64_t epoch);
    /// The record brought some of the above; `is_fresh`: something new.
    void note(RecordNumber number, bool is_fresh);
    /// The next message of the peer's, once all of it is there.
    std::optional<HandshakeMessage> take();
    /// Fragments of lower epochs count no more, those that are here already included.
    void forget_before(std::uint64_t epoch) {
        if (under_way_) under_way_->inbox.forget_before(epoch);
    }
    /// True when the peer has all of the flight now.
    bool on_ack(const wire::dtls::List<RecordNumber>& numbers, Instant now);
    /// Data of the peer's, while messages of ours are not acknowledged.
    void on_data(std::uint64_t epoch, Instant now);
    /// Says now which records of the peer's have come.
    void acknowledge(Instant now);
    void on_datagram_end(Instant now);
    /// No message is under way, in either direction.
    bool is_quiet() const { return !under_way_ && building_.empty(); }
    std::uint16_t next_receive() const;

    // --- both ---
    Instant deadline() const;
    /// Does what is due. True when that was the last time for the flight.
    bool advance(Instant now);
    /// Another handshake begins: it numbers its messages anew (RFC 6347 §4.2.2).
    void restart(std::uint16_t next_send, std::uint16_t next_receive);
    /// Before the first message, or from a state.
    void set_next(std::uint16_t send, std::uint16_t receive);
    /// Gives back what only messages under way need. True when it did.
    bool settle();

private:
    /// Made on demand, gone when all is quiet.
    struct UnderWay {
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

    UnderWay& under_way();
    const Options& options() const { return *standing_.options; }
    void put_flight(Instant now);
    void gather(Gathered& gathered, Outbox::Piece piece, Instant now);
    std::uint32_t put_fragment(Gathered& gathered, const Outbox::Piece& piece, std::size_t room);
    void put_gathered(Gathered& gathered);
    std::size_t room(std::uint64_t epoch) const;
    bool resend(Instant now);
    bool just_sent(Instant now) const;
    void schedule_acks(Instant now);

    Services& services_;
    const Standing& standing_;
    RecordLayer& records_;
    std::unique_ptr<UnderWay> under_way_;
    std::vector<std::byte> building_; ///< a datagram of handshake records
    std::uint16_t datagram_bytes_max_;
    std::uint16_t next_send_ = 0;    ///< message_seq
    std::uint16_t next_receive_ = 0; ///< while nothing is `under_way_`
};

} // namespace hawser::dtls
