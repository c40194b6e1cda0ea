#include "dtls/talk.hpp"

#include <hawser/stack/sctp_stack.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>

namespace hawser::stack::test {
namespace {

using namespace std::chrono_literals;
using dtls::test::bytes_of;
using dtls::test::text_of;

constexpr std::uint16_t kPort = 5000;

struct TapLog final : Tap {
    void seen(const Sighting& sighting) override {
        if (sighting.layer == Layer::sctp)
            ids.emplace_back(sighting.direction, static_cast<std::uint64_t>(sighting.packet_id));
    }
    std::vector<std::pair<Direction, std::uint64_t>> ids;
};

/// Two sealed stacks on a perfect network.
class Sealed : public testing::Test {
protected:
    struct End {
        End(std::uint64_t seed, const Sealing& sealing, Address where,
            const sctp::Options& options = {})
            : random{seed},
              stack{options, sealing, {random, packets, buffers, dtls::test::wall()}, Instant{}},
              address{where} {}
        SeededRandom random;
        PacketPool packets;
        BufferPool buffers;
        SctpStack stack;
        Address address;
        std::vector<SctpStack::Event> events;
        std::vector<Transmit> sent; ///< as they left, before they are cut

        template <class E>
        const E* last() const {
            for (auto at = events.rbegin(); at != events.rend(); ++at) {
                if (const E* const event = std::get_if<E>(&*at)) return event;
            }
            return nullptr;
        }
    };

    static Sealing client_sealing() {
        return {.client = dtls::test::client_options(), .server = std::nullopt, .endpoint = {}};
    }
    static Sealing server_sealing() {
        return {.client = std::nullopt, .server = dtls::test::server_options(), .endpoint = {}};
    }

    void exchange(int rounds = 200) {
        for (int i = 0; i < rounds; ++i) {
            bool any = carry(client, server);
            any = carry(server, client) || any;
            for (End* end : {&client, &server}) {
                while (auto event = end->stack.poll_event())
                    end->events.push_back(std::move(*event));
            }
            now += 5ms;
            for (End* end : {&client, &server}) {
                if (end->stack.deadline() <= now) end->stack.advance(now);
            }
        }
    }

    bool carry(End& from, End& to) {
        bool any = false;
        while (auto transmit = from.stack.poll_transmit(now, Framing{})) {
            any = true;
            deliver(*transmit, from, to);
        }
        return any;
    }
    void deliver(const Transmit& transmit, const End& from, End& to) {
        const Path path{.local = to.address, .remote = from.address};
        for (std::size_t i = 0; i < transmit.segment_count(); ++i) {
            const Bytes segment = transmit.segment(i);
            if (segment.size() > carries_bytes) continue;
            std::vector<std::byte> bytes{segment.begin(), segment.end()};
            Datagram datagram{PacketId{static_cast<std::uint64_t>(transmit.id) + i}, path,
                              transmit.ancillary, bytes};
            static_cast<void>(to.stack.receive(datagram, now));
        }
    }

    sctp::AssociationId connect() {
        EXPECT_TRUE(server.stack.sctp().listen(kPort));
        const auto id =
            client.stack.connect({.local = {}, .remote = server.address}, kPort, {}, now);
        EXPECT_TRUE(id);
        exchange(20);
        return *id;
    }

