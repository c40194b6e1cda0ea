// The sending half of an association: what is on its way, what must go again, what leaves next.
#pragma once

#include "sctp/message_overhead.hpp"
#include "sctp/shared.hpp"
#include "sctp/tx/abandonment.hpp"
#include "sctp/tx/destinations.hpp"
#include "sctp/tx/lane.hpp"
#include "sctp/tx/outstanding.hpp"
#include "sctp/tx/send_queue.hpp"
#include "sctp/tx/train_writer.hpp"
#include "sctp/tx/ways.hpp"

#include <hawser/core/instant.hpp>
#include <hawser/wire/sctp/i_forward_tsn.hpp>
#include <hawser/wire/sctp/nr_sack.hpp>
#include <hawser/wire/sctp/sack.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace hawser::sctp {

/// Fragmentation, loss detection and flow control (RFC 9260 §6 and §7) between a queue of messages
/// and the destinations that they go to.
class Sender {
public:
    struct Counts {
        std::uint64_t chunks_sent = 0;
        std::uint64_t chunks_retransmitted = 0;
        std::uint64_t timeouts = 0;
        std::uint64_t fast_retransmits = 0;
        std::uint64_t tail_loss_probes = 0;
        std::uint64_t losses = 0;
        Retransmissions retransmissions;
    };

    Sender(Shared& shared, const Path& path, Tsn initial_tsn, Instant now);
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    Destinations& destinations() { return destinations_; }
    const Destinations& destinations() const { return destinations_; }
    /// Where new DATA and control chunks go.
    Destination& current() const { return destinations_.current(); }
    /// After a state or an error count of a destination has changed: what is to go again goes where
    /// it gets through.
    void reroute(Instant now);
    /// One is no more (RFC 5061 §5.3 F13), and it is not the only one: what was under way there
    /// goes again elsewhere. Its index may be another's from now on.
    void forget(Destination& gone, Instant now);

    /// What INIT and INIT ACK agreed on.
    struct Terms {
        std::uint32_t peer_window_bytes;
        bool interleaving;      ///< messages leave as I-DATA; the same as before once some has left
        bool forward_tsn;       ///< what has left may be given up
        std::size_t auth_bytes; ///< of the AUTH that stands before DATA; 0: none does
    };
    void agree(const Terms& terms);
    bool interleaves() const { return interleaving_; }
    /// DATA or I-DATA has left that is not acknowledged.
    bool has_outstanding() const { return !chunks_.empty(); }

    // --- messages ---

    SendQueue& queue() { return queue_; }
    const SendQueue& queue() const { return queue_; }
    /// Takes a message that may be sent from now on, or from `not_before` on.
    void push(OutgoingMessage* message, Instant now);
    /// All that was taken has been acknowledged, or given up, and the peer knows of that.
    bool drained() const { return queue_.queued_bytes() == 0 && chunks_.empty(); }
    /// The association ends then.
    void await_end() { end_awaited_ = true; }
    /// Takes every message back, the ones on their way first: the association has ended, or begun
    /// anew.
    void take_all(const Scheduler::Taken& taken);
    /// Takes back what waits for streams that the peer did not grant: `count` and above.
    void take_streams_from(std::uint16_t count, const Scheduler::Taken& taken);

    /// Messages for these streams (none: for all) wait: see SendQueue::hold.
    void hold(std::vector<StreamId> streams, SendQueue::Waits waits);
    /// The next chunk gets this TSN, and all streams begin again, which ends the hold (RFC 6525
    /// §5.2.4): when it is drained, and was for all streams.
    void begin_again(Tsn next);

    // --- partial reliability: RFC 3758, RFC 7496 ---

    /// Gives up messages of lower priority for so many bytes of memory; false: there is too little.
    bool make_room(std::size_t bytes, std::uint32_t priority, Instant now);
    /// FORWARD TSN, or I-FORWARD-TSN, is to be sent.
    bool forward_due() const { return abandonment_ && abandonment_->forward_due; }
    /// False without room for it.
    bool add_forward_tsn(TrainWriter& train, Instant now);

    // --- acknowledgements ---

    enum class SackVerdict : std::uint8_t { taken, old, acknowledges_unsent };
    struct SackOutcome {
        SackVerdict verdict = SackVerdict::taken;
        bool acknowledged_something = false;
        bool cumulative_advanced = false;
    };
    SackOutcome acknowledge(const wire::sctp::SackView& sack, Instant now);
    /// What the peer will never give up by the SACK at hand: messages all of which it has are not
    /// kept any longer.
    void settle(const wire::sctp::NrSackView& sack);
    /// The Cumulative TSN Ack of a SHUTDOWN counts like a SACK without gap blocks.
    SackOutcome acknowledge_cumulative(Tsn cumulative, Instant now);

    /// The peer says that a packet with `tsn` came marked: the window gets smaller, once for all
    /// that was under way then (RFC 3168 §6.1.2).
    enum class Echo : std::uint8_t { reduced, known, never_sent };
    Echo congestion_echoed(Tsn tsn);

    // --- time ---

