// RFC 9653: packets without a CRC32c, where the layer below does better.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kZeroChecksumAcceptable = 0x8001;
constexpr std::uint32_t kDtls = 1; ///< the error detection method of RFC 9653 §8

Tlv acceptable(std::uint32_t method = kDtls) {
    return {.type = kZeroChecksumAcceptable, .value = OctetWriter{}.u32(method).octets};
}

sctp::Options zero_checksum() {
    sctp::Options options = quiet_rfc9260();
    options.zero_checksum = true;
    return options;
}

/// The CRC32c of the newest packet that the peer was sent.
std::uint32_t checksum_of_last(const Scene& scene) {
    constexpr std::size_t kOffset = 8;
    return static_cast<std::uint32_t>(read_number(scene.peer.raw.back().bytes, kOffset, 4));
}

/// The CRC32c of a message in an association that the peer has opened with `parameters`.
std::uint32_t checksum_of_message(const sctp::Options& options, std::vector<Tlv> parameters) {
    Scene scene{options};
    scene.accept({.parameters = std::move(parameters)});
    EXPECT_TRUE(scene.engine.send("message"));
    scene.world.settle();
    return checksum_of_last(scene);
}

TEST(Rfc9653_5_1, OffersItInInitAndInitAckWhereItIsWanted) {
    constexpr std::size_t kParameters = 16;
    for (const bool wanted : {false, true}) {
        Scene opening{wanted ? zero_checksum() : quiet_rfc9260()};
        ASSERT_TRUE(opening.engine.connect(opening.peer_address(), Scene::kPeerPort));
        opening.world.settle();
        const auto question = opening.take(kInit);
        ASSERT_TRUE(question);
        const auto offer = question->tlv(kParameters, kZeroChecksumAcceptable);
        ASSERT_EQ(offer.has_value(), wanted);
        EXPECT_EQ(offer ? offer->u32(0) : kDtls, kDtls);

        Scene asked{wanted ? zero_checksum() : quiet_rfc9260()};
        asked.send_as(0, init());
        const auto answer = asked.take(kInitAck);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->tlv(kParameters, kZeroChecksumAcceptable).has_value(), wanted);
    }
}

TEST(Rfc9653_5_2, LeavesTheChecksumOutWhereBothEndsAgree) {
    EXPECT_EQ(checksum_of_message(zero_checksum(), {acceptable()}), 0u);
    EXPECT_NE(checksum_of_message(zero_checksum(), {}), 0u) << "the peer did not offer it";
    EXPECT_NE(checksum_of_message(zero_checksum(), {acceptable(2)}), 0u)
        << "by a method that we have not";
    EXPECT_NE(checksum_of_message(quiet_rfc9260(), {acceptable()}), 0u) << "we did not offer it";
}

TEST(Rfc9653_5_2, ChecksumsItsInitAndItsCookieEcho) {
    Scene scene{zero_checksum()};
    scene.begin_open();
    EXPECT_NE(checksum_of_last(scene), 0u);
    scene.send(init_ack(
        {.parameters = {{.type = kStateCookie, .value = octets("cookie")}, acceptable()}}));
    ASSERT_TRUE(scene.take(kCookieEcho));
    EXPECT_NE(checksum_of_last(scene), 0u);
    scene.send(Chunk{.type = kCookieAck});
    ASSERT_TRUE(scene.engine.is_connected());
    ASSERT_TRUE(scene.engine.send("message"));
    scene.world.settle();
    EXPECT_EQ(checksum_of_last(scene), 0u);
}

TEST(Rfc9653_5_3, TakesPacketsWithoutItWhereItWasOffered) {
    for (const bool offered : {false, true}) {
        Scene scene{offered ? zero_checksum() : quiet_rfc9260()};
        scene.accept();
        Octets packet =
            put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag, {heartbeat("without")});
        std::fill_n(packet.begin() + 8, 4, std::byte{0});
        scene.send_octets(packet);
        EXPECT_EQ(scene.engine.last_verdict, offered ? Verdict::accepted : Verdict::bad_checksum);
        EXPECT_EQ(scene.take(kHeartbeatAck).has_value(), offered);
    }
}

TEST(Rfc9653_5_3, TakesNoInitWithoutIt) {
    Scene scene{zero_checksum()};
    Octets packet = put_together(Scene::kPeerPort, Scene::kPort, 0, {init()});
    std::fill_n(packet.begin() + 8, 4, std::byte{0});
    scene.send_octets(packet);
    EXPECT_EQ(scene.engine.last_verdict, Verdict::bad_checksum);
    EXPECT_TRUE(scene.silent());
}

} // namespace
} // namespace hawser::test
