// The sending half of an association: what waits, what is on its way, what must go again.
#pragma once

#include "sctp/shared.hpp"
#include "sctp/stream_map.hpp"
#include "sctp/tx/lane.hpp"
#include "sctp/tx/outstanding.hpp"
#include "sctp/tx/path_state.hpp"
#include "sctp/tx/train_writer.hpp"

#include <hawser/core/instant.hpp>
#include <hawser/wire/sctp/sack.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::sctp {

/// Queueing, fragmentation, loss detection and flow control: RFC 9260 §6 and §7.
class Sender {
public:
    struct Counts {
        std::uint64_t chunks_sent = 0;
        std::uint64_t chunks_retransmitted = 0;
        std::uint64_t timeouts = 0;
        std::uint64_t fast_retransmits = 0;
        std::uint64_t tail_loss_probes = 0;
    };

    Sender(Shared& shared, PathState& path, Tsn initial_tsn);
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    /// What the peer said of itself in INIT or INIT ACK.
    void peer_window(std::uint32_t bytes) { advertised_ = bytes; }

    // --- messages ---

    /// Takes a message that may be sent from now on, or from `not_before` on.
    void push(OutgoingMessage* message, Instant now);
    /// Bytes of messages that are not wholly acknowledged.
    std::size_t queued_bytes() const { return queued_bytes_; }
    /// The memory that they hold: what Options::send_queue_bytes_max limits.
    std::size_t held_bytes() const { return held_bytes_; }
    bool drained() const { return queued_bytes_ == 0; }
    /// Takes every message back, the ones on their way first: the association has ended, or begun
    /// anew.
    template <class F>
    void take_all(F&& taken);
    /// Takes back what waits for streams that the peer did not grant: `count` and above.
    template <class F>
    void take_streams_from(std::uint16_t count, F&& taken);
    /// The kernel would not send this class: what waits of it, or joins it meanwhile, is given up.
    void refuse(ClassId traffic_class, int os_errno, Instant now);
    /// Messages that were given up before they left: their lifetime ran out, or `refused_errno`
    /// says why. The caller gives each to `finish`.
    MessageList& given_up() { return given_up_; }
    /// Ends a message that was taken out.
    void finish(OutgoingMessage* message);

    // --- acknowledgements ---

    enum class SackVerdict : std::uint8_t { taken, old, acknowledges_unsent };
    struct SackOutcome {
        SackVerdict verdict = SackVerdict::taken;
        bool acknowledged_something = false;
        bool cumulative_advanced = false;
    };
    SackOutcome acknowledge(const wire::sctp::SackView& sack, Instant now);
    /// The Cumulative TSN Ack of a SHUTDOWN counts like a SACK without gap blocks.
    SackOutcome acknowledge_cumulative(Tsn cumulative, Instant now);

    // --- time ---

    Instant deadline() const;
    /// Fires what is due; answers how many T3-rtx expirations count against the path.
    unsigned advance(Instant now);
    /// Timers of what was sent before the association was up begin now.
    void restart_timers(Instant now);
    /// ICMP said that our packets are too big for the path.
    void packet_size_changed();
    /// Gives back what an idle association need not hold.
    void shrink();

    // --- packets ---

    /// The class whose DATA should leave next; nullptr when nothing may leave now.
    Lane* next_lane(Instant now);
    /// Fills the packet at hand with DATA of `lane`. True when some was added.
    bool fill(TrainWriter& train, Lane& lane, Instant now);
    /// The train that is begun is this class's. When others wait it takes no message that would
    /// not end in it.
    void begin_train(Lane& lane);
    /// Moves the pacing clock behind a train of `bytes`.
    void train_left(std::size_t bytes, Instant now);
    /// How large a packet must be for what `lane` has to send again; 0 when that is nothing.
    std::size_t due_packet_bytes(const Lane& lane) const;
    /// Enough waits to fill more than one packet.
    bool wants_train() const { return ready_bytes_ > path_.packet_bytes; }

    Tsn next_tsn() const { return chunks_.next(); }
    Tsn last_sent_tsn() const { return chunks_.next().previous(); }
    std::size_t in_flight_bytes() const { return in_flight_payload_; }
    /// What the peer's window still takes.
    std::uint32_t peer_window_left() const {
        return advertised_ > in_flight_payload_
                   ? advertised_ - static_cast<std::uint32_t>(in_flight_payload_)
                   : 0;
    }
    const RttEstimator& rtt() const { return lanes_.front()->rtt; }
    RttEstimator& rtt() { return lanes_.front()->rtt; }
    const Counts& counts() const { return counts_; }

private:
    struct OutboundStream {
        Ssn next_ssn{};
        std::uint32_t queued = 0;  // ordered messages ever taken
        std::uint32_t started = 0; // of those, the ones that have left or were given up
        MessageList parked;        // came to their lane's front before their turn
    };
    static bool leaves_later(const OutgoingMessage* a, const OutgoingMessage* b) {
        return a->not_before > b->not_before;
    }
    /// Lanes kept without work; above it an idle one is used for the next class.
    static constexpr std::size_t kIdleLanesKept = 16;
    /// What can be acknowledged by gap blocks, which count to 65535.
    static constexpr std::size_t kChunksOutstandingMax = 32 * 1024;

    // sender.cpp: queues
    void count(const OutgoingMessage& message);
    void uncount(const OutgoingMessage& message);
    Lane& lane_of(ClassId id);
    void enqueue(OutgoingMessage* message);
    void join_round(Lane& lane);
    OutgoingMessage* next_message(Lane& lane, Instant now);
    void started(OutgoingMessage& message);
    void stream_moves_on(StreamId stream);
    void release_timed(Instant now);
    void expire(Instant now);
    void give_up(OutgoingMessage* message);
    bool turn_has_come(const OutgoingMessage& message);

