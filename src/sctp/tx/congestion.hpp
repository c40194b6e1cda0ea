// How much may be in flight on a path.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/sctp/options.hpp>

#include <cstddef>
#include <memory>

namespace hawser::sctp {

/// What one SACK said about a path.
struct AckedBytes {
    std::size_t bytes;            ///< newly acknowledged
    std::size_t in_flight_before; ///< when the SACK came
    bool cumulative_advanced;
    bool in_recovery;
};

/// A congestion window. One per path; told of acknowledgements and losses, never of time's passing
/// by itself. Bytes are those of DATA chunks, headers included; a packet's are the largest chunk it
/// carries, PMDCS in RFC 9260 §1.3.
class CongestionController {
public:
    virtual ~CongestionController() = default;

    virtual void acked(const AckedBytes& acked) = 0;
    /// Losses found before a timeout; at most once a window.
    virtual void lost() = 0;
    /// T3-rtx expired.
    virtual void timed_out() = 0;
    /// Nothing was sent for one RTO.
    virtual void idle() = 0;
    /// The path's packets got larger or smaller.
    virtual void packet_size_changed(std::size_t chunk_bytes_max) = 0;

    std::size_t window() const { return window_; }
    bool in_slow_start() const { return window_ <= slow_start_threshold_; }

protected:
    std::size_t window_ = 0;
    std::size_t slow_start_threshold_ = 0;
};

std::unique_ptr<CongestionController> make_congestion_controller(Congestion kind,
                                                                 std::size_t chunk_bytes_max);

} // namespace hawser::sctp
