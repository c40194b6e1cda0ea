#include "crypto/secret.hpp"

#include <hawser/core/check.hpp>

#include <openssl/crypto.h>

#include <algorithm>

namespace hawser::crypto {

void wipe(MutableBytes bytes) {
    if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
}

Secret::Secret(std::size_t size) : size_{static_cast<std::uint8_t>(size)} {
    HAWSER_ASSERT(size <= kBytesMax);
}

Secret::Secret(Bytes bytes) : Secret{bytes.size()} {
    std::ranges::copy(bytes, octets_.begin());
}

Secret::~Secret() {
    clear();
}

Secret::Secret(const Secret& other) = default;

Secret& Secret::operator=(const Secret& other) {
    if (this == &other) return *this;
    clear();
    size_ = other.size_;
    std::ranges::copy(other.bytes(), octets_.begin());
    return *this;
}

Secret::Secret(Secret&& other) noexcept : octets_{other.octets_}, size_{other.size_} {
    other.clear();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    *this = static_cast<const Secret&>(other);
    other.clear();
    return *this;
}

/// Wipes all of it: what lies beyond `size_` is zero already, and a fixed length is cheaper.
void Secret::clear() {
    OPENSSL_cleanse(octets_.data(), octets_.size());
    size_ = 0;
}

} // namespace hawser::crypto
