// In steady state no record costs an allocation, an idle connection is small, and a hello that
// nobody stands behind leaves nothing.
#include "allocation/heap.hpp"
#include "dtls/talk.hpp"

#include <hawser/dtls/endpoint.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using hawser::test::Account;
using hawser::test::bytes_held;
using hawser::test::OnAccount;

/// Of both: hawser's own and libcrypto's.
std::uint64_t allocations() {
    return hawser::test::allocations() + hawser::test::libcrypto_allocations();
}

Options only(Options options, Version version) {
    options.version_min = options.version_max = version;
    return options;
}

/// Two endpoints without a network between. What the clients' takes is on an account of its own.
class Wire {
public:
    explicit Wire(Version version)
        : client_options{only(dtls::test::client_options(), version)},
          server_options{only(dtls::test::server_options(), version)} {}

    void listen() { ASSERT_TRUE(server.endpoint.listen(server_options)); }
    ConnectionHandle connect(std::uint16_t port) {
        {
            const OnAccount other{Account::other};
            const auto made = client.endpoint.connect(
                {.local = from(port), .remote = server.address}, client_options, now);
            EXPECT_TRUE(made);
            client_handle = *made;
        }
        run();
        return client_handle;
    }
    Address from(std::uint16_t port) const { return Address::ipv4({10, 0, 0, 1}, port); }
    void run() {
        for (bool moved = true; moved;) {
            moved = false;
            std::optional<Transmit> transmit;
            const auto poll = [&](End& end) {
                transmit = end.endpoint.poll_transmit(now, {});
                return transmit.has_value();
            };
            while (poll_as_client(transmit)) {
                deliver(*transmit, server, transmit->path.local);
                moved = true;
            }
            while (poll(server)) {
                const OnAccount other{Account::other};
                deliver(*transmit, client, transmit->path.remote);
                moved = true;
            }
        }
        take_events();
    }
    bool poll_as_client(std::optional<Transmit>& transmit) {
        const OnAccount other{Account::other};
        transmit = client.endpoint.poll_transmit(now, {});
        return transmit.has_value();
    }
    void deliver(Transmit& transmit, End& to, const Address& client_address) {
        const Path path = &to == &server ? Path{.local = server.address, .remote = client_address}
                                         : Path{.local = client_address, .remote = server.address};
        for (std::size_t i = 0; i < transmit.segment_count(); ++i) {
            Datagram datagram{PacketId{0}, path, transmit.ancillary, transmit.segment(i)};
            static_cast<void>(to.endpoint.receive(datagram, now));
        }
    }
    void take_events() {
        while (const auto event = server.endpoint.poll_event()) {
            if (const auto* const up = std::get_if<Connected>(&*event))
                server_handle = up->connection;
            received += std::holds_alternative<Received>(*event) ? 1u : 0u;
        }
        while (const auto event = client.endpoint.poll_event())
            received += std::holds_alternative<Received>(*event) ? 1u : 0u;
    }
    void pass(Duration duration) {
        const Instant end = now + duration;
        while (std::min(client.endpoint.deadline(), server.endpoint.deadline()) <= end) {
            now = std::min(client.endpoint.deadline(), server.endpoint.deadline());
            server.endpoint.advance(now);
            {
                const OnAccount other{Account::other};
                client.endpoint.advance(now);
            }
            run();
        }
        now = end;
    }

    Instant now{};
    Options client_options, server_options;
    End client{{}, 1, Address::ipv4({10, 0, 0, 1}, 4000)};
    End server{{}, 2, Address::ipv4({10, 0, 0, 2}, 4433)};
    ConnectionHandle client_handle{}, server_handle{};
    std::size_t received = 0;
};

class DtlsAllocations : public testing::TestWithParam<Version> {};

TEST_P(DtlsAllocations, AreNoneForARecord) {
    for (const std::size_t cid_bytes : {0u, 8u, 20u}) {
        Wire wire{GetParam()};
        if (cid_bytes != 0) {
            wire.client_options.connection_id_bytes = static_cast<std::uint8_t>(cid_bytes);
            wire.server_options.connection_id_bytes = static_cast<std::uint8_t>(cid_bytes);
        }
        wire.listen();
        static_cast<void>(wire.connect(4000));
        const std::vector<std::byte> payload(1200, std::byte{7});
        const auto talk = [&](int times) {
            for (int i = 0; i < times; ++i) {
                ASSERT_TRUE(wire.client.endpoint.write(wire.client_handle, payload,
                                                       {.dscp = Dscp::ef}, wire.now));
                ASSERT_TRUE(wire.server.endpoint.write(wire.server_handle, payload, {}, wire.now));
                wire.run();
                wire.now += 1ms;
            }
        };
        talk(200); // pools and tables find their size
        wire.received = 0;
        const std::uint64_t before = allocations();
        talk(1000);
        EXPECT_EQ(allocations() - before, 0u) << cid_bytes << " bytes of connection ID";
        EXPECT_EQ(wire.received, 2000u);
    }
}

