// ML-KEM-768 (FIPS 203), when libcrypto has it.
#pragma once

#include "crypto/evp.hpp"
#include "crypto/secret.hpp"

#include <hawser/core/result.hpp>

#include <vector>

namespace hawser::crypto {

class MlKem768 {
public:
    static constexpr std::size_t kSeedBytes = 64;
    static constexpr std::size_t kPublicBytes = 1184;
    static constexpr std::size_t kCiphertextBytes = 1088;
    static constexpr std::size_t kSecretBytes = 32;
    static constexpr std::size_t kRandomBytes = 32;

    /// libcrypto 3.5 and newer; asked once.
    static bool available();

    /// The key pair of a seed (d, z). Only when available.
    explicit MlKem768(Bytes seed);

    std::vector<std::byte> public_share() const;
    /// Fails with `malformed` for another length. A changed ciphertext of the right length gives a
    /// secret that nobody else has (implicit rejection).
    Result<Secret> decapsulate(Bytes ciphertext) const;

    struct Encapsulated {
        std::vector<std::byte> ciphertext;
        Secret secret;
    };
    /// Fails with `malformed` when `peer` is no encapsulation key. `random` has 32 bytes.
    static Result<Encapsulated> encapsulate(Bytes peer, Bytes random);

private:
    Key key_;
};

} // namespace hawser::crypto
