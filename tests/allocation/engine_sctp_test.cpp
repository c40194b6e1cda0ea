// In steady state no packet and no message costs an allocation, and an idle association is small.
#include "allocation/heap.hpp"

#include <hawser/sctp/endpoint.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::allocations;
using test::bytes_held;

/// An engine, and the means to hand what it sends to another without a network between.
struct End {
    End(std::uint64_t seed, Address its_address, const Options& options)
        : random{seed},
          address{its_address},
          engine{options, {.random = random, .packets = packets, .buffers = buffers}, Instant{1h}} {
    }

    /// Brings everything to `peer`; answers how many packets that were.
    std::size_t deliver_to(End& peer, Instant now) {
        std::size_t count = 0;
        const Path path{.local = peer.address, .remote = address};
        while (auto transmit = engine.poll_transmit(now, {})) {
            for (std::size_t i = 0; i < transmit->segment_count(); ++i, ++count) {
                Datagram datagram{.id = {},
                                  .path = path,
                                  .ancillary = transmit->ancillary,
                                  .payload = transmit->segment(i)};
                static_cast<void>(peer.engine.receive(datagram, now));
            }
        }
        return count;
    }
    std::size_t take_messages() {
        std::size_t count = 0;
        while (const auto event = engine.poll_event()) {
            if (const auto* up = std::get_if<Connected>(&*event)) association = up->association;
            count += std::holds_alternative<Message>(*event) ? 1u : 0u;
        }
        return count;
    }

    SeededRandom random;
    PacketPool packets;
    BufferPool buffers;
    Address address;
    AssociationId association{};
    Endpoint engine;
};

struct Wire {
    explicit Wire(const Options& options = quiet())
        : a{1, Address::ipv4({10, 0, 0, 1}, 9899), options},
          z{2, Address::ipv4({10, 0, 0, 2}, 9899), options} {
        EXPECT_TRUE(z.engine.listen(5));
    }
    static Options quiet() {
        Options options;
        options.heartbeat_interval = Options::kHeartbeatOff;
        return options;
    }
    void connect() {
        EXPECT_TRUE(a.engine.connect({.local = a.address, .remote = z.address}, 5, {}, now));
        run();
    }
    void run() {
        for (;;) {
            const std::size_t moved = a.deliver_to(z, now) + z.deliver_to(a, now);
            messages += a.take_messages() + z.take_messages();
            packets += moved;
            if (moved == 0) return;
        }
    }
    void pass(Duration duration) {
        const Instant end = now + duration;
        while (std::min(a.engine.deadline(), z.engine.deadline()) <= end) {
            now = std::min(a.engine.deadline(), z.engine.deadline());
            a.engine.advance(now);
            z.engine.advance(now);
            run();
        }
        now = end;
    }

    Instant now{1h};
    std::size_t packets = 0;
    std::size_t messages = 0;
    End a;
    End z;
};

/// Sends `count` messages each way and lets them arrive.
void talk(Wire& wire, Bytes message, int count, const SendOptions& options = {}) {
    for (int i = 0; i < count; ++i) {
        ASSERT_TRUE(wire.a.engine.send(wire.a.association, message, options, wire.now));
        if (i % 4 == 0) {
            ASSERT_TRUE(wire.z.engine.send(wire.z.association, message, options, wire.now));
        }
        wire.run();
        wire.pass(1ms);
    }
    wire.pass(1s);
}

void expect_no_allocations(std::size_t message_bytes, const SendOptions& options = {},
                           const Options& engine = Wire::quiet()) {
    Wire wire{engine};
    wire.connect();
    const std::vector<std::byte> message(message_bytes, std::byte{7});
    talk(wire, message, 2000, options); // pools, rings and tables find their size
    wire.packets = wire.messages = 0;
    const std::uint64_t before = allocations();
    talk(wire, message, 2000, options);
    EXPECT_EQ(allocations() - before, 0u)
        << "for " << wire.packets << " packets of " << message_bytes << "-byte messages";
    EXPECT_EQ(wire.messages, 2500u);
}

