// What peers say of AUTH, read by itself.
#include "sctp/authentication/offer.hpp"
#include "sctp/authentication/terms.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

using wire::sctp::ChunkType;

TEST(ChunkSet, HasWhatWasAdded) {
    ChunkSet set;
    for (unsigned type = 0; type < 256; type += 7)
        set.add(ChunkType(type));
    for (unsigned type = 0; type < 256; ++type)
        EXPECT_EQ(set.contains(ChunkType(type)), type % 7 == 0) << type;
}

TEST(AuthenticationOffer, IgnoresWhatCannotBeAuthenticated) {
    std::array<std::byte, AuthenticationOffer::kBytesMax> room{};
    wire::Writer out{room};
    wire::sctp::write_item(out, wire::sctp::ParameterType::random,
                           Bytes{std::array<std::byte, 32>{}});
    wire::sctp::write_chunk_list(out, std::array{ChunkType::init, ChunkType::init_ack,
                                                 ChunkType::shutdown_complete, ChunkType::auth,
                                                 ChunkType::abort});
    wire::sctp::write_requested_hmacs(out, std::array{HmacId::sha1});
    const auto offer = AuthenticationOffer::read(out.output());
    ASSERT_TRUE(offer && *offer);
    for (unsigned type = 0; type < 256; ++type)
        EXPECT_EQ((*offer)->wanted.contains(ChunkType(type)), type == 6) << type;
}

TEST(AuthenticationOffer, IsNoneWithoutItsParameters) {
    EXPECT_FALSE(AuthenticationOffer::read({}).value());
}

TEST(AuthenticationTerms, AreReadAsTheyAreWritten) {
    SeededRandom random{1};
    for (const std::size_t listed : {0u, 1u, 2u, 3u, 4u}) {
        Authentication wanted;
        for (std::size_t i = 0; i < listed; ++i)
            wanted.chunks.push_back(ChunkType(64 + i));
        AuthenticationTerms terms{wanted, false, random};
        const OwnNumbers of{VerificationTag{1}, Tsn{2}};
        std::array<std::byte, AuthenticationOffer::kBytesMax> room{};
        wire::Writer out{room};
        terms.write(out, of);
        const auto offer = AuthenticationOffer::read(out.output());
        ASSERT_TRUE(offer && *offer);
        EXPECT_EQ((*offer)->key_vector(), terms.key_vector(of));
        EXPECT_NE(terms.key_vector(of), terms.key_vector({VerificationTag{1}, Tsn{3}}));
        EXPECT_NE(terms.key_vector(of), terms.key_vector({VerificationTag{2}, Tsn{2}}));
        EXPECT_EQ((*offer)->hmac, HmacId::sha256);
        EXPECT_TRUE(terms.lists(HmacId::sha1) && terms.lists(HmacId::sha256));
        EXPECT_FALSE(terms.lists(HmacId{0}) || terms.lists(HmacId{2}));
    }
}

} // namespace
} // namespace hawser::sctp
