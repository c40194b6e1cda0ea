// Ephemeral key exchange in the form of a key encapsulation, so that Diffie-Hellman groups and
// ML-KEM look the same: the initiator offers a share, the responder answers with a share and the
// secret, the initiator finishes.
#pragma once

#include "crypto/entropy.hpp"
#include "crypto/secret.hpp"

#include <hawser/core/result.hpp>

#include <memory>
#include <vector>

namespace hawser::crypto {

/// The numbers of TLS's supported groups.
enum class Group : std::uint16_t {
    secp256r1 = 23,
    secp384r1 = 24,
    x25519 = 29,
    x25519_mlkem768 = 4588, ///< needs a libcrypto of 3.5 or newer at run time
};

/// Whether this process can use the group. False for numbers that are no Group.
bool available(Group group);

/// The initiator's half. Everything about it follows from the entropy. Move-only.
class KeyShare {
public:
    /// Fails with `unsupported` for a group that is not available.
    static Result<KeyShare> generate(Group group, const Entropy& entropy);
    ~KeyShare();
    KeyShare(KeyShare&&) noexcept;
    KeyShare& operator=(KeyShare&&) noexcept;

    Group group() const;
    /// As it stands in a key_share or ClientKeyExchange: an uncompressed point, 32 bytes of X25519,
    /// or ML-KEM's encapsulation key and then X25519.
    Bytes public_share() const;
    /// The shared secret. Fails with `malformed` when the peer's share has the wrong length, is no
    /// point of the curve, or would give the all-zero result.
    Result<Secret> finish(Bytes peer_share) const;

private:
    struct State;
    explicit KeyShare(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

struct Encapsulation {
    std::vector<std::byte> share; ///< for the initiator
    Secret secret;
};

/// The responder's half; fails as `generate` and `finish` do.
Result<Encapsulation> encapsulate(Group group, Bytes peer_share, const Entropy& entropy);

} // namespace hawser::crypto
