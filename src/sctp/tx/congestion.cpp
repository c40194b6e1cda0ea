#include "sctp/tx/congestion.hpp"

#include "sctp/state/archive.hpp"
#include "sctp/tx/bbr.hpp"
#include "sctp/tx/modern_congestion.hpp"

#include <algorithm>
#include <cstdint>

namespace hawser::sctp {
namespace {

/// RFC 9260 §7.2, by the letter.
class RfcCongestion final : public CongestionController {
public:
    explicit RfcCongestion(std::size_t packet_bytes)
        : packet_{static_cast<std::uint32_t>(packet_bytes)} {
        window_ = initial();
        slow_start_threshold_ = kWindowMax;
    }

    void acked(const AckedBytes& acked) override {
        if (acked.recovery_began) return; // what reveals a loss makes no window larger
        const bool window_was_used = acked.in_flight_before >= window_;
        if (in_slow_start()) {
            // RFC 9260 §7.2.1: only when the Cumulative TSN moved, the window was full, and no
            // recovery is going on.
            if (acked.cumulative_advanced && window_was_used && !acked.in_recovery) {
                grow(std::min<std::size_t>(acked.bytes, packet_));
            }
            return;
        }
        if (!acked.cumulative_advanced) return;
        // RFC 9260 §7.2.2; RFC 6356 §3 beside other paths.
        partial_ += acked.share < 1
                        ? static_cast<std::size_t>(static_cast<double>(acked.bytes) * acked.share)
                        : acked.bytes;
        if (partial_ < window_) return;
        if (window_was_used) {
            partial_ -= window_;
            grow(packet_);
        } else {
            partial_ = window_;
        }
    }

    void lost(const LossFound& /*found*/) override {
        slow_start_threshold_ = std::max(window_ / 2, 4 * packet_);
        window_ = slow_start_threshold_;
        partial_ = 0;
    }

    void timed_out(const LossFound& /*found*/) override {
        slow_start_threshold_ = std::max(window_ / 2, 4 * packet_);
        window_ = packet_;
        partial_ = 0;
    }

    // Down to four packets, and never up: a window that T3-rtx has closed stays small.
    void idle() override { window_ = std::min(window_, std::max(window_ / 2, 4 * packet_)); }

    void marked() override { lost({}); }

    // The window stays as it is (RFC 8899 §3 (7)); one packet may leave into any.
    void packet_size_changed(std::size_t packet_bytes) override {
        packet_ = static_cast<std::uint32_t>(packet_bytes);
    }

    void exchange_state(Archive& archive) override { archive(partial_); }

private:
    std::uint32_t initial() const {
        return std::min(4 * packet_, std::max<std::uint32_t>(2 * packet_, 4404));
    }
    void grow(std::size_t bytes) {
        window_ = static_cast<std::uint32_t>(std::min<std::size_t>(window_ + bytes, kWindowMax));
    }

    std::uint32_t packet_;
    std::size_t partial_ = 0; // partial_bytes_acked
};

} // namespace

std::unique_ptr<CongestionController> make_congestion_controller(Congestion kind,
                                                                 std::size_t packet_bytes) {
    switch (kind) {
    case Congestion::rfc9260: return std::make_unique<RfcCongestion>(packet_bytes);
    case Congestion::bbr: return std::make_unique<Bbr>(packet_bytes);
    case Congestion::modern: break;
    }
    return std::make_unique<ModernCongestion>(packet_bytes);
}

} // namespace hawser::sctp
