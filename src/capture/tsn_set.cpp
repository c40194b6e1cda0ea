#include "capture/tsn_set.hpp"

#include <iterator>

namespace hawser::capture::detail {

std::int64_t TsnSet::unwrap(wire::sctp::Tsn tsn) {
    if (ranges_.empty()) return highest_ = tsn.value;
    const wire::sctp::Tsn highest{static_cast<std::uint32_t>(highest_)};
    const auto ahead = static_cast<std::int32_t>(tsn.steps_from(highest));
    const std::int64_t value = highest_ + ahead;
    if (ahead > 0) highest_ = value;
    return value;
}

bool TsnSet::add(wire::sctp::Tsn tsn) {
    const std::int64_t value = unwrap(tsn);
    auto next = ranges_.upper_bound(value);
    if (next != ranges_.begin()) {
        const auto range = std::prev(next);
        if (value <= range->second) return false;
        if (value == range->second + 1) {
            range->second = value;
            join_with_next(range);
            return true;
        }
    }
    join_with_next(ranges_.emplace_hint(next, value, value));
    if (ranges_.size() > kRangesMax) {
        const auto oldest = ranges_.begin();
        oldest->second = std::next(oldest)->first - 1;
        join_with_next(oldest);
    }
    return true;
}

void TsnSet::join_with_next(std::map<std::int64_t, std::int64_t>::iterator range) {
    const auto next = std::next(range);
    if (next == ranges_.end() || next->first != range->second + 1) return;
    range->second = next->second;
    ranges_.erase(next);
}

} // namespace hawser::capture::detail
