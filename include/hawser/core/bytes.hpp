// Borrowed bytes: what a function may look at, and never keep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace hawser {

/// Borrowed, read-only, never stored.
using Bytes = std::span<const std::byte>;
/// Borrowed and writable: a layer opens or seals in place.
using MutableBytes = std::span<std::byte>;

/// The bytes of a text, borrowed.
inline Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

/// The text in some bytes, borrowed; no encoding is checked.
inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace hawser
