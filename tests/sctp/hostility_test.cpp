// What strangers, and peers of bad will, can make an endpoint do.
#include "support/pair.hpp"
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <malloc.h>
#include <string>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using test::init;
using test::Octets;
using test::Scene;

constexpr std::size_t kIpAndUdpBytes = 28;

/// Bytes that the program has taken from the heap, as far as the C library tells.
std::size_t heap_bytes() {
    return ::mallinfo2().uordblks;
}

/// INITs from ever new hosts and ports, straight into an engine.
struct Flood {
    explicit Flood(Side& to) : victim{to} {}

    void one(std::uint32_t number, Instant now) {
        const auto low = [number](unsigned shift) {
            return static_cast<std::uint8_t>(number >> shift);
        };
        const Path path{.local = Address::ipv4({10, 0, 0, 2}, 9899),
                        .remote =
                            Address::ipv4({100, low(16), low(8), low(0)},
                                          static_cast<std::uint16_t>(1024 + number % 60'000))};
        for (unsigned i = 0; i < 4; ++i) {
            question[16 + i] = static_cast<std::byte>((number * 2'654'435'761u | 1u) >> (8 * i));
        }
        test::seal(question);
        Octets copy = question;
        const Ancillary none;
        Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = copy};
        last = victim.engine->receive(datagram, now);
    }
    void drain(Instant now) {
        while (const auto answer = victim.engine->poll_transmit(now, {})) {
            ++answers;
            const std::size_t bytes = answer->payload.size() + kIpAndUdpBytes;
            EXPECT_LE(bytes, 3 * (question.size() + kIpAndUdpBytes));
        }
    }

    Side& victim;
    Octets question = test::put_together(7, Pair::kPort, 0, {init()});
    std::uint64_t answers = 0;
    Verdict last{};
};

TEST(Hostility, OfAMillionSpoofedInitsCostsNothing) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    pair.run_for(1s);
    Flood flood{pair.z};
    Instant now = pair.now();
    for (std::uint32_t i = 0; i < 50'000; ++i) { // pools and tables find their size
        flood.one(i, now);
        if (i % 64 == 0) flood.drain(now);
    }
    flood.drain(now);
    pair.run_for(10s);
    now = pair.now();
    flood.answers = 0;
    const std::size_t before = heap_bytes();
    const std::uint64_t slabs = pair.z.packets.slabs_allocated();

    constexpr std::uint32_t kFlood = 1'000'000;
    for (std::uint32_t i = 0; i < kFlood; ++i) {
        flood.one(i, now);
        if (i % 64 == 0) flood.drain(now);
        if (i % 100 == 0) now += 1ms;
    }
    flood.drain(now);
    EXPECT_LE(heap_bytes(), before + 64 * 1024) << "memory is flat";
    EXPECT_LE(pair.z.packets.slabs_allocated(), slabs + 4);
    EXPECT_EQ(pair.z.engine->association_count(), 1u);
    EXPECT_EQ(pair.z.packets.in_use(), 0u);
    const std::uint64_t allowed = 20'000 * 10 + 20'000;
    EXPECT_LE(flood.answers, allowed) << "ten seconds' worth";
    EXPECT_GE(flood.answers, 20'000u * 9) << "and honest strangers may still come in between";

    pair.run_for(20s);
    EXPECT_TRUE(pair.a.send("unharmed"));
    pair.run_for(1s);
    EXPECT_EQ(pair.z.received(), "unharmed");
}

TEST(Hostility, OfStrangersIsNotAnsweredWithMoreThanThreeTimesTheQuestion) {
    for (std::size_t unknown = 0; unknown < 40; ++unknown) {
        Scene scene;
        std::vector<test::Tlv> parameters;
        for (std::size_t i = 0; i < unknown; ++i) {
            parameters.push_back({.type = static_cast<std::uint16_t>(0xff00 + i)});
        }
        const Octets question = test::put_together(Scene::kPeerPort, Scene::kPort, 0,
                                                   {init({.parameters = parameters})});
        scene.send_octets(question);
        ASSERT_FALSE(scene.silent());
        EXPECT_LE(scene.peer.inbox[0].bytes + kIpAndUdpBytes,
                  3 * (question.size() + kIpAndUdpBytes))
            << unknown << " unknown parameters";
    }
}

// A layer that seals asks for the room that its largest connection wants, for everybody's packets.
TEST(Hostility, OfOneLongConnectionIdSilencesNobodysAnswer) {
    Scene scene;
    const Path path{.local = scene.world.network.address(scene.engine.id),
                    .remote = scene.peer_address()};
    Octets packet = test::put_together(Scene::kPeerPort, Scene::kPort, 0, {init()});
    const Ancillary none;
    Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
    EXPECT_EQ(scene.engine.engine->receive(datagram, scene.now()), Verdict::accepted);
    const Framing framing{.headroom = 277, .tailroom = 17};
    const auto answer = scene.engine.engine->poll_transmit(scene.now(), framing);
    ASSERT_TRUE(answer);
    EXPECT_GE(answer->payload.headroom(), framing.headroom);
    EXPECT_GE(answer->payload.tailroom(), framing.tailroom);
    EXPECT_TRUE(test::take_apart(answer->segment(0)).has(test::kInitAck));
}

// Nobody polls: no more answers wait than may, and each that was not given is counted.
TEST(Hostility, OfManyStraysFillsNoQueueThatNobodyEmpties) {
    Options options = test::quiet_rfc9260();
    options.stray_answers_per_second = 1'000'000;
    Scene scene{options};
    const Path path{.local = scene.world.network.address(scene.engine.id),
                    .remote = scene.peer_address()};
    Octets packet = test::put_together(Scene::kPeerPort, Scene::kPort, 5, {test::heartbeat("x")});
    for (int i = 0; i < 1100; ++i) {
        const Ancillary none;
        Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
        EXPECT_EQ(scene.engine.engine->receive(datagram, scene.now()), Verdict::out_of_the_blue);
    }
    EXPECT_EQ(scene.engine.engine->counters().answers_suppressed, 1100u - 1024u);
    scene.world.settle();
    EXPECT_EQ(scene.peer.inbox.size(), 1024u);
}

/// Draws zeros first, and then what a seed gives.
struct ZerosFirst final : Random {
    void fill(MutableBytes out) override {
        if (zeros > 0) {
            --zeros;
            std::ranges::fill(out, std::byte{0});
        } else {
            then.fill(out);
        }
    }
    int zeros = 0;
    SeededRandom then{1};
};

// RFC 9260 §5.3.1: a tag of zero is none. Whoever drew one would have an association that every
// packet with that tag is for, and no packet is.
TEST(Hostility, OfChanceMakesNoTagOfZero) {
    ZerosFirst random;
    PacketPool packets;
    BufferPool buffers;
    Endpoint engine{{}, {.random = random, .packets = packets, .buffers = buffers}, Instant{}};
    ASSERT_TRUE(engine.listen(Scene::kPort));
    const Path path{.local = Address::ipv4({10, 0, 0, 2}, 9899),
                    .remote = Address::ipv4({10, 0, 0, 1}, 9899)};
    Octets packet = test::put_together(Scene::kPeerPort, Scene::kPort, 0, {init()});
    const Ancillary none;
    Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
    random.zeros = 3;
    EXPECT_EQ(engine.receive(datagram, Instant{}), Verdict::accepted);
    auto transmit = engine.poll_transmit(Instant{}, {});
    ASSERT_TRUE(transmit);
    EXPECT_NE(test::InitView{test::take_apart(transmit->segment(0)).chunks.at(0)}.tag, 0u);
    random.zeros = 3;
    ASSERT_TRUE(engine.connect(path, Scene::kPeerPort, {.local_port = 7}, Instant{}));
    transmit = engine.poll_transmit(Instant{}, {});
    ASSERT_TRUE(transmit);
    EXPECT_NE(test::InitView{test::take_apart(transmit->segment(0)).chunks.at(0)}.tag, 0u);
}

TEST(Hostility, OfManyHeartbeatsIsAnsweredWithMeasure) {
    Scene scene;
    scene.accept();
    const Octets packet = test::put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag,
                                             {test::heartbeat(std::string(1000, 'x'))});
    const Path path{.local = scene.world.network.address(scene.engine.id),
                    .remote = scene.peer_address()};
    for (int i = 0; i < 10'000; ++i) { // in one batch, before anything can leave
        Octets copy = packet;
        const Ancillary none;
        Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = copy};
        static_cast<void>(scene.engine.engine->receive(datagram, scene.now()));
    }
    EXPECT_LE(scene.engine.buffers.in_use(), 100u);
    scene.world.settle();
    EXPECT_LE(scene.count(test::kHeartbeatAck), 100u);
}

// Half the circle away a TSN is neither before nor after another.
TEST(Hostility, OfAcknowledgementsAnywhereOnTheCircleEndsNoProcess) {
    for (const bool outstanding : {false, true}) {
        for (const bool shutdown : {false, true}) {
            for (const std::uint32_t distance :
                 {0x7fff'fffeu, 0x7fff'ffffu, 0x8000'0000u, 0x8000'0001u, 0x8000'0002u}) {
                Scene scene;
                scene.accept();
                if (outstanding) static_cast<void>(scene.engine.send(std::string(3000, 'x')));
                scene.world.settle();
                const std::uint32_t tsn = scene.engine_tsn - 1 + distance;
                scene.send(shutdown ? test::shutdown(tsn) : test::sack({.tsn = tsn}));
                scene.run_for(1s);
                // What is behind says nothing; what was never sent ends the association.
                const bool ended = scene.engine.event<Closed>().has_value();
                EXPECT_EQ(ended, distance <= 0x8000'0000u) << std::hex << distance;
            }
        }
    }
}

// Its answer is larger than any datagram of the layer below.
TEST(Hostility, OfAHeartbeatTooLongToAnswerLeavesTheNextAnswered) {
    Scene scene;
    scene.accept();
    constexpr std::size_t kDatagram = 1400;
    const auto ask = [&](std::size_t bytes) {
        Octets packet = test::put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag,
                                           {test::heartbeat(std::string(bytes, 'x'))});
        const Ancillary none;
        Datagram datagram{.id = {}, .path = scene.path(), .ancillary = none, .payload = packet};
        EXPECT_EQ(scene.engine.engine->receive(datagram, scene.now()), Verdict::accepted);
    };
    ask(kDatagram - 12 - 8 + 1); // beside the common header, the chunk's and the parameter's
    ask(kDatagram - 12 - 8);
    const Framing framing{.segment_bytes_max = kDatagram};
    const auto transmit = scene.engine.engine->poll_transmit(scene.now(), framing);
    ASSERT_TRUE(transmit);
    EXPECT_EQ(transmit->payload.size(), kDatagram);
    EXPECT_EQ(scene.engine.engine->counters().answers_suppressed, 1u);
    EXPECT_FALSE(scene.engine.engine->poll_transmit(scene.now(), framing));
}

// ICMP makes the packets smaller between the question and its answer, which is larger than they are
// then. It leaves all the same, and holds up neither what follows it nor messages of another class.
TEST(Hostility, OfAnAnswerThatFitsNoPacketAnyMoreHoldsUpNothing) {
    Scene scene;
    scene.accept();
    const Path path{.local = scene.world.network.address(scene.engine.id),
                    .remote = scene.peer_address()};
    Octets packet = test::put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag,
                                       {test::heartbeat(std::string(1000, 'x'))});
    const Ancillary none;
    Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
    EXPECT_EQ(scene.engine.engine->receive(datagram, scene.now()), Verdict::accepted);
    scene.engine.path_event(PathEvent::too_big(path, 600), scene.now());
    ASSERT_TRUE(scene.engine.send("marked", {.ancillary = {.dscp = Dscp::ef}}));
    scene.world.settle();
    EXPECT_EQ(scene.count(test::kData), 1u);
    EXPECT_TRUE(scene.take(test::kHeartbeatAck));
    scene.send(test::heartbeat("short"));
    EXPECT_TRUE(scene.take(test::kHeartbeatAck));
}

TEST(Hostility, OfOneByteFragmentsHasItsPrice) {
    test::Scene scene;
    scene.accept();
    const std::size_t before = heap_bytes();
    for (std::uint32_t i = 0; i < 40'000; ++i) {
        scene.send(test::data({.tsn = scene.peer_tsn + 2 * i + 1, .ssn = i, .payload = "x"}));
        scene.discard();
        scene.peer.raw.clear();
    }
    EXPECT_LT(heap_bytes(), before + 10 * 1024 * 1024)
        << "four windows of 1 MiB, at about twice what is counted";
    EXPECT_TRUE(scene.engine.is_connected());
}

TEST(Hostility, OfEveryOtherTsnFitsIntoASack) {
    Scene scene;
    scene.accept();
    for (std::uint32_t i = 0; i < 2000; ++i) {
        scene.send(test::data({.tsn = scene.peer_tsn + 2 * i + 1, .ssn = i, .payload = "x"}));
    }
    while (const auto packet = scene.next())
        EXPECT_LE(packet->bytes, 1200u);
}

TEST(Hostility, OfAssociationsHasALimit) {
    Options options = test::quiet_rfc9260();
    options.associations_max = 10;
    Scene scene{options};
    std::size_t accepted = 0;
    for (std::uint16_t port = 1; port <= 20; ++port) {
        scene.send_octets(test::put_together(port, Scene::kPort, 0, {init({.tag = port})}));
        const auto answer = scene.take(test::kInitAck);
        if (!answer) continue;
        const test::InitView view{*answer};
        scene.send_octets(
            test::put_together(port, Scene::kPort, view.tag, {test::cookie_echo(view.cookie)}));
        accepted += scene.take(test::kCookieAck) ? 1u : 0u;
    }
    EXPECT_EQ(accepted, 10u);
    EXPECT_EQ(scene.engine.engine->association_count(), 10u);
    const auto own = scene.engine.connect(scene.peer_address(), 99);
    ASSERT_FALSE(own) << "nor of our own";
    EXPECT_EQ(own.error().code, Errc::exhausted);
}

/// A handshake from that host; whether it was let in.
bool is_let_in(Scene& scene, const Address& host, std::uint16_t port) {
    std::optional<Octets> answered;
    const Path path{.local = scene.path().local, .remote = host};
    const auto ask = [&](Octets octets) {
        const Ancillary none;
        Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = octets};
        static_cast<void>(scene.engine.engine->receive(datagram, scene.now()));
        answered.reset();
        while (const auto transmit = scene.engine.engine->poll_transmit(scene.now(), {})) {
            const Bytes bytes = transmit->payload.bytes();
            answered = Octets{bytes.begin(), bytes.end()};
        }
    };
    ask(test::put_together(port, Scene::kPort, 0, {init({.tag = port})}));
    EXPECT_TRUE(answered);
    const test::InitView view{test::take_apart(*answered).chunks.at(0)};
    ask(test::put_together(port, Scene::kPort, view.tag, {test::cookie_echo(view.cookie)}));
    EXPECT_TRUE(answered);
    const test::Chunk last = test::take_apart(*answered).chunks.at(0);
    if (last.type == test::kCookieAck) return true;
    EXPECT_EQ(last.type, test::kAbort);
    EXPECT_EQ(last.u16(0), test::kOutOfResource);
    return false;
}

// One host cannot have all of them, whatever its ports: those of the others are let in.
TEST(Hostility, OfOneHostTakesNoMoreAssociationsThanItsShare) {
    Options options = test::quiet_rfc9260();
    options.associations_per_host_max = 10;
    Scene scene{options};
    const auto host = [](std::uint8_t last, std::uint16_t udp_port) {
        return Address::ipv4({192, 0, 2, last}, udp_port);
    };
    std::size_t accepted = 0;
    for (std::uint16_t i = 1; i <= 20; ++i)
        accepted +=
            is_let_in(scene, host(1, static_cast<std::uint16_t>(9000 + i % 3)), i) ? 1u : 0u;
    EXPECT_EQ(accepted, 10u);
    EXPECT_TRUE(is_let_in(scene, host(2, 9000), 1));
    // A whole /64 belongs to one host.
    Address::V6 octets{0x20, 0x01, 0x0d, 0xb8};
    accepted = 0;
    for (std::uint16_t i = 1; i <= 20; ++i) {
        octets[15] = static_cast<std::uint8_t>(i);
        accepted += is_let_in(scene, Address::ipv6(octets, 9000), i) ? 1u : 0u;
    }
    EXPECT_EQ(accepted, 10u);
    octets[7] = 1;
    EXPECT_TRUE(is_let_in(scene, Address::ipv6(octets, 9000), 1));
    // What ends makes room.
    while (const auto event = scene.engine.engine->poll_event()) {
        const auto* const up = std::get_if<Connected>(&*event);
        if (up == nullptr || !up->path.remote.is_same_host(host(1, 0))) continue;
        EXPECT_TRUE(scene.engine.engine->abort(up->association, {}, scene.now()));
        break;
    }
    while (scene.engine.engine->poll_transmit(scene.now(), {})) {
    }
    EXPECT_TRUE(is_let_in(scene, host(1, 9000), 100));
    EXPECT_FALSE(is_let_in(scene, host(1, 9000), 101));
}

// What one's own side asked for is not counted: it wanted them.
TEST(Hostility, OfOneHostIsNotWhatWasAskedForHere) {
    Options options = test::quiet_rfc9260();
    options.associations_per_host_max = 1;
    Scene scene{options};
    for (std::uint16_t port = 1; port <= 5; ++port)
        EXPECT_TRUE(scene.engine.connect(scene.peer_address(), port));
    scene.discard();
    scene.accept();
}

// A slot that is used again belongs to nobody's host any more.
TEST(Hostility, OfOneHostIsForgottenWithItsAssociation) {
    Options options = test::quiet_rfc9260();
    options.associations_per_host_max = 1;
    Scene scene{options};
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(is_let_in(scene, Address::ipv4({192, 0, 2, 1}, 9000), 1));
        const auto up = scene.engine.engine->poll_event();
        ASSERT_TRUE(up);
        EXPECT_TRUE(
            scene.engine.engine->abort(std::get<Connected>(*up).association, {}, scene.now()));
        ASSERT_TRUE(scene.engine.connect(scene.peer_address(), 9)) << "in the same slot";
        scene.world.settle();
        const auto own = scene.engine.association();
        EXPECT_TRUE(scene.engine.engine->abort(own, {}, scene.now()));
        scene.world.settle();
        scene.engine.events.clear();
    }
}

