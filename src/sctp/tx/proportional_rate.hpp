// What leaves while a loss is repaired: Proportional Rate Reduction (RFC 9937, once RFC 6937).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace hawser::sctp {

/// Lets what is in flight fall evenly to the slow start threshold in the round trip that a recovery
/// takes, instead of in one silence: so many bytes may leave for each that has arrived. When more
/// was lost than that, what arrives says how much may leave.
class ProportionalRate {
public:
    /// A recovery begins, with so much in flight before what it was learned from (RecoverFS).
    void begin(std::size_t in_flight) {
        in_flight_ = std::max<std::size_t>(in_flight, 1);
        delivered_ = out_ = 0;
    }
    void sent(std::size_t bytes) { out_ += bytes; }
    bool has_sent() const { return out_ > 0; }

    struct Acked {
        std::size_t delivered; ///< DeliveredData
        std::size_t in_flight; ///< now
        std::size_t threshold; ///< ssthresh
        std::size_t packet;    ///< SMSS
        bool progress;         ///< SafeACK: the Cumulative TSN moved, and nothing more was lost
    };
    /// The congestion window until the next acknowledgement: RFC 9937 §6.2.
    std::size_t acked(const Acked& acked) {
        delivered_ += acked.delivered;
        std::size_t may_leave = 0;
        if (acked.in_flight > acked.threshold) {
            const auto due = static_cast<std::size_t>(
                (std::uint64_t{delivered_} * acked.threshold + in_flight_ - 1) / in_flight_);
            may_leave = due - std::min(due, out_);
        } else {
            may_leave = std::max(delivered_ - std::min(delivered_, out_), acked.delivered);
            if (acked.progress) may_leave += acked.packet;
            may_leave = std::min(may_leave, acked.threshold - acked.in_flight);
        }
        if (out_ == 0 && may_leave == 0) may_leave = acked.packet; // the first goes at once
        return acked.in_flight + may_leave;
    }

private:
    friend struct StateAccess;
    std::size_t in_flight_ = 1; ///< RecoverFS
    std::size_t delivered_ = 0; ///< prr_delivered
    std::size_t out_ = 0;       ///< prr_out
};

} // namespace hawser::sctp
