#include "dtls/outbox.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <set>

namespace hawser::dtls {
namespace {

using wire::dtls::HandshakeType;

Outbox::Message message(std::uint16_t sequence, std::size_t bytes) {
    return {.type = HandshakeType::certificate,
            .sequence = sequence,
            .epoch = 2,
            .body = std::vector<std::byte>(bytes)};
}

TEST(Outbox, HoldsEverythingUntilItIsAcknowledged) {
    Outbox outbox;
    outbox.add(message(0, 100));
    outbox.add(message(1, 0));
    ASSERT_EQ(outbox.missing().size(), 2u);
    outbox.sent({0, 0, 60}, 2, 10);
    outbox.sent({0, 60, 100}, 2, 11);
    outbox.sent({1, 0, 0}, 2, 12);
    EXPECT_FALSE(outbox.acknowledge(2, 10));
    ASSERT_EQ(outbox.missing().size(), 2u);
    EXPECT_EQ(outbox.missing()[0].from, 60u);
    EXPECT_EQ(outbox.missing()[0].to, 100u);
    EXPECT_FALSE(outbox.acknowledge(2, 12));
    EXPECT_TRUE(outbox.acknowledge(2, 11));
    EXPECT_TRUE(outbox.missing().empty());
}

TEST(Outbox, IgnoresRecordsThatItDidNotSend) {
    Outbox outbox;
    outbox.add(message(0, 10));
    outbox.sent({0, 0, 10}, 2, 5);
    EXPECT_FALSE(outbox.acknowledge(2, 6));
    EXPECT_FALSE(outbox.acknowledge(3, 5));
    EXPECT_FALSE(outbox.acknowledge(0, 5));
    EXPECT_EQ(outbox.missing().size(), 1u);
    EXPECT_TRUE(outbox.acknowledge(2, 5));
    EXPECT_TRUE(outbox.acknowledge(2, 5));
}

/// Fragments that were cut anew cover the same bytes: each byte counts once.
TEST(Outbox, CountsBytesWhateverTheirFragments) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SeededRandom random{seed};
        constexpr std::uint32_t kBytes = 300;
        Outbox outbox;
        outbox.add(message(0, kBytes));
        std::set<std::uint32_t> unknown;
        for (std::uint32_t at = 0; at < kBytes; ++at)
            unknown.insert(at);
        for (std::uint64_t number = 0; number < 100; ++number) {
            const auto from = static_cast<std::uint32_t>(random.below(kBytes));
            const auto to = static_cast<std::uint32_t>(from + 1 + random.below(kBytes - from));
            outbox.sent({0, from, to}, 2, number);
            if (random.chance(0.5)) continue;
            for (std::uint32_t at = from; at < to; ++at)
                unknown.erase(at);
            EXPECT_EQ(outbox.acknowledge(2, number), unknown.empty());
            std::set<std::uint32_t> missing;
            for (const Outbox::Piece& piece : outbox.missing()) {
                for (std::uint32_t at = piece.from; at < piece.to; ++at)
                    missing.insert(at);
            }
            ASSERT_EQ(missing, unknown) << "seed " << seed;
        }
    }
}

TEST(Outbox, RemembersOnlySoManyRecords) {
    Outbox outbox;
    outbox.add(message(0, 10));
    outbox.sent({0, 0, 10}, 2, 0);
    for (std::uint64_t number = 1; number <= 256; ++number)
        outbox.sent({0, 0, 10}, 2, number);
    EXPECT_FALSE(outbox.acknowledge(2, 0)); // it will be sent again
    EXPECT_TRUE(outbox.acknowledge(2, 1));
}

} // namespace
} // namespace hawser::dtls