TEST(Hostility, OfRandomBytesIsNothing) {
    Scene scene;
    scene.accept();
    SeededRandom random{7};
    for (int i = 0; i < 20'000; ++i) {
        Octets octets(random.below(200));
        random.fill(octets);
        scene.send_octets(octets);
        Octets chunks(random.below(100));
        random.fill(chunks);
        Octets packet = test::put_together(Scene::kPeerPort, Scene::kPort,
                                           static_cast<std::uint32_t>(random.next()), {});
        packet.insert(packet.end(), chunks.begin(), chunks.end());
        test::seal(packet);
        scene.send_octets(packet);
        scene.discard();
        scene.peer.raw.clear();
    }
    EXPECT_TRUE(scene.engine.is_connected());
    EXPECT_EQ(scene.engine.engine->association_count(), 1u);
    scene.send_data("still here");
    EXPECT_EQ(scene.engine.received(), "still here");
}

// Held fragments, then DATA for a stream that does not exist at the Cumulative TSN: what was held
// after it comes to its turn, and does not fit.
TEST(Hostility, OfFragmentsBehindAnInvalidStreamEndsTheAssociation) {
    Scene scene;
    scene.accept({.outbound_streams = 1});
    const auto middle = [&scene](std::uint32_t ahead) {
        return test::data({.tsn = scene.peer_tsn + ahead, .flags = 0, .payload = "x"});
    };
    const auto stray = [&scene](std::uint32_t ahead) {
        return test::data({.tsn = scene.peer_tsn + ahead, .stream = 1, .payload = "x"});
    };
    scene.send(middle(1), middle(2), stray(0));
    const auto abort = scene.take(test::kAbort);
    ASSERT_TRUE(abort);
    EXPECT_EQ(abort->u16(0), test::kProtocolViolation);
    EXPECT_EQ(scene.engine.engine->association_count(), 0u);
    for (std::uint32_t ahead = 3; ahead < 9; ++ahead)
        scene.send(stray(ahead));
    scene.send(middle(11));
    scene.accept(); // and the endpoint goes on
    scene.send_data("still here");
    EXPECT_EQ(scene.engine.received(), "still here");
}

