#include "sctp/rx/receiver.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace hawser::sctp {

/// What DATA and I-DATA have in common; an answer for those that are not taken any further.
inline std::optional<Receiver::Result> Receiver::arrived(Tsn tsn, bool immediate,
                                                         std::size_t bytes) {
    packet_had_data_ = true;
    ++chunks_;
    if (immediate) sack_due_ = true; // RFC 9260 §6.2, the I bit
    switch (tracker_.kind(tsn)) {
    case TsnTracker::Kind::fresh: break;
    case TsnTracker::Kind::duplicate:
        ++duplicate_chunks_;
        if (duplicates_.size() < kDuplicatesMax) duplicates_.push_back(tsn);
        sack_due_ = true; // RFC 9260 §6.2: without delay
        return Result::duplicate;
    case TsnTracker::Kind::beyond_span: sack_due_ = true; return Result::no_room;
    }
    if (!has_room(tsn, bytes)) {
        sack_due_ = true; // RFC 9260 §6.2: dropped, and the sender told
        return Result::no_room;
    }
    return std::nullopt;
}

Receiver::Result Receiver::data(const wire::sctp::Data& data, const Datagram& datagram) {
    if (const auto answer = arrived(data.tsn, data.immediate, data.payload.size())) return *answer;
    const bool had_gaps = tracker_.has_gaps();
    const bool is_next = data.tsn == tracker_.cumulative().next();
    auto result = Reassembly::Result::taken;
    if (is_next) {
        result = reassembly_.take_next(data, datagram);
        tracker_.record(data.tsn);
        if (result == Reassembly::Result::taken && had_gaps) {
            result = reassembly_.advance(data.tsn, tracker_.cumulative());
        }
    } else {
        result = reassembly_.take_early(data, datagram, tracker_.cumulative());
        tracker_.record(data.tsn);
    }
    if ((had_gaps || !is_next) && !expects_disorder()) sack_due_ = true; // RFC 9260 §6.7
    return checked(result);
}

Receiver::Result Receiver::i_data(const wire::sctp::IData& data, const Datagram& datagram) {
    if (const auto answer = arrived(data.tsn, data.immediate, data.payload.size())) return *answer;
    const auto result = interleaved().take(data, datagram, tracker_);
    const bool in_order = !tracker_.has_gaps() && data.tsn == tracker_.cumulative().next();
    if (!in_order && !expects_disorder()) sack_due_ = true;
    if (result == Reassembly::Result::no_room) return Result::no_room;
    tracker_.record(data.tsn);
    return checked(result);
}

InterleavedReassembly& Receiver::interleaved() {
    if (!interleaved_) {
        interleaved_ = std::make_unique<InterleavedReassembly>(shared_, reassembly_.association());
        interleaved_->carry(reassembly_.unread());
    }
    return *interleaved_;
}

void Receiver::carry(const Unread& unread) {
    reassembly_.carry(unread);
    count();
}

Receiver::Result Receiver::checked(Reassembly::Result result) {
    count();
    HAWSER_COSTLY_ASSERT(result != Reassembly::Result::taken ||
                         (reassembly_.is_consistent(tracker_.cumulative()) &&
                          (!interleaved_ || interleaved_->is_consistent())));
    switch (result) {
    case Reassembly::Result::taken: return Result::taken;
    case Reassembly::Result::violation: return Result::violation;
    case Reassembly::Result::too_large: return Result::too_large;
    case Reassembly::Result::no_room: return Result::no_room;
    }
    return Result::violation;
}

Receiver::Result Receiver::discard(Tsn tsn) {
    packet_had_data_ = true;
    sack_due_ = true;
    switch (tracker_.kind(tsn)) {
    case TsnTracker::Kind::fresh: break;
    case TsnTracker::Kind::duplicate: return Result::duplicate;
    case TsnTracker::Kind::beyond_span: return Result::no_room;
    }
    const bool is_next = tsn == tracker_.cumulative().next();
    tracker_.record(tsn);
    if (!is_next) return Result::taken;
    return checked(reassembly_.advance(tsn, tracker_.cumulative()));
}

/// False: there is nothing new in that.
bool Receiver::skips(Tsn to) {
    packet_had_data_ = true;
    sack_due_ = true; // RFC 3758 §3.6: the sender waits to hear of it
    return !to.precedes_or_is(tracker_.cumulative()) && !tracker_.is_of_before(to);
}

Receiver::Result Receiver::skip(const wire::sctp::ForwardTsnView& forward, std::uint16_t streams) {
    const Tsn to = forward.new_cumulative_tsn();
    if (!skips(to)) return Result::duplicate;
    forget_up_to(to);
    tracker_.skip_to(to);
    return checked(reassembly_.skip(forward, streams, tracker_.cumulative()));
}

Receiver::Result Receiver::skip(const wire::sctp::IForwardTsnView& forward, std::uint16_t streams) {
    const Tsn to = forward.new_cumulative_tsn();
    if (!skips(to)) return Result::duplicate;
    tracker_.skip_to(to);
    interleaved().skip(forward, streams);
    return checked(Reassembly::Result::taken);
}

void Receiver::reset_streams(std::span<const StreamId> streams) {
    const auto reset = [&](auto& reassembly) {
        if (streams.empty()) return reassembly.reset_all_streams();
        for (const StreamId stream : streams)
            reassembly.reset_stream(stream);
    };
    reset(reassembly_);
    if (interleaved_) reset(*interleaved_);
    count();
}

