// One way of a link: a rate, a delay, a queue and chance. Has no clock, and knows nothing of
// hawser, since peers of ours are carried over it, too.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::test {

struct LinkShape {
    static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

    double bytes_per_second;
    std::chrono::nanoseconds delay; ///< of every packet, after its turn in the queue
    std::size_t queue_bytes;        ///< a packet that finds more waiting is lost (drop-tail)
    double loss = 0;                ///< the chance of each packet
    std::size_t queue_packets_max = kNoLimit; ///< the same, counted in packets
    /// A packet that finds more waiting is marked instead, where its sender can be told (ECN).
    std::size_t mark_bytes = kNoLimit;
    double held_back = 0; ///< the chance of each packet to arrive later than its turn,
    std::chrono::nanoseconds hold_back{}; ///< by this much, so that others overtake it
    /// What every packet has besides the bytes that are given to us: UDP over IPv4.
    std::size_t header_bytes = 28;
    std::uint64_t seed = 0x9e37'79b9'7f4a'7c15; ///< of chance; not 0
};

/// `now` counts from any beginning, the same for all calls, and never goes back.
class SimulatedLink {
public:
    using Time = std::chrono::nanoseconds;
    enum class Fate : std::uint8_t { carried, marked, lost, no_room };
    struct Packet {
        std::vector<std::byte> bytes;
        bool marked = false;
    };

    explicit SimulatedLink(const LinkShape& shape) : shape_{shape}, state_{shape.seed} {}

    /// Takes a packet, and says what becomes of it.
    Fate send(const void* bytes, std::size_t size, Time now, bool can_be_marked = false) {
        free_at_ = std::max(free_at_, now);
        if (chance() < shape_.loss) return Fate::lost;
        const Time wait = free_at_ - now;
        if (wait > time_of(shape_.queue_bytes) || waiting_packets(now) >= shape_.queue_packets_max)
            return Fate::no_room;
        const bool marked = can_be_marked && shape_.mark_bytes != LinkShape::kNoLimit &&
                            wait > time_of(shape_.mark_bytes);
        free_at_ += time_of(size + shape_.header_bytes);
        if (shape_.queue_packets_max != LinkShape::kNoLimit) leaves_at_.push_back(free_at_);
        Time arrives = free_at_ + shape_.delay;
        if (shape_.held_back > 0 && chance() < shape_.held_back) arrives += shape_.hold_back;
        const auto* first = static_cast<const std::byte*>(bytes);
        put(arrives, {.bytes = {first, first + size}, .marked = marked});
        return marked ? Fate::marked : Fate::carried;
    }
    /// When the next packet arrives.
    std::optional<Time> next() const {
        return wire_.empty() ? std::nullopt : std::optional{wire_.front().first};
    }
    /// The packet that has arrived, the first one first.
    std::optional<Packet> arrival(Time now) {
        if (wire_.empty() || wire_.front().first > now) return std::nullopt;
        std::optional packet{std::move(wire_.front().second)};
        wire_.pop_front();
        return packet;
    }

private:
    Time time_of(std::size_t bytes) const {
        return Time{
            static_cast<Time::rep>(static_cast<double>(bytes) * 1e9 / shape_.bytes_per_second)};
    }
    std::size_t waiting_packets(Time now) {
        while (!leaves_at_.empty() && leaves_at_.front() <= now)
            leaves_at_.pop_front();
        return leaves_at_.size();
    }
    /// Before those that arrive later, which are few: they were held back.
    void put(Time arrives, Packet packet) {
        auto place = wire_.end();
        while (place != wire_.begin() && std::prev(place)->first > arrives)
            --place;
        wire_.emplace(place, arrives, std::move(packet));
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
    std::deque<std::pair<Time, Packet>> wire_;
    std::deque<Time> leaves_at_; ///< of those that wait, where they are counted
    std::uint64_t state_;
};

} // namespace hawser::test
