// Records out: flights, acknowledgements, alerts, data.
#include "dtls/connection.hpp"

#include <hawser/wire/dtls/alert.hpp>
#include <hawser/wire/dtls/handshake.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace hawser::dtls {

using wire::dtls::AlertLevel;
using wire::dtls::kHandshakeHeaderBytes;
using wire::dtls::kRecordHeaderBytes;

void Connection::begin_flight() {
    Messages& under_way = messages();
    under_way.outbox.clear();
    under_way.resend_at = kNever;
    under_way.timeout = options_->retransmission_initial;
    under_way.resends = 0;
    under_way.last_flight = false;
    under_way.answered = static_cast<std::uint16_t>(under_way.inbox.next_sequence() - 1);
    // One that the client may not have goes first, so that the numbers have no hole.
    if (std::exchange(hello_requested_, false) && renegotiating())
        under_way.outbox.add({.type = HandshakeType::hello_request, .epoch = write_epoch()});
}

std::uint16_t Connection::queue(HandshakeType type, std::uint64_t epoch,
                                std::vector<std::byte> body) {
    const std::uint16_t sequence = next_send_++;
    messages().outbox.add(
        {.type = type, .sequence = sequence, .epoch = epoch, .body = std::move(body)});
    return sequence;
}

void Connection::queue_change_cipher_spec() {
    messages().outbox.add({.content = ContentType::change_cipher_spec,
                           .epoch = write_epoch(),
                           .body = {std::byte{1}}});
}

void Connection::send_flight(bool last) {
    Messages& under_way = messages();
    if (under_way.timeout == Duration{}) under_way.timeout = options_->retransmission_initial;
    under_way.last_flight = last;
    under_way.resend_at = last ? kNever : services_.now + under_way.timeout;
    // The answer says that the peer's flight came.
    if (!connected_) under_way.acks.clear();
    put_flight();
}

Connection::WriteEpoch* Connection::writer(std::uint64_t epoch) {
    const auto found = std::ranges::find_if(
        writing_, [epoch](const WriteEpoch& writer) { return writer.keys.epoch == epoch; });
    return found == writing_.end() ? nullptr : &*found;
}

/// Bytes of content that a record in the datagram being built can still have.
std::size_t Connection::handshake_room(std::uint64_t epoch) const {
    const std::size_t limit = handshake_limit_;
    std::size_t around = kRecordHeaderBytes;
    for (const WriteEpoch& writer : writing_) {
        if (writer.keys.epoch != epoch || epoch == 0) continue;
        const RecordRoom room = record_room(writer.keys, peer_cid_.size());
        around = room.headroom + room.tailroom;
    }
    const std::size_t used = building_.size() + around;
    const std::size_t left = used < limit ? limit - used : 0;
    return std::min<std::size_t>(left, agreement_.peer_record_limit);
}

/// Everything of the flight that the peer may not have, in as few records and datagrams as it
/// takes: consecutive messages of an epoch share a record (RFC 6347 §4.2.3, RFC 9147 §5.5).
void Connection::put_flight() {
    const Outbox& outbox = messages_->outbox;
    messages_->resent_at = services_.now;
    Gathered gathered;
    for (const Outbox::Piece& piece : outbox.missing()) {
        const Outbox::Message& message = outbox.message(piece.message);
        if (message.epoch != gathered.epoch) {
            put_gathered(gathered);
            gathered.epoch = message.epoch;
        }
        if (message.content == ContentType::handshake) {
            gather(gathered, piece);
            continue;
        }
        put_gathered(gathered);
        if (handshake_room(message.epoch) < message.body.size()) flush_handshake();
        put_record(message.content, message.epoch, message.body);
    }
    put_gathered(gathered);
}

/// In as many fragments as it takes: none is smaller than the room that was left for it.
void Connection::gather(Gathered& gathered, Outbox::Piece piece) {
    const Outbox::Message& message = messages_->outbox.message(piece.message);
    const auto room = [&] {
        const std::size_t all = handshake_room(gathered.epoch);
        return all - std::min(all, gathered.content.size());
    };
    do {
        const std::uint32_t left = piece.to - piece.from;
        const std::size_t least = kHandshakeHeaderBytes + std::min<std::size_t>(left, 1);
        if (room() < least) put_gathered(gathered);
        if (room() < least) flush_handshake();
        const auto take =
            static_cast<std::uint32_t>(std::min<std::size_t>(left, room() - kHandshakeHeaderBytes));
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
        // Mbed TLS looks for the next message after the whole length of one that is in fragments.
        if (piece.from != 0 && !is_1_3()) put_gathered(gathered);
        piece.from += take;
    } while (piece.from < piece.to);
}

void Connection::put_gathered(Gathered& gathered) {
    if (gathered.pieces.empty()) return;
    Outbox& outbox = messages_->outbox;
    const std::uint64_t number =
        put_record(ContentType::handshake, gathered.epoch, gathered.content);
    for (const Outbox::Piece& piece : gathered.pieces) {
        const Outbox::Message& message = outbox.message(piece.message);
        outbox.sent(piece, gathered.epoch, number);
        if (piece.to == message.body.size() && outbox.leaves_first(piece.message) &&
            services_.tap != nullptr)
            messages_->to_show.push_back(message);
    }
    gathered.content.clear();
    gathered.pieces.clear();
}

