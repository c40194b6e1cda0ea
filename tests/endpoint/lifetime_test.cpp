#include "endpoint/play.hpp"

#include <hawser/net/udp_socket.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace hawser::test {
namespace {

class Ending : public Play {};

TEST_F(Ending, GracefullyLetsEverythingArriveFirst) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        const std::string kilobyte(1024, 'x');
        for (int i = 0; i < 200; ++i)
            must(pair.here.send(as_bytes(kilobyte)));
        must(co_await pair.here.within(10s).shutdown(), "shutdown");
        EXPECT_EQ(pair.here.close_reason(), sctp::CloseReason::shutdown);
        EXPECT_EQ(error_of(pair.here.send(as_bytes("late"))), Errc::closed);
        EXPECT_EQ(error_of(pair.here.status()), Errc::closed);
        must(co_await pair.here.shutdown(), "a second time"); // has ended as asked

        for (int i = 0; i < 200; ++i) {
            EXPECT_EQ(must(co_await pair.there.within(5s).receive()).payload.size(), 1024u);
        }
        EXPECT_EQ(error_of(co_await pair.there.within(5s).receive()), Errc::closed);
        EXPECT_EQ(pair.there.close_reason(), sctp::CloseReason::shutdown);
    });
}

TEST_F(Ending, ByAbortTellsThePeerWhy) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        const EventStream events = pair.there.events();
        must(pair.here.abort(as_bytes("enough")));
        EXPECT_EQ(error_of(co_await pair.there.within(5s).receive()), Errc::closed);
        EXPECT_EQ(pair.there.close_reason(), sctp::CloseReason::aborted_by_peer);
        EXPECT_EQ(pair.here.close_reason(), sctp::CloseReason::aborted_locally);
        const Event last = must(co_await events.within(5s).next());
        const auto* closed = std::get_if<Closed>(&last);
        if (closed == nullptr) throw std::runtime_error{"the last event is not Closed"};
        EXPECT_EQ(closed->reason, sctp::CloseReason::aborted_by_peer);
        EXPECT_EQ(closed->information.text(), "enough");
        EXPECT_EQ(error_of(co_await events.within(5s).next()), Errc::closed);
        EXPECT_EQ(error_of(co_await pair.there.shutdown()), Errc::closed);
    });
}

TEST_F(Ending, ByThePeerEndsWhatWaits) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        std::vector<std::optional<Errc>> answers;
        const auto note = [&](const auto& result) { answers.push_back(error_of(result)); };
        pair.there.receive([&](Result<Message> result) { note(result); });
        pair.there.incoming(sctp::StreamId{1}).read([&](Result<Message> result) { note(result); });
        must(pair.here.abort());
        EXPECT_EQ(error_of(co_await pair.there.within(5s).receive()), Errc::closed);
        co_await asio::post(asio::use_awaitable);
        EXPECT_EQ(answers, (std::vector<std::optional<Errc>>{Errc::closed, Errc::closed}));
    });
}

TEST_F(Ending, OfTheLastHandleShutsDownInTheBackground) {
    play([this]() -> Act {
        Pair pair = co_await connect();
        {
            const Connection dropped =
                must(co_await pair.client.connect("127.0.0.1:2904", to(pair.server)), "connect");
            must(dropped.send(as_bytes("arrives all the same")));
        }
        const Connection there = must(co_await pair.listener.within(5s).accept());
        EXPECT_EQ(must(co_await there.within(5s).receive()).text(), "arrives all the same");
        EXPECT_EQ(error_of(co_await there.within(5s).receive()), Errc::closed);
        EXPECT_EQ(there.close_reason(), sctp::CloseReason::shutdown);
        EXPECT_EQ(pair.client.association_count(), 1u);
    });
}

