// AUTH: what has to be authenticated, by which keys, and what the user hears of it (RFC 4895).
#include "sctp/association/association.hpp"

#include <utility>

namespace hawser::sctp {

using wire::sctp::Chunk;
using wire::sctp::ChunkType;

// --- what a user asks ---

namespace {

constexpr std::string_view kNotWanted = "keys: need Options::authentication";

} // namespace

Result<> Association::can_have_key(std::optional<KeyId> key) const {
    if (!key) return {};
    if (!authenticator_) return fail(Errc::unsupported, kNotWanted);
    if (transfer_ && !authenticator_->agreed())
        return fail(Errc::unsupported, "key: the peer does not know AUTH (RFC 4895)");
    if (authenticator_->keys.for_message(key) == nullptr)
        return fail(Errc::invalid_argument, "key: no such shared key, or it is deactivated");
    return {};
}

Result<> Association::set_shared_key(const SharedKey& key) {
    if (!authenticator_) return fail(Errc::unsupported, kNotWanted);
    authenticator_->keys.set(key);
    return {};
}

Result<> Association::activate_key(KeyId key) {
    if (!authenticator_) return fail(Errc::unsupported, kNotWanted);
    return authenticator_->keys.activate(key);
}

Result<> Association::deactivate_key(KeyId key) {
    if (!authenticator_) return fail(Errc::unsupported, kNotWanted);
    const auto done = authenticator_->keys.deactivate(key);
    report_free_keys();
    return done;
}

Result<> Association::delete_key(KeyId key) {
    if (!authenticator_) return fail(Errc::unsupported, kNotWanted);
    return authenticator_->keys.erase(key);
}

// --- what was agreed on ---

void Association::agree_on_authentication(const std::optional<AuthenticationOffer>& offer) {
    if (!authenticator_) return;
    offer ? authenticator_->agree(own_numbers(), *offer) : authenticator_->forget_peer();
}

void Association::report_authentication() {
    if (!authenticator_ || authenticator_->agreed()) return;
    shared_.events.push_back(AuthenticationChanged{id_, AuthenticationChanged::What::peer_without});
}

void Association::report_free_keys() {
    if (!authenticator_) return;
    while (const AuthKey* key = authenticator_->keys.take_free()) {
        shared_.events.push_back(
            AuthenticationChanged{id_, AuthenticationChanged::What::key_is_free, key->id});
    }
}

// --- what is sent ---

std::size_t Association::auth_bytes_max() const {
    const Authenticator* const agreed = agreed_authentication();
    return agreed != nullptr ? agreed->chunk_bytes() : 0;
}

std::size_t Association::auth_bytes(ChunkType type) const {
    const Authenticator* const agreed = agreed_authentication();
    return agreed != nullptr && agreed->peer_wants(type) ? agreed->chunk_bytes() : 0;
}

// --- what comes ---

/// RFC 4895 §6.3.
std::optional<Verdict> Association::refusal(const Chunk& chunk, Bytes after, bool& authenticated) {
    const Authenticator* const agreed = agreed_authentication();
    if (agreed == nullptr) return std::nullopt;
    if (chunk.type == ChunkType::auth) {
        if (authenticated) return Verdict::bad_authentication; // §5.1: not more than once
        const Verdict verdict = judge_auth(chunk, after);
        authenticated = verdict == Verdict::accepted;
        return verdict;
    }
    if (authenticated || !agreed->wants(chunk.type)) return std::nullopt;
    ++shared_.counters.unauthenticated_chunks;
    return Verdict::unauthenticated;
}

Verdict Association::judge_auth(const Chunk& chunk, Bytes after) {
    switch (authenticator_->judge(chunk, after)) {
    case Authenticator::Belief::wrong: return Verdict::bad_authentication;
    case Authenticator::Belief::unsupported_hmac:
        queue_error(wire::sctp::CauseCode::unsupported_hmac,
                    chunk.value.subspan(sizeof(std::uint16_t), sizeof(std::uint16_t)));
        return Verdict::bad_authentication;
    case Authenticator::Belief::right: break;
    }
    if (const auto key = authenticator_->take_new()) {
        shared_.events.push_back(
            AuthenticationChanged{id_, AuthenticationChanged::What::peer_uses_key, *key});
    }
    return Verdict::accepted;
}

} // namespace hawser::sctp
