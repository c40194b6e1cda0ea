// The shared keys of an association, by their identifiers.
#pragma once

#include "crypto/hmac_context.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/sctp/authentication.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::sctp {

/// An endpoint pair shared key, and what has been made of it.
struct AuthKey {
    AuthKey(KeyId known_as, Bytes octets) : id{known_as}, secret{octets.begin(), octets.end()} {}
    ~AuthKey() { crypto::wipe(secret); }
    AuthKey(const AuthKey&) = delete;
    AuthKey& operator=(const AuthKey&) = delete;

    KeyId id;
    std::vector<std::byte> secret;
    /// The association shared key (RFC 4895 §6.1) for each hash, made when it is used first.
    std::array<std::optional<crypto::HmacKey>, 2> made;
    std::uint32_t messages = 0; ///< that wait for it, or are under way
    bool deactivated = false;
    bool free_told = false; ///< to the user, since it was deactivated
    bool peer_uses = false; ///< and the user knows
};

/// RFC 6458 §8.1.18, §8.3.3 to §8.3.5. A key stays where it is until it is deleted, which nothing
/// that needs it outlives.
class SharedKeys {
public:
    explicit SharedKeys(const Authentication& wanted);

    /// The same secrets, and nothing made of them or counted.
    SharedKeys fresh() const;

    AuthKey* find(KeyId id) const;
    AuthKey& active() const { return *active_; }
    /// What messages may be sent with; nullptr for a key that is not there, or deactivated.
    AuthKey* for_message(std::optional<KeyId> id) const;

    void set(const SharedKey& shared);
    Result<> activate(KeyId id);
    Result<> deactivate(KeyId id);
    Result<> erase(KeyId id);

    /// A deactivated key that nothing needs any more, each once; nullptr without any.
    AuthKey* take_free();
    /// Keys of another association, or of a life before, are made of these anew.
    void forget_made();

private:
    friend struct StateAccess;
    SharedKeys() = default;
    void add(KeyId id, Bytes secret);
    bool any_deactivated_ = false; ///< whose end has not been told
    std::vector<std::unique_ptr<AuthKey>> keys_;
    AuthKey* active_ = nullptr;
};

} // namespace hawser::sctp