// DATA of all flags on few streams and few TSNs, one of the streams beyond those negotiated: an
// association takes it or ends, and nothing is left over.
TEST(Hostility, OfDataInEveryShapeIsTakenOrEndsTheAssociation) {
    SeededRandom random{11};
    std::size_t ended = 0;
    for (int round = 0; round < 3000; ++round) {
        Scene scene;
        scene.accept({.outbound_streams = 2});
        const std::uint32_t first = scene.peer_tsn;
        for (int i = 0; i < 24 && scene.engine.engine->association_count() > 0; ++i) {
            scene.send(test::data({.tsn = first + static_cast<std::uint32_t>(random.below(12)),
                                   .stream = static_cast<std::uint32_t>(random.below(3)),
                                   .ssn = static_cast<std::uint32_t>(random.below(3)),
                                   .flags = static_cast<std::uint8_t>(random.below(8)),
                                   .payload = "x"}));
        }
        ended += scene.engine.engine->association_count() == 0 ? 1u : 0u;
        scene.engine.events.clear();
    }
    EXPECT_GT(ended, 2000u) << "most such sequences break RFC 9260 §6.9";
    EXPECT_LT(ended, 3000u) << "but not all";
}

// Every single-bit change of every packet of a conversation, with the checksum made right again:
// nothing crashes, and the engine never hangs.
TEST(Hostility, OfEveryFlippedBitIsSurvived) {
    const auto conversation = [](std::size_t packet_to_change, std::size_t bit) {
        Scene scene;
        std::size_t index = 0;
        const auto send = [&](std::uint32_t tag, const std::vector<test::Chunk>& chunks) {
            Octets packet = test::put_together(Scene::kPeerPort, Scene::kPort, tag, chunks);
            if (index++ == packet_to_change && bit < packet.size() * 8) {
                packet[bit / 8] ^= std::byte{1} << (bit % 8);
                test::seal(packet);
            }
            scene.send_octets(packet);
        };
        send(0, {init({.parameters = {{.type = 0xfabc, .value = Octets(3)}}})});
        const auto answer = scene.take(test::kInitAck);
        if (!answer) return;
        const test::InitView view{*answer};
        send(view.tag, {test::cookie_echo(view.cookie), test::data({.tsn = 1000})});
        static_cast<void>(scene.engine.send(std::string(3000, 'x')));
        scene.world.settle();
        send(view.tag, {test::sack({.tsn = view.tsn, .gaps = {{2, 2}}, .duplicates = {view.tsn}}),
                        test::data({.tsn = 1002, .stream = 1, .flags = test::kBegin}),
                        test::heartbeat("info")});
        send(view.tag, {test::error({{.type = test::kInvalidStream, .value = Octets(4)}}),
                        test::shutdown(view.tsn)});
        scene.run_for(5s);
    };
    for (std::size_t packet = 0; packet < 4; ++packet) {
        for (std::size_t bit = 0; bit < 1200; bit += packet == 1 ? 5 : 1)
            conversation(packet, bit);
    }
}

} // namespace
} // namespace hawser::sctp
