#include "sctp/rx/reassembly.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace hawser::sctp {
namespace {

/// Streams in the high bits, so that one map holds the early messages of all of them.
constexpr unsigned kStreamShift = 48;
/// Those that are early have an SSN in the half of the circle after the one that is expected.
constexpr std::uint64_t kEarlyMax = 0x8000;

std::uint64_t early_key(StreamId stream, std::uint64_t unwrapped_ssn) {
    return std::uint64_t{std::to_underlying(stream)} << kStreamShift |
           (unwrapped_ssn & ((std::uint64_t{1} << kStreamShift) - 1));
}

bool same_message(const HeldFragment& a, const HeldFragment& b) {
    return a.stream == b.stream && a.unordered == b.unordered && (a.unordered || a.ssn == b.ssn);
}

/// A message is marked CE when any of its packets was.
void add_congestion_mark(Ancillary& message, const Ancillary& fragment) {
    if (fragment.ecn == Ecn::ce) message.ecn = Ecn::ce;
}

} // namespace

Reassembly::~Reassembly() {
    reset();
}

void Reassembly::reset() {
    for (HeldFragment*& fragment : held_) {
        if (fragment == nullptr) continue;
        waiting_bytes_ -= fragment->payload.size() + kMessageOverheadBytes;
        shared_.fragments.give_back(fragment);
        fragment = nullptr;
    }
    held_count_ = 0;
    if (early_) {
        for (const auto& [key, message] : *early_)
            waiting_bytes_ -= message.payload.size() + kMessageOverheadBytes;
    }
    early_.reset();
    forget_partial();
    rest_given_up_ = false;
    next_in_stream_.clear();
}

void Reassembly::shrink() {
    if (held_count_ == 0) held_ = {};
    if (!has_early()) early_.reset();
}

void Reassembly::begin(Message& message, const wire::sctp::Data& data,
                       const Datagram& datagram) const {
    message.association = association_;
    message.stream = data.stream;
    message.ssn = data.ssn;
    message.ppid = data.ppid;
    message.tsn = data.tsn;
    message.unordered = data.unordered;
    message.ancillary = datagram.ancillary;
    message.path = datagram.path;
}

/// The common case, with no step too many: a whole message whose turn it is goes straight into its
/// event.
bool Reassembly::take_whole_in_order(const wire::sctp::Data& data, const Datagram& datagram) {
    if (has_early()) return false;
    if (!data.unordered) {
        std::uint64_t& next = next_in_stream_[data.stream];
        if (data.ssn.value != static_cast<std::uint16_t>(next)) return false;
        ++next;
    }
    auto& message = shared_.events.emplace_back<Message>();
    begin(message, data, datagram);
    message.payload = shared_.buffers.copy(data.payload);
    message.cumulative_tsn = data.tsn;
    last_message_bytes_ = data.payload.size();
    unread_.add(data.payload.size());
    return true;
}

Reassembly::Result Reassembly::take_next(const wire::sctp::Data& data, const Datagram& datagram) {
    if (partial_ != nullptr) return append(data, datagram);
    // A FORWARD TSN may end within a message: usrsctp's is as long as its packet has room.
    if (!data.beginning && rest_given_up_) {
        ++shared_.counters.given_up_fragments;
        return Result::taken;
    }
    if (!data.beginning) return Result::violation;
    rest_given_up_ = false;
    if (data.payload.size() > shared_.options.message_bytes_max) return Result::too_large;
    if (data.ending && take_whole_in_order(data, datagram)) return Result::taken;
    if (data.ending) {
        Message message{};
        begin(message, data, datagram);
        message.payload = shared_.buffers.copy(data.payload);
        complete(std::move(message), data.tsn);
        return Result::taken;
    }
    partial_ = shared_.partial_messages.take();
    partial_->next_tsn = data.tsn.next();
    Message& message = partial_->message;
    begin(message, data, datagram);
    message.payload = shared_.buffers.take(std::max(last_message_bytes_, 2 * data.payload.size()));
    message.payload.append(data.payload);
    return Result::taken;
}

