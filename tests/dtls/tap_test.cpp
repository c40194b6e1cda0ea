// What a tap sees of a handshake, and the key log that lets Wireshark see the rest.
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
