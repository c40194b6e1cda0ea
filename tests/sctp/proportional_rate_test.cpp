// PRR: RFC 9937 §6.2, by hand.
#include "sctp/tx/proportional_rate.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

constexpr std::size_t kPacket = 1000;

/// Packets of 1000 bytes.
struct Reduction : testing::Test {
    ProportionalRate rate;
    std::size_t in_flight = 0;
    std::size_t threshold = 0;
    std::size_t sent = 0;

    /// A packet arrives, `lost` are found lost, and what may leave does.
    std::size_t arrives(std::size_t lost = 0, bool progress = false) {
        in_flight -= (1 + lost) * kPacket;
        const std::size_t window = rate.acked({.delivered = kPacket,
                                               .in_flight = in_flight,
                                               .threshold = threshold,
                                               .packet = kPacket,
                                               .progress = progress});
        std::size_t leave = 0;
        for (; in_flight < window; in_flight += kPacket, ++leave)
            rate.sent(kPacket);
        sent += leave;
        return leave;
    }
};

// One lost of twenty, and the window falls to 0.7: now and then one that arrives is not answered.
TEST_F(Reduction, IsEvenWhenLittleWasLost) {
    rate.begin(in_flight = 20 * kPacket);
    threshold = 14 * kPacket;
    std::size_t silent = 0;
    arrives(1);
    for (int i = 1; i < 19; ++i) {
        silent = arrives() == 0 ? silent + 1 : 0;
        EXPECT_LE(silent, 2u);
    }
    EXPECT_EQ(in_flight, threshold);
}

TEST_F(Reduction, LetsSevenTenthsOfWhatArrivesLeave) {
    rate.begin(in_flight = 100 * kPacket);
    threshold = 70 * kPacket;
    arrives(1);
    for (int i = 1; i < 50; ++i)
        arrives();
    EXPECT_EQ(sent, 35u) << "of 50 that arrived";
}

// ceil(700) bytes of 1000 that arrived: to the byte.
TEST_F(Reduction, RoundsUpToTheByte) {
    rate.begin(3000);
    EXPECT_EQ(rate.acked({.delivered = 100,
                          .in_flight = 2900,
                          .threshold = 2000,
                          .packet = 10,
                          .progress = false}),
              2900u + 67);
    rate.sent(67);
    EXPECT_EQ(rate.acked({.delivered = 1,
                          .in_flight = 2966,
                          .threshold = 2000,
                          .packet = 10,
                          .progress = false}),
              2966u + 1)
        << "68 of 67.3";
}

// The first packet goes again at once, even when nothing of what arrived was news.
TEST_F(Reduction, LetsTheFirstPacketGoAtOnce) {
    rate.begin(20 * kPacket);
    const ProportionalRate::Acked nothing{.delivered = 0,
                                          .in_flight = 19 * kPacket,
                                          .threshold = 14 * kPacket,
                                          .packet = kPacket,
                                          .progress = false};
    EXPECT_EQ(rate.acked(nothing), 20 * kPacket);
    rate.sent(kPacket);
    EXPECT_EQ(rate.acked(nothing), 19 * kPacket);
}

// More was lost than the window falls: a packet leaves for each that arrives, and one more while
// the repair goes well, up to the threshold.
TEST_F(Reduction, ConservesPacketsWhenMuchWasLost) {
    rate.begin(in_flight = 20 * kPacket);
    threshold = 14 * kPacket;
    EXPECT_EQ(arrives(12), 1u);
    EXPECT_EQ(arrives(), 1u);
    EXPECT_EQ(arrives(), 1u);
    EXPECT_EQ(arrives(0, true), 2u);
    for (int i = 0; i < 20; ++i)
        arrives(0, true);
    EXPECT_EQ(in_flight, threshold) << "and not beyond";
}

// What did not leave when it might have is not lost.
TEST_F(Reduction, RemembersWhatMightHaveLeft) {
    rate.begin(20 * kPacket);
    for (std::size_t arrived = 1; arrived <= 3; ++arrived) {
        EXPECT_EQ(rate.acked({.delivered = kPacket,
                              .in_flight = (10 - arrived) * kPacket,
                              .threshold = 14 * kPacket,
                              .packet = kPacket,
                              .progress = false}),
                  10 * kPacket);
    }
}

} // namespace
} // namespace hawser::sctp