Reassembly::Result Reassembly::append(const wire::sctp::Data& data, const Datagram& datagram) {
    Message& message = partial_->message;
    const bool fits = !data.beginning && data.stream == message.stream &&
                      data.unordered == message.unordered &&
                      (data.unordered || data.ssn == message.ssn);
    if (!fits || data.tsn != partial_->next_tsn) return Result::violation;
    if (message.payload.size() + data.payload.size() > shared_.options.message_bytes_max) {
        return Result::too_large;
    }
    message.payload.append(data.payload);
    add_congestion_mark(message.ancillary, datagram.ancillary);
    partial_->next_tsn = data.tsn.next();
    if (data.ending) {
        Message whole = std::move(message);
        forget_partial();
        complete(std::move(whole), data.tsn);
    }
    return Result::taken;
}

Reassembly::Result Reassembly::advance(Tsn from, Tsn cumulative) {
    if (held_count_ == 0) return Result::taken;
    for (Tsn tsn = from.next(); tsn.precedes_or_is(cumulative); tsn = tsn.next()) {
        HeldFragment* fragment = held(tsn);
        if (fragment == nullptr) continue; // handed out already
        const Result result = absorb(tsn, *fragment);
        drop(tsn);
        if (result != Result::taken) return result;
    }
    return Result::taken;
}

/// A held fragment's turn has come: as if it came just now.
Reassembly::Result Reassembly::absorb(Tsn tsn, HeldFragment& fragment) {
    const Datagram datagram{PacketId{}, fragment.path, fragment.ancillary, {}};
    return take_next({.stream = fragment.stream,
                      .ssn = fragment.ssn,
                      .ppid = fragment.ppid,
                      .tsn = tsn,
                      .unordered = fragment.unordered,
                      .beginning = fragment.beginning,
                      .ending = fragment.ending,
                      .payload = fragment.payload.bytes()},
                     datagram);
}

Reassembly::Result Reassembly::take_early(const wire::sctp::Data& data, const Datagram& datagram,
                                          Tsn cumulative) {
    if (data.payload.size() > shared_.options.message_bytes_max) return Result::too_large;
    if (data.beginning && data.ending) {
        Message message{};
        begin(message, data, datagram);
        message.payload = shared_.buffers.copy(data.payload);
        complete(std::move(message), cumulative);
        return Result::taken;
    }
    HeldFragment* fragment = shared_.fragments.take();
    fragment->payload = shared_.buffers.copy(data.payload);
    fragment->ancillary = datagram.ancillary;
    fragment->path = datagram.path;
    fragment->ppid = data.ppid;
    fragment->stream = data.stream;
    fragment->ssn = data.ssn;
    fragment->unordered = data.unordered;
    fragment->beginning = data.beginning;
    fragment->ending = data.ending;
    fragment->run_other_end = data.tsn;
    fragment->run_bytes = static_cast<std::uint32_t>(data.payload.size());
    hold(data.tsn, fragment, cumulative);
    return join(data.tsn, cumulative);
}

void Reassembly::forget(Tsn cumulative, Tsn first, Tsn last) {
    // What is held lies within half of the places.
    const std::uint32_t from = first.steps_from(cumulative);
    const std::size_t to = std::min<std::size_t>(last.steps_from(cumulative), held_.size() / 2);
    for (std::uint32_t step = from; step <= to; ++step) {
        const Tsn tsn = cumulative.plus(step);
        if (held(tsn) == nullptr) continue;
        drop(tsn);
        ++shared_.counters.given_up_fragments;
    }
}

Reassembly::Result Reassembly::skip(const wire::sctp::ForwardTsnView& forward,
                                    std::uint16_t streams, Tsn cumulative) {
    if (partial_ != nullptr) ++shared_.counters.given_up_fragments;
    forget_partial();
    rest_given_up_ = true;
    for (std::size_t i = 0; i < forward.skipped_count(); ++i) {
        const wire::sctp::SkippedStream skipped = forward.skipped(i);
        if (std::to_underlying(skipped.stream) < streams) skip_in_stream(skipped);
    }
    return advance(forward.new_cumulative_tsn(), cumulative);
}