/// Appends a record to the datagram being built and answers its number.
std::uint64_t Connection::put_record(ContentType type, std::uint64_t epoch, Bytes content) {
    const std::size_t start = building_.size();
    WriteEpoch* const writer = epoch == 0 ? nullptr : this->writer(epoch);
    if (writer == nullptr) {
        const wire::dtls::RecordHeader header{
            .type = type,
            .version = agreement_.suite == nullptr ? Version::v1_0 : Version::v1_2,
            .epoch = 0,
            .sequence = next_plain()};
        building_.resize(start + kRecordHeaderBytes + content.size());
        header.write(building_.data() + start, content.size());
        std::ranges::copy(content, building_.begin() +
                                       static_cast<std::ptrdiff_t>(start + kRecordHeaderBytes));
        return header.sequence;
    }
    const std::uint64_t number = writer->next;
    building_.resize(start + record_bytes(*writer, content.size()));
    seal_content(*writer, type, content, MutableBytes{building_}.subspan(start));
    return number;
}

/// Of a record around so much content, with what a short one is padded by.
std::size_t Connection::record_bytes(const WriteEpoch& epoch, std::size_t content_bytes) const {
    const RecordRoom room = record_room(epoch.keys, peer_cid_.size());
    return room.headroom + content_bytes + record_padding(epoch.keys, content_bytes) +
           room.tailroom;
}

/// Copies the content into `record`, which has `record_bytes`, and seals it.
void Connection::seal_content(WriteEpoch& epoch, ContentType type, Bytes content,
                              MutableBytes record) {
    const std::size_t front = record_room(epoch.keys, peer_cid_.size()).headroom;
    const std::size_t padding = record_padding(epoch.keys, content.size());
    if (!content.empty()) std::memcpy(record.data() + front, content.data(), content.size());
    if (padding == 0) return seal_into(epoch, type, record);
    // The type stands before the zeros, the last of which is where it stands otherwise.
    const MutableBytes padded = record.subspan(front + content.size(), padding);
    std::memset(padded.data(), 0, padded.size());
    padded.front() = static_cast<std::byte>(type);
    seal_into(epoch, ContentType{}, record);
}

void Connection::seal_into(WriteEpoch& epoch, ContentType type, MutableBytes record) {
    seal_record(services_.contexts, epoch.keys, epoch.next++, type, peer_cid_, record);
    ++services_.counters.records_sealed;
}

void Connection::flush_handshake() {
    if (building_.empty()) return;
    const MutableBytes to =
        services_.outgoing.append(path_, options_->handshake_ancillary, building_.size());
    std::ranges::copy(building_, to.begin());
    ++services_.counters.datagrams_sent;
    building_.clear();
    if (!messages_) return;
    for (const Outbox::Message& whole : std::exchange(messages_->to_show, {}))
        show(Direction::out, whole.type, whole.sequence, whole.body, services_.outgoing.last_id());
}

/// After a datagram: what is still owed is owed for part of a flight, or for what came after the
/// handshake (RFC 9147 §7.1).
void Connection::settle_acks() {
    Messages& under_way = *messages_;
    if (!is_1_3()) return under_way.acks.clear();
    if (!under_way.acks.owed()) return;
    const bool at_once = !options_->acknowledge_later && (connected_ || under_way.out_of_order);
    if (at_once) acknowledge();
    if (at_once && connected_) return;
    // Of a flight whose rest does not come, again: what overtook it may have been no loss.
    const Duration timer =
        under_way.timeout == Duration{} ? options_->retransmission_initial : under_way.timeout;
    under_way.acks.due_by(after(services_.now, timer / 4));
}

void Connection::acknowledge() {
    Messages& under_way = messages();
    under_way.out_of_order = false;
    if (!is_1_3() || under_way.acks.empty()) return;
    constexpr std::size_t kBytesMax = 2 + Acknowledgements::kMost * RecordNumber::kBytes;
    constexpr std::size_t kWorthwhile = 2 + 8 * RecordNumber::kBytes;
    if (handshake_room(write_epoch()) < kWorthwhile) flush_handshake();
    std::array<std::byte, kBytesMax> room;
    wire::Writer out{room};
    wire::dtls::write_ack(out, under_way.acks.take(handshake_room(write_epoch())));
    put_record(ContentType::ack, write_epoch(), out.output());
    // Until it is whole they are said again, should this be lost.
    if (!under_way.inbox.has_partial() && connected_ && !handshake_) under_way.acks.clear();
}

void Connection::send_alert(AlertDescription description, AlertLevel level) {
    std::array<std::byte, wire::dtls::Alert::kBytes> room;
    wire::Writer out{room};
    wire::dtls::Alert{level, description}.write(out);
    // While keys change, under those that the peer is sure to have.
    const std::uint64_t epoch = renegotiating() ? writing_.front().keys.epoch : write_epoch();
    if (handshake_room(epoch) < room.size()) flush_handshake();
    put_record(ContentType::alert, epoch, out.output());
    flush_handshake();
}

