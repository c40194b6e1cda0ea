// What a tap sees of a handshake, and the key log that lets Wireshark see the rest.
#include "dtls/key_schedule.hpp"
#include "dtls/record_protection.hpp"
#include "dtls/versions.hpp"

#include <algorithm>
#include <map>

namespace hawser::dtls::test {
namespace {

class Watching : public PerVersion {
protected:
    void SetUp() override {
        talk.client.endpoint.set_tap(&at_client);
        talk.server.endpoint.set_tap(&at_server);
    }
    /// The first words of the lines.
    static std::vector<std::string> labels(const TapLog& log) {
        std::vector<std::string> labels;
        for (const std::string& line : log.secrets)
            labels.push_back(line.substr(0, line.find(' ')));
        return labels;
    }

    static Secret secret_of(const TapLog& log, std::string_view label) {
        for (const std::string& line : log.secrets) {
            if (!line.starts_with(std::string{label} + ' ')) continue;
            const std::string digits = line.substr(line.rfind(' ') + 1);
            std::vector<std::byte> bytes(digits.size() / 2);
            for (std::size_t i = 0; i < bytes.size(); ++i)
                bytes[i] = static_cast<std::byte>(std::stoi(digits.substr(2 * i, 2), nullptr, 16));
            return Secret{bytes};
        }
        ADD_FAILURE() << label;
        return {};
    }
    /// How many records of these datagrams are under a secret of 1.3.
    std::size_t opened(std::vector<std::vector<std::byte>> datagrams, std::string_view label,
                       std::uint64_t epoch) const {
        const auto* const suite =
            wire::dtls::find_cipher_suite(talk.client.last<Connected>()->cipher_suite);
        RecordKeys keys = record_keys13(*suite, secret_of(at_client, label), epoch);
        keys.id = 1;
        KeyedContexts contexts;
        std::size_t count = 0;
        for (std::vector<std::byte>& bytes : datagrams) {
            wire::dtls::Records records{bytes, 0};
            while (const auto* record = records.next()) {
                if (record->kind != wire::dtls::RecordKind::unified || record->epoch != epoch)
                    continue;
                const auto place = record->in(bytes);
                const auto number = unmask_number(contexts, keys, *record, place, 0);
                count += number && open_record(contexts, keys, *number, *record, place) ? 1u : 0u;
            }
        }
        return count;
    }

    TapLog at_client;
    TapLog at_server;
    Talk talk;
};

TEST_P(Watching, HandsOutTheKeyLogOfNss) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    const std::vector<std::string> expected =
        is_1_3()
            ? std::vector<std::string>{"CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                                       "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0",
                                       "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET"}
            : std::vector<std::string>{"CLIENT_RANDOM"};
    EXPECT_EQ(labels(at_client), expected);
    EXPECT_EQ(at_client.secrets, at_server.secrets);
    for (const std::string& line : at_client.secrets) {
        const std::size_t first = line.find(' ');
        const std::size_t second = line.find(' ', first + 1);
        EXPECT_EQ(second - first - 1, 64u) << line;
        EXPECT_EQ(line.size() - second - 1, is_1_3() ? 64u : 96u) << line;
    }
}

/// RFC 8446 §7.1: each direction has a secret of its own name; that of 1.2 is known to forger.hpp.
TEST_P(Watching, HandsOutTheSecretOfEachDirection) {
    if (!is_1_3()) GTEST_SKIP() << "1.2 has one secret for both";
    std::vector<std::vector<std::byte>> of_client, of_server;
    talk.on_way = [&](const End& from, const Talk::Flying& datagram) {
        (&from == &talk.client ? of_client : of_server).push_back(datagram.bytes);
        return true;
    };
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.exchange();
    for (const std::string_view label :
         {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
          "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"}) {
        const std::uint64_t epoch = label.ends_with('0') ? 3 : 2;
        const bool is_clients = label.starts_with("CLIENT");
        EXPECT_GT(opened(is_clients ? of_client : of_server, label, epoch), 0u) << label;
        EXPECT_EQ(opened(is_clients ? of_server : of_client, label, epoch), 0u) << label;
    }
}

TEST_P(Watching, NamesTheMessagesInTheirOrder) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    const std::vector<std::string> expected =
        is_1_3() ? std::vector<std::string>{"> client_hello",
                                            "< server_hello",
                                            "> client_hello",
                                            "< server_hello",
                                            "< encrypted_extensions",
                                            "< certificate",
                                            "< certificate_verify",
                                            "< finished",
                                            "> finished"} // and no ticket: it is a secret
                 : std::vector<std::string>{"> client_hello",      "< hello_verify_request",
                                            "> client_hello",      "< server_hello",
                                            "< certificate",       "< server_key_exchange",
                                            "< server_hello_done", "> client_key_exchange",
                                            "> finished",          "< new_session_ticket",
                                            "< finished"};
    EXPECT_EQ(at_client.notes, expected);
}

TEST_P(Watching, NumbersAMessageAsTheDatagramThatEndsIt) {
    client.handshake_datagram_bytes = server.handshake_datagram_bytes = 256; // several datagrams
    std::map<PacketId, std::vector<std::byte>> left;
    talk.on_way = [&](const End& from, const Talk::Flying& datagram) {
        const bool ours = &from == &talk.server;
        EXPECT_TRUE(!ours || left.emplace(datagram.id, datagram.bytes).second);
        return true;
    };
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(talk.write(talk.server, "and a record"));
    talk.run();
    EXPECT_GE(left.size(), 8u);
    EXPECT_FALSE(left.contains(PacketId{}));
    PacketId before{};
    for (std::size_t i = 0; i < at_server.ids.size(); ++i) {
        if (!at_server.notes[i].starts_with("> ")) continue;
        EXPECT_TRUE(left.contains(at_server.ids[i])) << at_server.notes[i];
        EXPECT_GE(at_server.ids[i], before);
        before = at_server.ids[i];
        constexpr std::size_t kType = 13; // of a plaintext record's first message
        EXPECT_TRUE(at_server.notes[i] != "> server_hello" ||
                    left[at_server.ids[i]].at(kType) == std::byte{2});
    }
    EXPECT_GT(before, PacketId{3});
}

TEST_P(Watching, EndsWhenTheTapIsTakenAway) {
    talk.client.endpoint.set_tap(nullptr);
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_TRUE(at_client.notes.empty());
    EXPECT_TRUE(at_client.secrets.empty());
}

HAWSER_BOTH_VERSIONS(Watching);

} // namespace
} // namespace hawser::dtls::test
