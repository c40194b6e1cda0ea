// Bytes as standards print them.
#pragma once

#include "crypto/entropy.hpp"

#include <hawser/core/bytes.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hawser::crypto {

/// Hexadecimal digits, blanks between them allowed.
std::vector<std::byte> from_hex(std::string_view digits);
std::string to_hex(Bytes bytes);

/// The same for the same number, and different for different ones.
Entropy entropy_of(std::uint8_t number);

/// The entropy that begins with these bytes; zeros follow.
Entropy entropy_from(Bytes beginning);

} // namespace hawser::crypto
