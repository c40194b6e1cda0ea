#include "crypto/key_exchange.hpp"

#include "crypto/key_derivation.hpp"
#include "crypto/ml_kem.hpp"
#include "crypto/nist_curve.hpp"
#include "crypto/x25519.hpp"

#include <hawser/core/match.hpp>

#include <algorithm>
#include <variant>

namespace hawser::crypto {
namespace {

struct NistKey {
    NistCurve curve;
    Secret scalar;
};

/// ML-KEM-768 beside X25519: each half is secure when the other is not.
struct HybridKey {
    MlKem768 kem;
    X25519 curve;
};

using PrivateHalf = std::variant<NistKey, X25519, HybridKey>;

std::unexpected<Error> not_available() {
    return fail(Errc::unsupported, "key exchange group: not one this libcrypto has");
}

NistCurve curve_of(Group group) {
    return group == Group::secp256r1 ? NistCurve::p256 : NistCurve::p384;
}

/// The hybrid group needs more bytes than there are: these are as hard to guess.
Secret stretch(const Entropy& entropy, std::string_view purpose, std::size_t size) {
    Secret secret{size};
    hkdf_expand(Hash::sha384, entropy, as_bytes(purpose), secret.bytes());
    return secret;
}

X25519 hybrid_curve(const Entropy& entropy) {
    return X25519{stretch(entropy, "hawser hybrid x25519", X25519::kBytes).bytes()};
}

void append(std::vector<std::byte>& to, Bytes bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

/// Both secrets as one, ML-KEM's first.
Secret join(const Secret& kem, const Secret& curve) {
    Secret both{kem.size() + curve.size()};
    std::ranges::copy(kem.bytes(), both.bytes().begin());
    std::ranges::copy(curve.bytes(), both.bytes().subspan(kem.size()).begin());
    return both;
}

Result<Secret> finish_hybrid(const HybridKey& key, Bytes peer) {
    if (peer.size() != MlKem768::kCiphertextBytes + X25519::kBytes) {
        return fail(Errc::malformed, "key share: an X25519MLKEM768 answer has 1120 bytes");
    }
    auto kem = key.kem.decapsulate(peer.first(MlKem768::kCiphertextBytes));
    if (!kem) return kem;
    auto curve = key.curve.agree(peer.subspan(MlKem768::kCiphertextBytes));
    if (!curve) return curve;
    return join(*kem, *curve);
}

Result<Encapsulation> encapsulate_hybrid(Bytes peer, const Entropy& entropy) {
    if (peer.size() != MlKem768::kPublicBytes + X25519::kBytes) {
        return fail(Errc::malformed, "key share: an X25519MLKEM768 offer has 1216 bytes");
    }
    const X25519 ours = hybrid_curve(entropy);
    const auto curve = ours.agree(peer.subspan(MlKem768::kPublicBytes));
    if (!curve) return std::unexpected{curve.error()};
    const Secret random = stretch(entropy, "hawser hybrid encapsulation", MlKem768::kRandomBytes);
    auto kem = MlKem768::encapsulate(peer.first(MlKem768::kPublicBytes), random.bytes());
    if (!kem) return std::unexpected{kem.error()};
    Encapsulation result{.share = std::move(kem->ciphertext), .secret = join(kem->secret, *curve)};
    append(result.share, ours.public_share());
    return result;
}

} // namespace

struct KeyShare::State {
    Group group;
    PrivateHalf half;
    std::vector<std::byte> share;
};

bool available(Group group) {
    switch (group) {
    case Group::secp256r1:
    case Group::secp384r1:
    case Group::x25519: return true;
    case Group::x25519_mlkem768: return MlKem768::available();
    }
    return false;
}

KeyShare::KeyShare(std::unique_ptr<State> state) : state_{std::move(state)} {}
KeyShare::~KeyShare() = default;
KeyShare::KeyShare(KeyShare&&) noexcept = default;
KeyShare& KeyShare::operator=(KeyShare&&) noexcept = default;

Result<KeyShare> KeyShare::generate(Group group, const Entropy& entropy) {
    if (!available(group)) return not_available();
    const auto make = [group](PrivateHalf half, std::vector<std::byte> share) {
        return KeyShare{std::make_unique<State>(group, std::move(half), std::move(share))};
    };
    if (group == Group::x25519) {
        X25519 key{Bytes{entropy}.first(X25519::kBytes)};
        const X25519::Share share = key.public_share();
        return make(std::move(key), {share.begin(), share.end()});
    }
    if (group == Group::x25519_mlkem768) {
        const Secret seed = stretch(entropy, "hawser hybrid seed", MlKem768::kSeedBytes);
        HybridKey key{.kem = MlKem768{seed.bytes()}, .curve = hybrid_curve(entropy)};
        std::vector<std::byte> share = key.kem.public_share();
        append(share, key.curve.public_share());
        return make(std::move(key), std::move(share));
    }
    NistKey key{.curve = curve_of(group), .scalar = scalar_from(curve_of(group), entropy)};
    std::vector<std::byte> share = public_point(key.curve, key.scalar.bytes());
    return make(std::move(key), std::move(share));
}

Group KeyShare::group() const {
    return state_->group;
}

Bytes KeyShare::public_share() const {
    return state_->share;
}

Result<Secret> KeyShare::finish(Bytes peer_share) const {
    return match(
        state_->half,
        [&](const NistKey& key) { return agree(key.curve, key.scalar.bytes(), peer_share); },
        [&](const X25519& key) { return key.agree(peer_share); },
        [&](const HybridKey& key) { return finish_hybrid(key, peer_share); });
}

Result<Encapsulation> encapsulate(Group group, Bytes peer_share, const Entropy& entropy) {
    if (!available(group)) return not_available();
    if (group == Group::x25519_mlkem768) return encapsulate_hybrid(peer_share, entropy);
    const auto ours = KeyShare::generate(group, entropy);
    if (!ours) return std::unexpected{ours.error()};
    auto secret = ours->finish(peer_share);
    if (!secret) return std::unexpected{secret.error()};
    const Bytes share = ours->public_share();
    return Encapsulation{.share = {share.begin(), share.end()}, .secret = std::move(*secret)};
}

} // namespace hawser::crypto
