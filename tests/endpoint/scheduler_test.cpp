#include "endpoint/play.hpp"

namespace hawser::test {
namespace {

class Scheduling : public Play {};

TEST_F(Scheduling, IsTheConnectionsOwn) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        const auto [low, high] = std::pair{sctp::StreamId{1}, sctp::StreamId{2}};
        EXPECT_EQ(error_of(pair.here.set_stream_value(high, 1)), Errc::unsupported);
        must(pair.here.set_scheduler(sctp::StreamScheduler::priority));
        must(pair.here.set_stream_value(high, 1));
        EXPECT_EQ(must(pair.here.status()).scheduler, sctp::StreamScheduler::priority);
        EXPECT_EQ(must(pair.there.status()).scheduler,
                  sctp::StreamScheduler::first_come_first_served);
        must(pair.here.send(as_bytes("low"), {.stream = low}));
        must(pair.here.send(as_bytes("high"), {.stream = high}));
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "high");
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "low");

        must(co_await pair.here.within(5s).shutdown());
        EXPECT_EQ(error_of(pair.here.set_scheduler(sctp::StreamScheduler::round_robin)),
                  Errc::closed);
        EXPECT_EQ(error_of(pair.here.set_stream_value(high, 1)), Errc::closed);
    });
}

TEST_F(Scheduling, IsThatOfTheEndpointsOptionsAtFirst) {
    play([this]() -> Act {
        SctpEndpointOptions options = on_loopback();
        options.sctp.scheduler = sctp::StreamScheduler::weighted_fair_queueing;
        const Pair pair = co_await connect(options);
        EXPECT_EQ(must(pair.here.status()).scheduler,
                  sctp::StreamScheduler::weighted_fair_queueing);
        EXPECT_EQ(error_of(pair.here.set_stream_value({}, 0)), Errc::invalid_argument);
        must(pair.here.set_stream_value({}, 1));
    });
}

} // namespace
} // namespace hawser::test