/// As a layer between SCTP and the network: sealed and opened in their places.
TEST_P(DtlsAllocations, AreNoneForATrainThatIsSealedAndOpenedInPlace) {
    Wire wire{GetParam()};
    wire.listen();
    static_cast<void>(wire.connect(4000));
    const Overhead around = wire.client.endpoint.overhead(wire.client_handle);
    constexpr std::size_t kSegment = 1200;
    constexpr std::size_t kSegments = 10;
    const std::size_t stride = around.headroom + kSegment + around.tailroom;
    std::size_t opened = 0;
    const auto carry = [&] {
        Transmit clear{.payload = wire.client.packets.take(kSegments * stride)};
        clear.payload.resize(kSegments * stride);
        clear.segment_bytes = kSegment;
        clear.headroom = around.headroom;
        clear.tailroom = around.tailroom;
        auto sealed = wire.client.endpoint.seal(wire.client_handle, std::move(clear), wire.now);
        ASSERT_TRUE(sealed);
        const Path path{.local = wire.server.address, .remote = wire.from(4000)};
        for (std::size_t i = 0; i < sealed->segment_count(); ++i) {
            Datagram datagram{PacketId{0}, path, sealed->ancillary, sealed->segment(i)};
            Verdict verdict{};
            for (const OpenedRecord& record :
                 wire.server.endpoint.open(datagram, wire.now, verdict))
                opened += record.payload.size() == kSegment ? 1u : 0u;
        }
    };
    for (int i = 0; i < 50; ++i)
        carry();
    opened = 0;
    const std::uint64_t before = allocations();
    for (int i = 0; i < 200; ++i)
        carry();
    EXPECT_EQ(allocations() - before, 0u);
    EXPECT_EQ(opened, 200u * kSegments);
}

/// A server's connection that has carried data, and rests: the engine's heap, tables and all.
TEST_P(DtlsAllocations, OfAnIdleConnectionAreAtMostTwoKilobytes) {
    Wire wire{GetParam()};
    wire.server_options.connection_id_bytes = 8;
    wire.client_options.connection_id_bytes = 0;
    wire.listen();
    const std::vector<std::byte> payload(1000, std::byte{7});
    const auto open = [&](std::uint16_t first, std::uint16_t count) {
        for (std::uint16_t i = 0; i < count; ++i) {
            static_cast<void>(wire.connect(static_cast<std::uint16_t>(first + i)));
            ASSERT_TRUE(wire.server.endpoint.write(wire.server_handle, payload, {}, wire.now));
            wire.run();
        }
        wire.pass(300s); // until nobody waits for the last flight any more
    };
    open(1000, 128); // what the endpoint itself needs, and its pools
    const std::int64_t before = bytes_held();
    constexpr std::uint16_t kConnections = 500;
    open(2000, kConnections);
    ASSERT_EQ(wire.server.endpoint.connection_count(), 128u + kConnections);
    const auto each = (bytes_held() - before) / kConnections;
    RecordProperty("bytes", static_cast<int>(each));
    EXPECT_LE(each, 2048);
    EXPECT_GT(each, 200) << "the counter counts";
}

TEST_P(DtlsAllocations, OfSpoofedHellosAreGivenBack) {
    Wire wire{GetParam()};
    wire.listen();
    ASSERT_TRUE(wire.client.endpoint.connect({.local = wire.from(9), .remote = wire.server.address},
                                             wire.client_options, wire.now));
    const auto question = wire.client.endpoint.poll_transmit(wire.now, {});
    ASSERT_TRUE(question);
    const Bytes hello = question->segment(0);
    std::size_t asked = 0;
    std::size_t answered = 0;
    const auto flood = [&](std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            std::byte copy[2048];
            std::ranges::copy(hello, copy);
            const Path path{.local = wire.server.address,
                            .remote = Address::ipv4({7, static_cast<std::uint8_t>(i >> 16),
                                                     static_cast<std::uint8_t>(i >> 8),
                                                     static_cast<std::uint8_t>(i)},
                                                    4000)};
            const Ancillary none;
            Datagram datagram{PacketId{0}, path, none, std::span{copy}.first(hello.size())};
            static_cast<void>(wire.server.endpoint.receive(datagram, wire.now));
            asked += hello.size();
            while (const auto answer = wire.server.endpoint.poll_transmit(wire.now, {}))
                answered += answer->payload.size();
            wire.now += 50us;
        }
    };
    flood(1000);
    const std::int64_t before = bytes_held();
    flood(500'000); // in both versions together, a million
    EXPECT_EQ(bytes_held() - before, 0);
    EXPECT_EQ(wire.server.endpoint.connection_count(), 0u);
    EXPECT_GT(answered, 0u);
    EXPECT_LE(answered, asked);
}

INSTANTIATE_TEST_SUITE_P(Dtls, DtlsAllocations, testing::Values(Version::v1_2, Version::v1_3),
                         [](const auto& version) {
                             return version.param == Version::v1_2 ? "Version1_2" : "Version1_3";
                         });

} // namespace
} // namespace hawser::dtls::test
