#include "endpoint/play.hpp"

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <string>

namespace hawser::test {
namespace {

class Flow : public Play {};

SctpEndpointOptions with_small_queues() {
    SctpEndpointOptions options = on_loopback();
    options.sctp.send_queue_bytes_max = 64 * 1024;
    options.sctp.send_queue_low_bytes = 16 * 1024;
    options.sctp.receive_window_bytes = 64 * 1024;
    return options;
}

/// Sends until there is no room; answers how many messages found some.
int fill(const Connection& connection, Bytes message) {
    for (int sent = 0;; ++sent) {
        const auto result = connection.send(message);
        if (result) continue;
        EXPECT_EQ(error_of(result), Errc::exhausted);
        return sent;
    }
}

/// Sends until the queue is full and the peer's window too; answers how many messages found room.
asio::awaitable<int> stuff(Connection connection, Bytes message) {
    for (int sent = 0;;) {
        sent += fill(connection, message);
        const sctp::Status status = must(connection.status());
        const bool probing = status.in_flight_bytes <= message.size(); // a closed window is probed
        if (probing && status.peer_window_bytes < message.size()) co_return sent;
        co_await asio::post(asio::use_awaitable);
    }
}

TEST_F(Flow, TakesWhatIsHereWithoutWaiting) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        EXPECT_FALSE(pair.there.take());
        for (const std::string_view text : {"one", "two", "three"})
            must(pair.here.send(as_bytes(text)), "send");
        EXPECT_EQ(must(co_await pair.there.receive()).text(), "one");
        EXPECT_EQ(pair.there.take()->text(), "two");
        EXPECT_EQ(pair.there.take()->text(), "three");
        EXPECT_FALSE(pair.there.take());

        const IncomingStream fifth = pair.there.incoming(sctp::StreamId{5});
        must(pair.here.send(as_bytes(std::string_view{"fourth"})), "send");
        must(pair.here.send(as_bytes(std::string_view{"a"}), {.stream = sctp::StreamId{5}}),
             "send");
        must(pair.here.send(as_bytes(std::string_view{"b"}), {.stream = sctp::StreamId{5}}),
             "send");
        EXPECT_EQ(must(co_await fifth.read()).text(), "a");
        EXPECT_EQ(fifth.take()->text(), "b");
        EXPECT_FALSE(fifth.take());
        EXPECT_EQ(pair.there.take()->text(), "fourth");
    });
}

// A reader that only takes, and never waits, opens the window all the same.
TEST_F(Flow, OpensTheWindowForWhoTakes) {
    play([this]() -> Act {
        const Pair pair = co_await connect(with_small_queues(), with_small_queues());
        const std::string kilobyte(1024, 'x');
        constexpr int kMessages = 300; // several windows of 64 KiB
        int sent = 0;
        int taken = 0;
        while (taken < kMessages) {
            while (sent < kMessages && pair.here.send(as_bytes(kilobyte)))
                ++sent;
            while (pair.there.take())
                ++taken;
            co_await asio::post(asio::use_awaitable);
        }
        EXPECT_EQ(taken, kMessages);
    });
}

// Each association's window is its own, whichever messages are taken in the same turn.
TEST_F(Flow, OpensTheWindowOfWhomWasTakenFrom) {
    play([this]() -> Act {
        Pair pair = co_await connect(with_small_queues(), with_small_queues());
        const ConnectOptions options = to(pair.server);
        const std::string target = "127.0.0.1:" + std::to_string(kPort);
        Connection second_here = must(co_await pair.client.connect(target, options));
        Connection second_there = must(co_await pair.listener.accept());
        const std::array here{pair.here, second_here};
        const std::array there{pair.there, second_there};
        const std::string kilobyte(1024, 'x');
        constexpr int kMessages = 300; // several windows of 64 KiB
        std::array<int, 2> sent{};
        std::array<int, 2> taken{};
        while (taken[0] < kMessages || taken[1] < kMessages) {
            for (std::size_t i = 0; i < 2; ++i) {
                while (sent[i] < kMessages && here[i].send(as_bytes(kilobyte)))
                    ++sent[i];
            }
            for (std::size_t i = 0; i < 2; ++i) {
                while (there[i].take())
                    ++taken[i];
            }
            co_await asio::post(asio::use_awaitable);
        }
    });
}

// An endpoint that has slept counts from when it was asked, not from when it last had work.
TEST_F(Flow, CountsALifetimeFromTheSend) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        asio::steady_timer rest{io, 1500ms};
        co_await rest.async_wait(asio::use_awaitable);
        must(pair.here.send(as_bytes(std::string_view{"in time"}), {.lifetime = 1s}), "send");
        EXPECT_EQ(must(co_await pair.there.within(10s).receive()).text(), "in time");
    });
}

TEST_F(Flow, WaitsForRoomAndGoesOn) {
    play([this]() -> Act {
        const Pair pair = co_await connect(with_small_queues(), with_small_queues());
        const std::string kilobyte(1024, 'x');
        const int filled = fill(pair.here, as_bytes(kilobyte));
        EXPECT_GT(filled, 30);

        constexpr int kMore = 300;
        int queued = 0;
        const auto sender = [&](Connection connection) -> Act {
            for (; queued < kMore; ++queued) {
                must(co_await connection.async_send(as_bytes(kilobyte)), "async_send");
            }
        };
        asio::co_spawn(io, sender(pair.here), asio::detached);
        for (int i = 0; i < filled + kMore; ++i) {
            EXPECT_EQ(must(co_await pair.there.within(5s).receive()).payload.size(), 1024u);
        }
        EXPECT_EQ(queued, kMore);
    });
}

