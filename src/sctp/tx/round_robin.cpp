// Streams one after the other: RFC 8260 §3.2 and §3.3.
#include "sctp/tx/by_stream.hpp"

namespace hawser::sctp {
namespace {

/// A turn is what leaves at once: a message, or a chunk where messages are interleaved.
class RoundRobin : public ByStream {
public:
    RoundRobin() : ByStream{Across::turns} {}

protected:
    void woken(WaitingStream& stream) override { to_the_end(stream); }
    void served(WaitingStream& stream, std::size_t /*bytes*/) override { to_the_end(stream); }

    void to_the_end(WaitingStream& stream) { stream.order.turn = ++last_turn_; }

private:
    std::uint64_t last_turn_ = 0;
};

/// A turn is a packet.
class PacketRoundRobin final : public RoundRobin {
public:
    OutgoingMessage* next_of(ClassId traffic_class) override {
        if (has_packet_ == nullptr) return RoundRobin::next_of(traffic_class);
        OutgoingMessage* more = has_packet_->messages.front();
        return more != nullptr && more->traffic_class == traffic_class ? more : nullptr;
    }
    void packet_begins() override {
        if (has_packet_ == nullptr) return;
        to_the_end(*has_packet_);
        settle(*has_packet_);
        has_packet_ = nullptr;
    }

private:
    void served(WaitingStream& stream, std::size_t /*bytes*/) override { has_packet_ = &stream; }

    WaitingStream* has_packet_ = nullptr;
};

} // namespace

std::unique_ptr<Scheduler> make_round_robin_scheduler() {
    return std::make_unique<RoundRobin>();
}

std::unique_ptr<Scheduler> make_packet_round_robin_scheduler() {
    return std::make_unique<PacketRoundRobin>();
}

} // namespace hawser::sctp
