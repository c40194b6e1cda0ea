#include "dtls/replay_window.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace hawser::dtls {

ReplayWindow::ReplayWindow(std::uint32_t limit)
    : limit_{std::bit_ceil(std::clamp(limit, kLimitMin, kLimitMax))} {
    bits_ = std::min(limit_, kInlineBits);
    inline_.fill(~std::uint64_t{0}); // nothing before the first is missing
}

bool ReplayWindow::is_new(std::uint64_t number) const {
    if (number >= next_) return true;
    return next_ - number <= bits_ && !taken(number);
}

void ReplayWindow::take(std::uint64_t number) {
    if (number < next_) return mark(number, true);
    if (number == next_ && taken(number)) { // the one whose place it takes had come, too
        ++next_;
        return;
    }
    while (bits_ < limit_ && would_forget(number))
        grow();
    const std::uint64_t passed = number - next_;
    if (passed >= bits_) {
        std::fill_n(words(), bits_ / 64, std::uint64_t{0});
    } else {
        for (std::uint64_t missing = next_; missing < number; ++missing)
            mark(missing, false);
    }
    mark(number, true);
    next_ = number + 1;
}

void ReplayWindow::mark(std::uint64_t number, bool value) {
    const std::uint64_t bit = number & (bits_ - 1);
    const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    if (value) {
        words()[bit / 64] |= mask;
    } else {
        words()[bit / 64] &= ~mask;
    }
}

/// True when one that has not come would fall off the end were `number` the newest.
bool ReplayWindow::would_forget(std::uint64_t number) const {
    const std::uint64_t advance = number + 1 - next_;
    if (advance > bits_) return true; // one between the old newest and this one
    const std::uint64_t first = next_ >= bits_ ? next_ - bits_ : 0;
    const std::uint64_t last = next_ + advance >= bits_ ? next_ + advance - bits_ : 0;
    for (std::uint64_t old = first; old < last; ++old) {
        if (!taken(old)) return true;
    }
    return false;
}

/// What was forgotten so far had all come.
void ReplayWindow::grow() {
    const std::uint32_t bits = bits_ * 2;
    auto grown = std::make_unique<std::uint64_t[]>(bits / 64);
    std::fill_n(grown.get(), bits / 64, ~std::uint64_t{0});
    for (std::uint64_t age = 1; age <= bits_ && age <= next_; ++age) {
        const std::uint64_t number = next_ - age;
        if (taken(number)) continue;
        const std::uint64_t bit = number & (bits - 1);
        grown[bit / 64] &= ~(std::uint64_t{1} << (bit % 64));
    }
    heap_ = std::move(grown);
    bits_ = bits;
}

} // namespace hawser::dtls
