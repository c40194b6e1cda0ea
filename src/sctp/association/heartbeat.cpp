// Signs of life: RFC 9260 §8.3, and by them whose addresses are true: §5.4.
#include "sctp/association/association.hpp"

#include <cerrno>
#include <utility>

namespace hawser::sctp {
namespace {

/// Its next answer decides whether it can be used.
bool is_in_doubt(const Destination& path) {
    return path.reach == Reach::potentially_failed || path.doubted ||
           (!path.confirmed && path.reach == Reach::active);
}

} // namespace

Duration Association::heartbeat_interval(const Destination& at) const {
    return at.chosen(&PathOptions::heartbeat_interval, shared_.options.heartbeat_interval);
}

void Association::schedule_heartbeats(Instant now) {
    for (Destination* destination : destinations())
        schedule_heartbeat(*destination, now);
}

/// An interval and one RTO, jittered by half of it, after the last. What is not confirmed, or has
/// failed of late, is asked as soon as an RTO is over: §5.4, and RFC 7829 §3.
void Association::schedule_heartbeat(Destination& to, Instant now) {
    if (is_in_doubt(to)) {
        to.heartbeat_at = now;
        return;
    }
    const Duration interval = heartbeat_interval(to);
    if (interval == Options::kHeartbeatOff) {
        to.heartbeat_at = kNever;
        return;
    }
    const Duration rto = to.rtt().rto();
    const auto jitter = Duration{static_cast<std::int64_t>(
        shared_.random.u64() % static_cast<std::uint64_t>(rto.count() + 1))};
    to.heartbeat_at = after(now, interval + rto / 2 + jitter);
}

Result<> Association::heartbeat(const std::optional<Address>& remote, std::uint64_t context,
                                const Ancillary& ancillary, Instant now) {
    if (!is<Established>() && !is<ShutdownPending>()) {
        return fail(Errc::closed, "heartbeat: the association is not up");
    }
    Destination* to = remote ? destinations().find(*remote) : &current();
    if (to == nullptr) return fail(Errc::invalid_argument, "address: none of the peer's");
    if (transfer_->heartbeats.full())
        return fail(Errc::exhausted, "heartbeat: too many without an answer");
    const auto traffic_class = shared_.classes.intern(ancillary);
    if (!traffic_class) return std::unexpected{traffic_class.error()};
    send_heartbeat(*to, context, true, *traffic_class, now);
    shared_.classes.release(*traffic_class);
    return {};
}

void Association::send_heartbeat(Destination& to, std::uint64_t context, bool for_user,
                                 ClassId traffic_class, Instant now) {
    const std::uint64_t nonce = shared_.random.u64();
    // DATA that a dead peer does not acknowledge makes the RTO longer, but not the wait for it.
    const RttEstimator& rtt = to.rtt();
    const Duration wait = to.suspected_errno == ECONNREFUSED
                              ? rtt.measured_rto(to.rto_limits(shared_.options))
                              : rtt.rto();
    transfer_->heartbeats.add({.nonce = nonce,
                               .context = context,
                               .sent_at = now,
                               .gives_up_at = after(now, wait),
                               .source = to.path.local,
                               .destination = to.index,
                               .for_user = for_user});
    std::array<std::byte, wire::sctp::kTlvHeaderBytes + Heartbeats::kInfoBytes> parameter{};
    wire::Writer out{parameter};
    out.u16(std::to_underlying(wire::sctp::ParameterType::heartbeat_info));
    out.u16(static_cast<std::uint16_t>(parameter.size()));
    out.u64(nonce);
    transfer_->controls.add(wire::sctp::ChunkType::heartbeat, 0, parameter, traffic_class, to);
}

void Association::advance_heartbeats(Instant now) {
    while (const auto pending = transfer_->heartbeats.overdue(now)) {
        heartbeat_overdue(*pending, now);
        if (closed()) return;
    }
    for (Destination* destination : destinations())
        if (destination->heartbeat_at <= now) beat(*destination, now);
}

void Association::heartbeat_overdue(const Heartbeats::Pending& heartbeat, Instant now) {
    Destination& asked = sender_->destinations()[heartbeat.destination];
    if (heartbeat.for_user) {
        report_unanswered(heartbeat);
        // Where there is another way it is taken; the only one is judged by our own questions.
        if (destinations().several()) strike(asked, now, Blames::path);
        return;
    }
    if (asked.suspected_errno != ECONNREFUSED)
        asked.rtt().timed_out(asked.rto_limits(shared_.options));
    // RFC 9260 §8.1: one of the ways being gone does not mean that the peer is.
    strike(asked, now, &asked == &current() ? Blames::association : Blames::path);
    if (closed()) return;
    if (asked.suspected_errno == ECONNREFUSED) ask_again(asked, now);
    schedule_heartbeat(asked, now);
}

void Association::report_unanswered(const Heartbeats::Pending& heartbeat) {
    shared_.events.push_back(
        HeartbeatResult{.association = id_,
                        .path = sender_->destinations()[heartbeat.destination].path,
                        .context = heartbeat.context,
                        .round_trip = std::nullopt,
                        .ancillary = {}});
}

/// Whoever could have answered is no more.
void Association::give_up_heartbeats() {
    while (const auto pending = transfer_->heartbeats.overdue(kNever))
        if (pending->for_user) report_unanswered(*pending);
}

/// The heartbeat of a path is due.
void Association::beat(Destination& to, Instant now) {
    to.heartbeat_at = kNever;
    if (!is<Established>() && !is<ShutdownPending>() && !is<ShutdownReceived>()) return;
    Heartbeats& heartbeats = transfer_->heartbeats;
    if (heartbeats.any_to(to.index)) return; // its end is when the next is thought of
    if (heartbeats.full()) {
        to.heartbeat_at = after(now, to.rtt().rto());
        return;
    }
    // A path that carries data is its own sign of life.
    const bool idle = now - to.last_data_at >= heartbeat_interval(to);
    if (!is_in_doubt(to)) schedule_heartbeat(to, now);
    if (idle || is_in_doubt(to)) send_heartbeat(to, 0, false, ClassTable::kDefault, now);
    if (!idle || &to != &current()) return;
    sender_->shrink();
    transfer_->receiver.shrink();
}

/// The peer uses an address that we do not, or not any more: perhaps it can be used by now.
void Association::ask_where_heard(Destination& at, Instant now) {
    if (!destinations().several() || in_handshake() || closed()) return;
    Heartbeats& heartbeats = transfer_->heartbeats;
    if (heartbeats.any_to(at.index) || heartbeats.full()) return;
    send_heartbeat(at, 0, false, ClassTable::kDefault, now);
}

/// The network says that nobody is there. Anyone can forge that (RFC 9260 §10), so that it only
/// makes us ask: the user is told, and where the peer's very port is gone the peer has to answer
/// within a few RTOs, not after as many that double.
void Association::suspect(Destination& at, int os_errno, Instant now) {
    const bool up = !in_handshake() && !closed();
    if (!up || !at.confirmed || at.suspected_errno != 0) return;
    at.suspected_errno = static_cast<std::int16_t>(os_errno);
    shared_.events.push_back(PathChanged{.association = id_,
                                         .path = at.path,
                                         .state = PathChanged::State::unreachable,
                                         .os_errno = os_errno});
    if (os_errno == ECONNREFUSED) ask_again(at, now);
}

void Association::ask_again(Destination& at, Instant now) {
    if (auto* sent = in<ShutdownSent>()) return sent->shutdown.repeat();
    if (!is<ShutdownAckSent>() && !transfer_->heartbeats.full())
        send_heartbeat(at, 0, false, ClassTable::kDefault, now);
}

} // namespace hawser::sctp
