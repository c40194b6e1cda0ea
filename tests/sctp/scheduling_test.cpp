// Streams that share an association, end to end: RFC 8260 §3.
#include "support/pair.hpp"
#include "support/sctp_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using enum StreamScheduler;
using test::DataView;
using test::IDataView;
using test::kData;
using test::kIData;
using test::take_apart;
using test::WireDatagram;

constexpr StreamScheduler kAll[] = {first_come_first_served, round_robin,
                                    round_robin_per_packet,  priority,
                                    fair_capacity,           weighted_fair_queueing};
constexpr Duration kOneWay = 20ms;
constexpr Duration kRoundTrip = 2 * kOneWay;

Options choosing(StreamScheduler kind, bool interleaving = true) {
    Options options;
    options.scheduler = kind;
    options.interleaving = interleaving;
    options.send_queue_bytes_max = 64 * 1024 * 1024;
    options.heartbeat_interval = Options::kHeartbeatOff;
    return options;
}

struct Piece {
    StreamId stream;
    std::size_t bytes;
};

/// Two ends, the chunks of messages that one of them sent for the first time, by packet.
struct Talk : Pair {
    explicit Talk(const Options& options, Duration one_way = kOneWay) : Pair{options} {
        latency(one_way);
        EXPECT_TRUE(connect());
        run_for(1s);
        set_hook(a, [this](const WireDatagram& datagram) {
            std::vector<Piece> packet;
            for (const auto& chunk : take_apart(datagram.bytes).chunks)
                note(chunk, packet);
            if (!packet.empty()) packets.push_back(packet);
            return true;
        });
    }
    void value(std::uint16_t stream, std::uint16_t value) {
        ASSERT_TRUE(a.engine->set_stream_value(a.association(), StreamId{stream}, value, now()));
    }
    void send(std::uint16_t stream, std::size_t bytes, const Ancillary& ancillary = {}) {
        ASSERT_TRUE(
            a.send(std::string(bytes, 'x'), {.stream = StreamId{stream}, .ancillary = ancillary}));
    }
    std::vector<Piece> pieces() const {
        std::vector<Piece> all;
        for (const auto& packet : packets)
            all.insert(all.end(), packet.begin(), packet.end());
        return all;
    }

    std::vector<std::vector<Piece>> packets;
    bool counts_repetitions = false;

private:
    void note(const test::Chunk& chunk, std::vector<Piece>& packet) {
        if (chunk.type == kData) return note(DataView{chunk}, packet);
        if (chunk.type == kIData) note(IDataView{chunk}, packet);
    }
    template <class View>
    void note(const View& view, std::vector<Piece>& packet) {
        const bool first = seen_.insert(view.tsn).second;
        if (first || counts_repetitions)
            packet.push_back({static_cast<StreamId>(view.stream), view.payload.size()});
    }

    std::set<std::uint32_t> seen_;
};

/// A small message is sent while ten megabytes of another stream are under way: how long it takes.
Duration delay_behind_a_large_one(StreamScheduler kind, const Ancillary& ancillary = {}) {
    Talk talk{choosing(kind)};
    if (kind == priority) talk.value(1, 1);
    talk.send(0, 10'000'000);
    talk.run_for(5 * kRoundTrip); // it is in full swing
    EXPECT_TRUE(talk.z.messages.empty());
    const Instant sent_at = talk.now();
    talk.send(1, 100, ancillary);
    std::optional<Instant> came_at;
    const auto came = [&] {
        while (const auto message = talk.z.message())
            if (message->stream == StreamId{1}) came_at = talk.now();
        return came_at.has_value();
    };
    EXPECT_TRUE(talk.world.run_until(came, 1min));
    return came_at.value_or(kNever) - sent_at;
}

TEST(Scheduling, BringsASmallMessagePastALargeOneWithinTwoRoundTrips) {
    for (const StreamScheduler kind : kAll) {
        const bool in_order = kind == first_come_first_served;
        EXPECT_EQ(delay_behind_a_large_one(kind) > 2 * kRoundTrip, in_order);
        EXPECT_LE(delay_behind_a_large_one(kind, {.dscp = Dscp::ef}), 2 * kRoundTrip)
            << "in a class of its own";
    }
}