    // packing.cpp
    bool others_wait(const Lane& lane) const;
    bool may_retransmit(const Lane& lane) const;
    bool may_send_new() const;
    std::size_t window_left() const;
    std::size_t fragment_bytes(const OutgoingMessage& message, const TrainWriter& train) const;
    bool add_retransmission(TrainWriter& train, Lane& lane, Instant now);
    bool add_probe(TrainWriter& train, Lane& lane, Instant now);
    bool add_new(TrainWriter& train, Lane& lane, Instant now);
    void write_chunk(TrainWriter& train, Tsn tsn, const SentChunk& chunk, bool immediate);
    void sent(Lane& lane, Tsn tsn, SentChunk& chunk, Instant now);
    void arm_probe(Lane& lane, Instant now);

    // acknowledge.cpp
    struct Range {
        std::uint32_t first, last; // steps from the Cumulative TSN
    };
    bool advance_cumulative(Tsn cumulative, Instant now);
    void mark_range(const Range& range, Instant now);
    void newly_acked(Tsn tsn, SentChunk& chunk, Instant now);
    void apply_gaps(const wire::sctp::SackView& sack, Tsn moved_from, Instant now);
    void settle(std::size_t in_flight_before, bool cumulative_advanced, Instant now);
    /// What the gap blocks of the last SACK spoke of.
    std::size_t reported_chunks() const;
    void window_changed(std::uint32_t advertised, Instant now);
    void notice_reneging();
    void reclaim_reneged();

    // loss.cpp
    void detect_losses(Lane& lane, Instant now);
    void detect_by_time(Lane& lane, Instant now);
    void count_misses(Tsn highest_newly_acked);
    void mark_lost(Lane& lane, Tsn tsn);
    void left_network(const SentChunk& chunk);
    void enter_recovery();
    void t3_expired(Lane& lane, Instant now);

    Shared& shared_;
    PathState& path_;
    Outstanding chunks_;
    std::vector<std::unique_ptr<Lane>> lanes_; // 0: the default class
    std::vector<Lane*> round_;                 // classes with waiting messages, in turn
    StreamMap<OutboundStream> streams_;
    std::vector<OutgoingMessage*> timed_; // a heap by not_before
    MessageList given_up_;
    OutgoingMessage* current_ = nullptr; // begun, and not wholly sent
    bool train_yields_ = false;

    std::size_t queued_bytes_ = 0;      // not acknowledged
    std::size_t held_bytes_ = 0;        // the memory of those messages
    std::size_t ready_bytes_ = 0;       // could be sent now, were there window
    std::size_t in_flight_payload_ = 0; // what the peer's window counts: no headers
    std::uint32_t advertised_ = 0;      // the peer's a_rwnd
    std::size_t burst_limit_ = 0;       // Max.Burst, in bytes in flight
    Instant next_expiry_ = kNever;
    Instant paced_until_ = kNever;        // when the pace lets waiting data go
    Instant window_probe_ = kNever;       // when a closed window may be probed
    bool window_answered_ = false;        // a SACK came since the last T3-rtx
    std::optional<Tsn> window_probe_tsn_; // sent into a closed window
    Instant next_strike_{};               // no timeout counts against the path before this
    std::vector<Range> sacked_;           // the gap blocks of the last SACK
    std::vector<Range> sacked_before_;
    std::size_t sacked_chunks_ = 0; // in that state
    Tsn highest_newly_acked_{};
    Counts counts_;
};

template <class F>
void Sender::take_all(F&& taken) {
    OutgoingMessage* last = nullptr;
    const auto give = [&](OutgoingMessage* message) {
        uncount(*message);
        taken(message);
    };
    while (!chunks_.empty()) {
        OutgoingMessage* message = chunks_[chunks_.first()].message;
        chunks_.pop();
        if (message != last && last != nullptr && last != current_) give(last);
        last = message;
    }
    if (last != nullptr && last != current_) give(last);
    if (current_ != nullptr) give(std::exchange(current_, nullptr));
    const auto all = [](const OutgoingMessage&) { return true; };
    for (const auto& lane : lanes_)
        lane->waiting.extract(all, give);
    streams_.for_each([&](StreamId, OutboundStream& stream) { stream.parked.extract(all, give); });
    for (OutgoingMessage* message : timed_)
        give(message);
    timed_.clear();
    HAWSER_ASSERT(queued_bytes_ == 0 && held_bytes_ == 0);
}

template <class F>
void Sender::take_streams_from(std::uint16_t count, F&& taken) {
    const auto beyond = [count](const OutgoingMessage& message) {
        return std::to_underlying(message.stream) >= count;
    };
    const auto give = [&](OutgoingMessage* message) {
        uncount(*message);
        taken(message);
    };
    for (const auto& lane : lanes_) {
        lane->waiting.extract(beyond, [&](OutgoingMessage* message) {
            ready_bytes_ -= message->payload.size();
            give(message);
        });
    }
    streams_.for_each(
        [&](StreamId, OutboundStream& stream) { stream.parked.extract(beyond, give); });
    const auto kept = std::ranges::partition(
        timed_, [&](const OutgoingMessage* message) { return !beyond(*message); });
    for (OutgoingMessage* message : kept)
        give(message);
    timed_.erase(kept.begin(), kept.end());
    std::ranges::make_heap(timed_, leaves_later);
}

} // namespace hawser::sctp
