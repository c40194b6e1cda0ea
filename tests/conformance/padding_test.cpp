// RFC 4820: the PAD chunk and the Padding parameter, which say nothing.
#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace hawser::test {
namespace {

using sctp::State;

Chunk pad(std::size_t bytes = 9, std::uint8_t flags = 0xff) {
    return {.type = kPad, .flags = flags, .value = Octets(bytes, std::byte{0xa5})};
}

constexpr std::size_t kInitParameters = 16;

TEST(Rfc4820_3, PassesOverAPadWhereverItStands) {
    const auto heard = [](std::initializer_list<bool> order) {
        Scene scene;
        scene.accept();
        std::vector<Chunk> chunks;
        for (const bool is_pad : order)
            chunks.push_back(is_pad ? pad() : data({.tsn = scene.peer_tsn}));
        scene.send_packet(scene.engine_tag, chunks);
        EXPECT_EQ(scene.engine.last_verdict, Verdict::accepted);
        EXPECT_FALSE(scene.take(kError));
        EXPECT_TRUE(scene.engine.is_connected());
        return scene.engine.received();
    };
    EXPECT_EQ(heard({true, false}), "data");
    EXPECT_EQ(heard({false, true}), "data");
    EXPECT_EQ(heard({true, true, false, true}), "data");
    EXPECT_FALSE(heard({true})) << "alone";
}

TEST(Rfc4820_3, TakesOneOfEverySize) {
    Scene scene;
    scene.accept();
    for (const std::size_t bytes : {0u, 1u, 3u, 4u, 1200u, 60'000u}) {
        scene.send(pad(bytes), data({.tsn = scene.peer_tsn++, .ssn = scene.peer_ssn++}));
        EXPECT_EQ(scene.engine.last_verdict, Verdict::accepted) << bytes;
        EXPECT_EQ(scene.engine.received(), "data") << bytes;
    }
}

TEST(Rfc4820_3, TakesOneInEveryState) {
    const auto takes = [](Scene& scene, State state) {
        ASSERT_EQ(scene.engine.state(), state);
        scene.discard();
        scene.send(pad());
        EXPECT_EQ(scene.engine.last_verdict, Verdict::accepted);
        EXPECT_EQ(scene.engine.state(), state);
        EXPECT_TRUE(scene.silent());
    };
    Scene opens;
    opens.begin_open();
    takes(opens, State::cookie_wait);
    opens.send(init_ack({.parameters = {{.type = kStateCookie, .value = octets("cookie")}}}));
    takes(opens, State::cookie_echoed);
    opens.send(bare(kCookieAck));
    takes(opens, State::established);

    Scene ends;
    ends.accept();
    ASSERT_TRUE(ends.engine.send("wait for me"));
    ASSERT_TRUE(ends.engine.shutdown());
    ends.world.settle();
    takes(ends, State::shutdown_pending);
    ends.send(sack({.tsn = ends.engine_tsn}));
    takes(ends, State::shutdown_sent);

    Scene ended;
    ended.accept();
    ASSERT_TRUE(ended.engine.send("wait for me"));
    ended.world.settle();
    ended.send(shutdown(ended.engine_tsn - 1));
    takes(ended, State::shutdown_received);
    ended.send(sack({.tsn = ended.engine_tsn}));
    takes(ended, State::shutdown_ack_sent);
}

// RFC 9260 §6.10: what stands alone stands alone, also beside what says nothing.
TEST(Rfc4820_3, IsAChunkThatInitHasNoPlaceFor) {
    Scene scene;
    scene.send_as(0, init(), pad());
    EXPECT_TRUE(scene.silent());
    scene.send_as(0, pad(), init());
    EXPECT_TRUE(scene.silent());
}

Chunk answer_to(Scene& scene, const std::vector<Tlv>& parameters) {
    scene.send_as(0, init({.parameters = parameters}));
    return scene.take(kInitAck).value_or(Chunk{});
}

TEST(Rfc4820_4, AnswersAPaddedInitAsIfItWereNot) {
    sctp::Options options = quiet_rfc9260();
    options.forward_tsn = true;
    Scene scene{options};
    const Tlv padding{.type = kPadding, .value = Octets(900, std::byte{0xa5})};
    const Tlv behind{.type = kForwardTsnSupported, .value = {}};
    const Chunk plain = answer_to(scene, {behind});
    const Chunk padded = answer_to(scene, {padding, padding, behind});
    EXPECT_EQ(padded.value.size(), plain.value.size());
    EXPECT_EQ(InitView{padded}.cookie.size(), InitView{plain}.cookie.size());
    EXPECT_FALSE(padded.tlv(kInitParameters, kUnrecognizedParameter));
    EXPECT_FALSE(padded.tlv(kInitParameters, kPadding));

    scene.accept({.parameters = {padding, behind}});
    EXPECT_TRUE(scene.engine.status().partial_reliability) << "what stands behind it counts";
}

} // namespace
} // namespace hawser::test
