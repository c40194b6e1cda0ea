// What leaves next, and how messages become DATA chunks.
#include "sctp/tx/sender.hpp"

#include <hawser/wire/sctp/data.hpp>

#include <algorithm>
#include <cstring>

namespace hawser::sctp {
namespace {

/// A chunk shorter than this is not worth its header at the end of a packet.
constexpr std::size_t kLeastFragmentBytes = 4;
constexpr std::size_t kHeaderBytes = wire::sctp::Data::kHeaderBytes;

/// Below this round trip the acknowledgements themselves pace the sender better than a timer can.
constexpr Duration kPacedRoundTrip = std::chrono::milliseconds{1};

} // namespace

bool Sender::may_retransmit(const Lane& lane) const {
    if (lane.lost.empty()) return false;
    if (path_.in_flight_bytes < path_.congestion->window()) return true;
    // RFC 9260 §7.2.4: the first fast retransmission goes whatever the window says.
    return shared_.options.recovery == Recovery::rfc9260 &&
           chunks_[lane.lost.front()].misses >= 3 && !chunks_[lane.lost.front()].fast_retransmitted;
}

bool Sender::may_send_new() const {
    std::size_t window = path_.congestion->window();
    if (shared_.options.congestion == Congestion::rfc9260) window = std::min(window, burst_limit_);
    return path_.in_flight_bytes < window && chunks_.size() < kChunksOutstandingMax &&
           window_left() > 0;
}

/// What the peer still takes: RFC 9260 §6.1 (A). With nothing in flight one chunk may always go,
/// else a lost window update would stop us for ever; a closed window has its own clock.
std::size_t Sender::window_left() const {
    if (in_flight_payload_ == 0 && window_probe_ == kNever) {
        return std::max<std::size_t>(advertised_, 1);
    }
    return peer_window_left();
}

void Sender::left_network(const SentChunk& chunk) {
    path_.in_flight_bytes -= chunk.length + kHeaderBytes;
    in_flight_payload_ -= chunk.length;
}

Lane* Sender::next_lane(Instant now) {
    // The earliest TSN goes first, whatever its class: a receiver whose window is closed takes no
    // other, and none of the classes may starve the rest.
    Lane* earliest = nullptr;
    for (const auto& lane : lanes_) {
        if (lane->probe_wanted) return lane.get();
        if (!may_retransmit(*lane)) continue;
        if (earliest == nullptr || lane->lost.front().precedes(earliest->lost.front())) {
            earliest = lane.get();
        }
    }
    if (earliest != nullptr) return earliest;
    paced_until_ = kNever;
    if (ready_bytes_ == 0) return nullptr;
    if (path_.in_flight_bytes == 0) path_.wake(now, rtt().rto());
    if (!may_send_new()) return nullptr;
    if (path_.pace_at > now) {
        paced_until_ = path_.pace_at;
        return nullptr;
    }
    // The fragments of a message have consecutive TSNs (RFC 9260 §6.9): it is finished first.
    if (current_ != nullptr) return &lane_of(current_->traffic_class);
    while (!round_.empty()) {
        Lane* lane = round_.front();
        if (next_message(*lane, now) != nullptr) return lane;
        round_.erase(round_.begin());
        lane->in_round = false;
    }
    return nullptr;
}

/// Every class has its train: the one that gets it now stands last from here on.
void Sender::begin_train(Lane& lane) {
    train_yields_ = others_wait(lane);
    if (!round_.empty() && round_.front() == &lane) std::ranges::rotate(round_, round_.begin() + 1);
}

bool Sender::others_wait(const Lane& lane) const {
    return std::ranges::any_of(
        round_, [&](const Lane* other) { return other != &lane && !other->waiting.empty(); });
}

bool Sender::fill(TrainWriter& train, Lane& lane, Instant now) {
    bool added = false;
    if (lane.probe_wanted && add_probe(train, lane, now)) added = true;
    while (may_retransmit(lane) && add_retransmission(train, lane, now))
        added = true;
    // New messages wait for what was lost of any class: it has its share of the peer's window.
    if (std::ranges::any_of(lanes_, [](const auto& any) { return !any->lost.empty(); })) {
        return added;
    }
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
    const std::size_t whole = wire::sctp::padded(kHeaderBytes + chunk.length);
    if (whole > train.room() && !train.widen(train.limit() - train.room() + whole)) return false;
    write_chunk(train, tsn, chunk, true);
    lane.in_flight.remove(chunks_, tsn);
    left_network(chunk);
    chunk.transmissions = static_cast<std::uint8_t>(std::min(chunk.transmissions + 1, 255));
    ++counts_.tail_loss_probes;
    ++counts_.chunks_retransmitted;
    sent(lane, tsn, chunk, now);
    return true;
}

bool Sender::add_retransmission(TrainWriter& train, Lane& lane, Instant now) {
    const Tsn tsn = lane.lost.front();
    SentChunk& chunk = chunks_[tsn];
    const std::size_t whole = wire::sctp::padded(kHeaderBytes + chunk.length);
    if (whole > train.room()) {
        // The path's packets have become smaller than the chunk, whose TSN fixes its bounds: it
        // goes alone, and IP may cut it.
        const bool alone = !train.has_chunks() && train.count() == 0;
        if (!alone || !train.widen(wire::sctp::kCommonHeaderBytes + whole)) return false;
        path_.may_fragment = true;
    }
    write_chunk(train, tsn, chunk, false);
    lane.lost.remove(chunks_, tsn);
    chunk.fast_retransmitted = chunk.misses >= 3;
    chunk.transmissions = static_cast<std::uint8_t>(std::min(chunk.transmissions + 1, 255));
    ++counts_.chunks_retransmitted;
    sent(lane, tsn, chunk, now);
    return true;
}

std::size_t Sender::due_packet_bytes(const Lane& lane) const {
    const bool probes = lane.probe_wanted && !lane.in_flight.empty();
    if (!probes && lane.lost.empty()) return 0;
    const SentChunk& chunk = chunks_[probes ? lane.in_flight.back() : lane.lost.front()];
    return wire::sctp::kCommonHeaderBytes + wire::sctp::padded(kHeaderBytes + chunk.length);
}

/// How much of `message` goes into the packet at hand; 0 when none should.
std::size_t Sender::fragment_bytes(const OutgoingMessage& message, const TrainWriter& train) const {
    const std::size_t remaining = message.payload.size() - message.sent_bytes;
    const std::size_t room = train.room();
    if (room < kHeaderBytes + kLeastFragmentBytes) return 0;
    const std::size_t space = (room - kHeaderBytes) & ~std::size_t{3};
    std::size_t bytes = std::min(remaining, space);
    const std::size_t fresh_packet = train.limit() - wire::sctp::kCommonHeaderBytes - kHeaderBytes;
    const bool cuts_needlessly = bytes < remaining && remaining <= fresh_packet;
    if (cuts_needlessly && train.has_chunks()) {
        // A packet filled to the end keeps the train equal; by the letter of RFC 9260 §6.9 a
        // message that fits into a packet stays whole.
        if (shared_.options.congestion == Congestion::rfc9260) return 0;
    }
    if (bytes > window_left()) {
        if (path_.in_flight_bytes > 0) return 0; // wait rather than send a sliver
        bytes = std::max<std::size_t>(1, std::min<std::size_t>(bytes, advertised_));
        if (advertised_ == 0) bytes = std::min(remaining, space); // the probe of a closed window
    }
    return bytes;
}

bool Sender::add_new(TrainWriter& train, Lane& lane, Instant now) {
    OutgoingMessage* message = current_;
    if (message == nullptr) {
        message = next_message(lane, now);
        const bool begins_train = train.count() == 0 && !train.has_chunks();
        if (message != nullptr && train_yields_ && !begins_train &&
            message->payload.size() > train.payload_room(kHeaderBytes)) {
            return false; // it would not end in this train, and others wait for the next
        }
    }
    if (message == nullptr || message->traffic_class != lane.traffic_class) return false;
    if (!may_send_new()) return false;
    const std::size_t bytes = fragment_bytes(*message, train);
    if (bytes == 0) return false;

    if (!message->started()) {
        lane.waiting.pop_front();
        current_ = message;
        started(*message);
    }
    const Tsn tsn = chunks_.next();
    SentChunk& chunk = chunks_.push();
    chunk.message = message;
    chunk.offset = message->sent_bytes;
    chunk.length = static_cast<std::uint16_t>(bytes);
    chunk.lane = lane.index;
    message->sent_bytes += static_cast<std::uint32_t>(bytes);
    ++message->unacked_fragments;
    ready_bytes_ -= bytes;
    if (message->fully_sent()) current_ = nullptr;

    write_chunk(train, tsn, chunk, message->immediate && message->fully_sent());
    sent(lane, tsn, chunk, now);
    if (advertised_ == 0) window_probe_tsn_ = tsn;
    return true;
}

void Sender::write_chunk(TrainWriter& train, Tsn tsn, const SentChunk& chunk, bool immediate) {
    const OutgoingMessage& message = *chunk.message;
    const wire::sctp::Data header{
        .stream = message.stream,
        .ssn = message.unordered ? Ssn{} : message.ssn,
        .ppid = message.ppid,
        .tsn = tsn,
        .unordered = message.unordered,
        .beginning = chunk.offset == 0,
        .ending = chunk.offset + chunk.length == message.payload.size(),
        .immediate = immediate,
        .payload = {},
    };
    const std::size_t bytes = kHeaderBytes + chunk.length;
    const std::size_t whole = wire::sctp::padded(bytes);
    std::byte* to = train.claim(whole);
    header.write_header(to, chunk.length);
    std::memcpy(to + kHeaderBytes, message.payload.bytes().data() + chunk.offset, chunk.length);
    std::memset(to + bytes, 0, whole - bytes);
    ++counts_.chunks_sent;
}

void Sender::sent(Lane& lane, Tsn tsn, SentChunk& chunk, Instant now) {
    chunk.sent_at = now;
    chunk.state = ChunkState::in_flight;
    lane.in_flight.push_back(chunks_, tsn);
    path_.in_flight_bytes += chunk.length + kHeaderBytes;
    in_flight_payload_ += chunk.length;
    path_.last_data_at = path_.window_used_at = now;
    if (lane.t3_rtx == kNever) lane.t3_rtx = after(now, lane.rtt.rto());
    arm_probe(lane, now);
}

/// RFC 8985 §7.2: twice the round trip after the newest transmission, and once only until
/// something is acknowledged.
void Sender::arm_probe(Lane& lane, Instant now) {
    lane.tail_probe = kNever;
    if (shared_.options.recovery != Recovery::rack || lane.probe_sent || path_.in_recovery) return;
    if (lane.rtt.smoothed() == Duration{} || lane.in_flight.empty() || !lane.lost.empty()) return;
    const Duration wait = 2 * lane.rtt.smoothed() + shared_.options.delayed_ack;
    const Instant at = after(now, wait);
    if (at < lane.t3_rtx) lane.tail_probe = at;
}

void Sender::train_left(std::size_t bytes, Instant now) {
    const Duration round_trip = lanes_.front()->rtt.smoothed();
    if (shared_.options.congestion != Congestion::modern || round_trip < kPacedRoundTrip) return;
    // RFC 9002 §7.7's shape: somewhat faster than the window per round trip, so that the pace is
    // never what limits; twice in slow start.
    const std::size_t window = path_.congestion->window();
    const std::size_t share = path_.congestion->in_slow_start() ? 2 * window : window + window / 4;
    const auto wait =
        Duration{static_cast<std::int64_t>(static_cast<double>(bytes) / static_cast<double>(share) *
                                           static_cast<double>(round_trip.count()))};
    path_.pace_at = std::max(path_.pace_at, now - kPacedRoundTrip) + wait;
}

} // namespace hawser::sctp
