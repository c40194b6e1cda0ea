// Streams that are about to begin again.
#pragma once

#include "sctp/tx/scheduler.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace hawser::sctp {

/// Stands before another scheduler while streams are being reset (RFC 6525 §5.1.2): the messages
/// that they had are marked and pass; those that come later wait here until the reset is over, so
/// that none of them gets a number that the peer does not expect.
class HoldingScheduler final : public Scheduler {
public:
    /// No stream stands for all.
    HoldingScheduler(std::unique_ptr<Scheduler> inner, std::vector<StreamId> streams)
        : inner_{std::move(inner)}, streams_{std::move(streams)} {
        std::ranges::sort(streams_);
    }

    bool holds(StreamId stream) const {
        return streams_.empty() || std::ranges::binary_search(streams_, stream);
    }
    /// Marks a message that was there before, if it is of these streams.
    void mark(OutgoingMessage& message) {
        if (message.precedes_reset || !holds(message.stream)) return;
        message.precedes_reset = true;
        ++marked_;
    }
    /// A marked one has been acknowledged, or given up.
    void marked_ended() { --marked_; }
    /// Nothing is left of what was there before.
    bool drained() const { return marked_ == 0; }

    /// The other scheduler, which may be exchanged.
    std::unique_ptr<Scheduler>& inner() { return inner_; }
    /// Gives the other scheduler back, with all that waited here.
    std::unique_ptr<Scheduler> release() {
        while (!held_.empty())
            inner_->add(held_.pop_front());
        return std::move(inner_);
    }

    void add(OutgoingMessage* message) override {
        if (message->precedes_reset || !holds(message->stream)) return inner_->add(message);
        held_.push_back(message);
    }
    OutgoingMessage* next() override { return inner_->next(); }
    OutgoingMessage* next_of(ClassId traffic_class) override {
        return inner_->next_of(traffic_class);
    }
    void take(OutgoingMessage* message) override { inner_->take(message); }
    void charge(const OutgoingMessage& message, std::size_t bytes) override {
        inner_->charge(message, bytes);
    }
    void train_begins(ClassId traffic_class) override { inner_->train_begins(traffic_class); }
    void packet_begins() override { inner_->packet_begins(); }
    bool others_wait(ClassId traffic_class) const override {
        return inner_->others_wait(traffic_class);
    }
    Result<> set_value(StreamId stream, std::uint16_t value) override {
        return inner_->set_value(stream, value);
    }
    void visit_values(const Valued& visit) const override { inner_->visit_values(visit); }
    void extract(const Wanted& wanted, const Taken& taken) override {
        inner_->extract(wanted, taken);
        held_.extract(wanted, taken);
    }

private:
    friend struct StateAccess;
    std::unique_ptr<Scheduler> inner_;
    std::vector<StreamId> streams_; // in order
    MessageList held_;
    std::size_t marked_ = 0;
};

} // namespace hawser::sctp
