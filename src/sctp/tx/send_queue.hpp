// Messages that have not left, or not wholly.
#pragma once

#include "sctp/shared.hpp"
#include "sctp/stream_map.hpp"
#include "sctp/tx/holding_scheduler.hpp"
#include "sctp/tx/scheduler.hpp"

#include <hawser/core/instant.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace hawser::sctp {

/// What the user gave to an association, in the order of its streams: held back until its time,
/// given up after its lifetime, proposed by the scheduler. A message is counted here until it is
/// wholly acknowledged.
class SendQueue {
public:
    explicit SendQueue(Shared& shared);
    ~SendQueue();
    SendQueue(const SendQueue&) = delete;
    SendQueue& operator=(const SendQueue&) = delete;

    /// Takes a message that may be sent from now on, or from `not_before` on.
    void push(OutgoingMessage* message, Instant now);

    /// Bytes of messages that are not wholly acknowledged.
    std::size_t queued_bytes() const { return queued_bytes_; }
    /// The memory that they hold: what Options::send_queue_bytes_max limits.
    std::size_t held_bytes() const { return held_bytes_; }
    /// Bytes that could be sent now, were there window.
    std::size_t ready_bytes() const { return ready_bytes_; }

    // --- who decides what leaves next: RFC 8260 §3 ---

    StreamScheduler scheduler() const { return kind_; }
    /// What waits moves over; all streams have `kStreamValueDefault`, unless it is the same.
    void set_scheduler(StreamScheduler kind);
    Result<> set_stream_value(StreamId stream, std::uint16_t value) {
        return scheduler_->set_value(stream, value);
    }
    /// Takes the scheduler of another queue, with the values of its streams; that one is left with
    /// ours. Neither has messages.
    void exchange_scheduler(SendQueue& other);
    /// Whether messages leave as I-DATA, which may leave by turns, and whether one that has begun
    /// may be given up.
    void agree(bool interleaving, bool gives_up_begun) {
        interleaving_ = interleaving;
        gives_up_begun_ = gives_up_begun;
    }

    // --- what leaves next ---

    /// Begun, not wholly sent, and to be finished before another begins; nullptr: none.
    OutgoingMessage* begun() const { return begun_; }
    /// The message that may begin next, or go on where they are interleaved, of any class or of
    /// one; nullptr without any.
    OutgoingMessage* next(Instant now);
    OutgoingMessage* next_of(ClassId traffic_class, Instant now);
    /// `next` or `next_of` begins: an ordered one gets its MID, and so its SSN.
    void begin(OutgoingMessage* message);
    /// An unordered one that has begun gets a MID, which only I-DATA carries: RFC 8260 §2.1.
    void number_unordered(OutgoingMessage* message);
    /// So many bytes more of a message that has begun have left.
    void cut(OutgoingMessage* message, std::size_t bytes);
    void train_begins(ClassId traffic_class) { scheduler_->train_begins(traffic_class); }
    void packet_begins() {
        if (packets_have_one_stream()) scheduler_->packet_begins();
    }
    /// RFC 8260 §3.3: a packet that is lost holds up no other stream.
    bool packets_have_one_stream() const {
        return kind_ == StreamScheduler::round_robin_per_packet;
    }
    bool others_wait(ClassId traffic_class) const { return scheduler_->others_wait(traffic_class); }

    // --- what does not leave ---

    /// Shows those that have not begun.
    void visit_waiting(const std::function<void(const OutgoingMessage&)>& visit);
    /// Gives up those of them that are wanted.
    void give_up_waiting(const Scheduler::Wanted& wanted, GivenUp why);
    /// One that has begun, not wholly left, and outlived its lifetime; nullptr without any, or
    /// where such are not given up.
    OutgoingMessage* expired_begun(Instant now);
    /// One that has begun is given up: what is left of it does not leave.
    void give_up_begun(OutgoingMessage* message, GivenUp why);
    /// How many were given up, of all streams or of one.
    GivenUpMessages given_up_counts() const {
        return given_up_counts_ ? *given_up_counts_ : GivenUpMessages{};
    }
    GivenUpMessages given_up_counts(StreamId stream);

