// What a peer may not say, and what it is told.
#include "dtls/forger.hpp"
#include "dtls/versions.hpp"

#include <hawser/wire/dtls/extensions.hpp>

#include <array>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using wire::dtls::ExtensionType;
using wire::dtls::HandshakeType;

constexpr std::size_t kRecordHeader = wire::dtls::kRecordHeaderBytes;

class Refusals1_2 : public testing::Test {
protected:
    void expect_client_says(AlertDescription alert) {
        ASSERT_NE(talk.client.last<Closed>(), nullptr);
        EXPECT_EQ(talk.client.last<Closed>()->alert_sent, alert);
    }
    void connect_watched() {
        talk.client.endpoint.set_tap(&forger);
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run();
    }
    Verdict at_client(std::vector<std::byte> bytes) {
        const Path path{.local = talk.client.address, .remote = talk.server.address};
        const Ancillary none;
        Datagram datagram{PacketId{0}, path, none, bytes};
        const Verdict verdict = talk.client.endpoint.receive(datagram, talk.now);
        talk.run(1s);
        return verdict;
    }

    Forger forger;
    Talk talk;
    Options client = only(client_options(), Version::v1_2);
    Options server = only(server_options(), Version::v1_2);
};

/// RFC 5246 §7.1: a single byte of value 1.
TEST_F(Refusals1_2, OfAChangeCipherSpecThatIsNone) {
    for (const bool longer : {false, true}) {
        Talk each;
        each.on_way = [&](const End& from, Talk::Flying& datagram) {
            if (&from != &each.server) return true;
            wire::dtls::Records records{datagram.bytes, 0};
            while (const auto* record = records.next()) {
                if (record->type != wire::dtls::ContentType::change_cipher_spec) continue;
                auto at = datagram.bytes.begin() + static_cast<std::ptrdiff_t>(record->offset);
                if (longer) {
                    at[kRecordHeader - 1] = std::byte{2};
                    datagram.bytes.insert(at + kRecordHeader, std::byte{1});
                } else {
                    at[kRecordHeader] = std::byte{2};
                }
                break;
            }
            return true;
        };
        EXPECT_FALSE(each.connect(client, server, 5s)) << longer;
        ASSERT_NE(each.client.last<Closed>(), nullptr) << longer;
        EXPECT_EQ(each.client.last<Closed>()->alert_sent, AlertDescription::illegal_parameter);
    }
}

TEST_F(Refusals1_2, OfAnotherFinishedAfterTheHandshake) {
    connect_watched();
    const std::array<std::byte, 12> verify{};
    for (std::uint16_t sequence = 0; sequence < 10; ++sequence)
        static_cast<void>(
            at_client(forger.record(wire::dtls::ContentType::handshake,
                                    Forger::message(HandshakeType::finished, sequence, verify))));
    expect_client_says(AlertDescription::unexpected_message);
}

/// Of any type, not of data alone (RFC 8449 §4).
TEST_F(Refusals1_2, OfARecordAboveTheLimit) {
    client.record_size_limit = 64;
    connect_watched();
    const std::vector<std::byte> content(65);
    EXPECT_EQ(at_client(forger.record(wire::dtls::ContentType::handshake, content)),
              Verdict::protocol_violation);
    expect_client_says(AlertDescription::record_overflow);
}

/// RFC 9147 §4.5.2: what is longer than any record is dropped, as what is forged is.
TEST_F(Refusals1_2, NotOfWhatCannotBeARecord) {
    connect_watched();
    const std::vector<std::byte> content(wire::dtls::kPlaintextBytesMax + 2048 + 1);
    const std::uint64_t opened = talk.client.endpoint.counters().records_opened;
    EXPECT_EQ(at_client(forger.record(wire::dtls::ContentType::application_data, content)),
              Verdict::malformed);
    EXPECT_EQ(talk.client.endpoint.counters().records_opened, opened);
    talk.exchange();
}

/// RFC 6066 §3: the answer to server_name has no content.
TEST_F(Refusals1_2, OfAnAnswerToServerNameThatSaysSomething) {
    client.server_name = "server.example";
    server.answer_server_name = true;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        constexpr std::array kAnswer{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}};
        constexpr std::size_t kHello = kRecordHeader + wire::dtls::kHandshakeHeaderBytes;
        constexpr std::size_t kVersionRandomAndSession = 2 + 32 + 1, kSuiteAndCompression = 3;
        auto& bytes = datagram.bytes;
        if (&from != &talk.server || bytes[kRecordHeader] != std::byte{2}) return true;
        const std::size_t extensions = kHello + kVersionRandomAndSession + kSuiteAndCompression + 2;
        const auto found =
            std::search(bytes.begin() + extensions, bytes.end(), kAnswer.begin(), kAnswer.end());
        if (found == bytes.end()) return true;
        // Nobody has signed it yet: the length of what follows becomes that of another extension.
        found[3] = std::byte{4};
        return true;
    };
    EXPECT_FALSE(talk.connect(client, server, 5s));
    expect_client_says(AlertDescription::decode_error);
}

