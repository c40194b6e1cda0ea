// SHA-256 (RFC 6234) of bytes that come in parts.
#pragma once

#include <hawser/core/bytes.hpp>

#include <array>
#include <memory>

namespace hawser::crypto {

class Sha256 {
public:
    static constexpr std::size_t kBytes = 32;
    using Digest = std::array<std::byte, kBytes>;

    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(Bytes part);
    /// The digest of all parts since the beginning or the last `finish`.
    Digest finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace hawser::crypto
