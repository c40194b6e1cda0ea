// RFC 9260 §6.2: the receive window, what it lets in and when the peer hears of it.
#include "receiver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

sctp::Options small_window() {
    sctp::Options options = quiet_rfc9260();
    options.receive_window_bytes = 4000;
    options.window_credit = sctp::WindowCredit::on_release;
    return options;
}

TEST(Rfc9260_6_2, TakesWhatWaitsForTheApplicationOffTheWindow) {
    Receiver scene{small_window()};
    const std::string payload(1000, 'x');
    scene.data_at(0, {.ssn = 0, .payload = payload});
    scene.data_at(1, {.ssn = 1, .payload = payload});
    auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_LE(ack->window, 2000u);
    EXPECT_GE(ack->window, 1000u);
    while (const auto message = scene.engine.message()) {
        scene.engine.engine->release(scene.engine.association(), message->payload.size(),
                                     scene.now());
    }
    scene.data_at(2, {.ssn = 2, .flags = kWhole | kImmediate, .payload = "x"});
    while (const auto next = scene.ack())
        ack = next;
    EXPECT_EQ(ack->window, 4000u - 256u - 1u);
}

TEST(Rfc9260_6_2, HoldsNoMoreThanItsWindow) {
    Receiver scene{small_window()};
    const std::string payload(1000, 'x');
    for (std::uint32_t i = 0; i < 12; ++i)
        scene.data_at(i, {.ssn = i, .payload = payload});
    std::size_t held = 0;
    for (const auto& message : scene.engine.messages)
        held += message.payload.size();
    EXPECT_LE(held, 5000u);
    std::optional<SackView> last;
    while (const auto ack = scene.ack())
        last = ack;
    ASSERT_TRUE(last);
    EXPECT_EQ(last->tsn + 1, scene.tsn(static_cast<std::uint32_t>(held / 1000)))
        << "what was dropped is not acknowledged";
    EXPECT_LT(last->window, 1000u);
}

// Our bookkeeping is not the peer's: what it was told of is taken.
TEST(Rfc9260_6_2, TakesAllThatTheWindowItToldOfAllows) {
    Receiver scene{small_window()};
    const std::string payload(100, 'x');
    std::vector<DataFields> burst;
    for (std::uint32_t i = 0; i < 40; ++i)
        burst.push_back({.tsn = scene.tsn(i), .ssn = i, .payload = payload});
    receive_batch(scene, burst);
    std::optional<SackView> last;
    while (const auto ack = scene.ack())
        last = ack;
    ASSERT_TRUE(last);
    EXPECT_EQ(last->tsn, scene.tsn(39));
    EXPECT_EQ(last->window, 0u);
    EXPECT_EQ(scene.engine.messages.size(), 40u);
}

// Without `release` the window opens as the messages are taken out of the engine.
void expect_window_told(bool messages_only) {
    sctp::Options options = small_window();
    options.window_credit = sctp::WindowCredit::on_poll;
    Receiver scene{options};
    sctp::Endpoint& engine = *scene.engine.engine;
    const std::string payload(1000, 'x');
    const Path path = scene.path();
    for (std::uint32_t i = 0; i < 4; ++i) {
        Octets packet = put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag,
                                     {data({.tsn = scene.tsn(i), .ssn = i, .payload = payload})});
        const Ancillary none;
        Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
        EXPECT_EQ(engine.receive(datagram, scene.now()), Verdict::accepted);
    }
    std::optional<SackView> told;
    const auto listen = [&] {
        while (const auto answer = engine.poll_transmit(scene.now(), {})) {
            const auto packet = take_apart(answer->segment(0));
            if (const Chunk* sack = packet.find(kSack)) told = SackView{*sack};
        }
    };
    listen();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->window, 0u);
    told.reset();
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(messages_only ? engine.poll_message().has_value()
                                  : engine.poll_event().has_value());
    listen();
    ASSERT_TRUE(told) << "nothing else will come to tell";
    EXPECT_EQ(told->window, 4000u);
}

TEST(Rfc9260_6_2, TellsWhenTheWindowOpensBecauseEventsAreTaken) {
    expect_window_told(false);
    expect_window_told(true);
}

// RFC 9260 §6.2: what is dropped for want of room is answered at once, with what there is.
TEST(Rfc9260_6_2, AnswersAtOnceWhatItHasNoRoomFor) {
    Receiver scene{small_window()};
    scene.data_at(0, {.payload = std::string(5000, 'x')});
    scene.run_for(1s);
    scene.discard();
    scene.data_at(1, {.ssn = 1, .payload = "dropped"});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::no_room);
    auto ack = scene.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->tsn, scene.tsn(0));
    EXPECT_EQ(ack->window, 0u);
    Receiver other;
    other.data_at(0);
    other.run_for(1s);
    other.discard();
    other.data_at(70'000, {.ssn = 1, .payload = "beyond what gap blocks can tell of"});
    EXPECT_EQ(other.engine.last_verdict, Verdict::no_room);
    ack = other.ack();
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->tsn, other.tsn(0));
    EXPECT_TRUE(ack->gaps.empty());
}