TEST_F(Refusals1_2, OfAServerHelloDoneThatSaysSomething) {
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        // The last message of the flight, whose record then is a byte longer.
        constexpr std::size_t kHeader = wire::dtls::kHandshakeHeaderBytes;
        auto& bytes = datagram.bytes;
        if (&from != &talk.server || bytes.size() < kRecordHeader + kHeader) return true;
        const std::size_t last = bytes.size() - kHeader;
        if (bytes[last] != std::byte{14} || bytes[kRecordHeader] != std::byte{2}) return true;
        bytes[last + 3] = bytes[last + 11] = std::byte{1};
        bytes.push_back(std::byte{0});
        const std::size_t length = bytes.size() - kRecordHeader;
        bytes[kRecordHeader - 2] = static_cast<std::byte>(length >> 8);
        bytes[kRecordHeader - 1] = static_cast<std::byte>(length);
        return true;
    };
    EXPECT_FALSE(talk.connect(client, server, 5s));
    expect_client_says(AlertDescription::decode_error);
}

/// A client may show no certificate where the rules say so; what it shows is judged all the same.
class OptionalPeers : public PerVersion {};

TEST_P(OptionalPeers, MayShowNothing) {
    server.verification = {.accepts = [](const PeerCertificate&) { return false; },
                           .optional = true,
                           .refusal = AlertDescription::certificate_unknown};
    for (const bool shows : {false, true}) {
        if (shows) client.identity = ecdsa_identity();
        Talk talk;
        EXPECT_EQ(talk.connect(client, server, 5s), !shows) << why(talk);
        talk.run();
        if (!shows) {
            EXPECT_FALSE(talk.server.last<Connected>()->peer_fingerprint);
            continue;
        }
        ASSERT_NE(talk.server.last<Closed>(), nullptr);
        EXPECT_EQ(talk.server.last<Closed>()->alert_sent, AlertDescription::certificate_unknown);
    }
}

HAWSER_BOTH_VERSIONS(OptionalPeers);

/// Who wants 1.3 alone, and is asked for a cookie of 1.2, has met a server that does not speak it.
TEST(Refusals1_3, OfACookieOf1_2) {
    Talk talk;
    const Path path{.local = talk.client.address, .remote = talk.server.address};
    const auto made =
        talk.client.endpoint.connect(path, only(client_options(), Version::v1_3), talk.now);
    ASSERT_TRUE(made);
    constexpr std::array kRequest{std::byte{0xfe}, std::byte{0xff}, std::byte{1}, std::byte{7}};
    const std::vector<std::byte> message =
        Forger::message(HandshakeType::hello_verify_request, 0, kRequest);
    std::vector<std::byte> bytes(kRecordHeader + message.size());
    wire::Writer out{bytes};
    wire::dtls::RecordHeader{.type = wire::dtls::ContentType::handshake}.write(out, message.size());
    out.bytes(message);
    const Ancillary none;
    Datagram datagram{PacketId{0}, path, none, bytes};
    static_cast<void>(talk.client.endpoint.receive(datagram, talk.now));
    talk.run(1s);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->alert_sent, AlertDescription::protocol_version);
}

/// Keeps the extensions of what the server says of itself.
struct Answers final : Tap {
    void seen(const Sighting& sighting) override {
        constexpr std::size_t kHeaders = kRecordHeader + wire::dtls::kHandshakeHeaderBytes;
        const Bytes body = sighting.bytes.subspan(kHeaders);
        if (sighting.note == "server_hello") {
            const auto hello = wire::dtls::ServerHello::parse(body);
            named = named || (hello && hello->extensions.contains(ExtensionType::server_name));
        } else if (sighting.note == "encrypted_extensions") {
            const auto list = wire::dtls::parse_encrypted_extensions(body);
            named = named || (list && list->contains(ExtensionType::server_name));
        }
    }
    bool named = false;
};

class ServerNames : public PerVersion {
protected:
    bool answered(std::string name, std::optional<Session> session = std::nullopt) {
        Answers answers;
        talk.client.endpoint.set_tap(&answers);
        client.server_name = std::move(name);
        client.session = std::move(session);
        EXPECT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run();
        talk.client.endpoint.set_tap(nullptr);
        return answers.named;
    }

    Talk talk;
};

/// RFC 6066 §3: by a server that has used it, and not where it takes up a session.
TEST_P(ServerNames, AreAnsweredWhereTheyAreUsed) {
    server.answer_server_name = true;
    EXPECT_TRUE(answered("server.example"));
    const auto* const ticket = talk.client.last<TicketReceived>();
    ASSERT_NE(ticket, nullptr);
    const Session session = ticket->session;
    ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
    talk.run();
    talk.client.events.clear();
    talk.server.events.clear();
    EXPECT_FALSE(answered("server.example", session));
    EXPECT_TRUE(talk.client.last<Connected>()->resumed);
}

TEST_P(ServerNames, AreNotAnsweredWhereThereIsNone) {
    server.answer_server_name = true;
    EXPECT_FALSE(answered(""));
}

TEST_P(ServerNames, AreNotAnsweredOtherwise) {
    EXPECT_FALSE(answered("server.example"));
}

HAWSER_BOTH_VERSIONS(ServerNames);

} // namespace
} // namespace hawser::dtls::test
