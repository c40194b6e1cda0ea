// What leaves next, and how messages become DATA chunks.
#include "sctp/tx/sender.hpp"

#include <hawser/wire/sctp/data.hpp>
#include <hawser/wire/sctp/i_data.hpp>

#include <algorithm>
#include <cstring>

namespace hawser::sctp {
namespace {

/// A chunk shorter than this is not worth its header at the end of a packet.
constexpr std::size_t kLeastFragmentBytes = 4;

void write_data_header(std::byte* to, Tsn tsn, const SentChunk& chunk, bool immediate) {
    const OutgoingMessage& message = *chunk.message;
    const wire::sctp::Data header{
        .stream = message.stream,
        .ssn = message.unordered ? Ssn{} : message.ssn(),
        .ppid = message.ppid,
        .tsn = tsn,
        .unordered = message.unordered,
        .beginning = chunk.offset == 0,
        .ending = chunk.offset + chunk.length == message.payload.size(),
        .immediate = immediate,
        .payload = {},
    };
    header.write_header(to, chunk.length);
}

void write_i_data_header(std::byte* to, Tsn tsn, const SentChunk& chunk, bool immediate) {
    const OutgoingMessage& message = *chunk.message;
    const wire::sctp::IData header{
        .stream = message.stream,
        .mid = message.mid,
        .ppid = message.ppid,
        .fsn = chunk.fsn,
        .tsn = tsn,
        .unordered = message.unordered,
        .beginning = chunk.offset == 0,
        .ending = chunk.offset + chunk.length == message.payload.size(),
        .immediate = immediate,
        .payload = {},
    };
    header.write_header(to, chunk.length);
}

} // namespace

std::size_t Sender::chunk_header_bytes() const {
    return interleaving_ ? wire::sctp::IData::kHeaderBytes : wire::sctp::Data::kHeaderBytes;
}

wire::sctp::ChunkType Sender::chunk_type() const {
    return interleaving_ ? wire::sctp::ChunkType::i_data : wire::sctp::ChunkType::data;
}

/// Without padding.
std::size_t Sender::chunk_bytes(const SentChunk& chunk) const {
    return chunk_header_bytes() + chunk.length;
}

/// Of a packet with nothing else in it.
std::size_t Sender::packet_bytes_of(const SentChunk& chunk) const {
    return wire::sctp::kCommonHeaderBytes + auth_bytes_ + wire::sctp::padded(chunk_bytes(chunk));
}

bool Sender::may_retransmit(const Lane& lane) const {
    if (lane.lost.empty()) return false;
    if (lane.destination->has_window()) return true;
    // RFC 9260 §7.2.4: the first fast retransmission goes whatever the window says.
    const SentChunk& first = chunks_[lane.lost.front()];
    return shared_.options.recovery == Recovery::rfc9260 && first.misses >= 3 &&
           !first.fast_retransmitted;
}

bool Sender::may_send_new(const Destination& destination) const {
    const bool bursts = shared_.options.congestion == Congestion::rfc9260 &&
                        destination.in_flight_bytes >= destination.burst_limit;
    return destination.has_window() && !bursts && chunks_.size() < kChunksOutstandingMax &&
           window_left() > 0;
}

/// What the peer still takes: RFC 9260 §6.1 (A). With nothing in flight one chunk may always go,
/// else a lost window update would stop us for ever; a closed window has its own clock.
std::size_t Sender::window_left() const {
    if (in_flight_payload_ == 0 && window_probe_ == kNever) {
        return std::max<std::size_t>(advertised_, 1);
    }
    const std::uint32_t left = peer_window_left();
    if (!is_concurrent()) return left;
    return left - std::min<std::size_t>(left, lost_charge()); // what is lost has its share
}

/// A class that has to send again what is on its way, or a probe.
Lane* Sender::lane_with_work() {
    // The earliest TSN goes first, whatever its class: a receiver whose window is closed takes no
    // other, and none of the classes may starve the rest.
    Lane* earliest = nullptr;
    for (Destination* destination : destinations_) {
        for (Lane& lane : destination->lanes()) {
            if (lane.in_flight.empty()) lane.probe_wanted = false; // nothing is missed any more
            if (lane.probe_wanted) return &lane;
            if (!may_retransmit(lane)) continue;
            if (earliest == nullptr || lane.lost.front().precedes(earliest->lost.front()))
                earliest = &lane;
        }
    }
    return earliest;
}

Lane* Sender::next_lane(Instant now) {
    abandon_expired(now);
    if (Lane* lane = lane_with_work()) {
        new_class_ = lane->traffic_class;
        return lane;
    }
    for (Destination* destination : destinations_)
        destination->paced_until = kNever;
    // New messages wait for what was lost, wherever: it has its share of the peer's window.
    // Where several paths are used at once that is the share alone.
    if (queue_.ready_bytes() == 0) return nullptr;
    if (!is_concurrent() && destinations_.any_lost()) return nullptr;
    if (destinations_.several()) return next_new_of_several(now);
    if (!can_begin_train(current(), now)) return nullptr;
    // The fragments of a DATA message have consecutive TSNs (RFC 9260 §6.9): it is finished first.
    const OutgoingMessage* message = queue_.begun();
    if (message == nullptr) message = queue_.next(now);
    return message == nullptr ? nullptr : new_lane(current(), message->traffic_class);
}

/// `ahead` of its pace, at most.
bool Sender::can_begin_train(Destination& destination, Instant now, Duration ahead) {
    if (destination.in_flight_bytes == 0) {
        destination.wake(now);
        destination.allow_burst(shared_.options);
    }
    if (!may_send_new(destination)) return false;
    if (destination.pace_at <= now + ahead) return true;
    destination.paced_until = destination.pace_at;
    return false;
}

Lane* Sender::new_lane(Destination& destination, ClassId traffic_class) {
    new_class_ = traffic_class;
    return &destination.lane_of(shared_.classes.marking(traffic_class));
}

/// What has work may be topped up with what goes the same way.
bool Sender::takes_new(const Lane& lane) const {
    Destination& destination = *lane.destination;
    if (!is_concurrent()) return !destinations_.any_lost() && &destination == &way_of(new_class_);
    if (destination.any_lost()) return false;
    const Destination* named = named_way(new_class_);
    if (named != nullptr) return &destination == named;
    return destination.is_usable() || &destination == &current();
}

/// Every class has its train: the one that gets it now stands last from here on.
void Sender::begin_train() {
    // What is interleaved goes on in a later train.
    train_yields_ = !interleaving_ && queue_.others_wait(new_class_);
    queue_.train_begins(new_class_);
}

void Sender::train_left(Lane& lane, std::size_t bytes, Instant now) {
    Destination& destination = *lane.destination;
    const bool limited =
        queue_.ready_bytes() == 0 && destination.has_window() && !destination.any_lost();
    destination.congestion->left(
        {.in_flight = destination.in_flight_bytes, .application_limited = limited, .now = now});
    destination.pace(bytes, now);
}

bool Sender::fill(TrainWriter& train, Lane& lane, Instant now) {
    bool added = false;
    queue_.packet_begins();
    if (lane.probe_wanted && add_probe(train, lane, now)) added = true;
    while (may_retransmit(lane) && add_retransmission(train, lane, now)) {
        added = true;
        abandon_expired(now);
    }
    if (!takes_new(lane)) return added;
    while (add_new(train, lane, now))
        added = true;
    return added;
}

/// RFC 8985 §7.3: new data when there is some, else the newest chunk again.
bool Sender::add_probe(TrainWriter& train, Lane& lane, Instant now) {
    lane.probe_wanted = false;
    if (lane.in_flight.empty()) return false;
    const Tsn tsn = lane.in_flight.back();
    SentChunk& chunk = chunks_[tsn];
    const std::size_t whole = wire::sctp::padded(chunk_bytes(chunk));
    if (whole > train.room(chunk_type()) && !train.widen_for(chunk_type(), whole)) return false;
    write_chunk(train, tsn, chunk, true);
    lane.in_flight.remove(chunks_, tsn);
    left_network(chunk);
    ++count().tail_loss_probes;
    ++count().retransmissions.tail_probe;
    ++lane.destination->tally().retransmissions.tail_probe;
    sent_again(lane, tsn, now);
    return true;
}

bool Sender::add_retransmission(TrainWriter& train, Lane& lane, Instant now) {
    const Tsn tsn = lane.lost.front();
    SentChunk& chunk = chunks_[tsn];
    if (!may_join(train, *chunk.message)) return false;
    const std::size_t whole = wire::sctp::padded(chunk_bytes(chunk));
    if (whole > train.room(chunk_type())) {
        // The path's packets have become smaller than the chunk, whose TSN fixes its bounds: it
        // goes alone, and IP may cut it.
        const bool alone = !train.has_chunks() && train.count() == 0;
        if (!alone || !train.widen_for(chunk_type(), whole)) return false;
        lane.destination->may_fragment = true;
    }
    write_chunk(train, tsn, chunk, is_waited_for(chunk, *lane.destination));
    lane.lost.remove(chunks_, tsn);
    chunk.fast_retransmitted = chunk.misses >= 3;
    sent_again(lane, tsn, now);
    return true;
}

void Sender::sent_again(Lane& lane, Tsn tsn, Instant now) {
    SentChunk& chunk = chunks_[tsn];
    chunk.transmissions = static_cast<std::uint8_t>(std::min(chunk.transmissions + 1, 255));
    ++count().chunks_retransmitted;
    if (lane.destination->path_mtu && chunk.transmissions > PathMtu::kProbesMax)
        lane.destination->path_mtu->mtu.doubt(packet_bytes_of(chunk));
    sent(lane, tsn, chunk, now);
}

std::size_t Sender::due_packet_bytes(const Lane& lane) const {
    const bool probes = lane.probe_wanted && !lane.in_flight.empty();
    if (!probes && lane.lost.empty()) return 0;
    const SentChunk& chunk = chunks_[probes ? lane.in_flight.back() : lane.lost.front()];
    return packet_bytes_of(chunk);
}

/// How much of `message` goes into the packet at hand; 0 when none should.
std::size_t Sender::fragment_bytes(const OutgoingMessage& message, const TrainWriter& train) const {
    const std::size_t remaining = message.payload.size() - message.sent_bytes;
    const std::size_t room = train.room(chunk_type());
    const std::size_t header = chunk_header_bytes();
    if (room < header + kLeastFragmentBytes) return 0;
    const std::size_t space = (room - header) & ~std::size_t{3};
    std::size_t bytes = std::min(remaining, space);
    const std::size_t fresh_packet = train.limit() - train.before(chunk_type()) - header;
    const bool cuts_needlessly = bytes < remaining && remaining <= fresh_packet;
    if (cuts_needlessly && train.has_chunks()) {
        // A packet filled to the end keeps the train equal; by the letter of RFC 9260 §6.9 a
        // message that fits into a packet stays whole.
        if (shared_.options.congestion == Congestion::rfc9260) return 0;
    }
    if (bytes > window_left()) {
        if (in_flight_payload_ > 0) return 0; // wait rather than send a sliver
        bytes = std::max<std::size_t>(1, std::min<std::size_t>(bytes, advertised_));
        if (advertised_ == 0) bytes = std::min(remaining, space); // the probe of a closed window
    }
    return bytes;
}

/// The message that the train goes on with; nullptr when it should end.
OutgoingMessage* Sender::message_for(const TrainWriter& train, Instant now) {
    if (OutgoingMessage* begun = queue_.begun())
        return begun->traffic_class == new_class_ ? begun : nullptr;
    OutgoingMessage* message = queue_.next_of(new_class_, now);
    const bool begins_train = train.count() == 0 && !train.has_chunks();
    if (message != nullptr && train_yields_ && !begins_train &&
        message->payload.size() > train.payload_room(chunk_type(), chunk_header_bytes())) {
        return nullptr; // it would not end in this train, and others wait for the next
    }
    return message;
}

bool Sender::add_new(TrainWriter& train, Lane& lane, Instant now) {
    OutgoingMessage* message = message_for(train, now);
    if (message == nullptr || !may_join(train, *message)) return false;
    if (!may_send_new(*lane.destination)) return false;
    const std::size_t bytes = fragment_bytes(*message, train);
    if (bytes == 0) return false;

    if (!message->started()) begin(message);
    const Tsn tsn = chunks_.next();
    SentChunk& chunk = chunks_.push();
    chunk.message = message;
    chunk.offset = message->sent_bytes;
    chunk.fsn = message->fragments++;
    chunk.length = static_cast<std::uint16_t>(bytes);
    ++message->unacked_fragments;
    queue_.cut(message, bytes);

    const bool asked = message->immediate && message->fully_sent();
    write_chunk(train, tsn, chunk, asked || is_waited_for(chunk, *lane.destination));
    sent(lane, tsn, chunk, now);
    if (advertised_ == 0) window_probe_tsn_ = tsn;
    return true;
}

/// RFC 7053: a delayed SACK would hold somebody up. Nothing follows a chunk that alone fills the
/// window, as after T3-rtx; and where all that was sent is to be acknowledged before something else
/// is done, nothing follows the last.
bool Sender::is_waited_for(const SentChunk& chunk, const Destination& destination) const {
    if (destination.in_flight_bytes == 0 && chunk_bytes(chunk) >= destination.congestion->window())
        return true;
    const bool ends = chunk.offset + chunk.length == chunk.message->payload.size();
    return ends && (end_awaited_ || queue_.holds()) && queue_.ready_bytes() == 0;
}

void Sender::begin(OutgoingMessage* message) {
    queue_.begin(message);
    if (interleaving_ && message->unordered) queue_.number_unordered(message);
}

/// The same chunk each time, but for the I bit.
void Sender::write_chunk(TrainWriter& train, Tsn tsn, const SentChunk& chunk, bool immediate) {
    const OutgoingMessage& message = *chunk.message;
    const std::size_t header_bytes = chunk_header_bytes();
    const std::size_t bytes = header_bytes + chunk.length;
    const std::size_t whole = wire::sctp::padded(bytes);
    std::byte* to = train.claim(chunk_type(), whole);
    interleaving_ ? write_i_data_header(to, tsn, chunk, immediate)
                  : write_data_header(to, tsn, chunk, immediate);
    std::memcpy(to + header_bytes, message.payload.bytes().data() + chunk.offset, chunk.length);
    std::memset(to + bytes, 0, whole - bytes);
    train.set_stream(message.stream);
    train.set_key(message.key);
    ++count().chunks_sent;
}

void Sender::sent(Lane& lane, Tsn tsn, SentChunk& chunk, Instant now) {
    Destination& destination = *lane.destination;
    chunk.destination = destination.index;
    chunk.lane = lane.index;
    chunk.sent_at = now;
    chunk.state = ChunkState::in_flight;
    chunk.rerouted = false;
    lane.in_flight.push_back(chunks_, tsn);
    destination.in_flight_bytes += chunk_bytes(chunk);
    if (destination.in_recovery) destination.congestion->sent_in_recovery(chunk_bytes(chunk));
    in_flight_payload_ += chunk.length;
    in_flight_charge_ += window_charge(chunk);
    destination.last_data_at = destination.window_used_at = now;
    if (lane.t3_rtx == kNever) lane.start_t3(now); // RFC 9260 §6.3.2 R1
    arm_probe(lane, now);
}

/// RFC 8985 §7.2: twice the round trip after the newest transmission, and once only until
/// something is acknowledged.
void Sender::arm_probe(Lane& lane, Instant now) {
    lane.tail_probe = kNever;
    if (shared_.options.recovery != Recovery::rack || lane.probe_sent ||
        lane.destination->in_recovery) {
        return;
    }
    if (lane.rtt.smoothed() == Duration{} || lane.in_flight.empty() || !lane.lost.empty()) return;
    const Duration wait = 2 * lane.rtt.smoothed() + shared_.options.delayed_ack;
    const Instant at = after(now, wait);
    if (at < lane.t3_rtx) lane.tail_probe = at;
}

} // namespace hawser::sctp
