// What somebody on the network can and cannot do to a connection that is up.
#include "dtls/versions.hpp"

#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/record.hpp>
#include <hawser/wire/writer.hpp>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using wire::dtls::ContentType;
using wire::dtls::HandshakeType;

/// An unprotected record.
std::vector<std::byte> plain_record(ContentType type, std::uint64_t sequence, Bytes payload) {
    std::vector<std::byte> bytes(wire::dtls::kRecordHeaderBytes + payload.size());
    wire::Writer out{bytes};
    wire::dtls::RecordHeader{.type = type, .version = Version::v1_2, .sequence = sequence}.write(
        out, payload.size());
    out.bytes(payload);
    return bytes;
}

class Intrusion : public PerVersion {
protected:
    void SetUp() override {
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run();
    }

    /// Puts a datagram onto the wire as if the other end had sent it.
    Verdict inject(End& to, std::vector<std::byte> bytes) {
        const End& from = &to == &talk.server ? talk.client : talk.server;
        const Path path{.local = to.address, .remote = from.address};
        const Ancillary ancillary;
        Datagram datagram{PacketId{0}, path, ancillary, bytes};
        return to.endpoint.receive(datagram, talk.now);
    }
    void expect_alive() {
        ASSERT_TRUE(talk.write(talk.client, "still here"));
        ASSERT_TRUE(talk.write(talk.server, "me too"));
        talk.run(1s);
        ASSERT_FALSE(talk.server.texts().empty());
        ASSERT_FALSE(talk.client.texts().empty());
        EXPECT_EQ(talk.server.texts().back(), "still here");
        EXPECT_EQ(talk.client.texts().back(), "me too");
        EXPECT_EQ(talk.client.count<Closed>() + talk.server.count<Closed>(), 0u);
    }
    /// The next record of the client's, taken off the wire.
    std::vector<std::byte> captured(std::string_view text) {
        std::vector<std::byte> bytes;
        talk.on_way = [&](const End&, Talk::Flying& datagram) {
            bytes = datagram.bytes;
            return false;
        };
        EXPECT_TRUE(talk.write(talk.client, text));
        talk.on_way = nullptr;
        return bytes;
    }

    Talk talk;
};

TEST_P(Intrusion, ByPlaintextIsIgnored) {
    const std::array alert{std::byte{2}, std::byte{40}};
    const std::array close{std::byte{1}, std::byte{0}};
    const std::array change{std::byte{1}};
    const std::array<std::byte, 2> ack{};
    for (End* to : {&talk.client, &talk.server}) {
        for (std::uint64_t sequence = 0; sequence < 40; ++sequence) {
            EXPECT_NE(inject(*to, plain_record(ContentType::alert, sequence, alert)),
                      Verdict::accepted);
            EXPECT_NE(inject(*to, plain_record(ContentType::alert, sequence, close)),
                      Verdict::accepted);
            EXPECT_NE(inject(*to, plain_record(ContentType::ack, sequence, ack)),
                      Verdict::accepted);
            EXPECT_NE(inject(*to, plain_record(ContentType::application_data, sequence, alert)),
                      Verdict::accepted);
            static_cast<void>(
                inject(*to, plain_record(ContentType::change_cipher_spec, sequence, change)));
        }
    }
    expect_alive();
}

TEST_P(Intrusion, ByPlaintextHandshakeMessagesIsIgnored) {
    for (const HandshakeType type :
         {HandshakeType::hello_request, HandshakeType::finished, HandshakeType::server_hello,
          HandshakeType::key_update, HandshakeType::new_session_ticket}) {
        for (std::uint16_t sequence = 0; sequence < 12; ++sequence) {
            std::vector<std::byte> message(wire::dtls::kHandshakeHeaderBytes + 4);
            wire::Writer out{message};
            wire::dtls::HandshakeHeader::whole(type, sequence, 4).write(out);
            for (End* to : {&talk.client, &talk.server})
                static_cast<void>(
                    inject(*to, plain_record(ContentType::handshake, sequence, message)));
        }
    }
    expect_alive();
}

