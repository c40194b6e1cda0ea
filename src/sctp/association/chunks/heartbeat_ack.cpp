// HEARTBEAT ACK: RFC 9260 §8.3.
#include "sctp/association/association.hpp"

namespace hawser::sctp {

Verdict Association::on_heartbeat_ack(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    const auto heartbeat = wire::sctp::Heartbeat::parse(chunk.value);
    if (!heartbeat) return Verdict::malformed;
    const auto pending = transfer_->heartbeats.answered(heartbeat->info);
    if (!pending) return path_mtu_answered(heartbeat->info, arrival.now);
    const Duration round_trip = arrival.now - pending->sent_at;
    Destination& asked = sender_->destinations()[pending->destination];
    if (!asked.is_usable()) asked.path.local = pending->source; // others have been tried since
    asked.rtt().sample(round_trip, asked.rto_limits(shared_.options));
    confirm(asked, arrival.now);
    answered(asked, arrival.now);
    if (asked.heartbeat_at == kNever) schedule_heartbeat(asked, arrival.now);
    if (pending->for_user) {
        shared_.events.push_back(HeartbeatResult{.association = id_,
                                                 .path = asked.path,
                                                 .context = pending->context,
                                                 .round_trip = round_trip,
                                                 .ancillary = arrival.datagram.ancillary});
    }
    return Verdict::accepted;
}

} // namespace hawser::sctp
