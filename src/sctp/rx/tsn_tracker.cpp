#include "sctp/rx/tsn_tracker.hpp"

#include <algorithm>
#include <bit>

namespace hawser::sctp {

TsnTracker::Kind TsnTracker::kind(Tsn tsn) const {
    if (tsn.precedes_or_is(cumulative_)) return Kind::duplicate;
    const std::uint32_t steps = tsn.steps_from(cumulative_);
    if (steps > kSpanMax) return Kind::beyond_span;
    return tsn.precedes_or_is(highest_) && test(tsn) ? Kind::duplicate : Kind::fresh;
}

void TsnTracker::record(Tsn tsn) {
    if (tsn != cumulative_.next()) {
        make_room(tsn.steps_from(cumulative_));
        words_[word(tsn)] |= std::uint64_t{1} << (tsn.value & 63);
        if (highest_.precedes(tsn)) highest_ = tsn;
        return;
    }
    const bool had_gaps = has_gaps();
    cumulative_ = tsn;
    if (!had_gaps) {
        highest_ = tsn;
        return;
    }
    take_those_that_follow();
}

void TsnTracker::take_those_that_follow() {
    while (cumulative_ != highest_ && test(cumulative_.next())) {
        cumulative_ = cumulative_.next();
        words_[word(cumulative_)] &= ~(std::uint64_t{1} << (cumulative_.value & 63));
    }
}

void TsnTracker::skip_to(Tsn tsn) {
    if (tsn.precedes_or_is(cumulative_)) return;
    if (has_gaps()) forget(tsn.precedes(highest_) ? tsn : highest_);
    cumulative_ = tsn;
    if (highest_.precedes(tsn)) highest_ = tsn;
    take_those_that_follow();
}

void TsnTracker::begin_again(Tsn first) {
    cumulative_ = highest_ = first.previous();
    words_ = {};
    began_again_ = true;
}

/// Clears the bits up to `last`, a word at a time.
void TsnTracker::forget(Tsn last) {
    for (Tsn tsn = cumulative_.next(); tsn.precedes_or_is(last);) {
        const std::uint32_t bit = tsn.value & 63;
        const std::uint32_t count = std::min(64 - bit, last.steps_from(tsn) + 1);
        const std::uint64_t bits =
            count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
        words_[word(tsn)] &= ~(bits << bit);
        tsn = tsn.plus(count);
    }
}

void TsnTracker::make_room(std::uint32_t steps) {
    // One word more than the span, because it begins in the middle of one.
    const std::size_t wanted = std::bit_ceil(std::size_t{steps} / 64 + 2);
    if (wanted <= words_.size()) return;
    const std::vector<std::uint64_t> old = std::exchange(words_, {});
    words_.resize(wanted);
    if (old.empty()) return;
    for (Tsn tsn = cumulative_.next(); tsn.precedes_or_is(highest_); tsn = tsn.next()) {
        const std::uint64_t bits = old[(tsn.value >> 6) & (old.size() - 1)];
        if ((bits >> (tsn.value & 63) & 1) != 0) {
            words_[word(tsn)] |= std::uint64_t{1} << (tsn.value & 63);
        }
    }
}

std::uint32_t TsnTracker::find(std::uint32_t from, std::uint32_t end, bool wanted) const {
    while (from <= end) {
        const Tsn tsn = cumulative_.plus(from);
        std::uint64_t bits = words_[word(tsn)];
        if (!wanted) bits = ~bits;
        bits >>= tsn.value & 63;
        if (bits != 0) {
            return std::min(from + static_cast<std::uint32_t>(std::countr_zero(bits)), end + 1);
        }
        from += 64 - (tsn.value & 63);
    }
    return end + 1;
}

} // namespace hawser::sctp
