#include "endpoint/play.hpp"

#include "endpoint/inbox.hpp"

namespace hawser::test {
namespace {

class Events : public Play {};

TEST_F(Events, TellWhatHappensInItsOrder) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        const EventStream here = pair.here.events();
        const EventStream there = pair.there.events();
        must(pair.here.send(as_bytes("hello")));
        const Event dry = must(co_await here.within(5s).next(), "SenderDry");
        EXPECT_TRUE(std::holds_alternative<sctp::SenderDry>(dry));
        must(co_await pair.here.within(5s).shutdown());
        const Event shutdown = must(co_await there.within(5s).next(), "PeerShutdown");
        EXPECT_TRUE(std::holds_alternative<sctp::PeerShutdown>(shutdown));
        const Event closed = must(co_await there.within(5s).next(), "Closed");
        EXPECT_TRUE(std::holds_alternative<Closed>(closed));
        EXPECT_EQ(error_of(co_await there.within(5s).next()), Errc::closed);
    });
}

TEST_F(Events, GiveBackWhatCouldNotBeSent) {
    play([this]() -> Act {
        SctpEndpointOptions small = on_loopback();
        small.sctp.receive_window_bytes = 16 * 1024;
        const Pair pair = co_await connect(small, small);
        const EventStream events = pair.here.events();
        const std::string kilobyte(1024, 'x');
        for (std::uint64_t i = 0; i < 64; ++i) {
            must(pair.here.send(as_bytes(kilobyte), {.context = i}));
        }
        must(pair.there.abort());
        std::vector<std::uint64_t> contexts;
        for (;;) {
            Event event = must(co_await events.within(5s).next(), "an event");
            if (std::holds_alternative<Closed>(event)) break;
            if (auto* failed = std::get_if<SendFailed>(&event)) {
                EXPECT_EQ(failed->payload.text(), kilobyte);
                EXPECT_EQ(failed->why, sctp::SendFailed::Why::association_ended);
                contexts.push_back(failed->context);
            }
        }
        EXPECT_FALSE(contexts.empty());
        EXPECT_TRUE(std::ranges::is_sorted(contexts));
        EXPECT_EQ(contexts.back(), 63u);
    });
}

// A graceful end has no time left, or nobody waits for one: what had not arrived comes back first.
TEST_F(Events, GiveBackWhatHadNotArrivedWhenTheEndpointCloses) {
    for (const bool at_once : {true, false}) {
        play([this, at_once]() -> Act {
            SctpEndpointOptions small = on_loopback();
            small.sctp.receive_window_bytes = 16 * 1024;
            Pair pair = co_await connect(small, small); // nobody reads over there
            const EventStream events = pair.here.events();
            const std::string kilobyte(1024, 'x');
            for (int i = 0; i < 64; ++i)
                must(pair.here.send(as_bytes(kilobyte)));
            if (at_once) {
                pair.client.close();
            } else {
                EXPECT_EQ(error_of(co_await pair.client.shutdown(50ms)), Errc::timed_out);
            }
            std::size_t failed = 0;
            for (;;) {
                const Event event = must(co_await events.within(5s).next(), "an event");
                if (const auto* const closed = std::get_if<Closed>(&event)) {
                    EXPECT_EQ(closed->reason, sctp::CloseReason::aborted_locally);
                    break;
                }
                failed += std::holds_alternative<SendFailed>(event) ? 1u : 0u;
            }
            EXPECT_GE(failed, 40u);
            EXPECT_EQ(error_of(co_await events.within(5s).next()), Errc::closed);
        });
    }
}

// Who asks for events when all is over still hears how it ended, once.
TEST_F(Events, TellOfTheEndAlsoToWhoComesLate) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        must(pair.here.abort(as_bytes("enough")));
        EXPECT_EQ(error_of(co_await pair.there.within(5s).receive()), Errc::closed);
        {
            const EventStream late = pair.there.events();
            const Event end = must(co_await late.within(5s).next(), "Closed");
            const auto* const closed = std::get_if<Closed>(&end);
            if (closed == nullptr) co_return void(ADD_FAILURE() << "another event");
            EXPECT_EQ(closed->reason, sctp::CloseReason::aborted_by_peer);
            EXPECT_EQ(closed->information.text(), "enough");
            EXPECT_EQ(error_of(co_await late.within(5s).next()), Errc::closed);
        }
        const EventStream later = pair.there.events();
        EXPECT_EQ(error_of(co_await later.within(5s).next()), Errc::closed);
    });
}

TEST_F(Events, CountThoseThatWereDropped) {
    detail::EventQueue queue{2};
    for (std::uint64_t i = 1; i <= 5; ++i) {
        queue.give(sctp::SenderDry{.association = sctp::AssociationId{i}});
    }
    std::vector<Event> taken;
    const auto take = [&] {
        queue.take(
            std::make_shared<detail::Wait<Event>>(io.get_executor(), [&](Result<Event> event) {
                taken.push_back(must(std::move(event)));
            }));
    };
    for (int i = 0; i < 3; ++i)
        take();
    ASSERT_EQ(taken.size(), 3u);
    EXPECT_EQ(std::get<EventsLost>(taken[0]).count, 3u);
    EXPECT_EQ(std::get<EventsLost>(taken[0]).association, sctp::AssociationId{3});
    EXPECT_EQ(std::get<sctp::SenderDry>(taken[1]).association, sctp::AssociationId{4});
    EXPECT_EQ(std::get<sctp::SenderDry>(taken[2]).association, sctp::AssociationId{5});
}

TEST_F(Events, HeartbeatsMeasureTheRoundTrip) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        const auto beat = must(co_await pair.here.within(5s).heartbeat({.dscp = Dscp::ef}), "beat");
        EXPECT_GT(beat.round_trip.value(), Duration{});
        EXPECT_LT(beat.round_trip.value(), 1s);
        EXPECT_EQ(beat.association, pair.here.id());
    });
}

TEST(Queue, GivesOutInOrderWhateverItsSize) {
    detail::Queue<int> queue;
    int next_in = 0;
    int next_out = 0;
    for (int round = 1; round < 200; ++round) {
        for (int i = 0; i < round; ++i)
            queue.push_back(next_in++);
        for (int i = 0; i < round - 1; ++i)
            EXPECT_EQ(queue.pop_front(), next_out++);
        EXPECT_EQ(queue.size(), static_cast<std::size_t>(next_in - next_out));
    }
    const auto odd = queue.extract([](int value) { return value % 2 != 0; });
    for (const int value : odd)
        EXPECT_EQ(value % 2, 1);
    EXPECT_EQ(odd.size() + queue.size(), static_cast<std::size_t>(next_in - next_out));
    for (int previous = -1; !queue.empty();) {
        const int value = queue.pop_front();
        EXPECT_GT(value, previous);
        EXPECT_EQ(value % 2, 0);
        previous = value;
    }
}

} // namespace
} // namespace hawser::test
