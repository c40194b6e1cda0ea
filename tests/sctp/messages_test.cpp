// Sending and receiving, as a user of the engine sees it.
#include "sctp/tx/outgoing_message.hpp"
#include "support/pair.hpp"
#include "support/sctp_bytes.hpp"

#include <gtest/gtest.h>

#include <malloc.h>

#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

std::string text(std::size_t bytes, char seed = 'a') {
    std::string all(bytes, ' ');
    for (std::size_t i = 0; i < bytes; ++i)
        all[i] = static_cast<char>(seed + static_cast<int>(i % 23));
    return all;
}

TEST(Messages, TravelBothWays) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    EXPECT_TRUE(pair.a.send("hello"));
    EXPECT_TRUE(pair.z.send("and to you"));
    pair.settle();
    EXPECT_EQ(pair.z.received(), "hello");
    EXPECT_EQ(pair.a.received(), "and to you");
    EXPECT_EQ(pair.a.received(), std::nullopt);
}

TEST(Messages, MayBeQueuedBeforeTheAssociationIsUp) {
    Pair pair;
    pair.latency(50ms);
    ASSERT_TRUE(pair.z.listen(Pair::kPort));
    ASSERT_TRUE(pair.a.connect(pair.network().address(pair.z.id), Pair::kPort));
    EXPECT_TRUE(pair.a.send("early"));
    EXPECT_TRUE(pair.a.send(text(5000)));
    pair.run_for(1s);
    EXPECT_EQ(pair.z.received(), "early");
    EXPECT_EQ(pair.z.received(), text(5000));
}

TEST(Messages, KeepTheirBoundsAtEverySize) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    for (std::size_t bytes = 1; bytes < 4000; bytes += 13) {
        ASSERT_TRUE(pair.a.send(text(bytes)));
        pair.run_for(100ms);
        ASSERT_EQ(pair.z.received(), text(bytes)) << bytes;
    }
}

TEST(Messages, OfManyMegabytesTravelWhole) {
    Pair pair;
    pair.latency(5ms);
    ASSERT_TRUE(pair.connect());
    const std::string large = text(3 * 1024 * 1024);
    ASSERT_TRUE(pair.a.send(large));
    pair.run_for(1min);
    EXPECT_EQ(pair.z.received() == large, true);
}