// Nothing may overtake a message that waits for room.
TEST_F(Flow, KeepsTheOrderOfThoseThatWait) {
    play([this]() -> Act {
        const Pair pair = co_await connect(with_small_queues(), with_small_queues());
        const std::string kilobyte(1024, 'x');
        const int filled = fill(pair.here, as_bytes(kilobyte));
        const std::vector<std::string> texts{std::string(1024, 'a'), std::string(1024, 'b'),
                                             std::string(1024, 'c')};
        int queued = 0;
        for (const std::string& text : texts) {
            pair.here.async_send(as_bytes(text), {}, [&](Result<> result) {
                must(std::move(result));
                ++queued;
            });
        }
        EXPECT_EQ(error_of(pair.here.send(as_bytes(kilobyte))), Errc::exhausted);
        for (int i = 0; i < filled; ++i)
            must(co_await pair.there.within(5s).receive());
        for (const std::string& text : texts) {
            EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), text);
        }
        EXPECT_EQ(queued, 3);
    });
}

TEST_F(Flow, GivesUpWaitingForRoomAtTheDeadline) {
    play([this]() -> Act {
        const Pair pair = co_await connect(with_small_queues(), with_small_queues());
        const std::string kilobyte(1024, 'x');
        const int stuffed = co_await stuff(pair.here, as_bytes(kilobyte));
        const auto late = co_await pair.here.within(20ms).async_send(as_bytes(kilobyte));
        EXPECT_EQ(error_of(late), Errc::timed_out);
        for (int i = 0; i < stuffed; ++i)
            must(co_await pair.there.within(5s).receive());
        must(pair.here.send(as_bytes("after")));
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "after");
    });
}

// The window of an association opens as its own messages are taken: a peer whose messages nobody
// reads is stopped, and the one beside it, on the same UDP port, is not.
TEST_F(Flow, StopsThePeerOfASlowReaderAndNobodyElse) {
    play([this]() -> Act {
        Pair slow = co_await connect(with_small_queues(), with_small_queues());
        const Connection fast =
            must(co_await slow.client.connect("127.0.0.1:2904", to(slow.server)), "a second one");
        const Connection fast_there = must(co_await slow.listener.within(5s).accept());

        const std::string kilobyte(1024, 'x');
        const int sent = co_await stuff(slow.here, as_bytes(kilobyte));
        EXPECT_LE(sent, 64 + 64 + 2) << "more than a window and a send queue";

        for (int i = 0; i < 400; ++i) {
            must(co_await fast.within(5s).async_send(as_bytes(kilobyte)), "beside the slow one");
            must(co_await fast_there.within(5s).receive());
        }
        for (int i = 0; i < sent; ++i)
            must(co_await slow.there.within(5s).receive());
    });
}

TEST_F(Flow, SaysWhenThereIsRoomAgain) {
    play([this]() -> Act {
        const Pair pair = co_await connect(with_small_queues(), with_small_queues());
        const EventStream events = pair.here.events();
        const std::string kilobyte(1024, 'x');
        const int filled = fill(pair.here, as_bytes(kilobyte));
        for (int i = 0; i < filled; ++i)
            must(co_await pair.there.within(5s).receive());
        for (;;) {
            const Event event = must(co_await events.within(5s).next(), "SendQueueLow");
            if (std::holds_alternative<sctp::SendQueueLow>(event)) break;
        }
        must(pair.here.send(as_bytes(kilobyte)));
    });
}

class Deadlines : public Play {};

TEST_F(Deadlines, EndAReceiveAndLoseNothing) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        for (int i = 0; i < 50; ++i) { // more than are kept before a sweep
            EXPECT_EQ(error_of(co_await pair.there.within(1ms).receive()), Errc::timed_out);
        }
        must(pair.here.send(as_bytes("still here")));
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "still here");
    });
}

TEST_F(Deadlines, EndAnAccept) {
    play([this]() -> Act {
        SctpEndpoint server = open();
        const Listener listener = must(server.listen(kPort));
        EXPECT_EQ(error_of(co_await listener.within(5ms).accept()), Errc::timed_out);
    });
}

TEST_F(Deadlines, EndAWaitForEvents) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        EXPECT_EQ(error_of(co_await pair.there.within(5ms).events().next()), Errc::timed_out);
    });
}

TEST_F(Deadlines, GoTogetherWithCancellation) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        asio::cancellation_signal signal;
        std::vector<std::optional<Errc>> answers;
        pair.there.within(20s).receive(asio::bind_cancellation_slot(
            signal.slot(), [&](Result<Message> result) { answers.push_back(error_of(result)); }));
        signal.emit(asio::cancellation_type::partial);
        EXPECT_EQ(error_of(co_await pair.there.within(1ms).receive()), Errc::timed_out);
        EXPECT_EQ(answers, (std::vector<std::optional<Errc>>{Errc::cancelled}));
        must(pair.here.send(as_bytes("kept")));
        EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "kept");
    });
}

} // namespace
} // namespace hawser::test
