// AUTH of one association: its keys, what it signs, what it believes.
#pragma once

#include "sctp/authentication/offer.hpp"
#include "sctp/authentication/shared_keys.hpp"
#include "sctp/authentication/terms.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/wire/sctp/auth.hpp>
#include <hawser/wire/sctp/tlv.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hawser::sctp {

/// RFC 4895 §6. It is there from the first moment of an association, since its user may set keys
/// then, and stays through restarts; what was agreed on does not.
class Authenticator {
public:
    Authenticator(AuthenticationTerms& terms, SharedKeys begins_with)
        : keys{std::move(begins_with)}, terms_{terms} {}

    SharedKeys keys;

    // --- the peer ---

    /// Both know AUTH: keys are made of what both have said.
    void agree(const OwnNumbers& ours, const AuthenticationOffer& theirs);
    /// The peer does not, or is not known any more.
    void forget_peer() { agreed_ = false; }
    bool agreed() const { return agreed_; }

    // --- what we send ---

    bool peer_wants(wire::sctp::ChunkType type) const { return peer_wants_.contains(type); }
    /// Of an AUTH chunk of ours.
    std::size_t chunk_bytes() const { return chunk_bytes_; }
    /// Fills in the AUTH chunk that is over all that stands after it.
    void sign(AuthKey& key, MutableBytes chunk, Bytes after);

    // --- what we receive ---

    /// The peer has to authenticate it.
    bool wants(wire::sctp::ChunkType type) const { return terms_.wanted().contains(type); }
    enum class Belief : std::uint8_t {
        right,
        wrong,            ///< it is not the peer's, was changed, or under a key that is not here
        unsupported_hmac, ///< which we did not list
    };
    /// What an AUTH chunk says of all that stands after it in its packet.
    Belief judge(const wire::sctp::Chunk& chunk, Bytes after);
    /// The key of the last one that was right, if the peer uses it for the first time.
    std::optional<KeyId> take_new() { return std::exchange(new_, std::nullopt); }

private:
    friend struct StateAccess;
    const crypto::HmacKey& key_for(AuthKey& key, crypto::HmacHash hash);

    AuthenticationTerms& terms_;
    std::vector<std::byte> smaller_, larger_; // the key vectors
    ChunkSet peer_wants_;
    HmacId hmac_{};
    std::uint8_t chunk_bytes_ = 0;
    bool agreed_ = false;
    std::optional<KeyId> new_;
};

} // namespace hawser::sctp
