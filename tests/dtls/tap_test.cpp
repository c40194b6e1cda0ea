// What a tap sees of a handshake, and the key log that lets Wireshark see the rest.
#include "dtls/versions.hpp"

#include <algorithm>

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

TEST_P(Watching, EndsWhenTheTapIsTakenAway) {
    talk.client.endpoint.set_tap(nullptr);
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    EXPECT_TRUE(at_client.notes.empty());
    EXPECT_TRUE(at_client.secrets.empty());
}

HAWSER_BOTH_VERSIONS(Watching);

} // namespace
} // namespace hawser::dtls::test
