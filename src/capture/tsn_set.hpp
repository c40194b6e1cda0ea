// Which TSNs one side has sent.
#pragma once

#include <hawser/wire/sctp/types.hpp>

#include <cstdint>
#include <map>

namespace hawser::capture::detail {

/// Ranges of TSNs, unwrapped to 64 bits.
class TsnSet {
public:
    /// More ranges than a capture with losses has; beyond it the oldest gap counts as filled.
    static constexpr std::size_t kRangesMax = 8192;

    /// True when it was not there before.
    bool add(wire::sctp::Tsn tsn);
    std::size_t ranges() const { return ranges_.size(); }

private:
    std::int64_t unwrap(wire::sctp::Tsn tsn);
    void join_with_next(std::map<std::int64_t, std::int64_t>::iterator range);

    std::map<std::int64_t, std::int64_t> ranges_; ///< first to last, both included
    std::int64_t highest_ = 0;
};

} // namespace hawser::capture::detail
