// Which way a new message goes, where there are several.
#include "sctp/tx/sender.hpp"

namespace hawser::sctp {

/// The address that messages of a class name, while it is usable; else nullptr.
Destination* Sender::named_way(ClassId traffic_class) const {
    Destination* const named = destinations_.at(shared_.classes.towards(traffic_class));
    return named != nullptr && named->is_usable() ? named : nullptr;
}

/// Where messages of a class go, where that is one path at a time.
Destination& Sender::way_of(ClassId traffic_class) const {
    Destination* named = named_way(traffic_class);
    return named != nullptr ? *named : current();
}

/// Where something of a class may leave now; nullptr: nowhere. Of several the fastest; but a path
/// goes on for a while once it is chosen, ahead of its pace: each change of paths may be a gap for
/// the receiver to report, and a SACK has room for few.
Destination* Sender::open_way(ClassId traffic_class, Instant now) {
    const bool any_usable = current().is_usable();
    if (!is_concurrent() || !any_usable || named_way(traffic_class) != nullptr) {
        Destination& way = way_of(traffic_class);
        return can_begin_train(way, now) ? &way : nullptr;
    }
    constexpr int kBurstsARoundTrip = 64;
    if (!ways_) ways_ = std::make_unique<Ways>();
    if (Destination* const going_on = destinations_.at(ways_->turn)) {
        const Duration ahead = going_on->usual_delay() / kBurstsARoundTrip;
        if (going_on->is_usable() && !going_on->any_lost() &&
            can_begin_train(*going_on, now, ahead))
            return going_on;
    }
    Destination* open = nullptr;
    for (Destination* one : destinations_) {
        // What was lost there goes first; it only waits for the window.
        if (!one->is_usable() || one->any_lost()) continue;
        if (open != nullptr && open->usual_delay() <= one->usual_delay()) continue;
        if (can_begin_train(*one, now)) open = one;
    }
    if (open != nullptr) ways_->turn = open->index;
    return open;
}

/// A class whose way is full lets others pass, which may go another.
Lane* Sender::next_new_of_several(Instant now) {
    constexpr unsigned kTurnsMax = 16;
    if (Lane* lane = next_held_up(now)) return lane;
    const auto lane_for = [&](const OutgoingMessage& message) -> Lane* {
        Destination* const way = open_way(message.traffic_class, now);
        return way == nullptr ? nullptr : new_lane(*way, message.traffic_class);
    };
    if (const OutgoingMessage* begun = queue_.begun()) return lane_for(*begun);
    const OutgoingMessage* refused = nullptr;
    for (unsigned turn = 0; turn < kTurnsMax; ++turn) {
        const OutgoingMessage* message = queue_.next(now);
        if (message == nullptr || message == refused) return nullptr;
        if (Lane* lane = lane_for(*message)) return lane;
        if (!queue_.others_wait(message->traffic_class)) return nullptr;
        queue_.train_begins(message->traffic_class);
        refused = message;
    }
    return nullptr;
}

} // namespace hawser::sctp
