#include "dtls/inbox.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace hawser::dtls {
namespace {

using wire::dtls::HandshakeFragment;
using wire::dtls::HandshakeHeader;

std::vector<std::byte> body_of(std::size_t size, std::uint64_t seed = 1) {
    std::vector<std::byte> body(size);
    SeededRandom{seed}.fill(body);
    return body;
}

HandshakeFragment fragment(Bytes body, std::uint16_t sequence, std::uint32_t from,
                           std::uint32_t size, HandshakeType type = HandshakeType::certificate) {
    return {HandshakeHeader{.type = type,
                            .length = static_cast<std::uint32_t>(body.size()),
                            .message_seq = sequence,
                            .fragment_offset = from,
                            .fragment_length = size},
            body.subspan(from, size)};
}

TEST(Inbox, PutsFragmentsTogetherInAnyOrder) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SeededRandom random{seed};
        const auto body = body_of(1 + random.below(5000), seed);
        std::vector<std::pair<std::uint32_t, std::uint32_t>> cuts;
        for (std::uint32_t at = 0; at < body.size();) {
            const auto size = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(body.size() - at, 100 + random.below(400)));
            cuts.emplace_back(at, size);
            at += size;
        }
        for (std::size_t i = cuts.size(); i > 1; --i)
            std::swap(cuts[i - 1], cuts[random.below(i)]);
        Inbox inbox;
        for (const auto& [from, size] : cuts) {
            EXPECT_EQ(inbox.take(), std::nullopt);
            EXPECT_EQ(inbox.add(fragment(body, 0, from, size), 0), Verdict::accepted);
        }
        const auto message = inbox.take();
        ASSERT_TRUE(message) << "seed " << seed;
        EXPECT_EQ(message->body, body);
        EXPECT_FALSE(inbox.has_partial());
    }
}

/// A peer may cut a message elsewhere when it sends it again.
TEST(Inbox, PutsOverlappingFragmentsWithChangedBoundariesTogether) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SeededRandom random{seed};
        const auto body = body_of(2000, seed);
        Inbox inbox;
        std::optional<HandshakeMessage> message;
        for (int tries = 0; tries < 100'000 && !message; ++tries) {
            const auto from = static_cast<std::uint32_t>(random.below(body.size()));
            const auto size = static_cast<std::uint32_t>(
                1 + random.below(std::min<std::uint64_t>(200, body.size() - from)));
            ASSERT_EQ(inbox.add(fragment(body, 0, from, size), 0), Verdict::accepted);
            message = inbox.take();
        }
        ASSERT_TRUE(message);
        EXPECT_EQ(message->body, body);
    }
}

TEST(Inbox, GivesMessagesInTheirOrder) {
    Inbox inbox{7};
    const auto body = body_of(10);
    EXPECT_EQ(inbox.add(fragment(body, 8, 0, 10), 0), Verdict::accepted);
    EXPECT_FALSE(inbox.take());
    EXPECT_EQ(inbox.add(fragment(body, 7, 0, 10), 0), Verdict::accepted);
    EXPECT_EQ(inbox.take()->sequence, 7);
    EXPECT_EQ(inbox.take()->sequence, 8);
    EXPECT_EQ(inbox.next_sequence(), 9);
    EXPECT_EQ(inbox.add(fragment(body, 8, 0, 10), 0), Verdict::unexpected);
}

/// Messages that share a record follow each other, though none has been taken yet.
TEST(Inbox, KnowsWhatLeavesAGap) {
    Inbox inbox{0xffff};
    const auto body = body_of(10);
    EXPECT_TRUE(inbox.reaches(0xffff));
    EXPECT_FALSE(inbox.reaches(0));
    EXPECT_EQ(inbox.add(fragment(body, 0xffff, 0, 10), 0), Verdict::accepted);
    EXPECT_EQ(inbox.add(fragment(body, 0, 0, 4), 0), Verdict::accepted);
    EXPECT_TRUE(inbox.reaches(0));
    EXPECT_FALSE(inbox.reaches(1));
    EXPECT_EQ(inbox.add(fragment(body, 0, 4, 6), 0), Verdict::accepted);
    EXPECT_TRUE(inbox.reaches(1));
}

TEST(Inbox, TakesMessagesWithoutABody) {
    Inbox inbox;
    EXPECT_EQ(inbox.add(fragment({}, 0, 0, 0, HandshakeType::server_hello_done), 0),
              Verdict::accepted);
    const auto message = inbox.take();
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->body.empty());
}

TEST(Inbox, IsNotHurriedByFragmentsOfNothing) {
    Inbox inbox;
    const auto body = body_of(100);
    for (std::uint32_t at = 0; at <= 100; ++at)
        EXPECT_EQ(inbox.add(fragment(body, 0, at, 0), 0), Verdict::accepted);
    EXPECT_FALSE(inbox.take());
    EXPECT_EQ(inbox.add(fragment(body, 0, 0, 100), 0), Verdict::accepted);
    EXPECT_EQ(inbox.take()->body, body);
}