void Receiver::begin_again(Tsn next) {
    tracker_.begin_again(next);
    reassembly_.begin_again();
    if (interleaved_) interleaved_->reset_all_streams();
    duplicates_.clear();
    count();
}

/// Looks at no more than has come.
void Receiver::forget_up_to(Tsn to) {
    const Tsn from = tracker_.cumulative();
    const std::uint32_t steps = to.steps_from(from);
    tracker_.for_each_gap([&](wire::sctp::Gap gap) {
        if (gap.first > steps) return false;
        const auto last = static_cast<std::uint32_t>(std::min<std::uint32_t>(gap.last, steps));
        reassembly_.forget(from, from.plus(gap.first), from.plus(last));
        return true;
    });
}

/// RFC 9260 §6.2: with the window closed only what fills a gap is taken, since it lets the rest go;
/// not even that from a peer that has filled gaps until the application has too much to read.
bool Receiver::has_room(Tsn tsn, std::size_t bytes) const {
    const std::size_t limit = kWindowSlack * window_max();
    if (tsn == tracker_.cumulative().next() && tracker_.has_gaps())
        return unread().charged_bytes() <= limit;
    if (charged_bytes() + bytes > limit) return false;
    return window_told_ > 0 || window_bytes() > 0;
}

/// Delayed acknowledgement for concurrent multipath transfer, after Iyengar et al. (2006): while
/// DATA comes by turns from several addresses.
void Receiver::came_by(std::uint8_t address) {
    constexpr std::uint8_t kPacketsOfDisorder = 64;
    if (!packet_had_data_) return;
    if (std::exchange(came_by_, address) != address) {
        disorder_ = kPacketsOfDisorder;
    } else if (disorder_ > 0) {
        --disorder_;
    }
}

void Receiver::packet_done(Instant now) {
    if (!std::exchange(packet_had_data_, false)) return;
    ++packets_unacknowledged_;
    if (packets_unacknowledged_ >= shared_.options.sack_frequency) sack_due_ = true;
    if (!sack_due_ && delayed_ack_ == kNever) {
        delayed_ack_ = after(now, shared_.options.delayed_ack);
    }
    const bool may_grow = window_size_ < shared_.options.receive_window_bytes_max;
    if (!tuning_ && may_grow && chunks_ >= kChunksBeforeTuning) [[unlikely]]
        tuning_ = std::make_unique<WindowTuning>(now);
}

void Receiver::advance(Instant now) {
    if (delayed_ack_ > now) return;
    delayed_ack_ = kNever;
    sack_due_ = true;
}

std::uint32_t Receiver::window_bytes() const {
    const std::size_t window = window_max();
    const std::size_t charged = std::min(window, charged_bytes());
    return static_cast<std::uint32_t>(window - charged);
}

void Receiver::taken(std::size_t bytes) {
    const std::size_t before = unread().charged_bytes();
    interleaved_ ? interleaved_->taken(bytes) : reassembly_.taken(bytes);
    if (tuning_) tuning_->taken(before - unread().charged_bytes());
    count();
    // RFC 9260 §6.2 and the silly window of RFC 1122 §4.2.3.3: only a change worth a packet.
    const std::uint32_t window = window_bytes();
    const std::uint32_t worth = std::min<std::uint32_t>(
        window_size_ / 2, static_cast<std::uint32_t>(2 * shared_.options.packet_bytes_max));
    const bool was_short = window_told_ < window_size_ / 4;
    if (was_short && window >= window_told_ + worth) sack_due_ = true;
}

std::size_t Receiver::sack_bytes() const {
    std::size_t gaps = 0;
    if (tracker_.has_gaps()) {
        tracker_.for_each_gap([&gaps](wire::sctp::Gap) { return ++gaps < kGapsMax; });
    }
    return sack_bytes_min() + (gaps + duplicates_.size()) * wire::sctp::SackView::kEntryBytes;
}

void Receiver::write_sack(wire::Writer& out) {
    std::array<wire::sctp::Gap, kGapsMax> gaps;
    const std::size_t room =
        (out.remaining() - sack_bytes_min()) / wire::sctp::SackView::kEntryBytes;
    const std::size_t gaps_max = std::min(kGapsMax, room);
    std::size_t gap_count = 0;
    if (tracker_.has_gaps() && gaps_max > 0) {
        tracker_.for_each_gap([&](wire::sctp::Gap gap) {
            gaps[gap_count++] = gap;
            return gap_count < gaps_max;
        });
    }
    const std::size_t duplicates = std::min(duplicates_.size(), room - gap_count);
    window_told_ = window_bytes();
    const std::span<const wire::sctp::Gap> held = std::span{gaps}.first(gap_count);
    const std::span<const Tsn> twice = std::span{duplicates_}.first(duplicates);
    // What has been acknowledged is never given up here, for want of memory or else.
    nr_sack_ ? wire::sctp::write_nr_sack(out, tracker_.cumulative(), window_told_, {}, held, twice)
             : wire::sctp::write_sack(out, tracker_.cumulative(), window_told_, held, twice);
    duplicates_.clear();
    packets_unacknowledged_ = 0;
    sack_due_ = false;
    delayed_ack_ = kNever;
}

void Receiver::shrink() {
    tracker_.shrink();
    duplicates_ = {};
    reassembly_.shrink();
}

} // namespace hawser::sctp
