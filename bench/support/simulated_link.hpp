// One way of a link that exists in virtual time only: a rate, a delay, a queue and chance. Knows
// nothing of hawser, since peers of ours are carried over it, too.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::bench {

struct LinkShape {
    double bytes_per_second;
    std::chrono::nanoseconds delay;
    std::size_t queue_bytes; ///< what does not fit is lost (drop-tail)
    double loss = 0;         ///< the chance of each packet
};

/// `now` counts from any beginning, the same for all calls.
class SimulatedLink {
public:
    using Time = std::chrono::nanoseconds;

    explicit SimulatedLink(const LinkShape& shape) : shape_{shape} {}

    /// Takes an SCTP packet that goes in UDP over IPv4.
    void send(const void* bytes, std::size_t size, Time now) {
        free_at_ = std::max(free_at_, now);
        if (chance() < shape_.loss || free_at_ - now > time_of(shape_.queue_bytes)) return;
        free_at_ += time_of(size + kHeaderBytes);
        const auto* first = static_cast<const std::byte*>(bytes);
        wire_.emplace_back(free_at_ + shape_.delay, std::vector<std::byte>{first, first + size});
    }
    /// When the next packet arrives.
    std::optional<Time> next() const {
        return wire_.empty() ? std::nullopt : std::optional{wire_.front().first};
    }
    std::optional<std::vector<std::byte>> arrival(Time now) {
        if (wire_.empty() || wire_.front().first > now) return std::nullopt;
        std::optional packet{std::move(wire_.front().second)};
        wire_.pop_front();
        return packet;
    }

private:
    static constexpr std::size_t kHeaderBytes = 28;

    Time time_of(std::size_t bytes) const {
        return Time{
            static_cast<Time::rep>(static_cast<double>(bytes) * 1e9 / shape_.bytes_per_second)};
    }
    /// The same numbers in every run (xorshift64*), in [0, 1).
    double chance() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return static_cast<double>((state_ * 0x2545'f491'4f6c'dd1d) >> 11) * 0x1p-53;
    }

    LinkShape shape_;
    Time free_at_{};
    std::deque<std::pair<Time, std::vector<std::byte>>> wire_;
    std::uint64_t state_ = 0x9e37'79b9'7f4a'7c15;
};

} // namespace hawser::bench