TEST_P(Intrusion, ByChangedRecordsIsCountedAndDiscarded) {
    const std::vector<std::byte> good = captured("secret");
    const std::uint64_t before = talk.server.endpoint.counters().of(Verdict::accepted);
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::vector<std::byte> changed = good;
        changed[at] ^= std::byte{0x40};
        EXPECT_NE(inject(talk.server, changed), Verdict::accepted) << "byte " << at;
    }
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_NE(inject(talk.server, {good.begin(), good.begin() + static_cast<long>(size)}),
                  Verdict::accepted);
    EXPECT_EQ(talk.server.endpoint.counters().of(Verdict::accepted), before);
    EXPECT_GT(talk.server.endpoint.counters().bad_mac, 0u);
    EXPECT_EQ(inject(talk.server, good), Verdict::accepted);
    expect_alive();
}

TEST_P(Intrusion, ByReplayIsRefused) {
    const std::vector<std::byte> record = captured("once");
    EXPECT_EQ(inject(talk.server, record), Verdict::accepted);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(inject(talk.server, record), Verdict::replayed);
    EXPECT_EQ(talk.server.endpoint.counters().replayed, 3u);
    expect_alive();
}

TEST_P(Intrusion, ByAnEchoIsRefused) {
    const std::vector<std::byte> record = captured("mirror");
    EXPECT_NE(inject(talk.client, record), Verdict::accepted);
    expect_alive();
}

TEST_P(Intrusion, ByRecordsOfUnknownEpochsIsCounted) {
    std::vector<std::byte> record = captured("later");
    if (is_1_3()) {
        record[0] ^= std::byte{1}; // the low bits of the epoch
    } else {
        record[4] = std::byte{9};
    }
    EXPECT_NE(inject(talk.server, record), Verdict::accepted);
    expect_alive();
}

/// A hello that nobody stands behind: the one who is there is not disturbed.
TEST_P(Intrusion, BySpoofedHellosDoesNotEndTheConnection) {
    Talk other{55};
    std::vector<std::vector<std::byte>> hellos;
    other.on_way = [&](const End& from, Talk::Flying& datagram) {
        if (&from == &other.client) hellos.push_back(datagram.bytes);
        return false;
    };
    static_cast<void>(other.connect(client, server, 3s));
    ASSERT_FALSE(hellos.empty());
    for (const auto& hello : hellos)
        static_cast<void>(inject(talk.server, hello));
    EXPECT_EQ(talk.server.endpoint.connection_count(), 1u);
    talk.run(1s);
    expect_alive();
}

HAWSER_BOTH_VERSIONS(Intrusion);

/// RFC 9147 §4.5.3: after so many forgeries the keys are not to be trusted any more.
TEST(ForgedRecords, EndAConnectionAtTheLimitOfItsCipher) {
    for (const Version version : {Version::v1_2, Version::v1_3}) {
        Options client = only(client_options(), version);
        Options server = only(server_options(), version);
        client.cipher_suites = server.cipher_suites = {
            version == Version::v1_3 ? CipherSuite::aes_128_ccm_8_sha256
                                     : CipherSuite::ecdhe_ecdsa_aes_128_ccm_8};
        Talk talk;
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run();
        std::vector<std::byte> record;
        talk.on_way = [&](const End&, Talk::Flying& datagram) {
            record = datagram.bytes;
            return false;
        };
        ASSERT_TRUE(talk.write(talk.client, "a record to forge from"));
        talk.on_way = nullptr;
        const Path path{.local = talk.server.address, .remote = talk.client.address};
        const Ancillary none;
        record.back() ^= std::byte{1};
        for (int i = 0; i < 127; ++i) {
            std::vector<std::byte> forged = record;
            Datagram datagram{PacketId{0}, path, none, forged};
            EXPECT_EQ(talk.server.endpoint.receive(datagram, talk.now), Verdict::bad_mac);
        }
        EXPECT_EQ(talk.server.endpoint.connection_count(), 1u);
        EXPECT_EQ(talk.server.endpoint.counters().bad_mac, 127u);
        Datagram last{PacketId{0}, path, none, record};
        static_cast<void>(talk.server.endpoint.receive(last, talk.now));
        talk.run(1s);
        EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
        ASSERT_NE(talk.client.last<Closed>(), nullptr);
        EXPECT_EQ(talk.client.last<Closed>()->alert_received, AlertDescription::bad_record_mac);
    }
}

