#include "sctp/authentication/shared_keys.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {
namespace {

constexpr std::string_view kNoSuchKey = "key: no such shared key";

} // namespace

SharedKeys::SharedKeys(const Authentication& wanted) {
    HAWSER_ASSERT(wanted.has_active_key() && "Authentication::active_key is one of its keys");
    if (wanted.keys.empty()) set({.id = KeyId{0}, .secret = {}});
    for (const SharedKey& key : wanted.keys)
        set(key);
    active_ = find(wanted.active_key);
}

SharedKeys SharedKeys::fresh() const {
    SharedKeys copy;
    for (const auto& key : keys_)
        copy.add(key->id, key->secret);
    copy.active_ = copy.find(active_->id);
    return copy;
}

AuthKey* SharedKeys::find(KeyId id) const {
    const auto found = std::ranges::find(keys_, id, [](const auto& key) { return key->id; });
    return found == keys_.end() ? nullptr : found->get();
}

AuthKey* SharedKeys::for_message(std::optional<KeyId> id) const {
    if (!id) return active_;
    AuthKey* const key = find(*id);
    return key != nullptr && !key->deactivated ? key : nullptr;
}

void SharedKeys::set(const SharedKey& shared) {
    AuthKey* const known = find(shared.id);
    if (known == nullptr) {
        add(shared.id, shared.secret);
        return;
    }
    crypto::wipe(known->secret);
    known->secret = shared.secret;
    known->made = {};
    known->peer_uses = false;
}

/// Takes the bytes where they are: a copy on the way here would stay in memory.
void SharedKeys::add(KeyId id, Bytes secret) {
    keys_.push_back(std::make_unique<AuthKey>(id, secret));
    // The null key is in use from the start: RFC 6458 §8.1.18.
    keys_.back()->peer_uses = id == KeyId{0};
}

Result<> SharedKeys::activate(KeyId id) {
    AuthKey* const key = find(id);
    if (key == nullptr) return fail(Errc::invalid_argument, kNoSuchKey);
    key->deactivated = key->free_told = false;
    active_ = key;
    return {};
}

Result<> SharedKeys::deactivate(KeyId id) {
    AuthKey* const key = find(id);
    if (key == nullptr) return fail(Errc::invalid_argument, kNoSuchKey);
    if (key == active_) return fail(Errc::in_use, "key: it is the active one");
    key->deactivated = true;
    any_deactivated_ = true;
    return {};
}

Result<> SharedKeys::erase(KeyId id) {
    const AuthKey* const key = find(id);
    if (key == nullptr) return fail(Errc::invalid_argument, kNoSuchKey);
    if (!key->deactivated || key->messages > 0)
        return fail(Errc::in_use, "key: deactivate it, and wait until it is free");
    std::erase_if(keys_, [key](const auto& each) { return each.get() == key; });
    return {};
}

AuthKey* SharedKeys::take_free() {
    if (!any_deactivated_) return nullptr;
    any_deactivated_ = false;
    for (const auto& key : keys_) {
        if (!key->deactivated || key->free_told) continue;
        any_deactivated_ = true;
        if (key->messages > 0) continue;
        key->free_told = true;
        return key.get();
    }
    return nullptr;
}

void SharedKeys::forget_made() {
    for (const auto& key : keys_) {
        key->made = {};
        key->peer_uses = key->id == KeyId{0};
    }
}

} // namespace hawser::sctp