TEST_F(Ending, OfTheEndpointAbortsWhatIsUpAndClosesItsHandles) {
    play([this]() -> Act {
        std::optional<Pair> pair = co_await connect();
        const Connection here = pair->here;
        const Connection there = pair->there;
        const Listener listener = pair->listener;
        const IncomingStream in = here.incoming(sctp::StreamId{1});
        const EventStream events = here.events();
        must(here.send(as_bytes("never read")));
        must(there.send(as_bytes("waits in the queue")));
        must(co_await there.within(5s).receive());
        std::optional<Errc> waiting;
        here.incoming(sctp::StreamId{2}).read([&](Result<Message> r) { waiting = error_of(r); });

        SctpEndpoint client = std::move(pair->client);
        client.close();
        EXPECT_EQ(error_of(here.send(as_bytes("late"))), Errc::closed);
        EXPECT_EQ(error_of(here.status()), Errc::closed);
        EXPECT_EQ(error_of(here.abort()), Errc::closed);
        EXPECT_EQ(error_of(co_await here.receive()), Errc::closed);
        EXPECT_EQ(error_of(co_await in.read()), Errc::closed);
        EXPECT_EQ(error_of(co_await here.async_send(as_bytes("late"))), Errc::closed);
        EXPECT_EQ(error_of(co_await here.shutdown()), Errc::closed);
        EXPECT_EQ(error_of(co_await here.heartbeat()), Errc::closed);
        EXPECT_EQ(error_of(co_await client.connect("127.0.0.1:2904")), Errc::closed);
        EXPECT_EQ(error_of(client.listen(kPort)), Errc::closed);
        EXPECT_EQ(waiting, Errc::closed);
        while (const auto event = co_await events.next()) {
            EXPECT_FALSE(std::holds_alternative<EventsLost>(*event));
        }
        EXPECT_EQ(error_of(co_await there.within(5s).receive()), Errc::closed);
        EXPECT_EQ(there.close_reason(), sctp::CloseReason::aborted_by_peer);

        pair.reset();
        EXPECT_EQ(error_of(co_await listener.accept()), Errc::closed);
        EXPECT_EQ(error_of(there.send(as_bytes("late"))), Errc::closed);
    });
}

TEST_F(Ending, OfEverythingLeavesHandlesThatDoNoHarm) {
    std::optional<Pair> pair;
    std::optional<Message> message;
    play([&, this]() -> Act {
        pair = co_await connect();
        must(pair->here.send(as_bytes("outlives its endpoint")));
        message = must(co_await pair->there.within(5s).receive());
    });
    const Connection here = pair->here;
    pair.reset();
    EXPECT_EQ(message->text(), "outlives its endpoint");
    EXPECT_EQ(error_of(here.send(as_bytes("late"))), Errc::closed);
}

// A program may stop its io_context in the middle of everything.
TEST_F(Ending, OfTheProgramLeavesNothingBehind) {
    auto context = std::make_unique<asio::io_context>(1);
    const auto open_there = [&] {
        return must(SctpEndpoint::open(context->get_executor(), on_loopback()));
    };
    const auto echo = [](Connection connection) -> Act {
        while (auto message = co_await connection.receive()) {
            must(co_await connection.async_send(message->bytes()));
        }
    };
    const auto serve = [&]() -> Act {
        SctpEndpoint server = open_there();
        SctpEndpoint client = open_there();
        const Listener listener = must(server.listen(kPort));
        const Connection here = must(co_await client.connect("127.0.0.1:2904", to(server)));
        asio::co_spawn(*context, echo(must(co_await listener.accept())), asio::detached);
        const IncomingStream never = here.incoming(sctp::StreamId{9});
        never.read([here](const Result<Message>&) { ADD_FAILURE() << "nothing was sent"; });
        for (int i = 0;; ++i) {
            must(here.send(as_bytes("ping")));
            must(co_await here.within(5s).receive());
            if (i == 10) context->stop();
        }
    };
    asio::co_spawn(*context, serve(), asio::detached);
    context->run_for(kPatience);
    EXPECT_TRUE(context->stopped());
    context.reset();
}

TEST_F(Ending, OfTheEndpointEndsAConnectThatIsUnderWay) {
    play([this]() -> Act {
        const auto silent = must(net::UdpSocket::open({.local = on_loopback().local.value()}));
        SctpEndpoint client = open();
        const ConnectOptions options{.peer_udp_port = silent.local_address().port()};
        std::vector<std::optional<Errc>> answers;
        const auto note = [&](Result<Connection> result) { answers.push_back(error_of(result)); };
        client.connect("127.0.0.1/127.0.0.2:2904", options, note);
        std::optional<Errc> ended;
        client.shutdown(5s, [&](Result<> result) { ended = error_of(result); });
        while (answers.empty())
            co_await asio::post(asio::use_awaitable);
        SctpEndpoint another = open();
        another.connect("127.0.0.1/127.0.0.2:2904", options, note);
        another.close();
        while (answers.size() < 2)
            co_await asio::post(asio::use_awaitable);
        EXPECT_EQ(answers, (std::vector<std::optional<Errc>>{Errc::closed, Errc::closed}));
        EXPECT_EQ(ended, std::nullopt);
    });
}

TEST_F(Ending, OfAnEndpointCanBeGraceful) {
    play([this]() -> Act {
        Pair pair = co_await connect();
        for (int i = 0; i < 100; ++i)
            must(pair.here.send(as_bytes("x")));
        must(co_await pair.client.shutdown(10s), "shutdown");
        EXPECT_EQ(pair.client.association_count(), 0u);
        EXPECT_EQ(error_of(pair.client.listen(1)), Errc::closed);
        for (int i = 0; i < 100; ++i)
            must(co_await pair.there.within(5s).receive());
        EXPECT_EQ(error_of(co_await pair.there.within(5s).receive()), Errc::closed);
        EXPECT_EQ(pair.there.close_reason(), sctp::CloseReason::shutdown);
        must(co_await pair.client.shutdown(), "has ended already");
        must(co_await pair.server.shutdown(10s), "with nothing up");
    });
}

