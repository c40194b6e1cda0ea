#include "sctp/authentication/authenticator.hpp"

#include "crypto/hmac.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace hawser::sctp {
namespace {

crypto::HmacHash hash_of(HmacId hmac) {
    return hmac == HmacId::sha1 ? crypto::HmacHash::sha1 : crypto::HmacHash::sha256;
}

/// As numbers in network order (RFC 4895 §6.1). Both begin with the type of RANDOM, which is not
/// zero, so that the longer one is the larger.
bool is_smaller(Bytes a, Bytes b) {
    if (a.size() != b.size()) return a.size() < b.size();
    return std::ranges::lexicographical_compare(a, b);
}

/// In the place of an HMAC while it is computed.
constexpr std::array<std::byte, 32> kZeros{};

} // namespace

void Authenticator::agree(const OwnNumbers& ours, const AuthenticationOffer& theirs) {
    smaller_ = terms_.key_vector(ours);
    larger_ = theirs.key_vector();
    if (is_smaller(larger_, smaller_)) std::swap(smaller_, larger_);
    keys.forget_made();
    peer_wants_ = theirs.wanted;
    hmac_ = theirs.hmac;
    chunk_bytes_ = static_cast<std::uint8_t>(wire::sctp::Auth::kHeaderBytes +
                                             crypto::hmac_bytes(hash_of(hmac_)));
    new_.reset();
    agreed_ = true;
}

const crypto::HmacKey& Authenticator::key_for(AuthKey& key, crypto::HmacHash hash) {
    HAWSER_ASSERT(agreed_);
    auto& made = key.made[std::to_underlying(hash)];
    if (!made) made = terms_.hmac().key(hash, {key.secret, smaller_, larger_});
    return *made;
}

void Authenticator::sign(AuthKey& key, MutableBytes chunk, Bytes after) {
    HAWSER_ASSERT(chunk.size() == chunk_bytes_);
    const Bytes zeros = Bytes{kZeros}.first(chunk.size() - wire::sctp::Auth::kHeaderBytes);
    wire::Writer out{chunk};
    wire::sctp::Auth{.key = key.id, .hmac = hmac_, .code = zeros}.write(out);
    const auto code = terms_.hmac().compute(key_for(key, hash_of(hmac_)), {chunk, after});
    std::ranges::copy(code.bytes(), chunk.begin() + wire::sctp::Auth::kHeaderBytes);
}

Authenticator::Belief Authenticator::judge(const wire::sctp::Chunk& chunk, Bytes after) {
    const auto auth = wire::sctp::Auth::parse(chunk.value);
    if (!auth) return Belief::wrong;
    if (!terms_.lists(auth->hmac)) return Belief::unsupported_hmac;
    const crypto::HmacHash hash = hash_of(auth->hmac);
    if (auth->code.size() != crypto::hmac_bytes(hash)) return Belief::wrong;
    AuthKey* const key = keys.find(auth->key);
    if (key == nullptr) return Belief::wrong;
    const auto code = terms_.hmac().compute(key_for(*key, hash),
                                            {chunk.whole.first(wire::sctp::Auth::kHeaderBytes),
                                             Bytes{kZeros}.first(auth->code.size()), after});
    if (!crypto::equal_in_constant_time(code.bytes(), auth->code)) return Belief::wrong;
    if (!std::exchange(key->peer_uses, true)) new_ = key->id;
    return Belief::right;
}

} // namespace hawser::sctp
