// What a peer says of AUTH in its INIT or INIT ACK.
#pragma once

#include "sctp/authentication/chunk_set.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/sctp/auth.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace hawser::sctp {

/// RANDOM, CHUNKS and HMAC-ALGO of one end, as whole parameters: borrowed. A peer that has none of
/// them does not know AUTH.
struct AuthenticationOffer {
    /// HMAC Identifiers that one may name; the RFC defines two, and sets no limit.
    static constexpr std::size_t kHmacsMax = 16;
    static constexpr std::size_t kChunkListBytesMax = 260; // RFC 4895 §3.2
    /// Of all three.
    static constexpr std::size_t kBytesMax = wire::sctp::kTlvHeaderBytes +
                                             wire::sctp::kRandomBytes + kChunkListBytesMax +
                                             wire::sctp::kTlvHeaderBytes + 2 * kHmacsMax;

    Bytes random;
    Bytes chunks; ///< empty: the parameter is not there
    Bytes hmacs;
    ChunkSet wanted; ///< to be authenticated when sent to whoever offers this
    HmacId hmac{};   ///< the first that it lists and we know: RFC 4895 §6.1

    /// Reads it among the parameters of an INIT or INIT ACK, or from what `write` wrote; nullopt
    /// without any of the three. Fails with `malformed` for an offer that no keys can come of: the
    /// association must not be.
    static Result<std::optional<AuthenticationOffer>> read(Bytes parameters);
    /// The parameters again, each padded, which makes so many bytes.
    std::size_t padded_bytes() const {
        return wire::sctp::padded(random.size()) + wire::sctp::padded(chunks.size()) +
               wire::sctp::padded(hmacs.size());
    }
    void write(wire::Writer& out) const;
    /// RFC 4895 §6.1: the key vector, which has no padding.
    std::vector<std::byte> key_vector() const;
};

} // namespace hawser::sctp
