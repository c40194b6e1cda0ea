// How much either end holds: the receive window and the send queue follow what the path carries.
#include "sctp/association/association.hpp"

#include <algorithm>

namespace hawser::sctp {

/// The round trip is the shortest: what waits in a queue on the way needs no window.
void Association::tune_window(Instant now) {
    Transfer& transfer = *transfer_;
    const Destination& from = asker();
    const Duration round_trip = from.rtt().least();
    if (round_trip > Duration::zero()) return transfer.receiver.tune(round_trip, now);
    // Who only receives may never have measured one.
    if (!is<Established>() || !from.is_usable() || transfer.heartbeats.full()) return;
    if (transfer.receiver.tuning()->asks(now))
        send_heartbeat(asker(), 0, false, ClassTable::kDefault, now);
}

/// Of the memory that the send queue holds, what is on its way.
std::size_t Association::held_in_flight() const {
    const SendQueue& queue = sender_->queue();
    if (queue.queued_bytes() == 0) return 0;
    const double share =
        static_cast<double>(sender_->in_flight_bytes()) / static_cast<double>(queue.queued_bytes());
    return static_cast<std::size_t>(std::min(share, 1.0) * static_cast<double>(queue.held_bytes()));
}

std::size_t Association::send_queue_limit() const {
    const Options& options = shared_.options;
    if (options.send_queue_bytes_grown_max <= options.send_queue_bytes_max)
        return options.send_queue_bytes_max;
    return std::clamp(2 * held_in_flight(), options.send_queue_bytes_max,
                      options.send_queue_bytes_grown_max);
}

bool Association::is_send_queue_low() const {
    const std::size_t held = sender_->queue().held_bytes();
    const std::size_t low = shared_.options.send_queue_low_bytes;
    if (held <= low) return true;
    // With more than that on its way there would be silence until it is acknowledged.
    const std::size_t in_flight = held_in_flight();
    return in_flight > low && held <= std::min(in_flight + low, send_queue_limit() / 4 * 3);
}

} // namespace hawser::sctp
