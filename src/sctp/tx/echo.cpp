// What a mark of the network does to the window: RFC 3168 §6.1.2.
#include "sctp/tx/sender.hpp"

namespace hawser::sctp {

Sender::Echo Sender::congestion_echoed(Tsn tsn) {
    // Numbers come round: what is further back was never meant.
    constexpr std::uint32_t kSpan = 4 * kChunksOutstandingMax;
    const std::uint32_t back = last_sent_tsn().steps_from(tsn);
    if (back >= kSpan || counts().chunks_sent == 0) return Echo::never_sent;
    Destination& destination = chunks_.contains(tsn) ? destination_of(chunks_[tsn]) : current();
    const std::uint32_t reduced_back = last_sent_tsn().steps_from(destination.echo_point);
    if (destination.echo_known && reduced_back < 2 * kSpan && reduced_back <= back)
        return Echo::known;
    if (destination.in_recovery && tsn.precedes_or_is(destination.recovery_point))
        return Echo::known; // the window is smaller already
    destination.echo_known = true;
    destination.echo_point = last_sent_tsn();
    destination.congestion->marked();
    ++destination.tally().reductions;
    return Echo::reduced;
}

/// For what is outstanding; a loss among it says nothing new.
bool Sender::reduced_for_echo(const Destination& destination) const {
    const std::uint32_t ahead = destination.echo_point.steps_from(acknowledged_tsn());
    return destination.echo_known && ahead - 1 < kChunksOutstandingMax;
}

} // namespace hawser::sctp
