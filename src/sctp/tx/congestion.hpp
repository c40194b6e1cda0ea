// How much may be in flight on a path.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/sctp/options.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hawser::sctp {

class Archive;

/// A limit that no path needs and no arithmetic wraps at.
inline constexpr std::uint32_t kWindowMax = std::uint32_t{1} << 30;

/// What one SACK said about a path.
struct AckedBytes {
    std::size_t bytes;            ///< newly acknowledged
    std::size_t in_flight_before; ///< when the SACK came
    std::size_t in_flight = 0;    ///< now
    bool cumulative_advanced;
    bool in_recovery;
    bool recovery_began = false; ///< by what this SACK revealed
    Tsn newest{};                ///< that it acknowledged
    Tsn next{};                  ///< what leaves next
    Duration round_trip{}; ///< of the last chunk that arrived, of all classes; zero: not known
    Duration smoothed{};   ///< round trip
    Instant now{};
    /// Of what it would grow by alone in congestion avoidance: RFC 6356, where several paths are
    /// used at once.
    double share = 1;
};

/// What is outstanding when a loss is found.
struct LossFound {
    std::size_t in_flight; ///< before it, and before what the SACK at hand acknowledged
    Tsn first;             ///< that is outstanding
    std::size_t chunks;    ///< outstanding
    Instant now{};
    Instant doubted_until = kNever; ///< what arrives later says nothing of it
};

/// A chunk that was taken for lost.
struct LostChunk {
    Tsn tsn{};
    bool sent_again_before = false;
    std::size_t bytes = 0;
    Instant sent_at{}; ///< last
};

/// A train that has left.
struct Departure {
    std::size_t in_flight = 0;        ///< now
    bool application_limited = false; ///< nothing more waits, and there would be room for it
    Instant now{};
};

/// What one SACK said while losses are repaired, and were looked for.
struct RecoveryProgress {
    std::size_t delivered; ///< bytes newly acknowledged
    std::size_t in_flight; ///< now
    bool cumulative_advanced;
};

/// A congestion window. One per path; told of acknowledgements and losses, never of time's passing
/// by itself. Bytes are those of DATA chunks, headers included; a packet's are the largest chunk it
/// carries, PMDCS in RFC 9260 §1.3.
class CongestionController {
public:
    virtual ~CongestionController() = default;

    virtual void acked(const AckedBytes& acked) = 0;
    /// Losses found before a timeout: a recovery begins. At most once a window.
    virtual void lost(const LossFound& found) = 0;
    /// T3-rtx expired, which ends a recovery.
    virtual void timed_out(const LossFound& found) = 0;
    /// The network has marked a packet and lost none (RFC 3168 §6.1.2); at most once a window.
    virtual void marked() = 0;
    /// TSNs go on elsewhere on their circle (RFC 6525 §5.2.4), with nothing outstanding.
    virtual void numbers_begin_again() {}
    /// Nothing was sent for one RTO.
    virtual void idle() = 0;
    /// The path's packets got larger or smaller.
    virtual void packet_size_changed(std::size_t chunk_bytes_max) = 0;

    // Between `lost` and `recovered`.

    virtual void sent_in_recovery(std::size_t /*bytes*/) {}
    /// At the end of a SACK, or after the clock has found more losses.
    virtual void recovering(const RecoveryProgress& /*progress*/) {}
    /// All that was outstanding when the recovery began is acknowledged.
    virtual void recovered() {}

    // What was taken for a loss may turn out to have been none.

    /// Follows `lost` or `timed_out` for each chunk that was found lost.
    virtual void found_lost(const LostChunk& /*chunk*/) {}
    /// The first transmission of a chunk that was sent again, or was to be, has arrived. True when
    /// nothing was lost: the window is what it was before.
    virtual bool found_arrived(Tsn /*tsn*/, Instant /*now*/) { return false; }

    /// All but the window and its threshold, and what follows from the size of packets.
    virtual void exchange_state(Archive& archive) = 0;

    // The pace.

    virtual void left(const Departure& /*departure*/) {}
    /// Bytes a second that may leave, where answers take `smoothed`; 0: as many as the window lets.
    virtual double pacing_rate(Duration /*smoothed*/) const { return 0; }
    /// Bytes that may leave at once, beyond the packet at hand.
    std::size_t quantum() const { return quantum_; }

    std::size_t window() const { return window_; }
    /// kWindowMax before anything was lost.
    std::size_t slow_start_threshold() const { return slow_start_threshold_; }
    bool in_slow_start() const { return window_ <= slow_start_threshold_; }

protected:
    friend struct StateAccess;
    // As small as they may be: an idle association has one of these.
    std::uint32_t window_ = 0;
    std::uint32_t slow_start_threshold_ = 0;
    std::uint32_t quantum_ = kWindowMax;
};

std::unique_ptr<CongestionController> make_congestion_controller(Congestion kind,
                                                                 std::size_t chunk_bytes_max);

} // namespace hawser::sctp
