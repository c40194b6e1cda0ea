#include "crypto/sha256.hpp"

#include <hawser/core/check.hpp>

#include <openssl/evp.h>

namespace hawser::crypto {

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();

    State() {
        HAWSER_ASSERT(context != nullptr);
        start();
    }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void start() { HAWSER_ASSERT(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1); }
};

Sha256::Sha256() : state_{std::make_unique<State>()} {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(Bytes part) {
    HAWSER_ASSERT(EVP_DigestUpdate(state_->context, part.data(), part.size()) == 1);
}

Sha256::Digest Sha256::finish() {
    Digest digest{};
    auto* out = reinterpret_cast<unsigned char*>(digest.data());
    HAWSER_ASSERT(EVP_DigestFinal_ex(state_->context, out, nullptr) == 1);
    state_->start();
    return digest;
}

} // namespace hawser::crypto
