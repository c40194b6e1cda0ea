// Partial reliability: what is not worth sending any more (RFC 7496 §3), and how the peer is told
// to go on without it (RFC 3758 §3.5).
#include "sctp/tx/sender.hpp"

#include <hawser/wire/sctp/forward_tsn.hpp>
#include <hawser/wire/sctp/i_forward_tsn.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace hawser::sctp {
namespace {

/// Streams that one FORWARD TSN speaks of; where there are more it moves on in steps.
constexpr std::size_t kSkippedMax = 64;

/// The last message of each stream that is passed over.
class SkippedList {
public:
    explicit SkippedList(std::size_t most) : most_{std::min(most, kSkippedMax)} {}

    /// False without room for it.
    bool add(const wire::sctp::SkippedMessages& one) {
        const auto same = std::ranges::find_if(all_.begin(), end(), [&](const auto& known) {
            return known.stream == one.stream && known.unordered == one.unordered;
        });
        if (same != end()) {
            same->mid = one.mid;
            return true;
        }
        if (count_ == most_) return false;
        all_[count_++] = one;
        return true;
    }
    std::span<const wire::sctp::SkippedMessages> all() const {
        return std::span{all_}.first(count_);
    }

private:
    using Room = std::array<wire::sctp::SkippedMessages, kSkippedMax>;
    Room::iterator end() { return all_.begin() + static_cast<std::ptrdiff_t>(count_); }

    std::size_t most_;
    std::size_t count_ = 0;
    Room all_{};
};

} // namespace

Abandonment& Sender::abandonment() {
    if (!abandonment_) abandonment_ = std::make_unique<Abandonment>();
    return *abandonment_;
}

// --- giving up ---

/// RFC 7496 §3.2. A chunk that goes again for the last time may still arrive.
void Sender::doom_if_lost_too_often(const SentChunk& chunk) {
    const std::uint8_t most = chunk.message->retransmissions_max;
    if (!forward_tsn_ || most == OutgoingMessage::kNoLimit) return;
    if (chunk.transmissions > most) abandonment().doomed.push_back(chunk.message);
}

void Sender::abandon_doomed(Instant now) {
    if (!abandonment_) return;
    for (OutgoingMessage* message : abandonment_->doomed) { // none is added meanwhile
        if (message->given_up == GivenUp::no) abandon(message, GivenUp::retransmissions, now);
    }
    abandonment_->doomed.clear();
}

/// RFC 7496 §3.1: what would go again first, or go on, is looked at when it could.
void Sender::abandon_expired(Instant now) {
    if (!forward_tsn_) return;
    for_each_lane([&](Lane& lane) {
        while (!lane.lost.empty()) {
            OutgoingMessage* const message = chunks_[lane.lost.front()].message;
            if (message->expires > now) break;
            abandon(message, GivenUp::lifetime, now);
        }
    });
    while (OutgoingMessage* const begun = queue_.expired_begun(now))
        abandon(begun, GivenUp::lifetime, now);
}

/// RFC 3758 §3.5 (A3): no chunk of it is outstanding any more. One that has not left wholly gets a
/// TSN for its rest, which never leaves: so there is always something for the peer to pass over,
/// and the next message does not look like more of this one.
void Sender::abandon(OutgoingMessage* message, GivenUp why, Instant now) {
    if (!message->fully_sent()) {
        SentChunk& rest = chunks_.push();
        rest.message = message;
        rest.offset = message->sent_bytes;
        rest.fsn = message->fragments++;
        rest.state = ChunkState::abandoned;
        ++message->unacked_fragments;
    }
    // All of its chunks stand before its last; with I-DATA others stand between them.
    std::uint32_t left = message->unacked_fragments;
    for (Tsn tsn = chunks_.next(); left > 0 && tsn != chunks_.first();) {
        tsn = tsn.previous();
        if (chunks_[tsn].message != message) continue;
        --left;
        take_from_network(tsn);
    }
    queue_.give_up_begun(message, why);
    notice_ack_point(now);
}

void Sender::take_from_network(Tsn tsn) {
    SentChunk& chunk = chunks_[tsn];
    if (chunk.state >= ChunkState::sacked) return;
    Lane& lane = lane_of(chunk);
    if (chunk.state == ChunkState::in_flight) {
        lane.in_flight.remove(chunks_, tsn);
        left_network(chunk);
    } else {
        lane.lost.remove(chunks_, tsn);
    }
    chunk.state = ChunkState::abandoned;
    if (lane.has_outstanding()) return;
    lane.stop_t3();
    lane.tail_probe = lane.reordering = kNever;
}

/// RFC 7496 §3.3: messages of the lowest priority make room for one that is worth more.
bool Sender::make_room(std::size_t bytes, std::uint32_t priority, Instant now) {
    std::vector<std::pair<std::uint32_t, std::size_t>> less; // priority and bytes
    const auto look = [&](const OutgoingMessage& message) {
        if (message.priority > priority) less.emplace_back(message.priority, message.held_bytes());
    };
    queue_.visit_waiting(look);
    const std::vector<OutgoingMessage*> sent = forward_tsn_ ? sent_messages() : decltype(sent){};
    for (const OutgoingMessage* message : sent)
        look(*message);
    std::ranges::sort(less, std::ranges::greater{});
    std::size_t freed = 0;
    const auto last = std::ranges::find_if(less, [&](const auto& one) {
        freed += one.second;
        return freed >= bytes;
    });
    if (last == less.end()) return false;
    const std::uint32_t lowest_kept = last->first; // some of this priority may stay
    freed = 0;
    const auto wanted = [&](const OutgoingMessage& message) {
        if (message.priority <= priority || message.priority < lowest_kept) return false;
        if (message.priority == lowest_kept && freed >= bytes) return false;
        freed += message.held_bytes();
        return true;
    };
    queue_.give_up_waiting(wanted, GivenUp::priority);
    for (OutgoingMessage* message : sent) {
        if (wanted(*message)) abandon(message, GivenUp::priority, now);
    }
    return true;
}

