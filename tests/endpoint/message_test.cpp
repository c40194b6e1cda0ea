#include "endpoint/play.hpp"

#include <hawser/net/clock.hpp>

namespace hawser::test {
namespace {

class Messages : public Play {};

TEST_F(Messages, ArriveWholeWithWhatTravelsBesideThem) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        must(
            pair.here.send(as_bytes("one"), {.stream = sctp::StreamId{7}, .ppid = sctp::Ppid{46}}));
        must(pair.here.send(as_bytes("two"), {.stream = sctp::StreamId{9}, .unordered = true}));
        const Message one = must(co_await pair.there.within(5s).receive());
        const Message two = must(co_await pair.there.within(5s).receive());
        EXPECT_EQ(one.text(), "one");
        EXPECT_EQ(one.association, pair.there.id());
        EXPECT_EQ(one.stream, sctp::StreamId{7});
        EXPECT_EQ(one.ppid, sctp::Ppid{46});
        EXPECT_FALSE(one.unordered);
        EXPECT_EQ(two.text(), "two");
        EXPECT_TRUE(two.unordered);
        EXPECT_EQ(two.tsn, one.tsn.next());
        EXPECT_EQ(two.path.remote, pair.there.path().remote);
    });
}

TEST_F(Messages, GoBothWaysInOrder) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        constexpr int kCount = 500;
        const auto echo = [](Connection connection) -> Act {
            while (auto message = co_await connection.receive()) {
                must(co_await connection.async_send(message->bytes()));
            }
        };
        asio::co_spawn(io, echo(pair.there), asio::detached);
        for (int i = 0; i < kCount; ++i)
            must(pair.here.send(as_bytes(std::to_string(i))));
        for (int i = 0; i < kCount; ++i) {
            const Message answer = must(co_await pair.here.within(5s).receive());
            EXPECT_EQ(answer.text(), std::to_string(i));
        }
    });
}

TEST_F(Messages, OfAMegabyteArriveWhole) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        std::string large(1'000'000, '\0');
        for (std::size_t i = 0; i < large.size(); ++i)
            large[i] = static_cast<char>(i * 31 >> 3);
        must(co_await pair.here.async_send(as_bytes(large)));
        EXPECT_TRUE(must(co_await pair.there.within(20s).receive()).text() == large);
    });
}

TEST_F(Messages, CarryTheirOwnMarkings) {
    play([this]() -> Act {
        // Named, since g++ 12 moves a braced temporary within co_await byte by byte.
        const SctpEndpointOptions both{.udp_port = 0};
        const std::vector<std::string> hosts{"127.0.0.1", "[::1]"};
        for (const std::string& host : hosts) {
            const Pair pair = co_await connect(both, both, host);
            const std::vector<Dscp> classes{Dscp::ef, Dscp::af41, Dscp::cs0, Dscp::le};
            for (const Dscp dscp : classes) {
                const Ancillary marking{.dscp = dscp, .ecn = Ecn::ect1, .hop_limit = 42};
                must(pair.here.send(as_bytes("marked"), {.ancillary = marking}));
                const Message message = must(co_await pair.there.within(5s).receive());
                EXPECT_EQ(message.ancillary.dscp, dscp) << host;
                EXPECT_EQ(message.ancillary.ecn, Ecn::ect1) << host;
                EXPECT_EQ(message.ancillary.hop_limit, 42) << host;
            }
        }
    });
}

TEST_F(Messages, WithAMarkingThatCannotBeSetAreRefusedAndNotSent) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        const sctp::SendOptions impossible{.ancillary = {.flow_label = 5}}; // on IPv4
        EXPECT_EQ(error_of(pair.here.send(as_bytes("never"), impossible)), Errc::unsupported);
        EXPECT_EQ(error_of(co_await pair.here.async_send(as_bytes("never"), impossible)),
                  Errc::unsupported);
        EXPECT_EQ(error_of(co_await pair.here.heartbeat({.flow_label = 5})), Errc::unsupported);
        must(pair.here.send(as_bytes("plain")));
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "plain");
    });
}

TEST_F(Messages, ThatMakeNoSenseAreRefused) {
    play([this]() -> Act {
        SctpEndpointOptions few = on_loopback();
        few.sctp.inbound_streams_max = 4;
        few.sctp.message_bytes_max = 1000;
        const Pair pair = co_await connect(few, few);
        EXPECT_EQ(pair.here.outbound_streams(), 4);
        EXPECT_EQ(error_of(pair.here.send({})), Errc::invalid_argument);
        EXPECT_EQ(error_of(pair.here.send(as_bytes("x"), {.stream = sctp::StreamId{4}})),
                  Errc::invalid_argument);
        const std::string large(1001, 'x');
        EXPECT_EQ(error_of(co_await pair.here.async_send(as_bytes(large))), Errc::too_large);
    });
}

TEST_F(Messages, MayBeHeldBackUntilTheirSendTime) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        const Instant due = net::Clock::now() + 60ms;
        must(pair.here.send(as_bytes("later"), {.ancillary = {.send_at = SendTime{due}}}));
        must(co_await pair.there.within(5s).receive());
        EXPECT_GE(net::Clock::now(), due);
    });
}

class Streams : public Play {};

TEST_F(Streams, HaveHandlesOfTheirOwn) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        const OutgoingStream out = pair.here.outgoing(sctp::StreamId{5}, {.ppid = sctp::Ppid{9}});
        must(out.write(as_bytes("before")));
        must(pair.here.send(as_bytes("other")));
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "before");

        const IncomingStream in = pair.there.incoming(sctp::StreamId{5});
        must(out.write(as_bytes("first"), {.dscp = Dscp::ef}));
        must(co_await out.async_write(as_bytes("second")));
        const Message first = must(co_await in.within(5s).read());
        EXPECT_EQ(first.text(), "first");
        EXPECT_EQ(first.stream, sctp::StreamId{5});
        EXPECT_EQ(first.ppid, sctp::Ppid{9});
        EXPECT_EQ(first.ancillary.dscp, Dscp::ef);
        EXPECT_EQ(must(co_await in.within(5s).read()).text(), "second");
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "other");
    });
}

// A handle takes over what came before it, and gives back what it leaves.
TEST_F(Streams, LoseNoMessageWhenHandlesComeAndGo) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        const std::vector<std::uint16_t> streams{1, 2, 1};
        for (const std::uint16_t stream : streams) {
            must(pair.here.send(as_bytes(std::to_string(stream)),
                                {.stream = sctp::StreamId{stream}}));
        }
        must(pair.here.send(as_bytes("end"), {.stream = sctp::StreamId{2}}));
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "1");
        {
            const IncomingStream one = pair.there.incoming(sctp::StreamId{1});
            EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "2");
            EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "end");
        }
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "1");
    });
}

TEST_F(Streams, AreReadByATemporaryHandleToo) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        std::string said;
        pair.there.incoming(sctp::StreamId{3}).read([&](Result<Message> message) {
            said = must(std::move(message)).text();
        });
        must(pair.here.send(as_bytes("for three"), {.stream = sctp::StreamId{3}}));
        must(pair.here.send(as_bytes("then zero")));
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "then zero");
        EXPECT_EQ(said, "for three");
    });
}

} // namespace
} // namespace hawser::test
