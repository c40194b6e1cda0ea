#include "sctp/tx/congestion.hpp"

#include <algorithm>
#include <cstdint>

namespace hawser::sctp {
namespace {

/// A limit that no path needs and no arithmetic wraps at.
constexpr std::size_t kWindowMax = std::size_t{1} << 30;

/// RFC 9260 §7.2, by the letter.
class RfcCongestion final : public CongestionController {
public:
    explicit RfcCongestion(std::size_t packet_bytes) : packet_{packet_bytes} {
        window_ = initial();
        slow_start_threshold_ = kWindowMax;
    }

    void acked(const AckedBytes& acked) override {
        const bool window_was_used = acked.in_flight_before >= window_;
        if (in_slow_start()) {
            // RFC 9260 §7.2.1: only when the Cumulative TSN moved, the window was full, and no
            // recovery is going on.
            if (acked.cumulative_advanced && window_was_used && !acked.in_recovery) {
                grow(std::min(acked.bytes, packet_));
            }
            return;
        }
        if (!acked.cumulative_advanced) return;
        partial_ += acked.bytes; // RFC 9260 §7.2.2
        if (partial_ < window_) return;
        if (window_was_used) {
            partial_ -= window_;
            grow(packet_);
        } else {
            partial_ = window_;
        }
    }

    void lost() override {
        slow_start_threshold_ = std::max(window_ / 2, 4 * packet_);
        window_ = slow_start_threshold_;
        partial_ = 0;
    }

    void timed_out() override {
        slow_start_threshold_ = std::max(window_ / 2, 4 * packet_);
        window_ = packet_;
        partial_ = 0;
    }

    // Down to four packets, and never up: a window that T3-rtx has closed stays small.
    void idle() override { window_ = std::min(window_, std::max(window_ / 2, 4 * packet_)); }

    // The window stays as it is (RFC 8899 §3 (7)); one packet may leave into any.
    void packet_size_changed(std::size_t packet_bytes) override { packet_ = packet_bytes; }

private:
    std::size_t initial() const {
        return std::min(4 * packet_, std::max<std::size_t>(2 * packet_, 4404));
    }
    void grow(std::size_t bytes) { window_ = std::min(window_ + bytes, kWindowMax); }

    std::size_t packet_;
    std::size_t partial_ = 0; // partial_bytes_acked
};

/// Grows by what was acknowledged, however many packets one SACK speaks of; falls to 0.7 and climbs
/// as steeply as an AIMD with that factor may beside one that halves (RFC 9438 §4.3).
class ModernCongestion final : public CongestionController {
public:
    explicit ModernCongestion(std::size_t packet_bytes) : packet_{packet_bytes} {
        window_ = kInitialPackets * packet_; // RFC 6928
        slow_start_threshold_ = kWindowMax;
    }

    void acked(const AckedBytes& acked) override {
        // A window that the application does not fill says nothing about the path.
        if (acked.in_flight_before + acked.in_flight_before / 2 < window_ || acked.in_recovery) {
            return;
        }
        if (in_slow_start()) {
            window_ = std::min(window_ + acked.bytes, kWindowMax);
            return;
        }
        partial_ += acked.bytes * packet_ * kClimbNumerator / kClimbDenominator;
        const std::size_t growth = partial_ / window_;
        partial_ -= growth * window_;
        window_ = std::min(window_ + growth, kWindowMax);
    }

    void lost() override {
        window_ = std::max(window_ * 7 / 10, kLeastPackets * packet_);
        slow_start_threshold_ = window_;
        partial_ = 0;
    }

    void timed_out() override {
        slow_start_threshold_ = std::max(window_ * 7 / 10, kLeastPackets * packet_);
        window_ = kLeastPackets * packet_;
        partial_ = 0;
    }

    // RFC 9260 §7.2.1 halves it each RTO; what an idle path remembers is worth that little.
    void idle() override {
        window_ = std::max(window_ / 2, std::min(window_, kInitialPackets * packet_));
    }

    void packet_size_changed(std::size_t packet_bytes) override { packet_ = packet_bytes; }

private:
    static constexpr std::size_t kInitialPackets = 10;
    static constexpr std::size_t kLeastPackets = 2;
    // 3 * (1 - 0.7) / (1 + 0.7) packets a round trip.
    static constexpr std::size_t kClimbNumerator = 9;
    static constexpr std::size_t kClimbDenominator = 17;

    std::size_t packet_;
    std::size_t partial_ = 0;
};

} // namespace

std::unique_ptr<CongestionController> make_congestion_controller(Congestion kind,
                                                                 std::size_t packet_bytes) {
    if (kind == Congestion::rfc9260) return std::make_unique<RfcCongestion>(packet_bytes);
    return std::make_unique<ModernCongestion>(packet_bytes);
}

} // namespace hawser::sctp