    Instant now{};
    std::size_t carries_bytes = 65'507; ///< in a datagram
    End client{1, client_sealing(), Address::ipv4({10, 0, 0, 1}, 4000)};
    End server{2, server_sealing(), Address::ipv4({10, 0, 0, 2}, 4433)};
};

TEST_F(Sealed, AssociationComesUpWithTheAddressesOfTheNetwork) {
    connect();
    ASSERT_NE(client.last<PathSealed>(), nullptr);
    ASSERT_NE(client.last<sctp::Connected>(), nullptr);
    ASSERT_NE(server.last<sctp::Connected>(), nullptr);
    EXPECT_EQ(client.last<sctp::Connected>()->path.remote, server.address);
    EXPECT_EQ(server.last<sctp::Connected>()->path.remote, client.address);
}

TEST_F(Sealed, ThePathIsAskedAndChosenByTheAddressOfTheNetwork) {
    const auto id = connect();
    const Address host = server.address.host();
    EXPECT_TRUE(client.stack.set_primary(id, host, now));
    EXPECT_FALSE(client.stack.set_primary(id, client.address, now));
    ASSERT_TRUE(client.stack.heartbeat(id, host, 7, {}, now));
    EXPECT_FALSE(client.stack.heartbeat(id, client.address, 8, {}, now));
    exchange(5);
    const auto* const beat = client.last<sctp::HeartbeatResult>();
    ASSERT_NE(beat, nullptr);
    EXPECT_EQ(beat->context, 7u);
    EXPECT_TRUE(beat->round_trip);
    EXPECT_EQ(beat->path.remote, server.address);
}

TEST_F(Sealed, MessagesCarryTheirMarkings) {
    const auto id = connect();
    sctp::SendOptions options{.stream = sctp::StreamId{7}};
    options.ancillary.dscp = Dscp::ef;
    ASSERT_TRUE(client.stack.sctp().send(id, bytes_of("urgent"), options, now));
    exchange(5);
    const auto* const message = server.last<sctp::Message>();
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(text_of(message->payload.bytes()), "urgent");
    EXPECT_EQ(message->ancillary.dscp, Dscp::ef);
    EXPECT_EQ(message->path.remote, client.address);
}

TEST_F(Sealed, MessagesCanBeTakenWithoutOtherEvents) {
    const auto id = connect();
    EXPECT_FALSE(server.stack.poll_message());
    ASSERT_TRUE(client.stack.sctp().send(id, bytes_of("hello"), {}, now));
    carry(client, server);
    const auto message = server.stack.poll_message();
    ASSERT_TRUE(message);
    EXPECT_EQ(text_of(message->payload.bytes()), "hello");
    EXPECT_EQ(message->path.remote, client.address);
    EXPECT_FALSE(server.stack.poll_message());
}

// What became of a packet is what SCTP says, once its record has been opened.
TEST_F(Sealed, VerdictIsThatOfTheInside) {
    const auto id = connect();
    const auto theirs = server.last<sctp::Connected>()->association;
    ASSERT_TRUE(server.stack.sctp().abort(theirs, {}, now));
    while (server.stack.poll_transmit(now, Framing{})) { // its ABORT is lost
    }
    ASSERT_TRUE(client.stack.sctp().send(id, bytes_of("for nobody"), {}, now));
    const auto transmit = client.stack.poll_transmit(now, Framing{});
    ASSERT_TRUE(transmit);
    const Bytes segment = std::as_const(*transmit).segment(0);
    std::vector<std::byte> bytes{segment.begin(), segment.end()};
    const Path path{.local = server.address, .remote = client.address};
    Datagram datagram{PacketId{1}, path, transmit->ancillary, bytes};
    EXPECT_EQ(server.stack.receive(datagram, now), Verdict::out_of_the_blue);
}

TEST_F(Sealed, TrainsStayTrains) {
    const auto id = connect();
    const std::string large(30'000, 'x');
    ASSERT_TRUE(client.stack.sctp().send(id, bytes_of(large), {}, now));
    std::size_t longest = 0;
    while (auto transmit = client.stack.poll_transmit(now, Framing{})) {
        longest = std::max(longest, transmit->segment_count());
        EXPECT_EQ(transmit->headroom, 0);
        EXPECT_EQ(transmit->tailroom, 0);
        EXPECT_LE(transmit->segment_bytes, 1200);
    }
    EXPECT_GT(longest, 3u);
}

// RFC 8899 §6.2.3: the records count in.
TEST_F(Sealed, PacketsGrowUntilTheirRecordsFillThePath) {
    sctp::Options options;
    options.path_mtu_discovery = true;
    End one{5, client_sealing(), Address::ipv4({10, 0, 0, 1}, 4000), options};
    ASSERT_TRUE(server.stack.sctp().listen(kPort));
    carries_bytes = 1500 - 28;
    const auto id =
        one.stack.connect({.local = {}, .remote = server.address}, kPort, {}, now).value();
    std::size_t largest = 0;
    for (int i = 0; i < 4000; ++i) {
        while (carry(one, server) || carry(server, one)) {
        }
        while (auto event = server.stack.poll_event()) {
        }
        while (auto event = one.stack.poll_event()) {
        }
        if (i % 10 == 0) {
            ASSERT_TRUE(one.stack.sctp().send(id, bytes_of(std::string(9000, 'x')), {}, now));
        }
        now += 10ms;
        one.stack.advance(now);
        server.stack.advance(now);
        largest = std::max(largest, one.stack.status(id)->packet_bytes_max);
    }
    EXPECT_GT(largest, 1380u);
    EXPECT_LT(largest, 1472u - 12u);
    EXPECT_EQ(one.stack.status(id)->packet_bytes_max, largest);
    EXPECT_EQ(one.stack.status(id)->chunks_retransmitted, 0u);
}

// The INIT was written before anybody knew what room its record needs.
TEST_F(Sealed, AssociationIsUpWithoutATimeoutWhateverTheRecordsNeed) {
    for (const dtls::Version version : {dtls::Version::v1_2, dtls::Version::v1_3}) {
        for (const std::uint8_t cid : {std::uint8_t{0}, std::uint8_t{20}}) {
            Sealing from = client_sealing();
            Sealing to = server_sealing();
            for (dtls::Options* options : {&*from.client, &*to.server}) {
                options->version_min = options->version_max = version;
                options->connection_id_bytes = cid;
            }
            End one{5, from, Address::ipv4({10, 0, 0, 1}, 4000)};
            End other{6, to, Address::ipv4({10, 0, 0, 2}, 4433)};
            ASSERT_TRUE(other.stack.sctp().listen(kPort));
            const Path path{.local = {}, .remote = other.address};
            const auto id = one.stack.connect(path, kPort, {}, now);
            ASSERT_TRUE(id);
            while (carry(one, other) || carry(other, one)) {
            }
            const auto status = one.stack.status(*id);
            ASSERT_TRUE(status);
            EXPECT_EQ(status->state, sctp::State::established) << "cid " << int{cid};
            EXPECT_EQ(status->path.remote, other.address);
        }
    }
}

// The last flight of a handshake and the first packet after it may share a datagram.
TEST_F(Sealed, PacketInTheDatagramThatEndsTheHandshakeIsTaken) {
    Sealing from = client_sealing();
    Sealing to = server_sealing();
    from.client->version_min = to.server->version_min = dtls::Version::v1_3;
    End one{5, from, Address::ipv4({10, 0, 0, 1}, 4000)};
    End other{6, to, Address::ipv4({10, 0, 0, 2}, 4433)};
    ASSERT_TRUE(other.stack.sctp().listen(kPort));
    const Path path{.local = {}, .remote = other.address};
    const auto id = one.stack.connect(path, kPort, {}, now);
    ASSERT_TRUE(id);
    const auto in_one = [&] {
        std::vector<std::byte> together;
        while (const auto transmit = one.stack.poll_transmit(now, Framing{})) {
            for (std::size_t i = 0; i < transmit->segment_count(); ++i) {
                const Bytes segment = transmit->segment(i);
                together.insert(together.end(), segment.begin(), segment.end());
            }
        }
        if (together.empty()) return false;
        const Path back{.local = other.address, .remote = one.address};
        const Ancillary none;
        Datagram datagram{PacketId{1}, back, none, together};
        EXPECT_EQ(other.stack.receive(datagram, now), Verdict::accepted);
        return true;
    };
    while (in_one() || carry(other, one)) {
    }
    EXPECT_EQ(one.stack.status(*id)->state, sctp::State::established) << "without a timeout";
}

// Records of 1.2 want more before a packet, those of 1.3 more after it: neither has room for the
// other's, and what was written for one peer is no use to the next.
TEST_F(Sealed, AssociationIsUpBesideOneWhoseRecordsAreOtherwise) {
    for (const bool older_first : {true, false}) {
        Sealing from = client_sealing();
        from.client->version_min = dtls::Version::v1_2;
        from.client->version_max = dtls::Version::v1_3;
        Sealing older_sealing = server_sealing();
        older_sealing.server->version_min = older_sealing.server->version_max = dtls::Version::v1_2;
        Sealing newer_sealing = server_sealing();
        newer_sealing.server->version_min = newer_sealing.server->version_max = dtls::Version::v1_3;
        End one{5, from, Address::ipv4({10, 0, 0, 1}, 4000)};
        End older{6, older_sealing, Address::ipv4({10, 0, 0, 2}, 4433)};
        End newer{7, newer_sealing, Address::ipv4({10, 0, 0, 3}, 4433)};
        const auto talk = [&] {
            bool any = false;
            while (const auto transmit = one.stack.poll_transmit(now, Framing{})) {
                any = true;
                deliver(*transmit, one, transmit->path.remote == older.address ? older : newer);
            }
            any = carry(older, one) || any;
            return carry(newer, one) || any;
        };
        for (End* end : {older_first ? &older : &newer, older_first ? &newer : &older}) {
            ASSERT_TRUE(end->stack.sctp().listen(kPort));
            const Path path{.local = {}, .remote = end->address};
            const auto id = one.stack.connect(path, kPort, {}, now);
            ASSERT_TRUE(id);
            while (talk()) {
            }
            const auto status = one.stack.status(*id);
            ASSERT_TRUE(status);
            EXPECT_EQ(status->state, sctp::State::established) << "without a timeout";
        }
    }
}

// Nobody makes us hoard packets by a handshake that goes on and on.
TEST_F(Sealed, NoMorePacketsWaitForAHandshakeThanAreHeld) {
    ASSERT_TRUE(server.stack.sctp().listen(kPort));
    const Path path{.local = {}, .remote = server.address};
    std::vector<sctp::AssociationId> all;
    for (std::size_t i = 0; i < SctpStack::kHeldMax + 3; ++i) {
        const auto id = client.stack.connect(path, kPort, {}, now);
        ASSERT_TRUE(id);
        all.push_back(*id);
    }
    const auto up = [&] {
        return static_cast<std::size_t>(std::ranges::count_if(all, [&](sctp::AssociationId id) {
            return client.stack.status(id)->state == sctp::State::established;
        }));
    };
    while (carry(client, server) || carry(server, client)) {
    }
    EXPECT_EQ(up(), SctpStack::kHeldMax) << "the INITs of the others are lost";
    exchange(400);
    EXPECT_EQ(up(), all.size()) << "and go again after T1-init";
}

TEST(Bare, ZeroChecksumIsRefused) {
    SeededRandom random{1};
    PacketPool packets;
    BufferPool buffers;
    sctp::Options options;
    options.zero_checksum = true;
    const SctpStack stack{
        options, std::nullopt, {random, packets, buffers, dtls::test::wall()}, Instant{}};
    ASSERT_FALSE(stack.ready());
    EXPECT_EQ(stack.ready().error().code, Errc::invalid_argument);
}

TEST(Bare, AnActiveKeyThatIsNoneOfTheKeysIsRefused) {
    SeededRandom random{1};
    PacketPool packets;
    BufferPool buffers;
    const auto ready = [&](std::vector<sctp::SharedKey> keys, std::uint16_t active) {
        sctp::Options options;
        options.authentication.emplace();
        options.authentication->keys = std::move(keys);
        options.authentication->active_key = sctp::KeyId{active};
        return SctpStack{
            options, std::nullopt, {random, packets, buffers, dtls::test::wall()}, Instant{}}
            .ready();
    };
    const sctp::SharedKey seven{.id = sctp::KeyId{7}, .secret = {}};
    EXPECT_TRUE(ready({}, 0)) << "the null key is there";
    EXPECT_TRUE(ready({seven}, 7));
    EXPECT_FALSE(ready({seven}, 0)) << "the null key is not there beside others";
    EXPECT_FALSE(ready({}, 7));
    EXPECT_EQ(ready({seven}, 8).error().code, Errc::invalid_argument);
}

TEST(Bare, PathEventsAreToldToSctp) {
    SeededRandom random{1};
    PacketPool packets;
    BufferPool buffers;
    SctpStack stack{{}, std::nullopt, {random, packets, buffers, dtls::test::wall()}, Instant{}};
    const Path path{.local = {}, .remote = Address::ipv4({10, 0, 0, 2}, 9899)};
    ASSERT_TRUE(stack.connect(path, kPort, {}, Instant{}));
    ASSERT_TRUE(stack.poll_transmit(Instant{}, {}));
    stack.path_event(PathEvent::unreachable(path, ECONNREFUSED), Instant{});
    const auto event = stack.poll_event();
    ASSERT_TRUE(event);
    const auto* const end = std::get_if<sctp::Closed>(&*event);
    ASSERT_NE(end, nullptr);
    EXPECT_EQ(end->reason, sctp::CloseReason::unreachable);
}

TEST_F(Sealed, EachOfManyConnectionsHasItsOwnPath) {
    std::vector<std::pair<sctp::AssociationId, Address>> all;
    for (unsigned i = 0; i < 600; ++i) {
        const Address remote = Address::ipv4(
            {10, 1, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}, 4433);
        const auto id = client.stack.connect({.local = {}, .remote = remote}, kPort, {}, now);
        ASSERT_TRUE(id);
        all.emplace_back(*id, remote);
    }
    for (const auto& [id, remote] : all)
        ASSERT_EQ(client.stack.status(id)->path.remote, remote);
}

// What a path carries is records: SCTP's packets have to be smaller by what is around them.
TEST_F(Sealed, PacketsFitIntoThePathWithTheirRecords) {
    const Address v4 = Address::ipv4({10, 0, 0, 2}, 4433);
    const Address v6 =
        Address::ipv6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, 4433);
    for (const Address& remote : {v4, v6}) {
        const std::size_t headers = remote.is_ipv4() ? 28 : 48;
        for (std::uint32_t mtu = 900; mtu < 904; ++mtu) {
            End one{5, client_sealing(), remote.with_port(4000)};
            End other{6, server_sealing(), remote};
            ASSERT_TRUE(other.stack.sctp().listen(kPort));
            const Path path{.local = {}, .remote = remote};
            const auto id = one.stack.connect(path, kPort, {}, now);
            ASSERT_TRUE(id);
            while (carry(one, other) || carry(other, one)) {
            }
            one.stack.path_event(PathEvent::too_big(path, mtu), now);
            ASSERT_TRUE(one.stack.sctp().send(*id, bytes_of(std::string(5'000, 'x')), {}, now));
            std::size_t longest = 0;
            while (const auto transmit = one.stack.poll_transmit(now, Framing{})) {
                for (std::size_t i = 0; i < transmit->segment_count(); ++i)
                    longest = std::max(longest, transmit->segment(i).size());
                deliver(*transmit, one, other);
            }
            EXPECT_LE(longest, mtu - headers);
            EXPECT_GT(longest, mtu - headers - 4) << "SCTP's are a multiple of four";
            while (const auto event = one.stack.poll_event()) {
                if (const auto* const changed = std::get_if<sctp::PathChanged>(&*event)) {
                    EXPECT_EQ(changed->state, sctp::PathChanged::State::too_big);
                    EXPECT_EQ(changed->path.remote, remote);
                }
            }
        }
    }
}

TEST_F(Sealed, PathEventsOfNobodyChangeNothing) {
    const auto id = connect();
    const std::size_t before = client.stack.status(id)->packet_bytes_max;
    const Path other{.local = {}, .remote = Address::ipv4({10, 0, 0, 9}, 4433)};
    client.stack.path_event(PathEvent::too_big(other, 900), now);
    EXPECT_EQ(client.stack.status(id)->packet_bytes_max, before);
}

/// What DATA packets have for a checksum.
struct ChecksumLog final : Tap {
    void seen(const Sighting& sighting) override {
        if (sighting.layer != Layer::sctp || sighting.bytes[12] != std::byte{0}) return;
        for (std::size_t i = 8; i < 12; ++i)
            zero = zero && sighting.bytes[i] == std::byte{0};
        ++packets;
    }
    bool zero = true;
    int packets = 0;
};

// RFC 9653: a record has a better check than a CRC32c.
TEST_F(Sealed, PacketsHaveNoChecksumOfTheirOwn) {
    ChecksumLog log;
    const auto id = connect();
    client.stack.set_tap(&log);
    ASSERT_TRUE(client.stack.sctp().send(id, bytes_of("hello"), {}, now));
    exchange(5);
    ASSERT_NE(server.last<sctp::Message>(), nullptr);
    EXPECT_EQ(log.packets, 1);
    EXPECT_TRUE(log.zero);
}

TEST_F(Sealed, ClearViewHasTheIdsOfTheDatagrams) {
    TapLog shown;
    const auto id = connect();
    client.stack.set_tap(&shown);
    ASSERT_TRUE(client.stack.sctp().send(id, bytes_of(std::string(5'000, 'x')), {}, now));
    std::vector<std::uint64_t> sent;
    while (auto transmit = client.stack.poll_transmit(now, Framing{})) {
        for (std::size_t i = 0; i < transmit->segment_count(); ++i)
            sent.push_back(static_cast<std::uint64_t>(transmit->id) + i);
    }
    std::vector<std::uint64_t> seen;
    for (const auto& [direction, one] : shown.ids)
        seen.push_back(one);
    EXPECT_EQ(seen, sent);
    EXPECT_GE(sent.size(), 4u);
}

/// Who connects may give the handshake longer than the options of all, or less.
TEST_F(Sealed, HandshakeTakesAsLongAsTheConnectionMay) {
    ASSERT_TRUE(client.stack.connect({.local = {}, .remote = server.address}, kPort, {}, now, 90s));
    for (const Duration passed : {Duration{60s}, Duration{90s - 1ns}, Duration{90s}}) {
        now = Instant{passed};
        client.stack.advance(now);
        while (auto event = client.stack.poll_event())
            client.events.push_back(std::move(*event));
        EXPECT_EQ(client.last<PathUnsealed>() != nullptr, passed == 90s);
    }
}

TEST_F(Sealed, WrongFingerprintEndsTheAssociationWithItsReason) {
    Sealing wrong = client_sealing();
    wrong.client->verification = {};
    wrong.client->verification.fingerprints = {dtls::Fingerprint{}};
    End other{3, wrong, Address::ipv4({10, 0, 0, 1}, 4000)};
    ASSERT_TRUE(server.stack.sctp().listen(kPort));
    ASSERT_TRUE(other.stack.connect({.local = {}, .remote = server.address}, kPort, {}, now));
    for (int i = 0; i < 20; ++i) {
        carry(other, server);
        carry(server, other);
        while (auto event = other.stack.poll_event())
            other.events.push_back(std::move(*event));
    }
    const auto* const unsealed = other.last<PathUnsealed>();
    ASSERT_NE(unsealed, nullptr);
    EXPECT_EQ(unsealed->why.reason.what, "the peer's certificate has another fingerprint");
    EXPECT_EQ(unsealed->associations.size(), 1u);
    ASSERT_NE(other.last<sctp::Closed>(), nullptr);
}

// --- another process ---

constexpr StateKey kKey{std::byte{1}};

StateExport how_out(Instant now) {
    return {.key = kKey, .now = WallTime{now.time_since_epoch()}};
}
StateImport how_in(Instant now) {
    return {.key = kKey, .now = WallTime{now.time_since_epoch()}, .path = {}};
}

/// Connection and association go together, and the peer of neither notices.
TEST_F(Sealed, AssociationGoesOnInAnotherStackWithItsConnection) {
    const auto id = connect();
    ASSERT_TRUE(client.stack.sctp().send(id, bytes_of("before"), {}, now));
    exchange(5);
    const auto theirs = server.last<sctp::Connected>()->association;
    const auto state = server.stack.export_association(theirs, how_out(now), now);
    ASSERT_TRUE(state);
    EXPECT_EQ(server.stack.sctp().association_count(), 0u);
    EXPECT_EQ(server.stack.dtls()->connection_count(), 0u);
    EXPECT_FALSE(server.stack.poll_transmit(now, Framing{})) << "without a word";
    End next{3, server_sealing(), server.address};
    const auto taken = next.stack.import_association(*state, how_in(now), now);
    ASSERT_TRUE(taken);
    EXPECT_EQ(next.stack.status(*taken)->path.remote, client.address);
    ASSERT_TRUE(client.stack.sctp().send(id, bytes_of("there"), {}, now));
    ASSERT_TRUE(next.stack.sctp().send(*taken, bytes_of("and back"), {}, now));
    for (int i = 0; i < 20; ++i) {
        carry(client, next);
        carry(next, client);
        for (End* end : {&client, &next}) {
            end->stack.advance(now);
            while (auto event = end->stack.poll_event())
                end->events.push_back(std::move(*event));
        }
    }
    EXPECT_EQ(text_of(next.last<sctp::Message>()->payload.bytes()), "there");
    EXPECT_EQ(next.last<sctp::Message>()->path.remote, client.address);
    EXPECT_EQ(text_of(client.last<sctp::Message>()->payload.bytes()), "and back");
    EXPECT_EQ(client.last<PathUnsealed>(), nullptr);
}

TEST_F(Sealed, StateOfAnAssociationIsRefusedWhole) {
    connect();
    const auto theirs = server.last<sctp::Connected>()->association;
    const auto state = server.stack.export_association(theirs, how_out(now), now);
    ASSERT_TRUE(state);
    End next{3, server_sealing(), server.address};
    const auto refusal = [&](End& end, const std::vector<std::byte>& bytes,
                             const StateImport& how) {
        const auto taken = end.stack.import_association(bytes, how, now);
        EXPECT_EQ(end.stack.dtls()->connection_count(), 0u);
        EXPECT_EQ(end.stack.sctp().association_count(), 0u);
        return taken ? Errc::io : taken.error().code;
    };
    StateImport other = how_in(now);
    other.key[0] = std::byte{2};
    EXPECT_EQ(refusal(next, *state, other), Errc::malformed);
    other = how_in(now);
    other.now += 2min;
    EXPECT_EQ(refusal(next, *state, other), Errc::timed_out);
    auto changed = *state;
    changed[changed.size() / 2] ^= std::byte{1};
    EXPECT_EQ(refusal(next, changed, how_in(now)), Errc::malformed);
    End no_server{4, client_sealing(), server.address};
    EXPECT_EQ(refusal(no_server, *state, how_in(now)), Errc::invalid_argument);
    ASSERT_TRUE(next.stack.import_association(*state, how_in(now), now));
    EXPECT_FALSE(next.stack.import_association(*state, how_in(now), now));
    EXPECT_EQ(next.stack.dtls()->connection_count(), 1u) << "the one that lives is untouched";
}

TEST_F(Sealed, ConnectionOfSeveralAssociationsStays) {
    const auto id = connect();
    ASSERT_TRUE(server.stack.sctp().listen(kPort + 1));
    ASSERT_TRUE(client.stack.connect({.local = {}, .remote = server.address}, kPort + 1, {}, now));
    exchange(20);
    EXPECT_EQ(client.stack.export_association(id, how_out(now), now).error().code, Errc::in_use);
    EXPECT_EQ(client.stack.sctp().association_count(), 2u);
}

} // namespace
} // namespace hawser::stack::test
