#include "crypto/key_kind.hpp"

#include <openssl/x509.h>

namespace hawser::crypto {

struct PublicKey::State {
    std::shared_ptr<EVP_PKEY> key;
    KeyKind kind;
    std::vector<std::byte> spki;
};

Result<PublicKey> PublicKey::from_spki(Bytes der) {
    const DropErrors drop_errors;
    const unsigned char* at = raw(der);
    Key key;
    if (!der.empty()) key.reset(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
    if (key == nullptr || at != raw(der) + der.size()) {
        return fail(Errc::malformed, "public key: not one SubjectPublicKeyInfo in DER");
    }
    return from_native(std::move(key), {der.begin(), der.end()});
}

Result<PublicKey> PublicKey::from_native(std::shared_ptr<evp_pkey_st> key,
                                         std::vector<std::byte> spki) {
    const auto kind = kind_of(key.get());
    if (!kind) return std::unexpected{kind.error()};
    return PublicKey{std::make_shared<const State>(
        State{.key = std::move(key), .kind = *kind, .spki = std::move(spki)})};
}

KeyKind PublicKey::kind() const {
    HAWSER_ASSERT(state_ != nullptr);
    return state_->kind;
}

Bytes PublicKey::spki() const {
    HAWSER_ASSERT(state_ != nullptr);
    return state_->spki;
}

evp_pkey_st* PublicKey::native() const {
    HAWSER_ASSERT(state_ != nullptr);
    return state_->key.get();
}

bool PublicKey::verify(SignatureScheme scheme, Bytes message, Bytes signature,
                       Pairing pairing) const {
    const auto use = use_of(scheme, kind(), pairing);
    if (!use) return false;
    const DropErrors drop_errors;
    const DigestContext context{EVP_MD_CTX_new()};
    HAWSER_ASSERT(context != nullptr);
    EVP_PKEY_CTX* key_context = nullptr; // belongs to `context`
    HAWSER_ASSERT(EVP_DigestVerifyInit(context.get(), &key_context, use->hash, nullptr, native()) ==
                  1);
    apply(*use, key_context);
    return EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message),
                            message.size()) == 1;
}

} // namespace hawser::crypto