void Reassembly::skip_in_stream(wire::sctp::SkippedStream skipped) {
    const std::uint64_t* const known = next_in_stream_.find(skipped.stream);
    const Ssn expected{static_cast<std::uint16_t>(known == nullptr ? 0 : *known)};
    if (skipped.ssn.precedes(expected)) return; // nothing is made for it
    std::uint64_t& next = next_in_stream_[skipped.stream];
    const std::uint64_t after = next + skipped.ssn.steps_from(expected) + 1;
    emit_early(early_key(skipped.stream, next), early_key(skipped.stream, after));
    next = after;
    deliver_early(skipped.stream, next);
}

/// Whatever is missing before them.
void Reassembly::emit_early(std::uint64_t first, std::uint64_t end) {
    if (!has_early()) return;
    auto it = early_->lower_bound(first);
    while (it != early_->end() && it->first < end) {
        waiting_bytes_ -= it->second.payload.size() + kMessageOverheadBytes;
        emit(std::move(it->second));
        it = early_->erase(it);
    }
}

void Reassembly::reset_stream(StreamId stream) {
    std::uint64_t* const next = next_in_stream_.find(stream);
    if (next == nullptr) return;
    emit_early(early_key(stream, *next), early_key(stream, *next + kEarlyMax));
    *next = 0;
}

void Reassembly::reset_all_streams() {
    next_in_stream_.for_each([this](StreamId stream, std::uint64_t) { reset_stream(stream); });
}

void Reassembly::begin_again() {
    reset_all_streams();
    shared_.counters.given_up_fragments += held_count_ + (partial_ != nullptr ? 1 : 0);
    reset();
}

bool Reassembly::is_consistent(Tsn cumulative) const {
    std::uint32_t found = 0;
    const auto span = static_cast<std::uint32_t>(held_.size() / 2);
    for (std::uint32_t step = 1; step <= span; ++step) {
        const Tsn tsn = cumulative.plus(step);
        const HeldFragment* fragment = held(tsn);
        if (fragment == nullptr) continue;
        ++found;
        const HeldFragment* left = held(tsn.previous());
        if (left != nullptr && left->ending != fragment->beginning) return false;
        if (left != nullptr && !left->ending) continue; // within its run
        const HeldFragment* last = held(fragment->run_other_end);
        if (last == nullptr || last->run_other_end != tsn) return false;
        if (last->run_bytes != fragment->run_bytes) return false;
    }
    return found == held_count_;
}

void Reassembly::forget_partial() {
    if (partial_ != nullptr) shared_.partial_messages.give_back(std::exchange(partial_, nullptr));
}

HeldFragment* Reassembly::held(Tsn tsn) const {
    return held_.empty() ? nullptr : held_[tsn.value & (held_.size() - 1)];
}

void Reassembly::hold(Tsn tsn, HeldFragment* fragment, Tsn cumulative) {
    // Twice the span, so that no TSN that can be held shares a place with another.
    const std::size_t wanted = std::bit_ceil(2 * std::size_t{tsn.steps_from(cumulative)} + 2);
    if (wanted > held_.size()) {
        std::vector<HeldFragment*> larger(wanted);
        const std::size_t old = held_.size();
        for (std::size_t step = 0; step <= old / 2 && old > 0; ++step) {
            const Tsn other = cumulative.plus(static_cast<std::uint32_t>(step));
            if (HeldFragment* moved = std::exchange(held_[other.value & (old - 1)], nullptr)) {
                larger[other.value & (wanted - 1)] = moved;
            }
        }
        held_ = std::move(larger);
    }
    held_[tsn.value & (held_.size() - 1)] = fragment;
    ++held_count_;
    waiting_bytes_ += fragment->payload.size() + kMessageOverheadBytes;
}

void Reassembly::drop(Tsn tsn) {
    HeldFragment*& slot = held_[tsn.value & (held_.size() - 1)];
    waiting_bytes_ -= slot->payload.size() + kMessageOverheadBytes;
    shared_.fragments.give_back(std::exchange(slot, nullptr));
    --held_count_;
}

