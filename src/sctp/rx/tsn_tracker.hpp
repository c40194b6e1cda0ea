// Which TSNs have come.
#pragma once

#include "sctp/begun_again.hpp"

#include <hawser/wire/sctp/sack.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hawser::sctp {

/// The Cumulative TSN and a bitmap of what has come beyond it.
class TsnTracker {
public:
    /// What gap blocks can report: RFC 9260 §3.3.4 counts to 65535.
    static constexpr std::uint32_t kSpanMax = 65'535;

    enum class Kind : std::uint8_t { fresh, duplicate, beyond_span };

    explicit TsnTracker(Tsn initial) : cumulative_{initial.previous()}, highest_{cumulative_} {}

    Tsn cumulative() const { return cumulative_; }
    Tsn highest() const { return highest_; }
    bool has_gaps() const { return highest_ != cumulative_; }

    Kind kind(Tsn tsn) const;
    /// Records a fresh one; `cumulative()` moves over all that is there.
    void record(Tsn tsn);

    /// None up to `tsn` is waited for any more; `cumulative()` moves there, and over all that is
    /// there after it.
    void skip_to(Tsn tsn);

    /// `first` is waited for next, whatever came before: RFC 6525 §5.2.4.
    void begin_again(Tsn first);
    bool is_of_before(Tsn tsn) const {
        return began_again_ && sctp::is_of_before(tsn, cumulative_);
    }

    /// Calls `visit(Gap)` for each run beyond the Cumulative TSN, lowest first, until it answers
    /// false.
    template <class Visit>
    void for_each_gap(Visit&& visit) const {
        const std::uint32_t end = highest_.steps_from(cumulative_);
        std::uint32_t at = 1;
        while (at <= end) {
            const std::uint32_t first = find(at, end, true);
            if (first > end) return;
            const std::uint32_t stop = find(first, end, false);
            const wire::sctp::Gap gap{.first = static_cast<std::uint16_t>(first),
                                      .last = static_cast<std::uint16_t>(stop - 1)};
            if (!visit(gap)) return;
            at = stop;
        }
    }

    /// Gives the bitmap back; only without gaps.
    void shrink() {
        if (!has_gaps()) words_ = {};
    }

private:
    friend struct StateAccess;
    void take_those_that_follow();
    void forget(Tsn last);
    bool test(Tsn tsn) const { return (words_[word(tsn)] >> (tsn.value & 63) & 1) != 0; }
    std::size_t word(Tsn tsn) const { return (tsn.value >> 6) & (words_.size() - 1); }
    void make_room(std::uint32_t steps);
    /// The first step from `from` on whose bit is `wanted`; `end` + 1 when there is none.
    std::uint32_t find(std::uint32_t from, std::uint32_t end, bool wanted) const;

    Tsn cumulative_;
    Tsn highest_;
    bool began_again_ = false;
    std::vector<std::uint64_t> words_; // a power of two of them; bit = TSN modulo their bits
};

} // namespace hawser::sctp
