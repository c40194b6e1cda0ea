// What an association puts into packets: control chunks first, DATA after them, and trains of it.
#include "sctp/association/association.hpp"
#include "sctp/extensions.hpp"

#include <hawser/wire/sctp/parameters.hpp>

#include <algorithm>

namespace hawser::sctp {

using wire::sctp::ChunkType;

namespace {

constexpr std::size_t kAroundCookieBytes =
    wire::sctp::kCommonHeaderBytes + wire::sctp::padded(wire::sctp::kTlvHeaderBytes);

/// A chunk of a few bytes; false without room for it.
template <class Chunk>
bool add_small(TrainWriter& train, const Chunk& chunk) {
    std::array<std::byte, 8> small{};
    wire::Writer out{small};
    chunk.write(out);
    return train.add(out.output());
}

} // namespace

bool Association::sends_data() const {
    if (const auto* echoed = std::get_if<CookieEchoed>(&state_))
        return echoed->echo.due() && echoed->with_data;
    return is<Established>() || is<ShutdownPending>() || is<ShutdownReceived>();
}

/// The peer is to pass over what we have given up.
bool Association::forwards() const {
    return sender_->forward_due() && !in_handshake();
}

bool Association::has_control() const {
    const Request* asked = request();
    return (asked != nullptr && asked->due()) || transfer_->cookie_ack_due ||
           !transfer_->controls.front().empty() || transfer_->receiver.sack_due() || forwards() ||
           has_preface_due() || asks_for_something() || (ecn_ && ecn_->reduced_for);
}

/// A request is to leave that belongs to no state.
bool Association::asks_for_something() const {
    return transfer_->reconfiguration && !transfer_->reconfiguration->slot.due().empty();
}

void Association::queue_error(wire::sctp::CauseCode code, Bytes value) {
    if (transfer_) transfer_->controls.add_error(code, value, reply_to());
}

std::size_t Association::packet_limit(const Destination& to, const Framing& framing) {
    return std::min<std::size_t>(to.packet_bytes, framing.segment_bytes_max) & ~std::size_t{3};
}

TrainWriter Association::open_train(const Destination& to, const Framing& framing, bool large,
                                    VerificationTag tag, Bytes preface) {
    const std::size_t around = framing.headroom + framing.tailroom;
    const std::size_t limit = packet_limit(to, framing);
    const std::size_t wanted = large ? PacketPool::kLargeBytes
                                     : std::min(PacketPool::kLargeBytes,
                                                std::max(limit + around, PacketPool::kSmallBytes));
    return TrainWriter{shared_.packets.take(wanted),
                       framing,
                       {ports_.local, ports_.remote, tag, 0},
                       preface,
                       agreed_authentication()};
}

std::optional<Transmit> Association::poll_transmit(Instant now, const Framing& framing) {
    if (closed()) return std::nullopt;
    if (auto* wait = in<CookieWait>()) {
        if (!wait->init.due()) return std::nullopt;
        return init_packet(*wait, framing, now);
    }
    transfer_->sacks_apart = 0;
    if (address_changes_) [[unlikely]] {
        if (auto change = address_change_packet(now, framing)) return change;
        if (address_changes_->ours.homeless) return std::nullopt;
        if (!current().confirmed) return next_heartbeat(framing);
    }
    if (auto alone = next_alone(framing)) return alone;
    if (auto probe = probe_path_mtus(now, framing)) return probe;

    Lane* lane = sends_data() ? sender_->next_lane(now) : nullptr;
    if (!sender_->queue()
             .given_up()
             .empty()) { // the search came upon some whose lifetime had run out
        report_given_up();
        move_towards_shutdown(now);
    }
    const bool control = has_control();
    const bool apart = lane != nullptr && lane->traffic_class != ClassTable::kDefault;
    if (lane == nullptr && !control) return std::nullopt;
    Destination& to = control ? next_control_to() : *lane->destination;
    if (control && apart) lane = nullptr;  // control chunks have a marking of their own
    if (has_preface_due()) lane = nullptr; // here it is a chunk like others
    if (lane != nullptr && lane->destination != &to) lane = nullptr;

    const bool large = (lane != nullptr && grows(framing)) || is_oversized(to, lane, framing);
    TrainWriter train = open_train(to, framing, large, peer_tag(), preface());
    if (!train.open(packet_limit(to, framing))) return std::nullopt;
    if (!apart || control) add_controls(train, to, lane != nullptr, now);
    const Sender::Counts before = sender_->counts();
    const Tsn first = sender_->next_tsn();
    add_data(train, lane, framing, now);
    if (train.count() == 0) return std::nullopt;
    const ClassId traffic_class = lane != nullptr ? lane->traffic_class : ClassTable::kDefault;
    Transmit transmit = finish(train, to, traffic_class);
    if (ecn_) mark_ect(transmit, before, first);
    if (lane != nullptr) sender_->train_left(*lane, transmit.payload.size(), now);
    return transmit;
}

/// An answer goes where the question came from, if anything may go there: RFC 9260 §6.4.
Destination& Association::reply_to() {
    return asker().confirmed ? asker() : current();
}

/// The same; but where our DATA gets no answer a SACK is not risked either.
Destination& Association::sack_to() {
    return asker().is_usable() ? asker() : current();
}

/// Where the control chunks go that are next: those to other places wait for the next packet.
Destination& Association::next_control_to() {
    const Request* asked = request();
    if (is<ShutdownAckSent>() && asked->due()) return reply_to();
    const bool asks = (asked != nullptr && asked->due()) || forwards() || has_preface_due() ||
                      asks_for_something() || (ecn_ && ecn_->reduced_for);
    if (asks || !destinations().several()) return current();
    if (transfer_->cookie_ack_due) return reply_to();
    if (const auto waiting = transfer_->controls.destination())
        return sender_->destinations()[*waiting];
    return sack_to();
}

/// More than one packet may leave at once.
bool Association::grows(const Framing& framing) const {
    return framing.train_segments_max > 1 && sender_->wants_train();
}

/// What was cut when the path's packets were larger needs a packet of its own size.
bool Association::is_oversized(const Destination& to, const Lane* lane,
                               const Framing& framing) const {
    const std::size_t limit = packet_limit(to, framing);
    if (lane != nullptr && sender_->due_packet_bytes(*lane) > limit) return true;
    if (transfer_->reconfiguration && wire::sctp::kCommonHeaderBytes +
                                              auth_bytes(ChunkType::re_config) +
                                              transfer_->reconfiguration->slot.due().size() >
                                          limit)
        return true;
    const auto* echoed = std::get_if<CookieEchoed>(&state_);
    return echoed != nullptr && echoed->echo.due() &&
           echoed->attempts->cookie.size() + kAroundCookieBytes +
                   auth_bytes(ChunkType::cookie_echo) >
               limit;
}

/// Fills the packet at hand with DATA of `lane`, and as many more as may follow it.
void Association::add_data(TrainWriter& train, Lane* lane, const Framing& framing, Instant now) {
    const bool zero_checksum = transfer_->negotiated.zero_checksum;
    const bool with_checksum = !zero_checksum || in_handshake(); // RFC 9653 §5.2: COOKIE ECHO
    if (lane == nullptr) return train.close(with_checksum);
    // RFC 9260 §5.1 (C): nothing more before COOKIE ACK.
    const bool one_packet = in_handshake() || is_oversized(*lane->destination, lane, framing);
    sender_->begin_train();
    bool more = sender_->fill(train, *lane, now);
    train.close(with_checksum);
    const std::size_t quantum = lane->destination->congestion->quantum();
    while (more && !one_packet && train.count() * train.size() < quantum && train.can_grow() &&
           train.open(train.size())) {
        more = sender_->fill(train, *lane, now);
        train.close(!zero_checksum);
    }
}

Transmit Association::finish(TrainWriter& train, const Destination& to, ClassId traffic_class) {
    Transmit transmit = train.finish(to.path, shared_.classes[traffic_class]);
    const std::size_t around = std::size_t{transmit.headroom} + transmit.tailroom;
    sender_->destinations()[to.index].traffic.sent(train.count(), transmit.payload.size() -
                                                                      train.count() * around);
    if (const Ancillary* own = to.own_markings())
        transmit.ancillary = shared_.classes.marked(traffic_class, *own);
    if (to.may_fragment) transmit.ancillary.dont_fragment = false;
    return transmit;
}

Transmit Association::init_packet(CookieWait& wait, const Framing& framing, Instant now) {
    wait.init.left(now, wait.attempts->rto, current().index); // T1-init starts
    const Destination& to = current();
    TrainWriter train = open_train(to, framing, false, VerificationTag::none);
    HAWSER_ASSERT(train.open(packet_limit(to, framing)));
    add_init(train, *wait.attempts);
    train.close();
    return finish(train, to, ClassTable::kDefault);
}

void Association::add_init(TrainWriter& train, const Attempts& attempts) {
    constexpr std::size_t kAddressesBytesMax = Options::kAddressesMax * 20;
    std::array<std::byte, 64 + AuthenticationOffer::kBytesMax + kAddressesBytesMax> room{};
    wire::Writer out{room};
    const wire::sctp::Init init{.initiate_tag = local_tag_,
                                .receive_window_bytes = shared_.options.receive_window_bytes,
                                .outbound_streams = wanted_.outbound,
                                .inbound_streams = wanted_.inbound_max,
                                .initial_tsn = initial_tsn_,
                                .parameters = {}};
    init.write(out, ChunkType::init, [&](wire::Writer& to) {
        if (shared_.options.zero_checksum)
            wire::sctp::write_zero_checksum_acceptable(to, wire::sctp::ErrorDetectionMethod::dtls);
        write_extensions(to, shared_.options);
        if (shared_.authentication) shared_.authentication->write(to, own_numbers());
        if (attempts.cookie_more_ms != 0)
            wire::sctp::write_cookie_preservative(
                to, std::chrono::milliseconds{attempts.cookie_more_ms});
        write_our_addresses(to, shared_.options, current().path.remote, kAddressesBytesMax);
    });
    const Bytes chunk = out.output();
    // With AUTH and many addresses it may be larger than the path's packets, though never than the
    // slab: IP may cut it.
    const std::size_t whole = wire::sctp::padded(chunk.size());
    if (whole > train.room(ChunkType::init) && train.widen_for(ChunkType::init, whole))
        current().may_fragment = true;
    train.add(chunk);
}

/// Those that go `to` there; DATA `rides` behind them.
void Association::add_controls(TrainWriter& train, Destination& to, bool rides, Instant now) {
    Transfer& transfer = *transfer_;
    const bool asks = &to == &current(); // what answers nothing goes where DATA goes
    if (auto* echoed = in<CookieEchoed>(); asks && echoed != nullptr && echoed->echo.due())
        add_cookie_echo(train, *echoed, now);
    if (transfer.cookie_ack_due && &to == &reply_to() && add_small(train, wire::sctp::CookieAck{}))
        transfer.cookie_ack_due = false;
    if (asks) add_answer_of_reset(train);
    if (is<ShutdownAckSent>() ? &to == &reply_to() : asks) add_shutdown(train, to, now);
    if (asks) add_cwr(train);
    add_sack_to(train, to, rides || (asks && asks_for_something())); // the latter: RFC 6525 §5.2.1
    if (asks && forwards()) sender_->add_forward_tsn(train, now);
    if (asks && transfer.reconfiguration) add_requests(train, now);
    while (transfer.controls.destination() == to.index) {
        const Bytes control = transfer.controls.front();
        if (control.empty() || !train.add(control)) return;
        transfer.controls.pop();
    }
}

void Association::add_sack_to(TrainWriter& train, const Destination& to, bool rides) {
    const Receiver& receiver = transfer_->receiver;
    const bool wanted = receiver.sack_due() || (rides && receiver.sack_useful());
    if (!wanted || &to != &sack_to()) return;
    // What comes twice was not acknowledged where the peer could hear it: once more elsewhere.
    const Destination& elsewhere = &to == &current() ? reply_to() : current();
    if (receiver.reports_duplicates() && &elsewhere != &to) sack_apart(elsewhere);
    // A sender with a small window waits for this one SACK; were it lost, it would wait for its
    // T3-rtx. RFC 9260 §6.2 asks for one every second packet: two are still no more than that.
    if (receiver.acknowledges_few()) sack_apart(to);
    if (ecn_ && ecn_->echoing) add_small(train, wire::sctp::Ecne{ecn_->congested_tsn});
    add_sack(train);
}

void Association::add_cwr(TrainWriter& train) {
    if (ecn_ && ecn_->reduced_for && add_small(train, wire::sctp::Cwr{*ecn_->reduced_for}))
        ecn_->reduced_for.reset();
}

void Association::add_cookie_echo(TrainWriter& train, CookieEchoed& echoed, Instant now) {
    const std::size_t whole =
        wire::sctp::padded(echoed.attempts->cookie.size() + wire::sctp::kTlvHeaderBytes);
    constexpr ChunkType kType = ChunkType::cookie_echo;
    if (whole > train.room(kType) && train.widen_for(kType, whole)) {
        current().may_fragment = true;
    }
    if (whole <= train.room(kType)) {
        wire::Writer out{{train.claim(kType, whole), whole}};
        wire::sctp::CookieEcho{echoed.attempts->cookie.bytes()}.write(out);
    }
    echoed.echo.left(now, echoed.attempts->rto, current().index); // T1-cookie starts
}

void Association::add_shutdown(TrainWriter& train, const Destination& to, Instant now) {
    Request* asked = request();
    if (asked == nullptr || !asked->due() || in_handshake()) return;
    const bool added =
        is<ShutdownSent>()
            ? add_small(train, wire::sctp::Shutdown{transfer_->receiver.cumulative()})
            : add_small(train, wire::sctp::ShutdownAck{});
    if (added) asked->left(now, to.rtt().rto(), to.index); // T2-shutdown starts
}

/// What goes again until it is answered, and belongs to no state.
void Association::add_requests(TrainWriter& train, Instant now) {
    RequestSlot& slot = transfer_->reconfiguration->slot;
    const Bytes due = slot.due();
    if (due.empty()) return;
    const bool fits = due.size() <= train.room(ChunkType::re_config);
    if (!fits && train.has_chunks()) return;
    // Cut when the path's packets were larger: it goes alone, and IP may cut it.
    if (!fits && train.widen_for(ChunkType::re_config, due.size())) current().may_fragment = true;
    train.add(due);
    slot.left(now, current().rtt().rto(), current().index); // the Re-configuration Timer starts
}

void Association::add_sack(TrainWriter& train) {
    Receiver& receiver = transfer_->receiver;
    const std::size_t bytes =
        std::min(receiver.sack_bytes(), train.room(receiver.sack_type()) & ~std::size_t{3});
    if (bytes < receiver.sack_bytes_min()) return;
    wire::Writer out{{train.claim(receiver.sack_type(), bytes), bytes}};
    receiver.write_sack(out);
    HAWSER_ASSERT(out.written() == bytes);
}

/// RFC 9260 §6.7: while something is missing every packet is acknowledged by itself, because a
/// sender may count the SACKs that miss it (§7.2.4). A batch of packets would answer with one; so
/// the state before the next packet is told first.
void Association::sack_before_next() {
    if (!transfer_) return;
    Transfer& transfer = *transfer_;
    if (!transfer.receiver.has_gaps() || !transfer.receiver.sack_due()) return;
    if (transfer.receiver.expects_disorder()) return;
    if (transfer.sacks_apart >= kSacksApartMax) return;
    ++transfer.sacks_apart;
    sack_apart(sack_to());
}

void Association::sack_apart(const Destination& to) {
    answer(
        shared_, to.path, {ports_.local, ports_.remote, peer_tag(), 0}, to.packet_bytes,
        [this](wire::Writer& out) {
            const Bytes first = preface();
            const bool both = !first.empty() && auth_bytes(ChunkType::re_config) != 0;
            authenticated(out, both ? ChunkType::re_config : transfer_->receiver.sack_type(), [&] {
                out.bytes(first);
                transfer_->receiver.write_sack(out);
            });
        },
        to.own_markings());
}

std::optional<Transmit> Association::next_alone(const Framing& framing) {
    Controls& controls = transfer_->controls;
    while (const auto to = controls.destination()) {
        const Destination& next = sender_->destinations()[*to];
        auto control = controls.take_alone(packet_limit(next, framing) - auth_bytes_max());
        if (!control) break;
        if (auto alone = control_alone(std::move(*control), framing)) return alone;
    }
    return std::nullopt;
}

/// None of the peer's addresses is confirmed, so that nothing else may go there: RFC 5061 §5.3 F1.
std::optional<Transmit> Association::next_heartbeat(const Framing& framing) {
    constexpr std::size_t kAlone = 0;
    while (auto control = transfer_->controls.take_alone(kAlone)) {
        const ChunkType type{std::to_integer<std::uint8_t>(control->chunk.bytes()[0])};
        if (type == ChunkType::heartbeat || type == ChunkType::heartbeat_ack) {
            if (auto alone = control_alone(std::move(*control), framing)) return alone;
            continue;
        }
        shared_.classes.release(control->traffic_class);
        ++shared_.counters.answers_suppressed;
    }
    return std::nullopt;
}

/// A control chunk that the user marked, such as a HEARTBEAT with a class of its own, or one that
/// is larger than our packets, such as the answer to a HEARTBEAT that was: IP may cut it.
std::optional<Transmit> Association::control_alone(Controls::Control control,
                                                   const Framing& framing) {
    const Bytes chunk = control.chunk.bytes();
    const ChunkType type{std::to_integer<std::uint8_t>(chunk[0])};
    const std::size_t padded = wire::sctp::padded(chunk.size());
    const std::size_t whole = wire::sctp::kCommonHeaderBytes + auth_bytes(type) + padded;
    const Destination& to = sender_->destinations()[control.destination];
    const bool is_wide = whole > packet_limit(to, framing);
    TrainWriter train = open_train(to, framing, is_wide, peer_tag());
    HAWSER_ASSERT(train.open(packet_limit(to, framing)));
    const bool fits =
        !is_wide || (whole <= framing.segment_bytes_max && train.widen_for(type, padded));
    std::optional<Transmit> transmit;
    if (fits) {
        train.add(chunk);
        train.close();
        transmit = finish(train, to, control.traffic_class);
        if (is_wide) transmit->ancillary.dont_fragment = false;
    } else {
        ++shared_.counters.answers_suppressed;
    }
    shared_.classes.release(control.traffic_class);
    return transmit;
}

} // namespace hawser::sctp