TEST_F(Ending, OfAListenerAbortsThoseThatNobodyAccepted) {
    play([this]() -> Act {
        Pair pair = co_await connect();
        const Connection waiting =
            must(co_await pair.client.connect("127.0.0.1:2904", to(pair.server)), "connect");
        must(co_await pair.listener.within(5s).accept()); // dropped at once: shut down
        const Connection another =
            must(co_await pair.client.connect("127.0.0.1:2904", to(pair.server)), "connect");
        while (pair.server.association_count() < 2)
            co_await asio::post(asio::use_awaitable);
        pair.listener.close();
        EXPECT_EQ(error_of(co_await pair.listener.accept()), Errc::closed);
        EXPECT_EQ(error_of(co_await another.within(5s).receive()), Errc::closed);
        EXPECT_EQ(another.close_reason(), sctp::CloseReason::aborted_by_peer);
        EXPECT_EQ(error_of(co_await waiting.within(5s).receive()), Errc::closed);
        EXPECT_EQ(waiting.close_reason(), sctp::CloseReason::shutdown);
        must(pair.here.send(as_bytes("accepted ones stay")));
        must(co_await pair.there.within(5s).receive());
        EXPECT_EQ(error_of(co_await pair.client.connect("127.0.0.1:2904", to(pair.server))),
                  Errc::refused);
    });
}

TEST_F(Ending, BeforeTheAcceptStillGivesWhatWasSaid) {
    play([this]() -> Act {
        SctpEndpoint server = open();
        SctpEndpoint client = open();
        const Listener listener = must(server.listen(kPort));
        const Connection here = must(co_await client.connect("127.0.0.1:2904", to(server)));
        must(here.send(as_bytes("short visit")));
        must(co_await here.within(5s).shutdown());
        const Connection there = must(co_await listener.within(5s).accept());
        EXPECT_EQ(must(co_await there.within(5s).receive()).text(), "short visit");
        EXPECT_EQ(error_of(co_await there.within(5s).receive()), Errc::closed);
    });
}

// What came from those whom nobody accepts is given back, not counted for ever.
TEST_F(Ending, OfAListenerGivesBackWhatNobodyAccepted) {
    play([this]() -> Act {
        SctpEndpointOptions scarce = on_loopback();
        scarce.sctp.receive_bytes_max = 100'000;
        SctpEndpoint server = open(scarce);
        SctpEndpoint client = open();
        const std::string kilobyte(1024, 'x');
        for (int round = 0; round < 6; ++round) {
            std::optional listener = must(server.listen(kPort));
            const Connection here = must(co_await client.connect("127.0.0.1:2904", to(server)));
            for (int i = 0; i < 25; ++i)
                must(here.send(as_bytes(kilobyte)));
            while (must(here.status()).in_flight_bytes + must(here.status()).queued_bytes > 0)
                co_await asio::steady_timer{io, 5ms}.async_wait(asio::use_awaitable);
            listener.reset();
            EXPECT_EQ(error_of(co_await here.within(5s).receive()), Errc::closed);
        }
        const Listener listener = must(server.listen(kPort));
        const Connection here = must(co_await client.connect("127.0.0.1:2904", to(server)));
        const Connection there = must(co_await listener.within(5s).accept());
        must(here.send(as_bytes("is there room")));
        EXPECT_EQ(must(co_await there.within(5s).receive()).text(), "is there room");
        co_await asio::steady_timer{io, 100ms}.async_wait(asio::use_awaitable);
        EXPECT_GT(must(here.status()).peer_window_bytes, 500'000u);
    });
}

TEST_F(Ending, ABacklogThatIsFullTurnsTheNextOneAway) {
    play([this]() -> Act {
        SctpEndpoint server = open();
        SctpEndpoint client = open();
        const Listener listener = must(server.listen(kPort, {.backlog_max = 1}));
        const Connection first = must(co_await client.connect("127.0.0.1:2904", to(server)));
        const Connection second = must(co_await client.connect("127.0.0.1:2904", to(server)));
        EXPECT_EQ(error_of(co_await second.within(5s).receive()), Errc::closed);
        EXPECT_EQ(second.close_reason(), sctp::CloseReason::aborted_by_peer);
        must(co_await listener.within(5s).accept());
        EXPECT_EQ(first.close_reason(), std::nullopt);
    });
}

} // namespace
} // namespace hawser::test