TEST(Allocations, AreNoneForSmallMessages) {
    expect_no_allocations(64);
}

TEST(Allocations, AreNoneForMessagesOfAPacket) {
    expect_no_allocations(1100);
}

TEST(Allocations, AreNoneForMessagesOfManyPackets) {
    expect_no_allocations(16 * 1024);
}

TEST(Allocations, AreNoneForIData) {
    Options options = Wire::quiet();
    options.interleaving = true;
    for (const bool unordered : {false, true}) {
        expect_no_allocations(64, {.unordered = unordered}, options);
        expect_no_allocations(16 * 1024, {.unordered = unordered}, options);
    }
}

// Messages of several streams and classes that wait together, under every scheduler.
TEST(Allocations, AreNoneForStreamsThatTakeTurns) {
    for (std::uint8_t kind = 0; kind < 6; ++kind) {
        Options options = Wire::quiet();
        options.interleaving = true;
        options.scheduler = static_cast<StreamScheduler>(kind);
        Wire wire{options};
        wire.connect();
        const std::vector<std::byte> message(10'000, std::byte{7});
        const auto talk_by_turns = [&] {
            for (std::uint16_t i = 0; i < 3000; ++i) {
                const SendOptions how{.stream = static_cast<StreamId>(i % 7),
                                      .unordered = i % 5 == 0,
                                      .ancillary = {.dscp = i % 3 == 0 ? Dscp::ef : Dscp::cs0}};
                const Bytes bytes = Bytes{message}.first(i % 2 == 0 ? 10'000 : 50);
                ASSERT_TRUE(wire.a.engine.send(wire.a.association, bytes, how, wire.now));
                if (i % 20 != 19) continue;
                wire.run();
                wire.pass(10ms);
            }
            wire.pass(1s);
        };
        talk_by_turns();
        wire.messages = 0;
        const std::uint64_t before = allocations();
        talk_by_turns();
        EXPECT_EQ(allocations() - before, 0u) << "scheduler " << int{kind};
        EXPECT_EQ(wire.messages, 3000u);
    }
}

TEST(Allocations, AreNoneForUnorderedAndMarkedMessages) {
    expect_no_allocations(500, {.stream = StreamId{17},
                                .unordered = true,
                                .ancillary = {.dscp = Dscp::ef, .ecn = Ecn::ect1}});
}

TEST(Allocations, AreNoneForASpoofedInit) {
    Wire wire;
    wire.connect();
    End stranger{3, Address::ipv4({10, 0, 0, 3}, 9899), Wire::quiet()};
    EXPECT_TRUE(stranger.engine.connect({.local = stranger.address, .remote = wire.z.address}, 5,
                                        {}, wire.now));
    const auto question = stranger.engine.poll_transmit(wire.now, {});
    ASSERT_TRUE(question);
    const Bytes init = question->segment(0);
    const auto ask = [&](int times) {
        for (int i = 0; i < times; ++i) {
            std::byte copy[256];
            std::ranges::copy(init, copy);
            const Path path{.local = wire.z.address, .remote = stranger.address};
            const Ancillary none;
            Datagram datagram{.id = {},
                              .path = path,
                              .ancillary = none,
                              .payload = std::span{copy}.first(init.size())};
            static_cast<void>(wire.z.engine.receive(datagram, wire.now));
            while (wire.z.engine.poll_transmit(wire.now, {})) {
            }
        }
    };
    ask(100);
    const std::uint64_t before = allocations();
    ask(1000);
    EXPECT_EQ(allocations() - before, 0u);
}

// Both ends of an association that has carried traffic, and rests: the engine's heap, tables and
// all, at most 4 KB each.
TEST(Memory, OfAnIdleAssociationIsAtMostFourKilobytes) {
    constexpr std::uint16_t kAssociations = 500;
    Wire wire;
    const std::int64_t empty = bytes_held();
    const std::vector<std::byte> message(1000, std::byte{7});
    for (std::uint16_t i = 0; i < kAssociations; ++i) {
        const auto made =
            wire.a.engine.connect({.local = wire.a.address, .remote = wire.z.address}, 5,
                                  {.local_port = static_cast<std::uint16_t>(1000 + i)}, wire.now);
        ASSERT_TRUE(made);
        wire.run();
        ASSERT_TRUE(wire.a.engine.send(*made, message, {}, wire.now));
        wire.run();
    }
    wire.pass(10s);
    ASSERT_EQ(wire.a.engine.association_count(), kAssociations);
    const auto each = (bytes_held() - empty) / (2 * kAssociations);
    RecordProperty("bytes", static_cast<int>(each));
    EXPECT_LE(each, 4096);
    EXPECT_GT(each, 200) << "the counter counts";
}

// 65535 streams are agreed on, and none is used: that costs what one stream costs.
TEST(Memory, OfUnusedStreamsIsNothing) {
    const auto held_with = [](std::uint16_t streams) {
        Options options = Wire::quiet();
        options.outbound_streams = options.inbound_streams_max = streams;
        Wire wire{options};
        const std::int64_t empty = bytes_held();
        wire.connect();
        wire.pass(1s);
        return bytes_held() - empty;
    };
    EXPECT_EQ(held_with(65'535), held_with(1));
}

/// Sends until the receiver, whose application takes nothing, has no window left.
struct Unread {
    explicit Unread(std::size_t message_bytes) {
        Options options = Wire::quiet();
        options.send_queue_bytes_max = std::size_t{64} * 1024 * 1024;
        Wire wire{options};
        wire.connect();
        const std::int64_t before = bytes_held(test::Account::other);
        const std::vector<std::byte> message(message_bytes, std::byte{7});
        int queued = 0;
        while (queued < 30'000 && wire.a.engine.send(wire.a.association, message, {}, wire.now))
            ++queued;
        for (int idle = 0; idle < 4;) { // no longer, or the closed window is probed
            const test::OnAccount of_receiver{test::Account::other};
            if (wire.a.deliver_to(wire.z, wire.now) + wire.z.deliver_to(wire.a, wire.now) == 0) {
                ++idle;
                wire.now += 25ms; // acknowledgements that wait
                wire.a.engine.advance(wire.now);
                wire.z.engine.advance(wire.now);
            }
        }
        window_left = wire.a.engine.status(wire.a.association)->peer_window_bytes;
        held = bytes_held(test::Account::other) - before;
        const auto no_room = static_cast<std::size_t>(Verdict::no_room);
        dropped = wire.z.engine.counters().received[no_room];
        while (wire.z.take_messages() != 0) {
        }
    }
    std::uint32_t window_left = 0;
    std::int64_t held = 0;
    std::uint64_t dropped = 0;
};

// What stands beside a message counts as much as what is in it, for both ends: a flood of tiny
// messages takes no more memory than the window says, and none of them is thrown away.
TEST(Memory, OfMessagesThatNobodyReadsIsWhatTheWindowCounts) {
    constexpr std::int64_t kWindow = 1024 * 1024;
    for (const std::size_t bytes : {1u, 60u, 65u, 500u, 1100u, 30'000u}) {
        const Unread unread{bytes};
        EXPECT_LE(unread.held, 2 * kWindow + 256 * 1024) << "messages of " << bytes;
        EXPECT_GE(unread.held, kWindow / 2) << "messages of " << bytes;
        EXPECT_EQ(unread.dropped, 0u) << "messages of " << bytes;
        EXPECT_LT(unread.window_left, 32'000u) << "messages of " << bytes;
    }
}

} // namespace
} // namespace hawser::sctp