Result<> Connection::write(Bytes payload, const Ancillary& ancillary) {
    if (ended_) return hawser::fail(Errc::closed, "the connection has ended");
    if (!connected_) return hawser::fail(Errc::exhausted, "the handshake is not done yet");
    if (payload.size() > agreement_.peer_record_limit)
        return hawser::fail(Errc::too_large, "longer than a record that the peer takes");
    if (services_.outgoing.size() >= kUnsentMax)
        return hawser::fail(Errc::exhausted, "too many datagrams wait to be sent");
    WriteEpoch& epoch = data_writer();
    if (auto left = numbers_left(epoch, 1); !left) return left;
    const std::size_t size = record_bytes(epoch, payload.size());
    const Ancillary marking = ancillary.over(options_->ancillary);
    TransmitQueue& outgoing = services_.outgoing;
    const std::size_t before = outgoing.size();
    const MutableBytes record =
        options_->coalesce_bytes == 0
            ? outgoing.append(path_, marking, size)
            : outgoing.share(path_, marking, size, options_->coalesce_bytes);
    seal_content(epoch, ContentType::application_data, payload, record);
    services_.counters.datagrams_sent += outgoing.size() - before;
    if (epoch.next >= aead_limits(epoch.keys.kind).seal) static_cast<void>(update_keys(false));
    return {};
}

/// No number is ever used twice under one key; the last few are for alerts and updates.
Result<> Connection::numbers_left(const WriteEpoch& epoch, std::size_t records) const {
    constexpr std::uint64_t kKept = 1024;
    if (epoch.next + records + kKept <= wire::dtls::kSequenceMax) return {};
    return hawser::fail(Errc::exhausted, "the record numbers of this epoch are used up");
}

Overhead Connection::overhead() const {
    if (!connected_) return {};
    const WriteEpoch& epoch = renegotiating() ? writing_.front() : writing_.back();
    const RecordRoom room = record_room(epoch.keys, peer_cid_.size());
    return {static_cast<std::uint16_t>(room.headroom), static_cast<std::uint16_t>(room.tailroom)};
}

std::size_t Connection::payload_bytes_max(std::size_t datagram_bytes) const {
    const Overhead around = overhead();
    const std::size_t taken = std::size_t{around.headroom} + around.tailroom;
    const std::size_t left = datagram_bytes > taken ? datagram_bytes - taken : 0;
    return std::min<std::size_t>(left, agreement_.peer_record_limit);
}

/// Moves what has more room around it than a record needs, so that the row has no gaps.
Result<Transmit> Connection::seal(Transmit&& clear) {
    if (ended_) return hawser::fail(Errc::closed, "the connection has ended");
    if (!connected_) return hawser::fail(Errc::exhausted, "the handshake is not done yet");
    WriteEpoch& epoch = data_writer();
    const RecordRoom room = record_room(epoch.keys, peer_cid_.size());
    if (clear.headroom < room.headroom || clear.tailroom < room.tailroom)
        return hawser::fail(Errc::invalid_argument, "not enough room around the segments");
    const std::size_t count = clear.segment_count();
    if (auto left = numbers_left(epoch, count); !left) return std::unexpected{left.error()};
    const MutableBytes all = clear.payload.bytes();
    const bool exact = clear.headroom == room.headroom && clear.tailroom == room.tailroom;
    std::size_t at = exact ? 0 : clear.headroom - room.headroom;
    const std::size_t first = at;
    for (std::size_t i = 0; i < count; ++i) {
        const MutableBytes segment = clear.segment(i);
        const MutableBytes record = all.subspan(at, room.headroom + segment.size() + room.tailroom);
        if (!exact && record.data() + room.headroom != segment.data())
            std::memmove(record.data() + room.headroom, segment.data(), segment.size());
        seal_into(epoch, ContentType::application_data, record);
        at += record.size();
    }
    const std::size_t segment_bytes =
        clear.segment_bytes == 0 ? 0 : room.headroom + clear.segment_bytes + room.tailroom;
    clear.payload.resize(at);
    clear.payload.trim_front(first);
    clear.path = path_;
    clear.segment_bytes = static_cast<std::uint16_t>(segment_bytes);
    clear.headroom = 0;
    clear.tailroom = 0;
    services_.counters.datagrams_sent += count;
    if (epoch.next >= aead_limits(epoch.keys.kind).seal) static_cast<void>(update_keys(false));
    return std::move(clear);
}

void Connection::on_path_event(const PathEvent& event) {
    constexpr std::size_t kLeastBytes = 256;
    if (const auto fits = event.payload_bytes_max(kLeastBytes)) {
        handshake_limit_ =
            static_cast<std::uint16_t>(std::min<std::size_t>(*fits, handshake_limit_));
    }
    if (event.kind == PathEvent::Kind::send_refused)
        services_.events.push(SendRefused{handle_, event.ancillary, event.os_errno});
    if (event.kind == PathEvent::Kind::unreachable && !connected_ && role_ == Role::client)
        end(Error{Errc::unreachable, "nobody listens there", event.os_errno});
}

} // namespace hawser::dtls
