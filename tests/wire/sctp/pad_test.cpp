#include "wire/drawn.hpp"

#include <hawser/wire/sctp/pad.hpp>

#include <gtest/gtest.h>

namespace hawser::wire::sctp {
namespace {

TEST(Pad, IsAsLongAsItSays) {
    const Drawn bytes = drawn(R"(
        84 00 00 0a   | PAD, 10 bytes
        00 00 00 00   | six of data
        00 00 00 00   | and padding
    )");
    const auto pad = Pad::parse(only_chunk(bytes).value);
    ASSERT_TRUE(pad);
    EXPECT_EQ(pad->data_bytes, 6u);
    EXPECT_EQ(shown_from([&](Writer& out) { pad->write(out); }), shown(bytes));
    EXPECT_EQ(shown_from([](Writer& out) { Pad{}.write(out); }), "84 00 00 04");
}

TEST(Pad, MayCarryAnything) {
    EXPECT_EQ(Pad::parse(drawn("de ad be ef 01"))->data_bytes, 5u);
}

} // namespace
} // namespace hawser::wire::sctp
