// So many a second, and no more.
#pragma once

#include <hawser/core/instant.hpp>

#include <algorithm>
#include <cstdint>

namespace hawser {

/// A token bucket that holds one second's worth.
class RateLimit {
public:
    RateLimit(std::uint32_t per_second, Instant now)
        : per_second_{per_second}, tokens_{per_second}, filled_at_{now} {}

    /// True when one more is allowed now.
    bool take(Instant now) {
        const Duration passed = std::min<Duration>(now - filled_at_, std::chrono::seconds{1});
        const auto fresh =
            static_cast<std::uint64_t>(passed.count()) * per_second_ / 1'000'000'000u;
        if (fresh > 0) {
            tokens_ = std::min<std::uint64_t>(per_second_, tokens_ + fresh);
            filled_at_ = now;
        }
        if (tokens_ == 0) return false;
        --tokens_;
        return true;
    }

private:
    std::uint64_t per_second_;
    std::uint64_t tokens_;
    Instant filled_at_;
};

} // namespace hawser
