// What an endpoint says of AUTH, and what all its associations use.
#pragma once

#include "crypto/hmac_context.hpp"
#include "sctp/authentication/chunk_set.hpp"
#include "sctp/authentication/shared_keys.hpp"

#include <hawser/engine/random.hpp>
#include <hawser/sctp/authentication.hpp>
#include <hawser/wire/writer.hpp>

#include <array>
#include <cstddef>
#include <vector>

namespace hawser::sctp {

/// Which association an INIT or INIT ACK of ours is for.
struct OwnNumbers {
    VerificationTag tag;
    Tsn initial_tsn;
};

/// RFC 4895 §6.1: they do not change in the lifetime of an endpoint.
class AuthenticationTerms {
public:
    /// Peers must authenticate `wanted.chunks`, and ASCONF where there is `asconf`.
    AuthenticationTerms(const Authentication& wanted, bool asconf, Random& random);

    /// What peers must authenticate.
    const ChunkSet& wanted() const { return wanted_; }
    bool lists(HmacId hmac) const;
    const SharedKeys& keys() const { return keys_; }
    crypto::HmacContext& hmac() { return hmac_; }

    /// RANDOM, CHUNKS and HMAC-ALGO of an INIT or INIT ACK.
    ///
    /// The random number is made of the association's tag and TSN, under a secret, and is kept
    /// nowhere: an INIT ACK leaves nothing behind, and one in a collision has that of our own INIT,
    /// as it has its tag (§6.1).
    void write(wire::Writer& out, const OwnNumbers& of);
    std::vector<std::byte> key_vector(const OwnNumbers& of);

private:
    void want(ChunkType type);
    using Code = std::array<std::byte, 32>;
    Code random_of(const OwnNumbers& of);
    template <class Put>
    void each_parameter(const OwnNumbers& of, Put&& put);

    ChunkSet wanted_;
    std::vector<wire::sctp::ChunkType> chunks_;
    std::vector<HmacId> hmacs_;
    SharedKeys keys_;
    crypto::HmacContext hmac_;
    crypto::HmacKey secret_;
};

} // namespace hawser::sctp
