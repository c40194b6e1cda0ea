// A flight becomes records, and records become datagrams.
#include "dtls/flights.hpp"
#include "dtls/show_message.hpp"

#include <hawser/wire/dtls/extensions.hpp>

#include <algorithm>
#include <utility>

namespace hawser::dtls {

using wire::dtls::kHandshakeHeaderBytes;

void Flights::begin() {
    UnderWay& messages = under_way();
    messages.outbox.clear();
    messages.resend_at = kNever;
    messages.timeout = options().retransmission_initial;
    messages.resends = 0;
    messages.last_flight = false;
    messages.answered = static_cast<std::uint16_t>(messages.inbox.next_sequence() - 1);
}

void Flights::queue(QueueMessage&& message) {
    next_send_ = static_cast<std::uint16_t>(message.sequence + 1);
    under_way().outbox.add({.type = message.type,
                            .sequence = message.sequence,
                            .epoch = message.epoch,
                            .body = std::move(message.body)});
}

void Flights::queue_change_cipher_spec(std::uint64_t epoch) {
    under_way().outbox.add(
        {.content = ContentType::change_cipher_spec, .epoch = epoch, .body = {std::byte{1}}});
}

void Flights::send(bool last, Instant now) {
    UnderWay& messages = under_way();
    if (messages.timeout == Duration{}) messages.timeout = options().retransmission_initial;
    messages.last_flight = last;
    messages.resend_at = last ? kNever : now + messages.timeout;
    // The answer says that the peer's flight came.
    if (!standing_.connected) messages.acks.clear();
    put_flight(now);
}

/// Bytes of content that a record in the datagram being built can still have. One in a datagram of
/// its own has room for a piece of a message, however long the peer's connection ID is.
std::size_t Flights::room(std::uint64_t epoch) const {
    const std::size_t used = building_.size() + records_.bytes_around(epoch);
    const std::size_t least = building_.empty() ? used + wire::dtls::kRecordSizeLimitMin : 0;
    const std::size_t limit = std::max<std::size_t>(datagram_bytes_max_, least);
    return std::min<std::size_t>(limit - std::min(limit, used),
                                 standing_.agreement.peer_record_limit);
}

/// Everything of the flight that the peer may not have, in as few records and datagrams as it
/// takes: consecutive messages of an epoch share a record (RFC 6347 §4.2.3, RFC 9147 §5.5).
void Flights::put_flight(Instant now) {
    const Outbox& outbox = under_way_->outbox;
    under_way_->resent_at = now;
    Gathered gathered;
    for (const Outbox::Piece& piece : outbox.missing()) {
        const Outbox::Message& message = outbox.message(piece.message);
        if (message.epoch != gathered.epoch) {
            put_gathered(gathered);
            gathered.epoch = message.epoch;
        }
        if (message.content == ContentType::handshake) {
            gather(gathered, piece, now);
            continue;
        }
        put_gathered(gathered);
        put(message.content, message.epoch, message.body, now);
    }
    put_gathered(gathered);
}

/// In as many fragments as it takes: none is smaller than the room that was left for it.
void Flights::gather(Gathered& gathered, Outbox::Piece piece, Instant now) {
    const auto left = [&] {
        const std::size_t all = room(gathered.epoch);
        return all - std::min(all, gathered.content.size());
    };
    do {
        const std::size_t least =
            kHandshakeHeaderBytes + std::min<std::size_t>(piece.to - piece.from, 1);
        if (left() < least) put_gathered(gathered);
        if (left() < least) close_datagram(now);
        HAWSER_ASSERT(left() >= least);
        const bool is_first = piece.from == 0;
        piece.from = put_fragment(gathered, piece, left());
        // Mbed TLS looks for the next message after the whole length of one that is in fragments.
        if (!is_first && !standing_.agreement.is_1_3()) put_gathered(gathered);
    } while (piece.from < piece.to);
}

/// As much of the piece as there is room for; where the rest begins.
std::uint32_t Flights::put_fragment(Gathered& gathered, const Outbox::Piece& piece,
                                    std::size_t room) {
    const Outbox::Message& message = under_way_->outbox.message(piece.message);
    const auto take = static_cast<std::uint32_t>(
        std::min<std::size_t>(piece.to - piece.from, room - kHandshakeHeaderBytes));
    const std::size_t start = gathered.content.size();
    gathered.content.resize(start + kHandshakeHeaderBytes + take);
    wire::Writer out{MutableBytes{gathered.content}.subspan(start)};
    wire::dtls::HandshakeHeader{.type = message.type,
                                .length = static_cast<std::uint32_t>(message.body.size()),
                                .message_seq = message.sequence,
                                .fragment_offset = piece.from,
                                .fragment_length = take}
        .write(out);
    out.bytes(Bytes{message.body}.subspan(piece.from, take));
    gathered.pieces.push_back({piece.message, piece.from, piece.from + take});
    return piece.from + take;
}

void Flights::put_gathered(Gathered& gathered) {
    if (gathered.pieces.empty()) return;
    Outbox& outbox = under_way_->outbox;
    const std::uint64_t number =
        records_.append(ContentType::handshake, gathered.epoch, gathered.content, building_);
    for (const Outbox::Piece& piece : gathered.pieces) {
        const Outbox::Message& message = outbox.message(piece.message);
        outbox.sent(piece, gathered.epoch, number);
        if (piece.to == message.body.size() && outbox.leaves_first(piece.message) &&
            services_.tap != nullptr)
            under_way_->to_show.push_back(message);
    }
    gathered.content.clear();
    gathered.pieces.clear();
}

void Flights::put(ContentType type, std::uint64_t epoch, Bytes content, Instant now) {
    if (room(epoch) < content.size()) close_datagram(now);
    records_.append(type, epoch, content, building_);
}

void Flights::close_datagram(Instant now) {
    if (building_.empty()) return;
    const MutableBytes to =
        services_.outgoing.append(standing_.path, options().handshake_ancillary, building_.size());
    std::ranges::copy(building_, to.begin());
    ++services_.counters.datagrams_sent;
    building_.clear();
    if (!under_way_) return;
    const PacketId packet = services_.outgoing.last_id();
    for (const Outbox::Message& whole : std::exchange(under_way_->to_show, {}))
        show_message(services_, standing_, {Direction::out, whole.type, whole.sequence, whole.body},
                     {now, packet});
}

} // namespace hawser::dtls
