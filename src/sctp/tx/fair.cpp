// Shares of bytes: RFC 8260 §3.5 and §3.6.
#include "sctp/tx/by_stream.hpp"

#include <algorithm>

namespace hawser::sctp {
namespace {

/// A stream's turn is its virtual time, which goes on by the bytes that leave of it, divided by its
/// weight: the one that has had least for its weight goes first. What a stream did not use while it
/// had no work it does not get later. All have the same weight.
class FairCapacity : public ByStream {
public:
    FairCapacity() : ByStream{Across::streams} {}

private:
    /// Of virtual time, for a byte at weight 1: a byte at the largest weight still counts.
    static constexpr std::uint64_t kUnits = 65'536;

    void woken(WaitingStream& stream) override {
        const WaitingStream* waits_longest = first();
        const WaitingStream::Order now = waits_longest == nullptr ? latest_ : waits_longest->order;
        const bool of_long_ago = latest_ < stream.order; // so long that it seems to lie ahead
        stream.order = of_long_ago ? now : std::max(stream.order, now);
    }
    void served(WaitingStream& stream, std::size_t bytes) override {
        stream.order.turn += bytes * kUnits / stream.value;
        latest_ = std::max(latest_, stream.order);
    }

    WaitingStream::Order latest_; // of any stream
};

class WeightedFair final : public FairCapacity {
public:
    Result<> set_value(StreamId id, std::uint16_t value) override {
        if (value == 0) return fail(Errc::invalid_argument, "stream value: want a weight above 0");
        stream(id).value = value;
        return {};
    }
};

} // namespace

std::unique_ptr<Scheduler> make_fair_capacity_scheduler() {
    return std::make_unique<FairCapacity>();
}

std::unique_ptr<Scheduler> make_weighted_fair_scheduler() {
    return std::make_unique<WeightedFair>();
}

} // namespace hawser::sctp
