// What the schedulers that choose among streams have in common.
#pragma once

#include "sctp/stream_map.hpp"
#include "sctp/tx/scheduler.hpp"
#include "sctp/tx/stream_heap.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace hawser::sctp {

/// RFC 8260 §3.2 to §3.6: every stream has a queue, and stands in a heap of the class that its
/// first message is of. Who derives from it says when a stream's turn comes. A decision costs
/// O(log streams with work).
class ByStream : public Scheduler {
public:
    /// Who decides between classes.
    enum class Across : std::uint8_t {
        turns,   ///< nobody: a train each
        streams, ///< the stream that goes first; one of a higher rank ends another class's train
    };
    explicit ByStream(Across across) : across_{across} {}

    void add(OutgoingMessage* message) override;
    OutgoingMessage* next() override;
    OutgoingMessage* next_of(ClassId traffic_class) override;
    void take(OutgoingMessage* message) override;
    void charge(const OutgoingMessage& message, std::size_t bytes) override;
    void train_begins(ClassId traffic_class) override;
    bool others_wait(ClassId traffic_class) const override;
    void visit_values(const Valued& visit) const override;
    void extract(const Wanted& wanted, const Taken& taken) override;

protected:
    /// A stream has work again: when its turn comes.
    virtual void woken(WaitingStream& stream) = 0;
    /// Bytes of it leave: when its turn comes again, should it have more.
    virtual void served(WaitingStream& stream, std::size_t bytes) = 0;

    /// As new when it was never asked for. It stays where it is.
    WaitingStream& stream(StreamId id);
    /// Whose turn it is, of all classes; nullptr without any.
    const WaitingStream* first() const;
    /// Its order has changed.
    void settle(WaitingStream& stream);

private:
    struct Class {
        ClassId id;
        StreamHeap streams;
    };

    static OutgoingMessage* front(const WaitingStream& stream) { return stream.messages.front(); }
    Class* find(ClassId traffic_class);
    void place(WaitingStream& stream);
    void displace(WaitingStream& stream, ClassId traffic_class);
    bool outranked(const Class& by_others) const;

    const Across across_;
    std::deque<WaitingStream> streams_; // all that ever had work or a value
    StreamMap<WaitingStream*> by_id_;
    std::vector<Class> classes_; // those with work in turn, and after them some that had
    std::size_t working_ = 0;
};

} // namespace hawser::sctp