TEST(HalfOpen, KeepsNoMoreThanAFlightOfRecordsWithoutKeys) {
    Talk talk;
    const Path path{.local = talk.client.address, .remote = talk.server.address};
    ASSERT_TRUE(talk.client.endpoint.connect(path, client_options(), talk.now));
    const auto sealed_record = [](std::size_t bytes) {
        std::vector<std::byte> record(wire::dtls::kRecordHeaderBytes + bytes);
        wire::Writer out{record};
        wire::dtls::RecordHeader{.type = ContentType::handshake, .epoch = 1}.write(out, bytes);
        return record;
    };
    const auto verdict_of = [&](std::vector<std::byte> bytes) {
        const Ancillary ancillary;
        Datagram datagram{PacketId{0}, path, ancillary, bytes};
        return talk.client.endpoint.receive(datagram, talk.now);
    };
    EXPECT_EQ(verdict_of(sealed_record(16 * 1024)), Verdict::unknown_epoch) << "larger than all";
    std::size_t kept = 0;
    for (int i = 0; i < 100; ++i)
        kept += verdict_of(sealed_record(1200)) == Verdict::accepted ? 1200u : 0u;
    EXPECT_GE(kept, 12 * 1024u) << "a flight whose datagrams overtook each other";
    EXPECT_LE(kept, 16 * 1024u);
}

/// Whoever says goodbye before there are keys ends the attempt, and hears nothing.
TEST(HalfOpen, EndsWithAGoodbyeInTheClear) {
    Talk talk;
    const Path path{.local = talk.client.address, .remote = talk.server.address};
    ASSERT_TRUE(talk.client.endpoint.connect(path, client_options(), talk.now));
    talk.run_until(talk.now, [] { return true; });
    talk.flying.clear();
    std::vector<std::byte> bytes =
        plain_record(ContentType::alert, 0, std::array{std::byte{1}, std::byte{0}});
    const Ancillary ancillary;
    Datagram datagram{PacketId{0}, path, ancillary, bytes};
    EXPECT_EQ(talk.client.endpoint.receive(datagram, talk.now), Verdict::accepted);
    talk.run_until(talk.now, [] { return true; });
    EXPECT_TRUE(talk.flying.empty());
    const auto* const closed = talk.client.last<Closed>();
    ASSERT_NE(closed, nullptr);
    EXPECT_EQ(closed->reason.code, Errc::refused);
    EXPECT_EQ(closed->alert_received, AlertDescription::close_notify);
    EXPECT_FALSE(closed->alert_sent);
    EXPECT_FALSE(closed->connected);
}

/// What is wrong with a message in the clear is counted by its kind, and ends nothing.
TEST(HalfOpen, TellsWhyItDoesNotTakeAMessage) {
    Talk talk;
    const Path path{.local = talk.client.address, .remote = talk.server.address};
    ASSERT_TRUE(talk.client.endpoint.connect(path, client_options(), talk.now));
    const auto verdict_of = [&](const wire::dtls::HandshakeHeader& header) {
        std::vector<std::byte> message(wire::dtls::kHandshakeHeaderBytes + header.fragment_length);
        wire::Writer out{message};
        header.write(out);
        std::vector<std::byte> bytes = plain_record(ContentType::handshake, 0, message);
        const Ancillary ancillary;
        Datagram datagram{PacketId{0}, path, ancillary, bytes};
        return talk.client.endpoint.receive(datagram, talk.now);
    };
    const wire::dtls::HandshakeHeader begin{.type = HandshakeType::server_hello,
                                            .length = 100,
                                            .message_seq = 0,
                                            .fragment_offset = 0,
                                            .fragment_length = 10};
    auto far = begin, large = begin, other = begin;
    far.message_seq = 1000;
    large.message_seq = 1;
    large.length = 0xff'ffff;
    other.length = 101;
    EXPECT_EQ(verdict_of(begin), Verdict::accepted);
    EXPECT_EQ(verdict_of(far), Verdict::unexpected);
    EXPECT_EQ(verdict_of(large), Verdict::no_room);
    EXPECT_EQ(verdict_of(other), Verdict::malformed);
    EXPECT_EQ(talk.client.endpoint.connection_count(), 1u);
}

} // namespace
} // namespace hawser::dtls::test
