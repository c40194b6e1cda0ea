#include "crypto/x25519.hpp"

#include "crypto/hmac.hpp"

namespace hawser::crypto {

X25519::X25519(Bytes private_key)
    : key_{EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, raw(private_key),
                                           private_key.size())} {
    HAWSER_ASSERT(private_key.size() == kBytes && key_ != nullptr);
}

X25519::Share X25519::public_share() const {
    Share share{};
    std::size_t size = share.size();
    HAWSER_ASSERT(EVP_PKEY_get_raw_public_key(key_.get(), raw(MutableBytes{share}), &size) == 1);
    HAWSER_ASSERT(size == kBytes);
    return share;
}

Result<Secret> X25519::agree(Bytes peer) const {
    const DropErrors drop_errors;
    if (peer.size() != kBytes) return fail(Errc::malformed, "key share: X25519 has 32 bytes");
    const Key theirs{
        EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, raw(peer), peer.size())};
    const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr)};
    HAWSER_ASSERT(theirs != nullptr && context != nullptr);
    HAWSER_ASSERT(EVP_PKEY_derive_init(context.get()) == 1);
    HAWSER_ASSERT(EVP_PKEY_derive_set_peer(context.get(), theirs.get()) == 1);

    Secret secret{kBytes};
    std::size_t size = secret.size();
    const bool derived = EVP_PKEY_derive(context.get(), raw(secret.bytes()), &size) == 1;
    const std::array<std::byte, kBytes> zero{};
    if (!derived || equal_in_constant_time(secret.bytes(), zero)) { // RFC 8446 §7.4.2
        return fail(Errc::malformed, "key share: X25519 of low order");
    }
    return secret;
}

} // namespace hawser::crypto
