// The most that a path has delivered of late.
#pragma once

#include <algorithm>

namespace hawser::sctp {

/// The greatest rate of this cycle of probing and of the one before (BBR.max_bw): a rate that is
/// not reached again is forgotten after two.
class BandwidthFilter {
public:
    /// Bytes a second; 0: nothing is known yet.
    double most() const { return std::max(before_, now_); }
    void sample(double rate) { now_ = std::max(now_, rate); }
    /// Another cycle begins. One without a sample says nothing.
    void next_cycle() {
        if (now_ == 0) return;
        before_ = now_;
        now_ = 0;
    }

private:
    double before_ = 0;
    double now_ = 0;
};

} // namespace hawser::sctp