// However many streams there are, each has its share of what arrives.
TEST(Scheduling, SharesWhatArrivesByWeight) {
    for (const bool interleaving : {false, true}) {
        Talk talk{choosing(weighted_fair_queueing, interleaving)};
        const std::map<std::uint16_t, double> weights{{0, 1}, {1, 2}, {2, 5}};
        for (const auto& [stream, weight] : weights) {
            talk.value(stream, static_cast<std::uint16_t>(100 * weight));
            for (int i = 0; i < 600; ++i)
                talk.send(stream, stream == 2 ? 9000u : 3000u + 50u * stream);
        }
        std::map<StreamId, double> bytes;
        double total = 0;
        const auto count = [&] {
            while (const auto message = talk.z.message()) {
                bytes[message->stream] += static_cast<double>(message->payload.size());
                total += static_cast<double>(message->payload.size());
            }
            return total > 3'000'000;
        };
        EXPECT_TRUE(talk.world.run_until(count, 1min));
        for (const auto& [stream, weight] : weights)
            EXPECT_NEAR(bytes[StreamId{stream}] / total, weight / 8, 0.05 * weight / 8);
        talk.run_until_idle();
    }
}

// With priorities, what is sent is in their order, whatever its class.
TEST(Scheduling, LetsPriorityWinOverTheTurnsOfClasses) {
    for (const bool interleaving : {false, true}) {
        Talk talk{choosing(priority, interleaving)};
        const Dscp classes[] = {Dscp::af11, Dscp::ef, Dscp::cs1};
        for (std::uint16_t stream = 0; stream < 20; ++stream) {
            talk.value(stream, static_cast<std::uint16_t>(20 - stream));
            for (const std::size_t bytes : {100u, 30'000u, 1u})
                talk.send(stream, bytes, {.dscp = classes[stream % 3]});
        }
        talk.run_until_idle();
        EXPECT_EQ(talk.z.messages.size(), 60u);
        EXPECT_TRUE(std::ranges::is_sorted(talk.pieces(), std::ranges::greater{}, &Piece::stream));
    }
}

// A packet that is lost holds up no other stream, what is sent again included.
TEST(Scheduling, PutsOneStreamIntoAPacketOfItsOwn) {
    for (const bool interleaving : {false, true}) {
        Talk talk{choosing(round_robin_per_packet, interleaving)};
        talk.counts_repetitions = true;
        talk.network().link(talk.a.id).loss = 0.1;
        for (std::uint16_t i = 0; i < 300; ++i)
            talk.send(i % 7, i % 5 == 0 ? 2500 : 90);
        talk.run_until_idle();
        EXPECT_EQ(talk.z.messages.size(), 300u);
        EXPECT_GT(talk.a.status().chunks_retransmitted, 0u);
        std::size_t bundled = 0;
        for (const auto& packet : talk.packets) {
            bundled += packet.size() > 1 ? 1u : 0u;
            for (const Piece& piece : packet)
                EXPECT_EQ(piece.stream, packet.front().stream);
        }
        EXPECT_GT(bundled, 10u);
    }
}

// A train of one class ends, and the message goes on in a later one.
TEST(Scheduling, LetsClassesInterleave) {
    for (const StreamScheduler kind : {first_come_first_served, round_robin, fair_capacity}) {
        Talk talk{choosing(kind)};
        talk.send(0, 1'000'000, {.dscp = Dscp::af11});
        talk.send(1, 1'000'000, {.dscp = Dscp::ef});
        talk.run_until_idle();
        const std::vector<Piece> pieces = talk.pieces();
        std::size_t switches = 0;
        for (std::size_t i = 1; i < pieces.size(); ++i)
            switches += pieces[i].stream != pieces[i - 1].stream ? 1u : 0u;
        EXPECT_GT(switches, 10u);
        EXPECT_LT(switches, pieces.size() / 10) << "a train each, not a packet";
    }
}

TEST(Scheduling, ReportsEachMessageThatHadBegunOnce) {
    for (const StreamScheduler kind : kAll) {
        Talk talk{choosing(kind)};
        for (std::uint64_t context = 0; context < 30; ++context)
            ASSERT_TRUE(talk.a.send(std::string(200'000, 'x'),
                                    {.stream = static_cast<StreamId>(context % 10),
                                     .unordered = context % 3 == 0,
                                     .context = context,
                                     .ancillary = {.hop_limit = std::uint8_t(5 + context % 2)}}));
        talk.run_for(3 * kRoundTrip);
        ASSERT_TRUE(talk.a.abort());
        talk.settle();
        std::set<std::uint64_t> reported;
        std::size_t begun = 0;
        while (const auto failed = talk.a.event<SendFailed>()) {
            EXPECT_TRUE(reported.insert(failed->context).second);
            begun += failed->sent ? 1u : 0u;
        }
        EXPECT_GE(reported.size() + talk.z.messages.size(), 30u);
        EXPECT_GE(begun, kind == first_come_first_served ? 1u : 5u);
        EXPECT_EQ(talk.a.buffers.in_use(), 0u);
    }
}

// --- choices ---

TEST(Scheduling, IsChosenForAnAssociationAtAnyTime) {
    Pair pair;
    Side& a = pair.a;
    EXPECT_EQ(a.engine->set_scheduler(AssociationId{99}, priority, pair.now()).error().code,
              Errc::not_found);
    EXPECT_EQ(a.engine->set_stream_value(AssociationId{99}, StreamId{}, 1, pair.now()).error().code,
              Errc::not_found);
    ASSERT_TRUE(pair.z.listen(Pair::kPort));
    ASSERT_TRUE(
        a.connect(pair.network().address(pair.z.id), Pair::kPort, {.outbound_streams = 10}));
    ASSERT_TRUE(a.engine->set_scheduler(a.association(), priority, pair.now()));
    const auto set = [&](std::uint16_t stream, std::uint16_t value) {
        const auto done =
            a.engine->set_stream_value(a.association(), StreamId{stream}, value, pair.now());
        return done ? std::nullopt : std::optional{done.error().code};
    };
    EXPECT_EQ(set(9, 0), std::nullopt);
    EXPECT_EQ(set(10, 0), Errc::invalid_argument) << "there are ten";
    ASSERT_TRUE(a.send("low"));
    ASSERT_TRUE(a.send("high", {.stream = StreamId{9}}));
    pair.settle();
    EXPECT_EQ(pair.z.received(), "high");
    EXPECT_EQ(pair.z.received(), "low");
    EXPECT_EQ(a.status().scheduler, priority);
    EXPECT_EQ(pair.z.status().scheduler, first_come_first_served);
    EXPECT_EQ(set(10, 0), Errc::invalid_argument);
    ASSERT_TRUE(a.engine->set_scheduler(a.association(), weighted_fair_queueing, pair.now()));
    EXPECT_EQ(set(9, 0), Errc::invalid_argument) << "a weight of nothing";
    EXPECT_EQ(set(9, 65'535), std::nullopt);
    ASSERT_TRUE(a.engine->set_scheduler(a.association(), fair_capacity, pair.now()));
    EXPECT_EQ(set(9, 7), Errc::unsupported);
}

// What the user chose stays when the peer begins anew: the peer knows nothing of it.
TEST(Scheduling, StaysWithAnAssociationThatBeginsAnew) {
    Pair pair;
    Side& a = pair.a;
    Side& z = pair.z;
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(a.engine->set_scheduler(a.association(), priority, pair.now()));
    ASSERT_TRUE(a.engine->set_stream_value(a.association(), StreamId{3}, 1, pair.now()));
    const std::uint16_t port = a.status().local_port;
    z.restart({});
    ASSERT_TRUE(z.connect(pair.network().address(a.id), port, {.local_port = Pair::kPort}));
    ASSERT_TRUE(pair.world.run_until([&] { return z.is_connected(); }, 1min));
    ASSERT_TRUE(a.event<Restarted>());
    EXPECT_EQ(a.status().scheduler, priority);
    ASSERT_TRUE(a.send("low"));
    ASSERT_TRUE(a.send("high", {.stream = StreamId{3}}));
    pair.settle();
    EXPECT_EQ(z.received(), "high");
    EXPECT_EQ(z.received(), "low");
}

// Whatever is chosen, whenever: all that is sent comes, and streams keep their order.
TEST(Scheduling, MayChangeWhileMessagesLeave) {
    for (const bool interleaving : {false, true}) {
        Talk talk{choosing(first_come_first_served, interleaving), 5ms};
        talk.network().link(talk.a.id).loss = 0.02;
        std::size_t sent = 0;
        for (int round = 0; round < 60; ++round) {
            for (std::uint16_t stream = 0; stream < 8; ++stream, ++sent) {
                ASSERT_TRUE(
                    talk.a.send(std::string(1 + 997 * sent % 9000, 'x'),
                                {.stream = StreamId{stream},
                                 .ppid = static_cast<Ppid>(sent),
                                 .ancillary = {.hop_limit = std::uint8_t(5 + (sent / 16) % 3)}}));
            }
            ASSERT_TRUE(talk.a.engine->set_scheduler(
                talk.a.association(), kAll[static_cast<std::size_t>(round) % 6], talk.now()));
            talk.run_for(7ms);
        }
        talk.run_until_idle();
        ASSERT_EQ(talk.z.messages.size(), sent);
        std::map<StreamId, Ppid> last;
        while (const auto message = talk.z.message()) {
            const auto before = last.find(message->stream);
            EXPECT_TRUE(before == last.end() || before->second < message->ppid);
            last[message->stream] = message->ppid;
        }
    }
}

} // namespace
} // namespace hawser::sctp
