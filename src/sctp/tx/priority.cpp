// The stream of the highest priority: RFC 8260 §3.4.
#include "sctp/tx/by_stream.hpp"

namespace hawser::sctp {
namespace {

/// The smaller the value, the higher the priority. Streams of one priority take turns, as in
/// RFC 8260 §3.2.
class Priority final : public ByStream {
public:
    Priority() : ByStream{Across::streams} {}

    Result<> set_value(StreamId id, std::uint16_t value) override {
        WaitingStream& its = stream(id);
        its.value = value;
        its.order.rank = value;
        settle(its);
        return {};
    }

private:
    void woken(WaitingStream& stream) override {
        stream.order = {.rank = stream.value, .turn = ++last_turn_};
    }
    void served(WaitingStream& stream, std::size_t /*bytes*/) override {
        stream.order.turn = ++last_turn_;
    }

    std::uint64_t last_turn_ = 0;
};

} // namespace

std::unique_ptr<Scheduler> make_priority_scheduler() {
    return std::make_unique<Priority>();
}

} // namespace hawser::sctp
