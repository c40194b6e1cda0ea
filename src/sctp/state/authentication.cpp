// AUTH: the shared keys, and what both ends have said. All of it is secret.
#include "sctp/authentication/authenticator.hpp"
#include "sctp/state/archive.hpp"

#include "crypto/secret.hpp"

namespace hawser::sctp {
namespace {

constexpr std::size_t kKeysMax = 65'536;
constexpr std::size_t kSecretBytesMax = 65'535;
constexpr std::size_t kKeyVectorBytesMax = 4096;

} // namespace

void StateAccess::exchange(Archive& archive, Authenticator& authenticator) {
    auto& [keys, terms, smaller, larger, peer_wants, hmac, chunk_bytes, agreed, newest] =
        authenticator;
    exchange(archive, keys);
    archive.bytes(smaller, kKeyVectorBytesMax);
    archive.bytes(larger, kKeyVectorBytesMax);
    auto& [words] = peer_wants;
    auto number = static_cast<std::uint16_t>(hmac);
    archive(words, number, chunk_bytes, agreed, newest);
    hmac = static_cast<HmacId>(number);
    if (archive.saving() || !agreed) return;
    archive.check(hmac == HmacId::sha1 || hmac == HmacId::sha256);
    const auto hash = hmac == HmacId::sha1 ? crypto::HmacHash::sha1 : crypto::HmacHash::sha256;
    archive.check(chunk_bytes == wire::sctp::Auth::kHeaderBytes + crypto::hmac_bytes(hash));
}

/// What is made of them is made again, and their messages count themselves.
void StateAccess::exchange(Archive& archive, SharedKeys& all) {
    auto& [any_deactivated, keys, active] = all;
    const std::size_t count = archive.count(keys.size(), kKeysMax);
    KeyId active_id = archive.saving() ? active->id : KeyId{};
    archive(active_id, any_deactivated);
    archive.check(count > 0);
    if (archive.loading()) keys.clear();
    for (std::size_t i = 0; i < count && archive.ok(); ++i) {
        if (archive.loading()) all.add({}, {});
        auto& [id, secret, made, messages, deactivated, free_told, peer_uses] = *keys[i];
        KeyId its = id;
        archive(its);
        archive.check(archive.saving() || i == 0 || all.find(its) == nullptr || its == KeyId{});
        id = its;
        archive.bytes(secret, kSecretBytesMax);
        archive(deactivated, free_told, peer_uses);
    }
    if (archive.saving()) return;
    active = all.find(active_id);
    archive.check(active != nullptr && !active->deactivated);
    if (active != nullptr) return;
    if (keys.empty()) all.add({}, {}); // it goes, but is never without one
    active = keys.front().get();
}

} // namespace hawser::sctp
