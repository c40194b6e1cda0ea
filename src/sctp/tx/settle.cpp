// What the peer will never give up need not be kept: NR-SACK.
#include "sctp/tx/sender.hpp"

namespace hawser::sctp {

void Sender::settle(const wire::sctp::NrSackView& sack) {
    const Tsn base = acknowledged_tsn();
    if (sack.cumulative_tsn() != base) return; // it was overtaken
    std::uint32_t end = 1;                     // the next TSN is missing, or stands in no gap
    for (std::size_t i = 0; i < sack.nr_gap_count(); ++i) {
        const wire::sctp::Gap gap = sack.nr_gap(i);
        if (gap.first <= end || gap.last < gap.first) return; // not in order: believe no more of it
        end = gap.last;
        for (std::uint32_t step = gap.first; step <= end && step <= chunks_.size(); ++step)
            settle(base.plus(step));
    }
}

void Sender::settle(Tsn tsn) {
    SentChunk& chunk = chunks_[tsn];
    if (chunk.state != ChunkState::sacked) return;
    chunk.state = ChunkState::settled;
    OutgoingMessage& message = *chunk.message;
    const bool whole = ++message.settled_fragments == message.unacked_fragments;
    if (!whole || message.given_up != GivenUp::no || !message.fully_sent()) return;
    queue_.uncount(message);
    message.payload = {};
    message.settled = true;
}

/// A peer that has a chunk for good and acknowledges all before it, but not the chunk itself,
/// contradicts itself: it cannot go again.
void Sender::pass_settled(Instant now) {
    while (!chunks_.empty() && chunks_[chunks_.first()].state == ChunkState::settled) {
        advance_cumulative(chunks_.first(), now);
        if (reported_) move_reported(1);
    }
}

} // namespace hawser::sctp