    /// The kernel would not send this class: what waits of it is given up.
    void refuse(ClassId traffic_class, int os_errno);
    /// Messages that were given up, of which `given_up` says why. Whoever takes them reports them,
    /// and gives those of which nothing is outstanding to `release`.
    MessageList& given_up() { return given_up_; }
    /// Takes back all that has not begun, and what is interleaved; with `take_begun` also what is
    /// begun.
    void take_waiting(const Scheduler::Taken& taken);
    OutgoingMessage* take_begun();
    /// Takes back what waits for streams that the peer did not grant: `count` and above.
    void take_streams_from(std::uint16_t count, const Scheduler::Taken& taken);
    /// A message that was taken out of the association counts no more.
    void uncount(const OutgoingMessage& message);
    /// Ends a message that counts no more.
    void release(OutgoingMessage* message);

    // --- streams that begin again: RFC 6525 §5.1.2 ---

    /// What is to wait for the end of a hold.
    enum class Waits : std::uint8_t { what_comes_later, all_that_has_not_begun };
    /// What is pushed from now on for these streams (none: for all) waits, or also what has not
    /// begun; the rest of what is here already, or in `sent`, is what `hold_drained` waits for. One
    /// hold at a time.
    void hold(std::vector<StreamId> streams, Waits waits, std::span<OutgoingMessage* const> sent);
    bool holds() const { return holds_; }
    /// All that was there before the hold has been acknowledged, or given up.
    bool hold_drained();
    /// The hold is over; where the peer has agreed the streams count from 0 again.
    enum class AfterHold : std::uint8_t { numbers_go_on, numbers_begin_again };
    void end_hold(AfterHold after);

    // --- time ---

    Instant deadline() const;
    void advance(Instant now);

private:
    friend struct StateAccess;
    struct OutboundStream {
        Mid next_mid{};
        Mid next_unordered_mid{};
        std::uint32_t queued = 0; // ordered messages ever taken
        // Of those, the ones that have begun, or ended where they are interleaved, or were given
        // up.
        std::uint32_t passed = 0;
        bool under_way = false; // a message has begun that is interleaved with others
        MessageList parked;     // were proposed before their turn
        std::vector<std::uint32_t> passed_over;    // given up before their turn: a heap by turn
        std::unique_ptr<GivenUpMessages> given_up; // made when the first one is
    };
    static bool is_any(const OutgoingMessage&) { return true; }
    static bool leaves_later(const OutgoingMessage* a, const OutgoingMessage* b) {
        return a->not_before > b->not_before;
    }
    /// Turns are counted round a circle, of which a queue is never half.
    static bool comes_later(std::uint32_t a, std::uint32_t b) {
        return static_cast<std::int32_t>(a - b) > 0;
    }

    void mark_set_aside(HoldingScheduler& hold);
    HoldingScheduler& holding() { return static_cast<HoldingScheduler&>(*scheduler_); }
    std::unique_ptr<Scheduler>& chosen() { return holds_ ? holding().inner() : scheduler_; }
    void enqueue(OutgoingMessage* message);
    bool may_leave(OutgoingMessage& message, Instant now);
    void set_aside(OutgoingMessage* message, Instant now);
    bool turn_has_come(const OutgoingMessage& message);
    void stream_moves_on(const OutgoingMessage& message);
    static void pass(OutboundStream& stream);
    void release_timed(Instant now);
    void expire(Instant now);
    bool look_at_begun(const OutgoingMessage& message, Instant now);

    // send_queue_given_up.cpp
    void give_up(OutgoingMessage* message, GivenUp why);
    void pass_over(const OutgoingMessage& message);
    void leave_scheduler(OutgoingMessage* message);
    void end_in_vain(OutgoingMessage* message, GivenUp why);
    void count_given_up(const OutgoingMessage& message);
    void extract_waiting(const Scheduler::Wanted& wanted, const Scheduler::Taken& taken);
    void extract_timed(const Scheduler::Wanted& wanted, const Scheduler::Taken& taken);

    Shared& shared_;
    std::unique_ptr<Scheduler> scheduler_;
    StreamMap<OutboundStream> streams_;
    std::vector<OutgoingMessage*> timed_; // a heap by not_before
    MessageList given_up_;
    OutgoingMessage* begun_ = nullptr; // never where they are interleaved
    std::uint32_t arrivals_ = 0;
    StreamScheduler kind_;
    bool interleaving_ = false;
    bool gives_up_begun_ = false;
    bool begun_expired_ = false; // one of those in the scheduler, that is
    bool holds_ = false;
    std::size_t queued_bytes_ = 0;
    std::size_t held_bytes_ = 0;
    std::size_t ready_bytes_ = 0;
    Instant next_expiry_ = kNever;
    std::unique_ptr<GivenUpMessages> given_up_counts_; // made when the first message is
};

} // namespace hawser::sctp
