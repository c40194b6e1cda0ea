// Bytes as a drawing: hexadecimal pairs, and after a bar what they mean.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/writer.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::wire {

using Drawn = std::vector<std::byte>;

/// Reads `00 0a  | a stream`, line by line.
inline Drawn drawn(std::string_view text) {
    Drawn bytes;
    std::string digits;
    bool remark = false;
    for (const char c : text) {
        if (c == '\n') remark = false;
        if (c == '|') remark = true;
        if (remark || std::string_view{" \n"}.find(c) != std::string_view::npos) continue;
        digits += c;
        if (digits.size() < 2) continue;
        bytes.push_back(static_cast<std::byte>(std::stoi(digits, nullptr, 16)));
        digits.clear();
    }
    return bytes;
}

/// Back to pairs, eight to a group, so that a failed comparison can be read.
inline std::string shown(Bytes bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i > 0) text += i % 4 == 0 ? "  " : " ";
        text += kDigits[std::to_integer<std::size_t>(bytes[i] >> 4)];
        text += kDigits[std::to_integer<std::size_t>(bytes[i] & std::byte{0xf})];
    }
    return text;
}

/// What `write` puts into a large room, or "did not fit".
template <class Write>
std::string shown_from(Write&& write) {
    std::vector<std::byte> room(70'000, std::byte{0xee});
    Writer out{room};
    write(out);
    return out.ok() ? shown(out.output()) : "did not fit";
}

/// The one chunk that a drawing is; borrowed from it.
inline sctp::Chunk only_chunk(const Drawn& bytes) {
    sctp::Chunks chunks{bytes};
    const std::optional<sctp::Chunk> first = chunks.next();
    EXPECT_TRUE(first && !chunks.next() && !chunks.malformed()) << shown(bytes);
    return first.value_or(sctp::Chunk{});
}

/// The one parameter or cause that a drawing is; borrowed from it.
template <class Item>
Item only_item(const Drawn& bytes) {
    sctp::Tlvs<Item> items{bytes};
    const std::optional<Item> first = items.next();
    EXPECT_TRUE(first && !items.next() && !items.malformed()) << shown(bytes);
    return first.value_or(Item{});
}

} // namespace hawser::wire
