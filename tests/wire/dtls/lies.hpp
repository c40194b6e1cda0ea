// What a codec must not believe: bytes that end too soon, and lengths that are wrong by one.
#pragma once

#include "wire/drawn.hpp"

#include <hawser/core/bytes.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <vector>

namespace hawser::wire::dtls {

/// Every prefix of `whole` but those of the sizes `allowed` fails, each in memory that ends with
/// it, so that the address sanitizer sees a read after the end.
template <class Parse>
void refuses_cuts(Bytes whole, Parse&& parse, std::initializer_list<std::size_t> allowed = {}) {
    EXPECT_TRUE(parse(whole)) << shown(whole);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::vector<std::byte> cut(whole.begin(), whole.begin() + std::ptrdiff_t(size));
        const bool may_pass = std::ranges::find(allowed, size) != allowed.end();
        EXPECT_EQ(bool{parse(Bytes{cut})}, may_pass) << "cut to " << size;
    }
}

/// One byte more after the end fails.
template <class Parse>
void refuses_more(Bytes whole, Parse&& parse) {
    std::vector<std::byte> more(whole.begin(), whole.end());
    more.push_back(std::byte{0});
    EXPECT_FALSE(parse(Bytes{more}));
}

/// With any of the lengths one more or one less, or all ones, it fails. `offsets` are those of the
/// lengths' last bytes.
template <class Parse>
void refuses_lengths(Bytes whole, std::initializer_list<std::size_t> offsets, Parse&& parse) {
    ASSERT_TRUE(parse(whole)) << shown(whole);
    for (const std::size_t offset : offsets) {
        for (const int change : {-1, +1}) {
            std::vector<std::byte> lie(whole.begin(), whole.end());
            lie[offset] = static_cast<std::byte>(std::to_integer<int>(lie[offset]) + change);
            EXPECT_FALSE(parse(Bytes{lie})) << "length at " << offset << " by " << change;
        }
        std::vector<std::byte> lie(whole.begin(), whole.end());
        lie[offset] = std::byte{0xff};
        EXPECT_FALSE(parse(Bytes{lie})) << "length at " << offset << " all ones";
    }
}

/// All of that.
template <class Parse>
void refuses_lies(Bytes whole, std::initializer_list<std::size_t> offsets, Parse&& parse) {
    refuses_cuts(whole, parse);
    refuses_more(whole, parse);
    refuses_lengths(whole, offsets, parse);
}

/// A write into every room that is too small says so, and touches nothing behind the room.
template <class Write>
void refuses_small_rooms(std::size_t needed, Write&& write) {
    std::vector<std::byte> room(needed + 1, std::byte{0xee});
    for (std::size_t size = 0; size <= needed; ++size) {
        std::ranges::fill(room, std::byte{0xee});
        Writer out{MutableBytes{room}.first(size)};
        write(out);
        EXPECT_EQ(out.ok(), size == needed) << size;
        EXPECT_EQ(room[size], std::byte{0xee});
    }
}

} // namespace hawser::wire::dtls
