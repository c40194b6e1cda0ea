#include "sctp/tx/by_stream.hpp"

#include <algorithm>

namespace hawser::sctp {

void ByStream::add(OutgoingMessage* message) {
    WaitingStream& its = stream(message->stream);
    const bool wakes = its.messages.empty();
    if (wakes) woken(its);
    its.messages.push_back(message);
    if (wakes) place(its);
}

OutgoingMessage* ByStream::next() {
    if (working_ == 0) return nullptr;
    return front(across_ == Across::turns ? classes_.front().streams.top() : *first());
}

OutgoingMessage* ByStream::next_of(ClassId traffic_class) {
    const Class* its = find(traffic_class);
    return its == nullptr || outranked(*its) ? nullptr : front(its->streams.top());
}

bool ByStream::outranked(const Class& by_others) const {
    if (across_ == Across::turns) return false;
    return first()->order.rank < by_others.streams.top().order.rank;
}

void ByStream::take(OutgoingMessage* message) {
    WaitingStream& its = stream(message->stream);
    HAWSER_ASSERT(front(its) == message);
    its.messages.pop_front();
    if (!its.messages.empty() && front(its)->traffic_class == message->traffic_class) return;
    displace(its, message->traffic_class);
    if (!its.messages.empty()) place(its);
}

void ByStream::charge(const OutgoingMessage& message, std::size_t bytes) {
    WaitingStream& its = stream(message.stream);
    served(its, bytes);
    settle(its);
}

void ByStream::train_begins(ClassId traffic_class) {
    if (working_ < 2 || classes_.front().id != traffic_class) return;
    std::rotate(classes_.begin(), classes_.begin() + 1,
                classes_.begin() + static_cast<std::ptrdiff_t>(working_));
}

bool ByStream::others_wait(ClassId traffic_class) const {
    return working_ > 1 || (working_ == 1 && classes_.front().id != traffic_class);
}

void ByStream::visit_values(const Valued& visit) const {
    for (const WaitingStream& its : streams_)
        if (its.value != kStreamValueDefault) visit(its.id, its.value);
}

void ByStream::extract(const Wanted& wanted, const Taken& taken) {
    for (WaitingStream& its : streams_) {
        if (its.messages.empty()) continue;
        displace(its, front(its)->traffic_class);
        its.messages.extract(wanted, taken);
        if (!its.messages.empty()) place(its);
    }
}

WaitingStream& ByStream::stream(StreamId id) {
    WaitingStream*& its = by_id_[id];
    if (its == nullptr) {
        its = &streams_.emplace_back();
        its->id = id;
    }
    return *its;
}

const WaitingStream* ByStream::first() const {
    const WaitingStream* first = nullptr;
    for (std::size_t i = 0; i < working_; ++i) {
        const WaitingStream& top = classes_[i].streams.top();
        if (first == nullptr || top.order < first->order) first = &top;
    }
    return first;
}

void ByStream::settle(WaitingStream& its) {
    if (!its.messages.empty()) find(front(its)->traffic_class)->streams.settle(its);
}

ByStream::Class* ByStream::find(ClassId traffic_class) {
    for (std::size_t i = 0; i < working_; ++i) {
        if (classes_[i].id == traffic_class) return &classes_[i];
    }
    return nullptr;
}

void ByStream::place(WaitingStream& its) {
    const ClassId traffic_class = front(its)->traffic_class;
    Class* of = find(traffic_class);
    if (of == nullptr) {
        if (working_ == classes_.size()) classes_.emplace_back();
        of = &classes_[working_++];
        of->id = traffic_class;
    }
    of->streams.push(its);
}

/// A class without work keeps the room of its heap for the next one.
void ByStream::displace(WaitingStream& its, ClassId traffic_class) {
    Class* of = find(traffic_class);
    of->streams.remove(its);
    if (!of->streams.empty()) return;
    const auto at = classes_.begin() + (of - classes_.data());
    std::rotate(at, at + 1, classes_.begin() + static_cast<std::ptrdiff_t>(working_));
    --working_;
}

} // namespace hawser::sctp