/// Joins the fragment to the runs on its sides, and hands the message out when it is whole.
Reassembly::Result Reassembly::join(Tsn tsn, Tsn cumulative) {
    HeldFragment* fragment = held(tsn);
    Tsn first = tsn;
    Tsn last = tsn;
    std::uint32_t bytes = fragment->run_bytes;
    if (const HeldFragment* left = held(tsn.previous()); left != nullptr) {
        if (left->ending != fragment->beginning) return Result::violation;
        if (!left->ending) {
            if (!same_message(*left, *fragment)) return Result::violation;
            first = left->run_other_end;
            bytes += left->run_bytes;
        }
    }
    if (const HeldFragment* right = held(tsn.next()); right != nullptr) {
        if (right->beginning != fragment->ending) return Result::violation;
        if (!fragment->ending) {
            if (!same_message(*fragment, *right)) return Result::violation;
            last = right->run_other_end;
            bytes += right->run_bytes;
        }
    }
    if (bytes > shared_.options.message_bytes_max) return Result::too_large;
    held(first)->run_other_end = last;
    held(first)->run_bytes = bytes;
    held(last)->run_other_end = first;
    held(last)->run_bytes = bytes;
    if (held(first)->beginning && held(last)->ending) assemble_run(first, last, cumulative);
    return Result::taken;
}

void Reassembly::assemble_run(Tsn first, Tsn last, Tsn cumulative) {
    HeldFragment& head = *held(first);
    Message message{};
    message.association = association_;
    message.stream = head.stream;
    message.ssn = head.ssn;
    message.ppid = head.ppid;
    message.tsn = first;
    message.unordered = head.unordered;
    message.ancillary = std::move(head.ancillary);
    message.path = head.path;
    message.payload = shared_.buffers.take(head.run_bytes);
    for (Tsn tsn = first;; tsn = tsn.next()) {
        const HeldFragment& fragment = *held(tsn);
        message.payload.append(fragment.payload.bytes());
        add_congestion_mark(message.ancillary, fragment.ancillary);
        drop(tsn);
        if (tsn == last) break;
    }
    complete(std::move(message), cumulative);
}

void Reassembly::complete(Message&& message, Tsn cumulative) {
    last_message_bytes_ = message.payload.size();
    message.cumulative_tsn = cumulative;
    if (message.unordered) {
        emit(std::move(message));
    } else {
        deliver(std::move(message));
    }
}

void Reassembly::deliver(Message&& message) {
    const StreamId stream = message.stream;
    std::uint64_t& next = next_in_stream_[stream];
    const Ssn expected{static_cast<std::uint16_t>(next)};
    if (message.ssn != expected) {
        // An SSN that has been handed out already comes from a confused peer: its message is lost.
        if (!expected.precedes(message.ssn)) return drop_misnumbered();
        const std::size_t bytes = message.payload.size();
        const std::uint64_t key = early_key(stream, next + message.ssn.steps_from(expected));
        if (!early_) early_ = std::make_unique<EarlyMessages>();
        if (!early_->try_emplace(key, std::move(message)).second) return drop_misnumbered();
        waiting_bytes_ += bytes + kMessageOverheadBytes;
        return;
    }
    emit(std::move(message));
    ++next;
    deliver_early(stream, next);
}

/// Those whose turn it is now.
void Reassembly::deliver_early(StreamId stream, std::uint64_t& next) {
    if (!has_early()) return;
    for (auto it = early_->find(early_key(stream, next)); it != early_->end();
         it = early_->find(early_key(stream, next))) {
        waiting_bytes_ -= it->second.payload.size() + kMessageOverheadBytes;
        emit(std::move(it->second));
        early_->erase(it);
        ++next;
    }
}

void Reassembly::drop_misnumbered() {
    ++shared_.counters.misnumbered_messages;
}

void Reassembly::emit(Message&& message) {
    unread_.add(message.payload.size());
    shared_.events.emplace_back<Message>() = std::move(message);
}

} // namespace hawser::sctp
