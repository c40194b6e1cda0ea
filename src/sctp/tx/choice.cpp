// Which way a new message goes, where there are several.
#include "sctp/tx/sender.hpp"

namespace hawser::sctp {

/// Where messages of a class go: to the address that they name, while that is usable.
Destination& Sender::way_of(ClassId traffic_class) const {
    const std::size_t named = shared_.classes.towards(traffic_class);
    if (named < destinations_.size() && destinations_[named].is_usable())
        return destinations_[named];
    return current();
}

/// A class whose way is full lets others pass, which may go another.
Lane* Sender::next_new_of_several(Instant now) {
    constexpr unsigned kTurnsMax = 16;
    const auto lane_for = [&](const OutgoingMessage& message) -> Lane* {
        Destination& way = way_of(message.traffic_class);
        return can_begin_train(way, now) ? new_lane(way, message.traffic_class) : nullptr;
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