TEST(Inbox, RefusesFragmentsThatContradictEachOther) {
    Inbox inbox;
    const auto body = body_of(100);
    const auto longer = body_of(101);
    ASSERT_EQ(inbox.add(fragment(body, 0, 0, 50), 0), Verdict::accepted);
    EXPECT_EQ(inbox.add(fragment(longer, 0, 50, 51), 0), Verdict::malformed);
    EXPECT_EQ(inbox.add(fragment(body, 0, 50, 50, HandshakeType::finished), 0), Verdict::malformed);
    ASSERT_EQ(inbox.add(fragment(body, 0, 50, 50), 0), Verdict::accepted);
    EXPECT_EQ(inbox.take()->body, body);
}

/// What anybody could have written gives way to what only the peer can.
TEST(Inbox, PrefersTheHigherEpoch) {
    Inbox inbox;
    const auto forged = body_of(100, 1);
    const auto real = body_of(90, 2);
    ASSERT_EQ(inbox.add(fragment(forged, 0, 0, 50), 0), Verdict::accepted);
    ASSERT_EQ(inbox.add(fragment(real, 0, 0, 40), 2), Verdict::accepted);
    EXPECT_EQ(inbox.add(fragment(forged, 0, 50, 50), 0), Verdict::malformed);
    ASSERT_EQ(inbox.add(fragment(real, 0, 40, 50), 2), Verdict::accepted);
    const auto message = inbox.take();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->epoch, 2u);
    EXPECT_EQ(message->body, real);
}

TEST(Inbox, ForgetsWhatCameInLowerEpochs) {
    Inbox inbox;
    const auto body = body_of(100);
    ASSERT_EQ(inbox.add(fragment(body, 0, 0, 50), 2), Verdict::accepted);
    ASSERT_EQ(inbox.add(fragment(body, 1, 0, 100), 0), Verdict::accepted);
    ASSERT_EQ(inbox.add(fragment(body, 5, 0, 10), 1), Verdict::accepted);
    inbox.forget_before(2);
    ASSERT_EQ(inbox.add(fragment(body, 0, 50, 50), 2), Verdict::accepted);
    EXPECT_TRUE(inbox.take()) << "what had come of epoch 2";
    EXPECT_FALSE(inbox.take());
    EXPECT_FALSE(inbox.has_partial());
}

TEST(Inbox, RefusesMessagesThatClaimToBeHuge) {
    Inbox inbox;
    const auto piece = body_of(10);
    for (const std::uint32_t length : {0xff'ffffu, 65'537u}) {
        const HandshakeFragment huge{{.type = HandshakeType::certificate,
                                      .length = length,
                                      .fragment_offset = 0,
                                      .fragment_length = 10},
                                     piece};
        EXPECT_EQ(inbox.add(huge, 0), Verdict::no_room);
    }
    EXPECT_FALSE(inbox.has_partial());
}

TEST(Inbox, KeepsSoMuchAndNoMore) {
    Inbox inbox;
    const auto body = body_of(Inbox::kMessageBytesMax);
    std::size_t taken = 0;
    for (std::uint16_t sequence = 0; sequence < 40; ++sequence) {
        if (inbox.add(fragment(body, sequence, 1, 1), 0) == Verdict::accepted) taken += body.size();
    }
    EXPECT_EQ(taken, Inbox::kTotalBytesMax);
}

TEST(Inbox, KeepsSoManyHolesAndNoMore) {
    Inbox inbox;
    const auto body = body_of(2000);
    std::size_t taken = 0;
    for (std::uint32_t at = 0; at < 2000; at += 2)
        taken += inbox.add(fragment(body, 0, at, 1), 0) == Verdict::accepted ? 1u : 0u;
    EXPECT_EQ(taken, Inbox::kRunsMax);
    EXPECT_EQ(inbox.add(fragment(body, 0, 0, 2000), 0), Verdict::accepted);
    EXPECT_EQ(inbox.take()->body, body);
}

TEST(Inbox, DoesNotLookFarAhead) {
    Inbox inbox{0xfff8};
    const auto body = body_of(4);
    EXPECT_EQ(inbox.add(fragment(body, static_cast<std::uint16_t>(0xfff8 + 15), 0, 4), 0),
              Verdict::accepted);
    EXPECT_EQ(inbox.add(fragment(body, static_cast<std::uint16_t>(0xfff8 + 16), 0, 4), 0),
              Verdict::unexpected);
    EXPECT_EQ(inbox.add(fragment(body, 0xfff7, 0, 4), 0), Verdict::unexpected);
}

} // namespace
} // namespace hawser::dtls
