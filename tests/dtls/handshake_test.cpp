#include "dtls/talk.hpp"

#include <gtest/gtest.h>

#include <array>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

Options only(Options options, Version version) {
    options.version_min = version;
    options.version_max = version;
    return options;
}

class BothVersions : public testing::TestWithParam<Version> {};

TEST_P(BothVersions, ConnectAndCarryDataBothWays) {
    Talk talk;
    ASSERT_TRUE(
        talk.connect(only(client_options(), GetParam()), only(server_options(), GetParam())))
        << (talk.client.last<Closed>() ? talk.client.last<Closed>()->reason.what : "")
        << (talk.server.last<Closed>() ? talk.server.last<Closed>()->reason.what : "");
    EXPECT_EQ(talk.client.last<Connected>()->version, GetParam());
    EXPECT_EQ(talk.server.last<Connected>()->version, GetParam());
    ASSERT_TRUE(talk.write(talk.client, "over"));
    ASSERT_TRUE(talk.write(talk.server, "and back"));
    talk.run();
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"over"});
    EXPECT_EQ(talk.client.texts(), std::vector<std::string>{"and back"});
}

TEST_P(BothVersions, ExportTheSameKeys) {
    Talk talk;
    ASSERT_TRUE(
        talk.connect(only(client_options(), GetParam()), only(server_options(), GetParam())));
    std::array<std::byte, 60> at_client{};
    std::array<std::byte, 60> at_server{};
    ASSERT_TRUE(
        talk.client.endpoint.export_keys(talk.client_handle, "EXTRACTOR-dtls_srtp", {}, at_client));
    ASSERT_TRUE(
        talk.server.endpoint.export_keys(talk.server_handle, "EXTRACTOR-dtls_srtp", {}, at_server));
    EXPECT_EQ(at_client, at_server);
    EXPECT_NE(at_client, (std::array<std::byte, 60>{}));
}

/// The PRF of 1.2 takes 400 bytes of a label with its context; 1.3 hashes the context.
TEST_P(BothVersions, ExportKeysForUpTo400BytesOfContext) {
    Talk talk;
    ASSERT_TRUE(
        talk.connect(only(client_options(), GetParam()), only(server_options(), GetParam())));
    const auto export_for = [&](std::size_t context_bytes) {
        std::array<std::byte, 32> out{};
        const std::vector<std::byte> context(context_bytes, std::byte{'c'});
        return talk.client.endpoint.export_keys(talk.client_handle, "EXPORTER-x", context, out);
    };
    EXPECT_TRUE(export_for(390));
    const auto longer = export_for(391);
    EXPECT_EQ(longer.has_value(), GetParam() == Version::v1_3);
    if (!longer) {
        EXPECT_EQ(longer.error().code, Errc::too_large);
    }
}

TEST_P(BothVersions, ConnectWithAPsk) {
    Talk talk;
    ASSERT_TRUE(talk.connect(only(psk_options(), GetParam()), only(psk_options(), GetParam())))
        << (talk.client.last<Closed>() ? talk.client.last<Closed>()->reason.what : "");
    EXPECT_EQ(talk.server.last<Connected>()->psk_identity, "rope");
}

TEST_P(BothVersions, SurviveLossDuplicationAndReordering) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Talk talk{seed};
        talk.weather = {.loss = 0.3, .duplication = 0.3, .reordering = 0.3};
        Options client = only(client_options(), GetParam());
        Options server = only(server_options(), GetParam());
        client.handshake_timeout = server.handshake_timeout = 600s;
        client.handshake_datagram_bytes = server.handshake_datagram_bytes =
            256 + talk.chance.below(1200);
        ASSERT_TRUE(talk.connect(client, server, 600s))
            << "seed " << seed << ' '
            << (talk.client.last<Closed>() ? talk.client.last<Closed>()->reason.what : "")
            << (talk.server.last<Closed>() ? talk.server.last<Closed>()->reason.what : "");
    }
}

TEST_P(BothVersions, EndWithCloseNotify) {
    Talk talk;
    ASSERT_TRUE(
        talk.connect(only(client_options(), GetParam()), only(server_options(), GetParam())));
    ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
    talk.run();
    ASSERT_NE(talk.server.last<Closed>(), nullptr);
    EXPECT_EQ(talk.server.last<Closed>()->reason.code, Errc::closed);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
    EXPECT_EQ(talk.client.endpoint.connection_count(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Dtls, BothVersions, testing::Values(Version::v1_2, Version::v1_3),
                         [](const auto& version) {
                             return version.param == Version::v1_2 ? "Version1_2" : "Version1_3";
                         });

} // namespace
} // namespace hawser::dtls::test
