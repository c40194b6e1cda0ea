// What a capture tells of its DTLS connections, without keys.
#include <hawser/capture/summary.hpp>
#include <hawser/wire/dtls/alert.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/hello.hpp>
#include <hawser/wire/dtls/record.hpp>
#include <hawser/wire/ip.hpp>
#include <hawser/wire/pcapng.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <vector>

namespace hawser::capture {
namespace {

namespace dtls = wire::dtls;
using namespace std::chrono_literals;
using dtls::HandshakeType;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using Datagram = std::vector<std::byte>;

const Address kClient = Address::ipv4({192, 0, 2, 1}, 40'000);
const Address kServer = Address::ipv4({198, 51, 100, 7}, 4433);

template <class Write>
Datagram written(Write write) {
    Datagram room(2048);
    wire::Writer out{room};
    write(out);
    EXPECT_TRUE(out.ok());
    room.resize(out.written());
    return room;
}

Datagram record(dtls::ContentType type, Bytes payload, std::uint16_t epoch = 0) {
    return written([&](wire::Writer& out) {
        dtls::RecordHeader{.type = type, .epoch = epoch}.write(out, payload.size());
        out.bytes(payload);
    });
}

/// A record of DTLS 1.3 as it is sealed.
Datagram sealed(std::size_t bytes, Bytes cid = {}) {
    return written([&](wire::Writer& out) {
        dtls::UnifiedHeader{.epoch = 3, .sequence = 7, .cid = cid}.write(out, bytes);
        out.bytes(Datagram(bytes));
    });
}

using WriteExtensions = std::function<void(wire::Writer&)>;

Datagram client_hello(std::byte random, const WriteExtensions& extensions = [](auto&) {}) {
    const std::vector<std::byte> randoms(dtls::kRandomBytes, random);
    const std::array suites{dtls::CipherSuite::aes_128_gcm_sha256};
    const Datagram message = written([&](wire::Writer& out) {
        write_handshake(out, HandshakeType::client_hello, 0, [&](wire::Writer& to) {
            dtls::write_client_hello(to, {.random = randoms, .cipher_suites = suites}, extensions);
        });
    });
    return record(dtls::ContentType::handshake, message);
}

Datagram server_hello(const WriteExtensions& extensions = [](auto&) {}) {
    const std::vector<std::byte> randoms(dtls::kRandomBytes, std::byte{9});
    const Datagram message = written([&](wire::Writer& out) {
        write_handshake(out, HandshakeType::server_hello, 0, [&](wire::Writer& to) {
            dtls::ServerHello{.random = randoms,
                              .cipher_suite = dtls::CipherSuite::aes_128_gcm_sha256}
                .write(to, extensions);
        });
    });
    return record(dtls::ContentType::handshake, message);
}

void version_1_3(wire::Writer& out) {
    dtls::write_selected_version(out, dtls::Version::v1_3);
}

/// A capture on the way between both, 1 ms from datagram to datagram.
class Capture {
public:
    Capture() {
        append(file_, wire::pcapng::SectionHeader{});
        append(file_, wire::pcapng::Interface{.link = wire::pcapng::LinkType::raw});
    }
    void client(Bytes datagram) { add(kClient, kServer, datagram); }
    void server(Bytes datagram) { add(kServer, kClient, datagram); }
    void add(const Address& from, const Address& to, Bytes datagram) {
        std::vector<std::byte> ip;
        ASSERT_TRUE(wire::append_udp(ip, {.source = from, .destination = to, .dscp = Dscp::af41},
                                     datagram));
        now_ += 1ms;
        append(file_,
               wire::pcapng::EnhancedPacket{
                   .timestamp = static_cast<std::uint64_t>(std::chrono::nanoseconds{now_}.count()),
                   .data = ip,
                   .original_bytes = static_cast<std::uint32_t>(ip.size())});
    }
    std::vector<DtlsSummary> connections() const {
        auto reader = Reader::from(file_);
        EXPECT_TRUE(reader);
        Summariser summariser;
        while (const Frame* frame = reader->next())
            summariser.add(*frame);
        return summariser.finish(*reader).dtls;
    }

private:
    std::vector<std::byte> file_;
    std::chrono::milliseconds now_{1000};
};

TEST(DtlsSummary, TellsWhatWasAgreedAndWhatWasSent) {
    Capture capture;
    capture.client(client_hello(
        std::byte{1}, [](wire::Writer& out) { dtls::write_server_name(out, "alpha.example"); }));
    capture.server(server_hello(version_1_3));
    capture.client(sealed(50));
    capture.server(sealed(30));
    capture.client(sealed(1000));

    const auto connections = capture.connections();
    ASSERT_THAT(connections, SizeIs(1));
    const DtlsSummary& one = connections[0];
    EXPECT_EQ(one.observer, "interface 0");
    EXPECT_EQ(one.version, dtls::Version::v1_3);
    EXPECT_EQ(one.cipher_suite, dtls::CipherSuite::aes_128_gcm_sha256);
    EXPECT_EQ(one.server_name, "alpha.example");
    EXPECT_EQ(one.round_trip, 2ms);
    EXPECT_EQ(one.last - one.first, 4ms);
    EXPECT_THAT(one.client.addresses, ElementsAre(kClient));
    EXPECT_THAT(one.server.addresses, ElementsAre(kServer));
    EXPECT_EQ(one.client.datagrams, 3u);
    EXPECT_EQ(one.client.records, 3u);
    EXPECT_EQ(one.client.sealed_records, 2u);
    EXPECT_THAT(one.client.messages, ElementsAre(Pair(HandshakeType::client_hello, 1)));
    EXPECT_THAT(one.server.messages, ElementsAre(Pair(HandshakeType::server_hello, 1)));
    EXPECT_EQ(one.server.sealed_records, 1u);
    ASSERT_THAT(one.server.markings, SizeIs(1));
    EXPECT_EQ(one.server.markings[0].dscp, Dscp::af41);
}

TEST(DtlsSummary, KnowsDtls12ByItsServerHello) {
    Capture capture;
    capture.client(client_hello(std::byte{1}));
    capture.server(server_hello());
    capture.client(record(dtls::ContentType::alert, Datagram(26), 1));
    const auto connections = capture.connections();
    ASSERT_THAT(connections, SizeIs(1));
    EXPECT_EQ(connections[0].version, dtls::Version::v1_2);
    EXPECT_EQ(connections[0].client.sealed_alerts, 1u);
    EXPECT_THAT(connections[0].client.alerts, IsEmpty());
}

TEST(DtlsSummary, TellsAlertsThatAreNotSealed) {
    Capture capture;
    capture.client(client_hello(std::byte{1}));
    capture.server(
        record(dtls::ContentType::alert, written([](wire::Writer& out) {
                   dtls::Alert{.description = dtls::AlertDescription::handshake_failure}.write(out);
               })));
    const auto connections = capture.connections();
    ASSERT_THAT(connections, SizeIs(1));
    EXPECT_FALSE(connections[0].version);
    ASSERT_THAT(connections[0].server.alerts, SizeIs(1));
    EXPECT_EQ(connections[0].server.alerts[0].description,
              dtls::AlertDescription::handshake_failure);
}

TEST(DtlsSummary, PutsAHelloInSeveralDatagramsTogether) {
    const Datagram whole = client_hello(
        std::byte{1}, [](wire::Writer& out) { dtls::write_server_name(out, "alpha.example"); });
    const Bytes message = Bytes{whole}.subspan(dtls::kRecordHeaderBytes);
    const Bytes body = message.subspan(dtls::kHandshakeHeaderBytes);
    const auto fragment = [&](std::uint32_t from, std::uint32_t bytes) {
        return record(dtls::ContentType::handshake, written([&](wire::Writer& out) {
                          dtls::HandshakeHeader{.type = HandshakeType::client_hello,
                                                .length = static_cast<std::uint32_t>(body.size()),
                                                .fragment_offset = from,
                                                .fragment_length = bytes}
                              .write(out);
                          out.bytes(body.subspan(from, bytes));
                      }));
    };
    Capture capture;
    capture.client(fragment(0, 40));
    capture.client(fragment(40, static_cast<std::uint32_t>(body.size()) - 40));
    const auto connections = capture.connections();
    ASSERT_THAT(connections, SizeIs(1));
    EXPECT_EQ(connections[0].server_name, "alpha.example");
    EXPECT_THAT(connections[0].client.messages, ElementsAre(Pair(HandshakeType::client_hello, 1)));
}

TEST(DtlsSummary, TellsOneConnectionFromTheNextByTheRandom) {
    Capture capture;
    capture.client(client_hello(std::byte{1}));
    capture.client(client_hello(std::byte{1})); // again: nobody answered
    capture.server(server_hello(version_1_3));
    capture.client(sealed(10));
    capture.client(client_hello(std::byte{2})); // the program was started anew
    capture.server(server_hello());
    const auto connections = capture.connections();
    ASSERT_THAT(connections, SizeIs(2));
    EXPECT_EQ(connections[0].client.messages.at(HandshakeType::client_hello), 2u);
    EXPECT_EQ(connections[0].round_trip, 2ms); // from the last hello
    EXPECT_EQ(connections[0].version, dtls::Version::v1_3);
    EXPECT_EQ(connections[1].version, dtls::Version::v1_2);
}

TEST(DtlsSummary, ReadsRecordsWithTheConnectionIdsOfTheHellos) {
    const Datagram id{std::byte{7}, std::byte{7}, std::byte{7}};
    Capture capture;
    capture.client(client_hello(std::byte{1}, [&](wire::Writer& out) {
        dtls::write_connection_id(out, {}); // it will use the server's, and has none
    }));
    capture.server(server_hello([&](wire::Writer& out) {
        version_1_3(out);
        dtls::write_connection_id(out, id);
    }));
    Datagram two = sealed(20, id);
    const Datagram more = sealed(30, id);
    two.insert(two.end(), more.begin(), more.end());
    capture.client(two);
    capture.server(sealed(40));
    const auto connections = capture.connections();
    ASSERT_THAT(connections, SizeIs(1));
    EXPECT_EQ(connections[0].client.records, 3u);
    EXPECT_EQ(connections[0].client.cid_records, 2u);
    EXPECT_EQ(connections[0].server.cid_records, 0u);
    EXPECT_EQ(connections[0].server.sealed_records, 1u);
}

TEST(DtlsSummary, FindsDtlsOnThePortOfSctpToo) {
    Capture capture;
    capture.add(kClient, kServer.with_port(9899), client_hello(std::byte{1}));
    capture.add(kClient, kServer.with_port(9899), sealed(20));
    ASSERT_THAT(capture.connections(), SizeIs(1));
    EXPECT_EQ(capture.connections()[0].client.datagrams, 2u);
}

TEST(DtlsSummary, TakesNothingElseForDtls) {
    Capture capture;
    capture.client(sealed(20)); // any 0x2c would do
    capture.client(as_bytes("GET / HTTP/1.1"));
    EXPECT_THAT(capture.connections(), IsEmpty());
    capture.client(client_hello(std::byte{1}));
    capture.client(as_bytes("\1\1 STUN shares the port")); // RFC 7983 §7
    ASSERT_THAT(capture.connections(), SizeIs(1));
    EXPECT_EQ(capture.connections()[0].client.datagrams, 1u);
}

} // namespace
} // namespace hawser::capture