    Instant deadline() const;
    /// Fires what is due. `Destination::timed_out` says which paths T3-rtx counts against.
    void advance(Instant now);
    /// Timers of what was sent before the association was up begin now.
    void restart_timers(Instant now);
    /// Gives back what an idle association need not hold.
    void shrink();

    // --- packets ---

    /// The class whose DATA should leave next; nullptr when nothing may leave now.
    Lane* next_lane(Instant now);
    /// Fills the packet at hand with DATA of `lane`. True when some was added.
    bool fill(TrainWriter& train, Lane& lane, Instant now);
    /// The train that is begun is for the lane that `next_lane` gave. When other classes wait it
    /// takes no message that would not end in it.
    void begin_train();
    /// A train of `bytes` has left.
    void train_left(Lane& lane, std::size_t bytes, Instant now);
    /// How large a packet must be for what `lane` has to send again; 0 when that is nothing.
    std::size_t due_packet_bytes(const Lane& lane) const;
    /// Enough waits to fill more than one packet.
    bool wants_train() const { return queue_.ready_bytes() > current().packet_bytes; }

    Tsn next_tsn() const { return chunks_.next(); }
    Tsn last_sent_tsn() const { return chunks_.next().previous(); }
    /// The peer's Cumulative TSN, as far as it has said.
    Tsn acknowledged_tsn() const { return chunks_.first().previous(); }
    std::size_t in_flight_bytes() const { return in_flight_payload_; }
    /// What the peer's window still takes.
    std::uint32_t peer_window_left() const {
        const std::size_t taken = std::min<std::size_t>(advertised_, in_flight_charge_);
        return advertised_ - static_cast<std::uint32_t>(taken);
    }
    const Counts& counts() const {
        static constexpr Counts kNone{};
        return counts_ ? *counts_ : kNone;
    }
    /// Several paths are used at once: Options::multipath.
    bool is_concurrent() const {
        return shared_.options.multipath != Multipath::off && destinations_.several();
    }

private:
    friend struct StateAccess;
    /// What can be acknowledged by gap blocks, which count to 65535.
    static constexpr std::size_t kChunksOutstandingMax = 32 * 1024;

    // sender.cpp
    Destination& destination_of(const SentChunk& chunk) { return destinations_[chunk.destination]; }
    Lane& lane_of(const SentChunk& chunk) { return destination_of(chunk).lane(chunk.lane); }
    template <class F>
    void for_each_lane(F&& visit) {
        for (Destination* destination : destinations_) {
            for (Lane& lane : destination->lanes())
                visit(lane);
        }
    }

    // packing.cpp
    bool may_retransmit(const Lane& lane) const;
    bool may_send_new(const Destination& destination) const;
    std::size_t window_left() const;
    std::size_t fragment_bytes(const OutgoingMessage& message, const TrainWriter& train) const;
    Lane* lane_with_work();
    Lane* new_lane(Destination& destination, ClassId traffic_class);
    bool can_begin_train(Destination& destination, Instant now, Duration ahead = {});
    bool takes_new(const Lane& lane) const;
    bool add_retransmission(TrainWriter& train, Lane& lane, Instant now);
    bool add_probe(TrainWriter& train, Lane& lane, Instant now);
    /// RFC 8260 §3.3, RFC 6458 §5.3.8.
    bool may_join(const TrainWriter& train, const OutgoingMessage& message) const {
        const bool one_stream = queue_.packets_have_one_stream();
        return train.takes(message.key) &&
               (!one_stream || train.stream().value_or(message.stream) == message.stream);
    }
    OutgoingMessage* message_for(const TrainWriter& train, Instant now);
    bool add_new(TrainWriter& train, Lane& lane, Instant now);
    void begin(OutgoingMessage* message);
    wire::sctp::ChunkType chunk_type() const;
    std::size_t chunk_header_bytes() const;
    std::size_t chunk_bytes(const SentChunk& chunk) const;
    std::size_t packet_bytes_of(const SentChunk& chunk) const;
    /// What the peer's window is believed to count for it. A message costs its receiver more than
    /// the payload: ours count 256 bytes, those of usrsctp and Linux about as much.
    std::size_t window_charge(const SentChunk& chunk) const {
        const bool by_the_letter = shared_.options.congestion == Congestion::rfc9260;
        const bool ends = chunk.offset + chunk.length == chunk.message->payload.size();
        return chunk.length + (ends && !by_the_letter ? kMessageOverheadBytes : 0);
    }
    bool is_waited_for(const SentChunk& chunk, const Destination& destination) const;
    void write_chunk(TrainWriter& train, Tsn tsn, const SentChunk& chunk, bool immediate);
    void sent_again(Lane& lane, Tsn tsn, Instant now);
    void sent(Lane& lane, Tsn tsn, SentChunk& chunk, Instant now);
    void arm_probe(Lane& lane, Instant now);

    Counts& count() {
        if (!counts_) counts_ = std::make_unique<Counts>();
        return *counts_;
    }

    // choice.cpp
    Destination* named_way(ClassId traffic_class) const;
    Destination& way_of(ClassId traffic_class) const;
    Destination* open_way(ClassId traffic_class, Instant now);
    Lane* next_new_of_several(Instant now);

