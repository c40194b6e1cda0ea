#include "sctp/tx/sender.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

Sender::Sender(Shared& shared, const Path& path, Tsn initial_tsn, Instant now)
    : shared_{shared},
      queue_{shared},
      chunks_{initial_tsn},
      destinations_{path, shared.options, now} {}

Sender::~Sender() {
    take_all([this](OutgoingMessage* message) { queue_.release(message); });
}

void Sender::agree(const Terms& terms) {
    HAWSER_ASSERT(!has_outstanding() || terms.interleaving == interleaving_);
    advertised_ = terms.peer_window_bytes;
    interleaving_ = terms.interleaving;
    forward_tsn_ = terms.forward_tsn;
    auth_bytes_ = static_cast<std::uint8_t>(terms.auth_bytes);
    queue_.agree(interleaving_, forward_tsn_);
}

void Sender::push(OutgoingMessage* message, Instant now) {
    queue_.push(message, now);
    for (Destination* destination : destinations_)
        destination->allow_burst(shared_.options);
}

void Sender::take_all(const Scheduler::Taken& taken) {
    const auto give = [&](OutgoingMessage* message) {
        queue_.uncount(*message);
        taken(message);
    };
    while (!chunks_.empty()) {
        OutgoingMessage* message = chunks_[chunks_.first()].message;
        chunks_.pop();
        if (--message->unacked_fragments != 0) continue;
        if (message->given_up != GivenUp::no) {
            acknowledged(message);
        } else if (message->settled) {
            taken(message); // which may yet wait at the peer's for others
        } else if (message->fully_sent()) {
            give(message);
        }
    }
    abandonment_.reset();
    // What has not left wholly.
    if (OutgoingMessage* begun = queue_.take_begun()) give(begun);
    queue_.take_waiting(give);
    HAWSER_ASSERT(drained() && queue_.held_bytes() == 0);
}

void Sender::take_streams_from(std::uint16_t count, const Scheduler::Taken& taken) {
    queue_.take_streams_from(count, [&](OutgoingMessage* message) {
        queue_.uncount(*message);
        taken(message);
    });
}

void Sender::hold(std::vector<StreamId> streams, SendQueue::Waits waits) {
    std::vector<OutgoingMessage*> sent;
    for (Tsn tsn = chunks_.first(); tsn != chunks_.next(); tsn = tsn.next())
        sent.push_back(chunks_[tsn].message);
    queue_.hold(std::move(streams), waits, sent);
}

void Sender::begin_again(Tsn next) {
    queue_.end_hold(SendQueue::AfterHold::numbers_begin_again);
    chunks_.begin_again(next);
    began_again_ = true;
    // With nothing outstanding this alone is left that speaks of TSNs.
    for_each_lane([](Lane& lane) { lane.any_delivered = false; });
    for (const auto& destination : destinations_) {
        destination->echo_known = false;
        destination->congestion->numbers_begin_again();
    }
}

Instant Sender::deadline() const {
    Instant earliest = std::min(queue_.deadline(), window_probe_);
    if (abandonment_) earliest = std::min(earliest, abandonment_->again_at);
    for (Destination* destination : destinations_)
        earliest = std::min(earliest, destination->deadline());
    return earliest;
}

void Sender::advance(Instant now) {
    queue_.advance(now);
    if (window_probe_ <= now) window_probe_ = kNever;
    for (Destination* destination : destinations_) {
        // Told again where something still waits: what did may have been given up meanwhile.
        if (destination->paced_until <= now) destination->paced_until = kNever;
        for (Lane& lane : destination->lanes())
            advance(lane, now);
    }
    abandon_doomed(now);
    abandon_expired(now);
    forward_again(now);
}

void Sender::restart_timers(Instant now) {
    for_each_lane([now](Lane& lane) {
        if (lane.has_outstanding()) lane.start_t3(now);
    });
}

void Sender::shrink() {
    if (!chunks_.empty()) return;
    chunks_.release();
    reported_.reset();
    abandonment_.reset();
}

} // namespace hawser::sctp
