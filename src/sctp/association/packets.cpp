// What an association puts into packets: control chunks first, DATA behind them, and trains of it.
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/parameters.hpp>

#include <algorithm>

namespace hawser::sctp {

using wire::sctp::ChunkType;

namespace {

constexpr std::size_t kAroundCookieBytes =
    wire::sctp::kCommonHeaderBytes + wire::sctp::padded(wire::sctp::kTlvHeaderBytes);

} // namespace

bool Association::sends_data() const {
    switch (state_) {
    case State::established:
    case State::shutdown_pending:
    case State::shutdown_received: return true;
    case State::cookie_echoed: return cookie_echo_due_ && cookie_echo_with_data_;
    default: return false;
    }
}

bool Association::has_control() const {
    return init_due_ || cookie_echo_due_ || cookie_ack_due_ || shutdown_due_ || shutdown_ack_due_ ||
           !controls_.empty() || (receiver_ && receiver_->sack_due());
}

std::size_t Association::packet_limit(const Framing& framing) const {
    return std::min(path_.packet_bytes, framing.segment_bytes_max) & ~std::size_t{3};
}

TrainWriter Association::open_train(const Framing& framing, bool large, VerificationTag tag) {
    const std::size_t around = framing.headroom + framing.tailroom;
    const std::size_t limit = packet_limit(framing);
    const std::size_t wanted = large ? PacketPool::kLargeBytes
                                     : std::min(PacketPool::kLargeBytes,
                                                std::max(limit + around, PacketPool::kSmallBytes));
    return TrainWriter{
        shared_.packets.take(wanted), framing, {key_.local_port, key_.remote_port, tag, 0}};
}

std::optional<Transmit> Association::poll_transmit(Instant now, const Framing& framing) {
    if (closed()) return std::nullopt;
    sacks_apart_ = 0;
    if (init_due_) return handshake_packet(framing, now);
    if (!marked_controls_.empty()) return marked_control(framing);

    Lane* lane = sends_data() ? sender_->next_lane(now) : nullptr;
    if (!sender_->given_up().empty()) { // the search came upon some whose lifetime had run out
        report_given_up();
        move_towards_shutdown(now);
    }
    const bool control = has_control();
    const bool apart = lane != nullptr && lane->traffic_class != ClassTable::kDefault;
    if (lane == nullptr && !control) return std::nullopt;
    if (control && apart) lane = nullptr; // control chunks have a marking of their own

    const std::size_t limit = packet_limit(framing);
    // What was cut when the path's packets were larger needs a packet of its own size.
    const bool oversized = (lane != nullptr && sender_->due_packet_bytes(*lane) > limit) ||
                           (cookie_echo_due_ && cookie_.size() + kAroundCookieBytes > limit);
    const bool grows = lane != nullptr && framing.train_segments_max > 1 && sender_->wants_train();
    TrainWriter train = open_train(framing, grows || oversized, peer_tag_);
    if (!train.open(limit)) return std::nullopt;
    const bool with_checksum = !zero_checksum_ || in_handshake(); // RFC 9653 §5.2: COOKIE ECHO
    if (!apart || control) {
        const bool with_sack =
            receiver_ && (receiver_->sack_due() || (lane != nullptr && receiver_->sack_useful()));
        add_controls(train, with_sack, now);
    }
    if (lane != nullptr) {
        sender_->begin_train(*lane);
        // RFC 9260 §5.1 (C): nothing more before COOKIE ACK.
        const bool one_packet = in_handshake() || oversized;
        bool more = sender_->fill(train, *lane, now);
        train.close(with_checksum);
        while (more && !one_packet && train.can_grow() && train.open(train.size())) {
            more = sender_->fill(train, *lane, now);
            train.close(!zero_checksum_);
        }
    } else {
        train.close(with_checksum);
    }
    if (train.count() == 0) return std::nullopt;
    const ClassId traffic_class = lane != nullptr ? lane->traffic_class : ClassTable::kDefault;
    Transmit transmit = finish(train, traffic_class);
    if (lane != nullptr) sender_->train_left(transmit.payload.size(), now);
    return transmit;
}

Transmit Association::finish(TrainWriter& train, ClassId traffic_class) {
    packets_sent_ += train.count();
    Transmit transmit = train.finish(path_.path, shared_.classes[traffic_class]);
    if (path_.may_fragment) transmit.ancillary.dont_fragment = false;
    return transmit;
}

Transmit Association::handshake_packet(const Framing& framing, Instant now) {
    init_due_ = false;
    if (t1_ == kNever) t1_ = after(now, handshake_rto_);
    TrainWriter train = open_train(framing, false, VerificationTag::none);
    HAWSER_ASSERT(train.open(packet_limit(framing)));
    add_init(train);
    train.close();
    return finish(train, ClassTable::kDefault);
}

void Association::add_init(TrainWriter& train) {
    std::array<std::byte, 64> room{};
    wire::Writer out{room};
    const wire::sctp::Init init{.initiate_tag = local_tag_,
                                .receive_window_bytes = shared_.options.receive_window_bytes,
                                .outbound_streams = wanted_.outbound,
                                .inbound_streams = wanted_.inbound_max,
                                .initial_tsn = initial_tsn_,
                                .parameters = {}};
    init.write(out, ChunkType::init, [this](wire::Writer& to) {
        if (shared_.options.zero_checksum)
            wire::sctp::write_zero_checksum_acceptable(to, wire::sctp::ErrorDetectionMethod::dtls);
        if (cookie_more_ms_ == 0) return;
        wire::sctp::write_cookie_preservative(to, std::chrono::milliseconds{cookie_more_ms_});
    });
    HAWSER_ASSERT(train.add(out.output()));
}

void Association::add_controls(TrainWriter& train, bool with_sack, Instant now) {
    std::array<std::byte, 8> small{};
    const auto add_small = [&](auto&& chunk) {
        wire::Writer out{small};
        chunk.write(out);
        return train.add(out.output());
    };
    if (cookie_echo_due_) {
        const std::size_t whole = wire::sctp::padded(cookie_.size() + wire::sctp::kTlvHeaderBytes);
        if (whole > train.room() && train.widen(train.limit() - train.room() + whole)) {
            path_.may_fragment = true;
        }
        if (whole <= train.room()) {
            wire::Writer out{{train.claim(whole), whole}};
            wire::sctp::CookieEcho{cookie_.bytes()}.write(out);
        }
        cookie_echo_due_ = false;
        if (t1_ == kNever) t1_ = after(now, handshake_rto_);
    }
    if (cookie_ack_due_ && add_small(wire::sctp::CookieAck{})) cookie_ack_due_ = false;
    if (shutdown_ack_due_ && add_small(wire::sctp::ShutdownAck{})) shutdown_ack_due_ = false;
    if (shutdown_due_ && add_small(wire::sctp::Shutdown{receiver_->cumulative()})) {
        shutdown_due_ = false;
        t2_ = after(now, sender_->rtt().rto());
    }
    if (with_sack) {
        // A sender with a small window waits for this one SACK; were it lost, it would wait for its
        // T3-rtx. RFC 9260 §6.2 asks for one every second packet: two are still no more than that.
        if (receiver_->acknowledges_few()) sack_apart();
        add_sack(train);
    }
    while (!controls_.empty() && train.add(controls_.front().chunk.bytes())) {
        shared_.classes.release(controls_.pop_front().traffic_class);
    }
}

void Association::add_sack(TrainWriter& train) {
    const std::size_t bytes = std::min(receiver_->sack_bytes(), train.room() & ~std::size_t{3});
    if (bytes < Receiver::kSackBytesMin) return;
    wire::Writer out{{train.claim(bytes), bytes}};
    receiver_->write_sack(out);
    HAWSER_ASSERT(out.written() == bytes);
}

/// RFC 9260 §6.7: while something is missing every packet is acknowledged by itself, because a
/// sender may count the SACKs that miss it (§7.2.4). A batch of packets would answer with one; so
/// the state before the next packet is told first.
void Association::sack_before_next() {
    if (!receiver_ || !receiver_->has_gaps() || !receiver_->sack_due()) return;
    if (sacks_apart_ >= kSacksApartMax) return;
    ++sacks_apart_;
    sack_apart();
}

void Association::sack_apart() {
    answer(shared_, path_.path, {key_.local_port, key_.remote_port, peer_tag_, 0},
           [this](wire::Writer& out) { receiver_->write_sack(out); });
}

/// A control chunk that the user marked, such as a HEARTBEAT with a class of its own: alone.
std::optional<Transmit> Association::marked_control(const Framing& framing) {
    const Control control = marked_controls_.pop_front();
    TrainWriter train = open_train(framing, false, peer_tag_);
    HAWSER_ASSERT(train.open(packet_limit(framing)));
    train.add(control.chunk.bytes());
    train.close();
    Transmit transmit = finish(train, control.traffic_class);
    shared_.classes.release(control.traffic_class);
    return transmit;
}

} // namespace hawser::sctp
