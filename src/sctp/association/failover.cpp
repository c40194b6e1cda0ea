// Which of the peer's addresses can be used: RFC 9260 §5.4, §6.4, §8.1 and §8.2, RFC 7829.
#include "sctp/association/association.hpp"

#include <utility>

namespace hawser::sctp {
namespace {

PathChanged::State name_of(Reach reach) {
    switch (reach) {
    case Reach::active: return PathChanged::State::active;
    case Reach::potentially_failed: return PathChanged::State::potentially_failed;
    case Reach::inactive: return PathChanged::State::inactive;
    }
    return PathChanged::State::inactive;
}

PathStatus::State state_of(const Destination& destination) {
    if (!destination.confirmed) return PathStatus::State::unconfirmed;
    switch (destination.reach) {
    case Reach::active: return PathStatus::State::active;
    case Reach::potentially_failed: return PathStatus::State::potentially_failed;
    case Reach::inactive: return PathStatus::State::inactive;
    }
    return PathStatus::State::inactive;
}

} // namespace

/// Something was not answered in time: RFC 9260 §8.1 and §8.2.
void Association::strike(Destination& silent, Instant now, Blames blames) {
    constexpr std::uint32_t kTimeoutsBeforeFragmenting = 2;
    const Options& options = shared_.options;
    ++silent.errors;
    if (silent.timeouts_in_row >= kTimeoutsBeforeFragmenting && !flees_black_hole(silent, now)) {
        // Perhaps large packets vanish without a word: let IP cut them rather than die of it.
        silent.may_fragment = true;
    }
    if (silent.errors >
        silent.chosen(&PathOptions::path_retransmissions_max, options.path_retransmissions_max)) {
        set_reach(silent, Reach::inactive, now);
    } else if (destinations().several() && silent.reach == Reach::active &&
               silent.errors > silent.chosen(&PathOptions::potentially_failed_retransmissions_max,
                                             options.potentially_failed_retransmissions_max)) {
        set_reach(silent, Reach::potentially_failed, now);
    } else {
        sender_->reroute(now);
    }
    if (!silent.is_usable()) try_another_source(silent);
    // §5.4, of those not confirmed; but where there are no others the peer may be gone.
    const bool spares = !silent.confirmed && current().confirmed;
    if (spares || blames == Blames::path) return;
    if (++transfer_->errors <= options.association_retransmissions_max) return;
    const int os_errno = silent.suspected_errno;
    abort_with(wire::sctp::CauseCode::user_initiated_abort, {},
               os_errno != 0 ? CloseReason::unreachable : CloseReason::timed_out, os_errno);
}

/// An address of a peer may answer to one of ours only, as where two networks are not joined: each
/// has two chances.
void Association::try_another_source(Destination& to) {
    if (our_addresses().size() < 2 || to.errors % 2 != 0) return;
    to.path.local = source_to(to.path.remote, to.path.local, ++to.sources_tried);
}

void Association::set_reach(Destination& at, Reach reach, Instant now) {
    if (reach != Reach::active) at.doubted = false; // that says it all
    if (std::exchange(at.reach, reach) == reach) return;
    // Of an address that was never confirmed the user has not heard.
    if (at.confirmed) shared_.events.push_back(PathChanged{id_, at.path, name_of(reach)});
    sender_->reroute(now);
    schedule_heartbeat(at, now);
}

/// The peer answered there: §8.1 and §8.2, the counters begin anew.
void Association::answered(Destination& by, Instant now) {
    transfer_->errors = 0;
    by.errors = 0;
    by.doubted = false;
    const bool suspected = std::exchange(by.suspected_errno, std::int16_t{0}) != 0;
    if (by.reach != Reach::active) return set_reach(by, Reach::active, now);
    if (suspected) shared_.events.push_back(PathChanged{id_, by.path, PathChanged::State::active});
}

/// A nonce that was sent there came back: §5.4.
void Association::confirm(Destination& at, Instant now) {
    if (at.confirmed) return;
    at.confirmed = true;
    at.reach = Reach::active;
    at.errors = 0;
    has_new_keys = true;
    shared_.events.push_back(PathChanged{id_, at.path, PathChanged::State::confirmed});
    prefer_if_asked(at);
    sender_->reroute(now);
    schedule_heartbeat(at, now);
}

Result<> Association::set_primary(const Address& remote, Instant now) {
    Destination* wanted = destinations().find(remote);
    if (wanted == nullptr) return fail(Errc::invalid_argument, "address: none of the peer's");
    if (!wanted->confirmed)
        return fail(Errc::invalid_argument, "address: the peer has not answered there yet");
    sender_->destinations().set_primary(*wanted);
    sender_->reroute(now);
    return {};
}

Result<> Association::set_path_options(const Address& remote, const PathOptions& options,
                                       Instant now) {
    Destination* const at = destinations().find(remote);
    if (at == nullptr) return fail(Errc::invalid_argument, "address: none of the peer's");
    const PathOptions below = at->own ? at->own->of_association : PathOptions{};
    if (auto sound = check(options, shared_.options); !sound) return sound;
    if (auto sound = check(lay_over(options, below), shared_.options); !sound) return sound;
    at->have_options(options, OwnOptions::Whose::path, shared_.options);
    if (transfer_ && !in_handshake()) schedule_heartbeat(*at, now);
    return {};
}

std::vector<PathStatus> Association::paths() const {
    std::vector<PathStatus> paths;
    for (Destination* one : destinations()) {
        const Tally tally = one->tallied();
        paths.push_back({.path = one->path,
                         .state = state_of(*one),
                         .primary = one == &destinations().primary(),
                         .current = one == &destinations().current(),
                         .in_flight_bytes = one->in_flight_bytes,
                         .congestion_window_bytes = one->congestion->window(),
                         .slow_start_threshold_bytes = threshold_of(*one),
                         .packet_bytes_max = one->packet_bytes,
                         .smoothed_rtt = one->rtt().smoothed(),
                         .rtt_variation = one->rtt().variation(),
                         .rto = one->rtt().rto(),
                         .errors = one->errors,
                         .packets_sent = one->traffic.packets_sent,
                         .packets_received = one->traffic.packets_received,
                         .bytes_sent = one->traffic.bytes_sent,
                         .bytes_received = one->traffic.bytes_received,
                         .last_heard = one->traffic.last_heard(),
                         .losses = tally.losses,
                         .retransmissions = tally.retransmissions,
                         .congestion_marks = tally.marks,
                         .congestion_reductions = tally.reductions});
    }
    return paths;
}

} // namespace hawser::sctp