/// Messages that have begun, each once; the newest first.
std::vector<OutgoingMessage*> Sender::sent_messages() const {
    std::vector<OutgoingMessage*> all;
    OutgoingMessage* const begun = queue_.begun();
    if (begun != nullptr) all.push_back(begun);
    for (Tsn tsn = chunks_.next(); tsn != chunks_.first();) {
        tsn = tsn.previous();
        const SentChunk& chunk = chunks_[tsn];
        const bool is_newest = chunk.fsn + 1 == chunk.message->fragments; // of its message
        if (!is_newest || chunk.message == begun || chunk.message->given_up != GivenUp::no ||
            chunk.message->settled)
            continue;
        all.push_back(chunk.message);
    }
    return all;
}

// --- telling the peer ---

/// The Advanced Peer Ack Point has moved, or the peer's Cumulative TSN has (RFC 3758 §3.5 C1, C2;
/// it passes nothing but what was abandoned): the peer is told when there is news, and otherwise
/// once a round trip (F2).
void Sender::notice_ack_point(Instant now) {
    const bool has_to_pass = is_abandoned(chunks_.first());
    if (!abandonment_ && !has_to_pass) return;
    Abandonment& state = abandonment();
    if (!has_to_pass) {
        state.forward_due = state.told = false;
        state.again_at = kNever;
        return;
    }
    if (state.forward_due) return;
    const Tsn next = chunks_.contains(state.told_tsn) ? state.told_tsn.next() : chunks_.first();
    const bool news = !state.told || is_abandoned(next);
    const Instant stale = state.told_at + current().rtt().smoothed();
    state.forward_due = news || now >= stale;
}

bool Sender::is_abandoned(Tsn tsn) const {
    return chunks_.contains(tsn) && chunks_[tsn].state == ChunkState::abandoned;
}

wire::sctp::ChunkType Sender::forward_type() const {
    return interleaving_ ? wire::sctp::ChunkType::i_forward_tsn
                         : wire::sctp::ChunkType::forward_tsn;
}

bool Sender::add_forward_tsn(TrainWriter& train, Instant now) {
    using wire::sctp::ForwardTsnView;
    using wire::sctp::IForwardTsnView;
    const std::size_t least = wire::sctp::kTlvHeaderBytes + IForwardTsnView::kTsnBytes;
    const std::size_t room = train.room(forward_type());
    if (room < least) return false;
    const std::size_t each =
        interleaving_ ? IForwardTsnView::kEntryBytes : ForwardTsnView::kEntryBytes;
    SkippedList skipped{(room - least) / each};
    Tsn point = chunks_.first().previous();
    for (Tsn tsn = chunks_.first(); is_abandoned(tsn); tsn = tsn.next()) {
        const OutgoingMessage& message = *chunks_[tsn].message;
        const bool named = interleaving_ || !message.unordered;
        if (named && !skipped.add({message.stream, message.unordered, message.mid})) break;
        point = tsn;
    }
    if (point == chunks_.first().previous()) return false; // the room is for less than one stream
    write_forward_tsn(train, point, skipped.all());
    abandonment_->forward_due = false;
    abandonment_->told = true;
    abandonment_->told_tsn = point;
    abandonment_->told_at = now;
    abandonment_->told_to = current().index;
    abandonment_->again_at = after(now, current().rtt().rto());
    return true;
}

void Sender::write_forward_tsn(TrainWriter& train, Tsn point,
                               std::span<const wire::sctp::SkippedMessages> skipped) {
    const std::size_t each = interleaving_ ? wire::sctp::IForwardTsnView::kEntryBytes
                                           : wire::sctp::ForwardTsnView::kEntryBytes;
    const std::size_t bytes = wire::sctp::kTlvHeaderBytes +
                              wire::sctp::ForwardTsnView::kEntryBytes + skipped.size() * each;
    wire::Writer out{{train.claim(forward_type(), bytes), bytes}};
    if (interleaving_) return wire::sctp::write_i_forward_tsn(out, point, skipped);
    std::array<wire::sctp::SkippedStream, kSkippedMax> streams;
    std::ranges::transform(skipped, streams.begin(), [](const auto& one) {
        return wire::sctp::SkippedStream{one.stream, {static_cast<std::uint16_t>(one.mid.value)}};
    });
    wire::sctp::write_forward_tsn(out, point, std::span{streams}.first(skipped.size()));
}

/// RFC 3758 §3.5 C5: it goes again after an RTO, as DATA would.
void Sender::forward_again(Instant now) {
    if (!abandonment_ || abandonment_->again_at > now) return;
    abandonment_->again_at = kNever;
    abandonment_->forward_due = true;
    Destination& destination = destinations_[abandonment_->told_to];
    destination.rtt().timed_out(destination.rto_limits(shared_.options));
    if (now < destination.next_error_at) return;
    destination.next_error_at = now + destination.rtt().rto() / 4;
    destination.timed_out = true;
}

} // namespace hawser::sctp
