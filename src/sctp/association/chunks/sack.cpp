// SACK: RFC 9260 §6.2.1. What it does to what is outstanding is the sender's (tx/acknowledge.cpp).
#include "sctp/association/association.hpp"

#include <utility>

namespace hawser::sctp {

Verdict Association::on_sack(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    const auto sack = wire::sctp::SackView::parse(chunk.value);
    if (!sack) return Verdict::malformed;
    return take_sack(*sack, nullptr, arrival.now);
}

Verdict Association::take_sack(const wire::sctp::SackView& sack,
                               const wire::sctp::NrSackView* settling, Instant now) {
    const auto outcome = sender_->acknowledge(sack, now);
    if (outcome.verdict == Sender::SackVerdict::acknowledges_unsent) {
        if (awaits_new_tsns()) return Verdict::unexpected; // they may be these
        // An honest peer cannot say so; letting it pass would leave an optimistic one free to try
        // again. RFC 4960 §11.4 counts it among what ends an association.
        return violation("SACK acknowledges a TSN never sent");
    }
    if (settling != nullptr) sender_->settle(*settling);
    after_acknowledgement(outcome, now);
    return Verdict::accepted;
}

void Association::after_acknowledgement(const Sender::SackOutcome& outcome, Instant now) {
    if (outcome.acknowledged_something) transfer_->errors = 0; // RFC 9260 §8.1
    if (ecn_) test_ect();
    for (Destination* destination : destinations())
        if (std::exchange(destination->answered, false)) answered(*destination, now);
    if (low_wanted_ && is_send_queue_low()) {
        low_wanted_ = false;
        shared_.events.push_back(SendQueueLow{id_, sender_->queue().queued_bytes()});
    }
    if (sender_->drained() && !dry_reported_) {
        dry_reported_ = true;
        shared_.events.push_back(SenderDry{id_});
    }
    move_towards_shutdown(now);
}

} // namespace hawser::sctp
