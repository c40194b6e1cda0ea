// Was anything lost at all? What was believed so, and what has turned out to have arrived.
#pragma once

#include <hawser/wire/sctp/types.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hawser::sctp {

/// The chunks of one congestion event that were taken for lost: a bit for each TSN that was
/// outstanding when it began, which are few thousand at most. When every one of them has arrived
/// by its first transmission, nothing was lost (RFC 9438 §4.9.2).
class LossDoubts {
public:
    /// A congestion event begins while `outstanding` chunks from `first` on are.
    void begin(Tsn first, std::size_t outstanding) {
        first_ = first;
        lost_.assign((outstanding + kBits - 1) / kBits, 0);
        in_doubt_ = marked_ = 0;
        certain_ = false;
    }
    /// A chunk is believed lost. One that was sent again before leaves no doubt: what says that it
    /// arrived twice may speak of two transmissions that came after the first.
    void lost(Tsn tsn, bool sent_again_before) {
        ++marked_;
        const std::uint32_t at = tsn.steps_from(first_);
        if (sent_again_before || at / kBits >= lost_.size()) {
            certain_ = true;
            return;
        }
        std::uint64_t& word = lost_[at / kBits];
        if ((word & bit(at)) == 0) ++in_doubt_;
        word |= bit(at);
    }
    /// Its first transmission has arrived. True when that was the last that was in doubt: the event
    /// is over, and was none.
    bool arrived(Tsn tsn) {
        const std::uint32_t at = tsn.steps_from(first_);
        if (at / kBits >= lost_.size() || (lost_[at / kBits] & bit(at)) == 0) return false;
        lost_[at / kBits] &= ~bit(at);
        return --in_doubt_ == 0 && !certain_;
    }
    /// Whatever comes, the event was one.
    void settle() {
        lost_.clear();
        certain_ = true;
    }
    /// Chunks found lost since it began.
    std::uint32_t marked() const { return marked_; }

private:
    friend struct StateAccess;
    static constexpr std::size_t kBits = 64;
    static std::uint64_t bit(std::uint32_t at) { return std::uint64_t{1} << (at % kBits); }

    std::vector<std::uint64_t> lost_;
    Tsn first_{};
    std::uint32_t in_doubt_ = 0;
    std::uint32_t marked_ = 0;
    bool certain_ = true;
};

} // namespace hawser::sctp