// A byte of window is a window: 256 bytes of bookkeeping go with the payload as it is taken.
TEST(Rfc9260_6_2, TakesDataAsSoonAsAByteIsFree) {
    Receiver scene{small_window()};
    scene.data_at(0, {.payload = std::string(5000, 'x')});
    scene.run_for(1s);
    const auto release = [&scene](std::size_t bytes) {
        scene.engine.engine->release(scene.engine.association(), bytes, scene.now());
    };
    release(1195); // of 5256: 3805 are left, and 256 - 61
    scene.data_at(1, {.ssn = 1});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::no_room);
    release(1);
    scene.data_at(1, {.ssn = 1});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::accepted);
}

TEST(Rfc9260_6_2, TellsWhenTheWindowOpensAgain) {
    Receiver scene{small_window()};
    const std::string payload(1000, 'x');
    for (std::uint32_t i = 0; i < 4; ++i)
        scene.data_at(i, {.ssn = i, .payload = payload});
    scene.run_for(1s);
    scene.discard();
    scene.engine.engine->release(scene.engine.association(), 4000, scene.now());
    scene.run_for(1s);
    const auto ack = scene.ack();
    ASSERT_TRUE(ack) << "a peer that saw a closed window waits for this";
    EXPECT_GE(ack->window, 3000u);
}

// A message may be larger than the window: its fragments go into it as they come in order, else it
// could never become whole. Its size has a limit of its own.
TEST(Rfc9260_6_9, TakesAMessageThatIsLargerThanTheWindow) {
    Receiver scene{small_window()};
    const std::string payload(1000, 'x');
    for (std::uint32_t i = 0; i < 20; ++i) {
        const std::uint8_t flags = i == 0 ? kBegin : i == 19 ? kEnd : std::uint8_t{0};
        scene.data_at(i, {.flags = flags, .payload = payload});
    }
    const auto message = scene.engine.message();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->payload.size(), 20'000u);
    std::set<std::uint32_t> told;
    while (const auto ack = scene.ack())
        told.insert(ack->window);
    EXPECT_TRUE(told.contains(2000u)) << "what is incomplete takes half of it at most";
    EXPECT_EQ(*std::ranges::find_if(told, [](std::uint32_t window) { return window > 0; }), 2000u);
}

TEST(Rfc9260_6_9, EndsOnAMessageThatIsLargerThanItsLimit) {
    sctp::Options options = quiet_rfc9260();
    options.message_bytes_max = 5000;
    Receiver scene{options};
    const std::string payload(1000, 'x');
    for (std::uint32_t i = 0; i < 6; ++i) {
        scene.data_at(i, {.flags = i == 0 ? kBegin : std::uint8_t{0}, .payload = payload});
    }
    EXPECT_TRUE(scene.take(kAbort));
    scene.engine.events.clear();
    EXPECT_EQ(scene.engine.buffers.in_use(), 0u);
}

// Nothing above the window is kept, however far away it is: memory stays flat.
TEST(Rfc9260_6_2, KeepsNothingThatIsFarBeyondTheWindow) {
    Receiver scene;
    const std::size_t before = scene.engine.buffers.in_use();
    for (std::uint32_t i = 1; i < 200; ++i) {
        scene.data_at(i * 0x0080'0000, {.ssn = i, .payload = "far"});
    }
    EXPECT_LE(scene.engine.buffers.in_use(), before + 2);
    EXPECT_FALSE(scene.engine.received());
    EXPECT_TRUE(scene.engine.is_connected());
}

// Nor is what fills a gap, once there is much to read that nobody reads.
TEST(Rfc9260_6_2, FillsAGapOnlyAsLongAsTheApplicationReads) {
    Receiver scene{small_window()};
    const std::string payload(1000, 'x');
    scene.data_at(50, {.ssn = 50, .payload = "far"});
    for (std::uint32_t i = 0; i < 50; ++i)
        scene.data_at(i, {.ssn = i, .payload = payload});
    EXPECT_EQ(scene.engine.last_verdict, Verdict::no_room);
    std::uint32_t taken = 0;
    for (; const auto message = scene.engine.message(); ++taken) {
        scene.engine.engine->release(scene.engine.association(), message->payload.size(),
                                     scene.now());
    }
    EXPECT_EQ(taken, 13u) << "four windows, at 1256 each";
    for (std::uint32_t i = taken; i < 50; ++i) {
        scene.data_at(i, {.ssn = i, .payload = payload});
        const auto message = scene.engine.message();
        ASSERT_TRUE(message) << i;
        scene.engine.engine->release(scene.engine.association(), message->payload.size(),
                                     scene.now());
    }
    EXPECT_TRUE(scene.engine.message()) << "the far one";
}

} // namespace
} // namespace hawser::test