TEST(Messages, AreRefusedWhenTheyMakeNoSense) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const auto code = [&](const Result<>& result) {
        EXPECT_FALSE(result);
        return result ? Errc{} : result.error().code;
    };
    EXPECT_EQ(code(pair.a.send("")), Errc::invalid_argument);
    EXPECT_EQ(code(pair.a.send(std::string(16 * 1024 * 1024 + 1, 'x'))), Errc::too_large);
    EXPECT_EQ(code(pair.a.engine->send(AssociationId{12'345}, as_bytes("x"), {}, pair.now())),
              Errc::not_found);
    Ancillary twice;
    twice.send_at = SendTime{pair.now() + 1s};
    EXPECT_TRUE(pair.a.send("ok", {.ancillary = twice}));
}

TEST(Messages, WaitForRoomInTheQueue) {
    Options options;
    // A message of 1000 bytes holds 1024, and its bookkeeping, 88: ten are 11,120.
    options.send_queue_bytes_max = 12'100;
    options.send_queue_low_bytes = 2'400;
    Pair pair{options};
    ASSERT_TRUE(pair.connect());
    std::size_t taken = 0;
    Result<> last;
    for (int i = 0; i < 100; ++i) {
        last = pair.a.send(text(1000));
        if (!last) break;
        ++taken;
    }
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().code, Errc::exhausted);
    EXPECT_EQ(taken, 10u);
    EXPECT_FALSE(pair.a.event<SendQueueLow>());
    pair.run_for(1s);
    const auto low = pair.a.event<SendQueueLow>();
    ASSERT_TRUE(low);
    EXPECT_LE(low->queued_bytes, 2'000u);
    EXPECT_FALSE(pair.a.event<SendQueueLow>()) << "once for each time that it was full";
    EXPECT_TRUE(pair.a.send(text(1000)));
}

// To the byte: what just fits is taken, and a message that is larger than the queue is when it is
// alone.
TEST(Messages, FillTheQueueToItsLastByte) {
    constexpr std::size_t kBookkeeping = sizeof(OutgoingMessage);
    for (const std::size_t spare : {0u, 1u}) {
        Options options;
        options.send_queue_bytes_max = 2 * (kBookkeeping + 1024) - spare;
        Pair pair{options};
        ASSERT_TRUE(pair.connect());
        pair.network().link(pair.a.id).down = true;
        ASSERT_TRUE(pair.a.send(text(1024))) << "a power of two holds just that";
        EXPECT_EQ(pair.a.send(text(1024)).has_value(), spare == 0);
    }
    Options options;
    options.send_queue_bytes_max = 100;
    Pair pair{options};
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.a.send(text(5'000)));
    EXPECT_FALSE(pair.a.send("x")) << "it is no longer empty";
    pair.run_for(1s);
    EXPECT_EQ(pair.z.received(), text(5'000));
    EXPECT_TRUE(pair.a.send("x"));
}

// A queue of tiny messages holds no more memory than one of large ones.
TEST(Messages, OfOneByteCountByTheMemoryTheyHold) {
    Options options;
    options.send_queue_bytes_max = 1024 * 1024;
    Pair pair{options};
    ASSERT_TRUE(pair.connect());
    pair.network().link(pair.a.id).down = true;
    const std::size_t before = ::mallinfo2().uordblks;
    std::size_t taken = 0;
    while (pair.a.send("x")) {
        ++taken;
        ASSERT_LT(taken, 100'000u);
    }
    EXPECT_GT(taken, 4'000u);
    EXPECT_LT(::mallinfo2().uordblks, before + 1536 * 1024) << taken << " messages";
    EXPECT_EQ(pair.a.status().queued_bytes, taken);
}

// Nobody asked the engine for a packet before it was asked for an event.
TEST(Messages, ThatHaveExpiredComeBackWhenTheTimerFires) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    pair.run_for(1s);
    Endpoint& engine = *pair.a.engine;
    ASSERT_TRUE(engine.send(pair.a.association(), as_bytes("short-lived"),
                            {.lifetime = 50ms, .context = 7}, pair.now()));
    EXPECT_EQ(engine.deadline(), pair.now() + 50ms);
    engine.advance(pair.now() + 50ms);
    const auto event = engine.poll_event();
    ASSERT_TRUE(event);
    const auto* const failed = std::get_if<SendFailed>(&*event);
    ASSERT_NE(failed, nullptr);
    EXPECT_EQ(failed->context, 7u);
    EXPECT_EQ(failed->why, SendFailed::Why::lifetime);
}

// Nobody fired the engine's timers before it was asked for a packet.
TEST(Messages, ThatHaveExpiredHoldUpNoShutdown) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    pair.run_for(1s);
    Endpoint& engine = *pair.a.engine;
    const AssociationId association = pair.a.association();
    ASSERT_TRUE(pair.a.send("sent"));
    pair.run_for(1s);
    ASSERT_TRUE(engine.send(association, as_bytes("short-lived"), {.lifetime = 50ms}, pair.now()));
    ASSERT_TRUE(engine.shutdown(association, pair.now()));
    const auto packet = engine.poll_transmit(pair.now() + 60ms, {});
    ASSERT_TRUE(packet);
    EXPECT_TRUE(test::take_apart(packet->segment(0)).has(test::kShutdown));
    pair.run_for(1ms);
    const auto failed = pair.a.event<SendFailed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->why, SendFailed::Why::lifetime);
    EXPECT_EQ(failed->os_errno, 0);
}

// By the end of its lifetime it has left, or it does not leave: the last instant is one too late.
TEST(Messages, LeaveBeforeTheirLifetimeEndsOrNotAtAll) {
    for (const bool in_time : {true, false}) {
        Pair pair;
        ASSERT_TRUE(pair.connect());
        pair.run_for(1s);
        Endpoint& engine = *pair.a.engine;
        ASSERT_TRUE(
            engine.send(pair.a.association(), as_bytes("x"), {.lifetime = 50ms}, pair.now()));
        const Instant at = pair.now() + 50ms - (in_time ? 1ns : 0ns);
        EXPECT_EQ(engine.poll_transmit(at, {}).has_value(), in_time);
        const auto event = engine.poll_event();
        EXPECT_EQ(event && std::holds_alternative<SendFailed>(*event), !in_time);
    }
}

TEST(Messages, AreCountedByTheirChunks) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(pair.a.send("x"));
    pair.run_for(1s);
    EXPECT_EQ(pair.a.status().chunks_sent, 5u);
    EXPECT_EQ(pair.z.status().chunks_received, 5u);
    EXPECT_EQ(pair.z.status().chunks_duplicate, 0u);
    EXPECT_EQ(pair.a.status().chunks_received, 0u);
}

TEST(Messages, AreGivenUpWhenTheirLifetimeEndsBeforeTheyLeave) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    pair.run_for(1s);
    pair.network().link(pair.a.id).down = true;
    ASSERT_TRUE(pair.a.send(text(200'000), {.context = 1})); // fills the window
    ASSERT_TRUE(pair.a.send("short-lived", {.lifetime = 50ms, .context = 2}));
    ASSERT_TRUE(pair.a.send("patient", {.context = 3}));
    pair.run_for(200ms);
    const auto failed = pair.a.event<SendFailed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->context, 2u);
    EXPECT_EQ(failed->why, SendFailed::Why::lifetime);
    EXPECT_FALSE(failed->sent);
    EXPECT_EQ(as_text(failed->payload.bytes()), "short-lived");
    pair.network().link(pair.a.id).down = false;
    pair.run_for(1min);
    EXPECT_EQ(pair.z.received(), text(200'000));
    EXPECT_EQ(pair.z.received(), "patient");
}

// Each when its own time has come, whatever came before it.
TEST(Messages, AreGivenUpOneAfterTheOther) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    pair.run_for(1s);
    pair.network().link(pair.a.id).down = true;
    ASSERT_TRUE(pair.a.send(text(200'000), {.context = 1})); // fills the window
    for (const std::uint64_t tenth : {3u, 1u, 2u})
        ASSERT_TRUE(pair.a.send(
            "x", {.unordered = true, .lifetime = tenth * 100ms, .context = 10 + tenth}));
    for (const std::uint64_t tenth : {1u, 2u, 3u}) {
        pair.run_for(99ms);
        EXPECT_FALSE(pair.a.event<SendFailed>());
        pair.run_for(1ms);
        const auto failed = pair.a.event<SendFailed>();
        ASSERT_TRUE(failed);
        EXPECT_EQ(failed->context, 10 + tenth);
    }
}

TEST(Messages, AreHeldUntilTheirSendTime) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const Instant at = pair.now() + 500ms;
    Ancillary later;
    later.send_at = SendTime{at};
    later.received_at = ReceiveTime{};
    later.dscp = Dscp::ef; // a class of its own
    EXPECT_TRUE(pair.a.send("later", {.unordered = true, .ancillary = later}));
    EXPECT_TRUE(pair.a.send("now"));
    EXPECT_LE(pair.a.deadline(), at);
    pair.set_hook(pair.a, [](const test::WireDatagram& datagram) {
        EXPECT_FALSE(datagram.ancillary.send_at) << "it was held here, and not below";
        EXPECT_FALSE(datagram.ancillary.received_at);
        return true;
    });
    pair.run_for(499ms);
    EXPECT_EQ(pair.z.received(), "now");
    EXPECT_EQ(pair.z.received(), std::nullopt);
    pair.run_for(1ms);
    EXPECT_EQ(pair.z.received(), "later");
}

TEST(Messages, KeepTheirPlaceBehindOneThatIsHeld) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    Ancillary later;
    later.send_at = SendTime{pair.now() + 500ms};
    EXPECT_TRUE(pair.a.send("first", {.ancillary = later}));
    EXPECT_TRUE(pair.a.send("second"));
    EXPECT_TRUE(pair.a.send("elsewhere", {.stream = StreamId{1}}));
    pair.run_for(1s);
    EXPECT_EQ(pair.z.received(), "elsewhere");
    EXPECT_EQ(pair.z.received(), "first");
    EXPECT_EQ(pair.z.received(), "second");
}

TEST(Messages, OfOneStreamDoNotWaitForAnother) {
    Options options;
    options.recovery = Recovery::rfc9260;
    options.rto_min = options.rto_initial = 1s;
    Pair pair{options};
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.a.send("lost at first", {.stream = StreamId{1}}));
    pair.drop_next(pair.a);
    pair.settle();
    ASSERT_TRUE(pair.a.send("free", {.stream = StreamId{2}}));
    ASSERT_TRUE(pair.a.send("waits", {.stream = StreamId{1}}));
    pair.run_for(100ms);
    EXPECT_EQ(pair.z.received(), "free");
    EXPECT_EQ(pair.z.received(), std::nullopt);
    pair.run_for(3s);
    EXPECT_EQ(pair.z.received(), "lost at first");
    EXPECT_EQ(pair.z.received(), "waits");
}

TEST(Messages, ComeBackWhenTheAssociationEnds) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    pair.network().link(pair.a.id).down = true;
    for (std::uint64_t i = 0; i < 100; ++i) {
        SendOptions options{.context = i};
        if (i % 10 == 9) options.ancillary.send_at = SendTime{pair.now() + 1h};
        ASSERT_TRUE(pair.a.send(text(1000, static_cast<char>('A' + i % 20)), options));
    }
    pair.settle();
    EXPECT_TRUE(pair.a.abort("enough"));
    pair.settle();
    std::vector<bool> back(100);
    while (const auto failed = pair.a.event<SendFailed>()) {
        EXPECT_FALSE(back[failed->context]) << "each once";
        back[failed->context] = true;
        EXPECT_EQ(as_text(failed->payload.bytes()),
                  text(1000, static_cast<char>('A' + failed->context % 20)));
    }
    EXPECT_EQ(std::ranges::count(back, true), 100);
    EXPECT_TRUE(pair.a.event<Closed>());
}

TEST(Messages, UseAnyOf65535Streams) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    for (const unsigned stream : {0u, 1u, 255u, 4096u, 65'534u}) {
        EXPECT_TRUE(pair.a.send("x", {.stream = static_cast<StreamId>(stream)}));
        pair.settle();
        const auto message = pair.z.message();
        ASSERT_TRUE(message);
        EXPECT_EQ(message->stream, static_cast<StreamId>(stream));
    }
    EXPECT_FALSE(pair.a.send("x", {.stream = StreamId{65'535}}));
}

TEST(Messages, LeaveNothingBehind) {
    Pair pair;
    pair.latency(3ms);
    ASSERT_TRUE(pair.connect());
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(pair.a.send(text(static_cast<std::size_t>(1 + i * 97))));
        ASSERT_TRUE(pair.z.send(text(static_cast<std::size_t>(1 + i * 131))));
    }
    pair.run_for(10s);
    EXPECT_EQ(pair.z.messages.size(), 50u);
    EXPECT_EQ(pair.a.messages.size(), 50u);
    for (Side* side : {&pair.a, &pair.z}) {
        side->messages.clear();
        side->events.clear();
        EXPECT_EQ(side->buffers.in_use(), 0u);
        EXPECT_EQ(side->packets.in_use(), 0u);
        EXPECT_EQ(side->status().queued_bytes, 0u);
    }
}

} // namespace
} // namespace hawser::sctp
