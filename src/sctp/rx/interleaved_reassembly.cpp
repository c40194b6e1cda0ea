#include "sctp/rx/interleaved_reassembly.hpp"

#include <utility>

namespace hawser::sctp {
namespace {

/// The U bit, the stream, the number: one map holds the messages of all streams, each stream's in
/// a row. 47 bits are more ordered messages than a stream will ever have.
constexpr unsigned kNumberBits = 47;
constexpr std::uint64_t kNumberMask = (std::uint64_t{1} << kNumberBits) - 1;

Mid mid_of(std::uint64_t number) {
    return {static_cast<std::uint32_t>(number)};
}

} // namespace

std::uint64_t InterleavedReassembly::key_of(StreamId stream, bool unordered, std::uint64_t number) {
    return std::uint64_t{unordered ? 1u : 0u} << 63 |
           std::uint64_t{std::to_underlying(stream)} << kNumberBits | (number & kNumberMask);
}

/// Unordered messages are numbered by their MID, ordered ones by the unwrapped MID; nullopt when
/// that has passed.
std::optional<std::uint64_t> InterleavedReassembly::number_of(const wire::sctp::IData& data) {
    if (data.unordered) return data.mid.value;
    const std::uint64_t next = next_in_stream_[data.stream];
    if (data.mid.precedes(mid_of(next))) return std::nullopt;
    return next + data.mid.steps_from(mid_of(next));
}

bool InterleavedReassembly::is_next(const wire::sctp::IData& data, std::uint64_t number) {
    return data.unordered || number == next_in_stream_[data.stream];
}

InterleavedReassembly::Waiting::iterator InterleavedReassembly::find(std::uint64_t key) {
    if (last_found_ != waiting_.end() && last_found_->first == key) return last_found_;
    const auto found = waiting_.find(key);
    if (found != waiting_.end()) last_found_ = found;
    return found;
}

InterleavedReassembly::Result InterleavedReassembly::take(const wire::sctp::IData& data,
                                                          const Datagram& datagram,
                                                          const TsnTracker& tracker) {
    if (!data.beginning && data.fsn == 0) return Result::violation;
    const auto number = number_of(data);
    if (!number) {
        ++shared_.counters.misnumbered_messages;
        return Result::taken;
    }
    // Each fragment has a byte or more: a message has as many bytes as the FSN says, and these.
    if (data.fsn + data.payload.size() > shared_.options.message_bytes_max)
        return Result::too_large;

    const bool next = data.tsn == tracker.cumulative().next();
    const Tsn cumulative = next ? data.tsn : tracker.cumulative();
    const std::uint64_t key = key_of(data.stream, data.unordered, *number);
    auto message = waiting_.empty() ? waiting_.end() : find(key);
    const bool begins = message == waiting_.end();
    if (data.beginning && data.ending) {
        if (!begins) return Result::violation;
        if (is_next(data, *number)) {
            hand_out_whole(data, datagram, cumulative);
            return Result::taken;
        }
    }
    const std::size_t cost = data.payload.size() + (begins ? kWaitingOverheadBytes : 0);
    if (const auto why = refused(cost, next, tracker)) return *why;
    if (begins) message = begin(key, data);
    const Result result = add(message->second, data, datagram);
    if (result == Result::taken && message->second.whole()) completed(message, *number, cumulative);
    return result;
}

/// Beyond the limit only what fills a gap is taken, as much as the limit once more.
std::optional<InterleavedReassembly::Result>
InterleavedReassembly::refused(std::size_t bytes, bool next, const TsnTracker& tracker) const {
    const std::size_t wanted = waiting_bytes_ + bytes;
    if (wanted <= limit_bytes()) return std::nullopt;
    if (!next) return Result::no_room;
    if (tracker.has_gaps() && wanted <= 2 * limit_bytes()) return std::nullopt;
    return Result::too_large;
}

void InterleavedReassembly::describe(Message& message, const wire::sctp::IData& data,
                                     const Datagram& datagram) const {
    message.ppid = data.ppid;
    message.tsn = data.tsn;
    message.ancillary = datagram.ancillary;
    message.path = datagram.path;
}

/// The common case of small messages, straight into the event.
void InterleavedReassembly::hand_out_whole(const wire::sctp::IData& data, const Datagram& datagram,
                                           Tsn cumulative) {
    auto& message = shared_.events.emplace_back<Message>();
    message.association = association_;
    message.stream = data.stream;
    message.ssn = {static_cast<std::uint16_t>(data.mid.value)};
    message.mid = data.mid;
    message.unordered = data.unordered;
    describe(message, data, datagram);
    message.payload = shared_.buffers.copy(data.payload);
    message.cumulative_tsn = cumulative;
    last_message_bytes_ = data.payload.size();
    unread_.add(data.payload.size());
    if (data.unordered) return;
    ++next_in_stream_[data.stream];
    hand_out_those_that_follow(data.stream);
}

InterleavedReassembly::Waiting::iterator
InterleavedReassembly::begin(std::uint64_t key, const wire::sctp::IData& data) {
    if (spares_.empty()) {
        Waiting maker;
        spares_.push_back(maker.extract(maker.try_emplace(key).first));
    }
    spares_.back().key() = key;
    const auto place = waiting_.insert(std::move(spares_.back())).position;
    spares_.pop_back();
    InterleavedMessage& begun = place->second;
    begun.message.association = association_;
    begun.message.stream = data.stream;
    begun.message.ssn = {static_cast<std::uint16_t>(data.mid.value)};
    begun.message.mid = data.mid;
    begun.message.unordered = data.unordered;
    // As large as the last one, while no more than a window is held for such guesses.
    const std::size_t window = shared_.options.receive_window_bytes;
    const std::size_t left = window - std::min(window, reserved_bytes_);
    begun.reserved_bytes = data.ending && data.beginning ? 0 : std::min(left, last_message_bytes_);
    begun.message.payload = shared_.buffers.take(
        std::max(begun.reserved_bytes, (data.ending ? 1 : 2) * data.payload.size()));
    reserved_bytes_ += begun.reserved_bytes;
    waiting_bytes_ += kWaitingOverheadBytes;
    last_found_ = place;
    return place;
}

InterleavedReassembly::Result InterleavedReassembly::add(InterleavedMessage& to,
                                                         const wire::sctp::IData& data,
                                                         const Datagram& datagram) {
    const bool known = data.fsn < to.next_fsn || to.held.contains(data.fsn);
    const bool beyond_end = to.fsn_end != 0 && (data.ending || data.fsn >= to.fsn_end);
    const bool ends_early = data.ending && !to.held.empty() && to.held.rbegin()->first > data.fsn;
    if (known || beyond_end || ends_early) return Result::violation;
    if (to.bytes() + data.payload.size() > shared_.options.message_bytes_max)
        return Result::too_large;

    if (data.ending) to.fsn_end = std::uint64_t{data.fsn} + 1;
    const bool congested = datagram.ancillary.ecn == Ecn::ce;
    if (data.fsn != to.next_fsn) {
        hold(to, data, congested);
        return Result::taken;
    }
    if (data.beginning) describe(to.message, data, datagram);
    append(to, data.payload, congested);
    absorb(to);
    return Result::taken;
}

void InterleavedReassembly::append(InterleavedMessage& to, Bytes payload, bool congested) {
    to.message.payload.append(payload);
    if (congested) to.message.ancillary.ecn = Ecn::ce;
    ++to.next_fsn;
    waiting_bytes_ += payload.size();
}

void InterleavedReassembly::hold(InterleavedMessage& to, const wire::sctp::IData& data,
                                 bool congested) {
    to.held.try_emplace(data.fsn, shared_.buffers.copy(data.payload), congested);
    to.held_bytes += data.payload.size();
    waiting_bytes_ += data.payload.size() + kHeldOverheadBytes;
}

/// What was held after a hole that is filled now.
void InterleavedReassembly::absorb(InterleavedMessage& to) {
    while (!to.held.empty() && to.held.begin()->first == to.next_fsn) {
        const auto first = to.held.begin();
        const std::size_t bytes = first->second.payload.size();
        to.held_bytes -= bytes;
        waiting_bytes_ -= bytes + kHeldOverheadBytes;
        append(to, first->second.payload.bytes(), first->second.congested);
        to.held.erase(first);
    }
}

void InterleavedReassembly::completed(Waiting::iterator message, std::uint64_t number,
                                      Tsn cumulative) {
    Message& whole = message->second.message;
    const StreamId stream = whole.stream;
    const bool unordered = whole.unordered;
    last_message_bytes_ = whole.payload.size();
    whole.cumulative_tsn = cumulative;
    if (!unordered && number != next_in_stream_[stream]) return;
    hand_out(message);
    if (unordered) return;
    ++next_in_stream_[stream];
    hand_out_those_that_follow(stream);
}

void InterleavedReassembly::hand_out_those_that_follow(StreamId stream) {
    if (waiting_.empty()) return;
    std::uint64_t& next = next_in_stream_[stream];
    for (auto message = waiting_.find(key_of(stream, false, next));
         message != waiting_.end() && message->second.whole();
         message = waiting_.find(key_of(stream, false, next))) {
        hand_out(message);
        ++next;
    }
}

void InterleavedReassembly::hand_out(Waiting::iterator message) {
    unread_.add(message->second.message.payload.size());
    uncount(message->second);
    shared_.events.emplace_back<Message>() = std::move(message->second.message);
    clear_place(message);
}

std::size_t InterleavedReassembly::cost_of(const InterleavedMessage& message) {
    return kWaitingOverheadBytes + message.bytes() + kHeldOverheadBytes * message.held.size();
}

void InterleavedReassembly::uncount(const InterleavedMessage& message) {
    waiting_bytes_ -= cost_of(message);
    reserved_bytes_ -= message.reserved_bytes;
}

void InterleavedReassembly::clear_place(Waiting::iterator message) {
    if (message == last_found_) last_found_ = waiting_.end();
    Waiting::node_type spare = waiting_.extract(message);
    spare.mapped() = {};
    if (spares_.size() < kSparesMax) spares_.push_back(std::move(spare));
}

// --- what is given up ---

void InterleavedReassembly::skip(const wire::sctp::IForwardTsnView& forward,
                                 std::uint16_t streams) {
    for (std::size_t i = 0; i < forward.skipped_count(); ++i) {
        const wire::sctp::SkippedMessages skipped = forward.skipped(i);
        if (std::to_underlying(skipped.stream) >= streams) continue;
        skipped.unordered ? skip_unordered(skipped.stream, skipped.mid)
                          : skip_ordered(skipped.stream, skipped.mid);
    }
}

void InterleavedReassembly::skip_ordered(StreamId stream, Mid mid) {
    const std::uint64_t* const known = next_in_stream_.find(stream);
    const std::uint64_t next = known == nullptr ? 0 : *known;
    if (mid.precedes(mid_of(next))) return; // nothing is made for it
    const std::uint64_t last = next + mid.steps_from(mid_of(next));
    end_range(key_of(stream, false, next), key_of(stream, false, last));
    next_in_stream_[stream] = last + 1;
    hand_out_those_that_follow(stream);
}

/// Those that are not after `mid` on the circle of MIDs, which may be cut where it begins.
void InterleavedReassembly::skip_unordered(StreamId stream, Mid mid) {
    constexpr std::uint32_t kHalf = 0x7fff'ffff;
    constexpr std::uint32_t kLast = 0xffff'ffff;
    const std::uint32_t first = mid.value - kHalf;
    if (first > mid.value) {
        end_range(key_of(stream, true, first), key_of(stream, true, kLast));
        return end_range(key_of(stream, true, 0), key_of(stream, true, mid.value));
    }
    end_range(key_of(stream, true, first), key_of(stream, true, mid.value));
}

void InterleavedReassembly::end_range(std::uint64_t first, std::uint64_t last) {
    auto at = waiting_.lower_bound(first);
    while (at != waiting_.end() && at->first <= last) {
        const auto message = at++;
        InterleavedMessage& ended = message->second;
        if (ended.whole()) {
            hand_out(message);
            continue;
        }
        shared_.counters.given_up_fragments += ended.held.size() + (ended.next_fsn > 0 ? 1 : 0);
        uncount(ended);
        clear_place(message);
    }
}

void InterleavedReassembly::reset_stream(StreamId stream) {
    for (const bool unordered : {false, true})
        end_range(key_of(stream, unordered, 0), key_of(stream, unordered, kNumberMask));
    if (std::uint64_t* const next = next_in_stream_.find(stream)) *next = 0;
}

void InterleavedReassembly::reset_all_streams() {
    end_range(0, ~std::uint64_t{0});
    next_in_stream_.for_each([](StreamId, std::uint64_t& next) { next = 0; });
}

bool InterleavedReassembly::is_consistent() {
    std::size_t waiting = 0;
    std::size_t reserved = 0;
    for (const auto& [key, one] : waiting_) {
        waiting += cost_of(one);
        reserved += one.reserved_bytes;
        const Message& message = one.message;
        const std::uint64_t number = key & kNumberMask;
        if (key != key_of(message.stream, message.unordered, number)) return false;
        if (mid_of(number) != message.mid) return false;
        std::size_t held = 0;
        for (const auto& [fsn, fragment] : one.held) {
            if (fsn <= one.next_fsn) return false;
            if (one.fsn_end != 0 && fsn >= one.fsn_end) return false;
            held += fragment.payload.size();
        }
        if (held != one.held_bytes) return false;
        if (message.unordered) {
            if (one.whole()) return false;
        } else if (number < next_in_stream_[message.stream] + (one.whole() ? 1 : 0)) {
            return false;
        }
    }
    return waiting == waiting_bytes_ && reserved == reserved_bytes_;
}

} // namespace hawser::sctp
