#include "wire/drawn.hpp"

#include <hawser/wire/sctp/ecn.hpp>
#include <hawser/wire/sctp/parameters.hpp>

#include <gtest/gtest.h>

namespace hawser::wire::sctp {
namespace {

TEST(Ecne, CarriesATsn) {
    const Drawn bytes = drawn("0c 00 00 08  ff ff ff fe");
    const auto echo = Ecne::parse(only_chunk(bytes).value);
    ASSERT_TRUE(echo);
    EXPECT_EQ(echo->lowest_tsn, Tsn{0xffff'fffe});
    EXPECT_EQ(shown_from([&](Writer& out) { echo->write(out); }), shown(bytes));
    EXPECT_EQ(Ecne::parse(drawn("ff ff ff")).error().code, Errc::malformed);
    EXPECT_EQ(Ecne::parse(drawn("ff ff ff fe 00")).error().code, Errc::malformed);
}

TEST(Cwr, CarriesATsn) {
    const Drawn bytes = drawn("0d 00 00 08  00 00 00 01");
    const auto reduced = Cwr::parse(only_chunk(bytes).value);
    ASSERT_TRUE(reduced);
    EXPECT_EQ(reduced->lowest_tsn, Tsn{1});
    EXPECT_EQ(shown_from([&](Writer& out) { reduced->write(out); }), shown(bytes));
    EXPECT_FALSE(Cwr::parse({}));
}

TEST(EcnCapable, SaysAllByBeingThere) {
    EXPECT_EQ(shown_from([](Writer& out) { write_ecn_capable(out); }), "80 00 00 04");
}

} // namespace
} // namespace hawser::wire::sctp
