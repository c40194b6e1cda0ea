// Bytes that are wiped when they are no longer needed.
#pragma once

#include <hawser/core/bytes.hpp>

#include <array>

namespace hawser::crypto {

/// Overwrites with zeros, in a way that no optimiser removes.
void wipe(MutableBytes bytes);

/// A key, a secret of a key schedule or the result of a key exchange: at most 64 bytes, held
/// inline, wiped at destruction and before it is assigned over.
class Secret {
public:
    static constexpr std::size_t kBytesMax = 64;

    Secret() = default;
    /// `size` zero bytes, to be filled through `bytes()`.
    explicit Secret(std::size_t size);
    /// A copy of `bytes`.
    explicit Secret(Bytes bytes);
    ~Secret();
    Secret(const Secret& other);
    Secret& operator=(const Secret& other);
    /// The one moved from is empty and wiped.
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;

    Bytes bytes() const { return Bytes{octets_}.first(size_); }
    MutableBytes bytes() { return MutableBytes{octets_}.first(size_); }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

private:
    void clear();

    std::array<std::byte, kBytesMax> octets_{};
    std::uint8_t size_ = 0;
};

} // namespace hawser::crypto