    // multipath.cpp
    Way& way(const Destination& destination);
    bool progressed(const Destination& destination, bool cumulative_advanced) const;
    bool is_recovered(const Destination& destination);
    double share_of_growth(const Destination& destination) const;
    std::size_t lost_charge() const;
    Destination* best_way_for_lost(const Destination& lost_on) const;
    void spread_lost(Instant now);
    void spare_unreported(Instant now);
    Lane* next_held_up(Instant now);
    Instant overdue_at(const SentChunk& chunk) const;
    Destination* way_past(const SentChunk& chunk, Instant now);

    // acknowledge.cpp
    struct Range {
        std::uint32_t first, last; // steps from the Cumulative TSN
    };
    /// The gap blocks of the last SACK, and of the one before it.
    struct Reported {
        std::vector<Range> now, before;
    };
    std::optional<SackVerdict> judge(Tsn cumulative) const;
    void begin_marking();
    bool advance_cumulative(Tsn cumulative, Instant now);
    void mark_range(const Range& range, Instant now);
    void acknowledged(OutgoingMessage* message);
    void newly_acked(Tsn tsn, SentChunk& chunk, Instant now);
    void move_reported(std::uint32_t moved);
    void read_gaps(const wire::sctp::SackView& sack);
    void apply_gaps(const wire::sctp::SackView& sack, Tsn moved_from, Instant now);
    SackOutcome conclude(bool cumulative_advanced, Instant now);
    void conclude(Destination& destination, bool cumulative_advanced, Instant now);
    void grow(Destination& destination, bool cumulative_advanced, Instant now);
    std::size_t conclude(Lane& lane, bool cumulative_advanced, Instant now);
    /// What the gap blocks of the last SACK spoke of.
    std::size_t reported_chunks() const;
    void window_changed(std::uint32_t advertised, Instant now);
    void notice_reneging();
    void pass_settled(Instant now);
    void settle(Tsn tsn);
    void reclaim_reneged();

    // abandon.cpp
    Abandonment& abandonment();
    void doom_if_lost_too_often(const SentChunk& chunk);
    void abandon_doomed(Instant now);
    void abandon_expired(Instant now);
    void abandon(OutgoingMessage* message, GivenUp why, Instant now);
    void take_from_network(Tsn tsn);
    std::vector<OutgoingMessage*> sent_messages() const;
    void notice_ack_point(Instant now);
    bool is_abandoned(Tsn tsn) const;
    wire::sctp::ChunkType forward_type() const;
    void write_forward_tsn(TrainWriter& train, Tsn point,
                           std::span<const wire::sctp::SkippedMessages> skipped);
    void forward_again(Instant now);

    // loss.cpp
    std::optional<Tsn> end_of_report() const;
    void detect_losses(Lane& lane, Instant now);
    void count_misses(Instant now);
    enum class Lost : std::uint8_t {
        timed_out,
        overtaken,
        refused, ///< by a window that was closed
    };
    void mark_lost(Tsn tsn, Lost why);
    void left_network(const SentChunk& chunk);
    bool reduced_for_echo(const Destination& destination) const;
    void advance(Lane& lane, Instant now);
    void t3_expired(Lane& lane, Instant now);
    void sort_lost(Lane& lane);
    void send_elsewhere(Destination& from, Destination& to, Instant now);

    // recovery.cpp
    LossFound loss_found(const Destination& destination, Instant now) const;
    void enter_recovery(Destination& destination, Instant now);
    void steer_recovery(Destination& destination, bool cumulative_advanced);
    void leave_recovery_at_its_end(Destination& destination);
    void note_duplicates(const wire::sctp::SackView& sack, Instant now);
    void arrived_after_all(Tsn tsn, Instant now);

    Shared& shared_;
    SendQueue queue_;
    Outstanding chunks_;
    Destinations destinations_;
    // In an order that leaves few holes, as in an association.
    ClassId new_class_{}; // of the new messages that the train at hand takes
    bool train_yields_ = false;
    bool interleaving_ = false;                // RFC 8260
    bool forward_tsn_ = false;                 // RFC 3758
    bool began_again_ = false;                 // RFC 6525 §5.2.4
    bool window_answered_ = false;             // a SACK came since the last T3-rtx
    std::uint8_t auth_bytes_ = 0;              // of the AUTH before DATA: RFC 4895
    bool end_awaited_ = false;                 // the association ends when all is acknowledged
    std::uint32_t advertised_ = 0;             // the peer's a_rwnd
    std::size_t in_flight_payload_ = 0;        // no headers
    std::size_t in_flight_charge_ = 0;         // what the peer's window counts for it
    Instant window_probe_ = kNever;            // when a closed window may be probed
    std::optional<Tsn> window_probe_tsn_;      // sent into a closed window
    std::unique_ptr<Reported> reported_;       // made when the first gap block comes
    std::size_t sacked_chunks_ = 0;            // in that state
    std::unique_ptr<Abandonment> abandonment_; // made when what has left is given up
    std::unique_ptr<Counts> counts_;           // made when the first chunk leaves
    std::unique_ptr<Ways> ways_;               // made when several paths are used at once
};

} // namespace hawser::sctp
