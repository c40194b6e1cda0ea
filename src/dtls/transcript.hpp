// All handshake messages so far, and their hash once it is known which one.
#pragma once

#include "crypto/hash.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/wire/dtls/numbers.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace hawser::dtls {

/// DTLS 1.2 hashes messages with the header of one whole fragment (RFC 6347 §4.2.6), DTLS 1.3 with
/// TLS's shorter one (RFC 9147 §5.2).
class Transcript {
public:
    /// Hashes from here on; what was added before counts.
    void choose(wire::dtls::Version version, crypto::Hash hash);
    void add(wire::dtls::HandshakeType type, std::uint16_t sequence, Bytes body);
    /// After a HelloRetryRequest: the first ClientHello is replaced by its hash
    /// (RFC 8446 §4.4.1). Only before anything was added.
    void add_message_hash(Bytes hash_of_first_hello);

    crypto::Digest hash() const;
    /// What the hash would be with these bytes after.
    crypto::Digest hash_with(Bytes more) const;
    /// The messages themselves, for the signature of a DTLS 1.2 client. Only until `forget_bytes`.
    Bytes bytes() const { return bytes_; }
    void forget_bytes();

private:
    struct Message {
        wire::dtls::HandshakeType type;
        std::uint16_t sequence;
        std::vector<std::byte> body;
    };
    void take(wire::dtls::HandshakeType type, std::uint16_t sequence, Bytes body);

    wire::dtls::Version version_ = wire::dtls::Version::v1_2;
    std::optional<crypto::RunningHash> running_;
    std::vector<Message> before_; ///< until the hash is chosen
    std::vector<std::byte> bytes_;
    bool keeps_bytes_ = true;
};

} // namespace hawser::dtls
